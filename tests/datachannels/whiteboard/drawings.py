"""Contents of boards to be drawn."""

from io import BytesIO
from typing import Any

import av

from datachannels.whiteboard.points import encode


def content_of(elements: list[dict[str, Any]]) -> dict[str, Any]:
    """One page with these."""
    return {
        "pages": [{"id": "p1", "title": "", "z": ""}],
        "elements": [{"page": "p1", **element} for element in elements],
    }


def every_element() -> list[dict[str, Any]]:
    """One of each type, within 200 units."""
    line = encode([(10, 10, 0.5), (60, 90, 0.9), (150, 40, 0.1), (190, 190, 0.5)])
    box = [20, 30, 120, 80, 10]
    return [
        {"id": "stroke", "type": "stroke", "points": line},
        {"id": "line", "type": "line", "points": line, "style": {"dash": "dotted"}},
        {"id": "arrow", "type": "arrow", "points": line, "style": {"dash": "dashed", "opacity": 0.5}},
        {"id": "rect", "type": "rect", "box": box, "text": "rect"},
        {"id": "ellipse", "type": "ellipse", "box": box, "style": {"fill": "#abcdef"}},
        {"id": "text", "type": "text", "box": box, "text": "Grüße, Мир"},
        {"id": "sticky", "type": "sticky", "box": box, "text": "a\nb"},
        {"id": "image", "type": "image", "box": box, "file": "f" * 64},
        {"id": "connector", "type": "connector", "points": encode([(0, 0, 0.5), (90, 90, 0.5)])},
        {"id": "frame", "type": "frame", "box": box, "text": "Frame"},
    ]


def pixels(data: bytes) -> Any:
    """Height × width × red, green, blue."""
    with av.open(BytesIO(data), "r") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")
