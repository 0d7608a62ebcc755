"""How elements look where they do not say: the numbers of docs/whiteboard.md, the same as the page's."""

from collections.abc import Mapping
from typing import Any

PAPER = "#ffffff"
INK = "#1f2328"
STICKY = "#ffe98a"
FRAME = "#98a2b3"
FRAME_TITLE = "#667085"
NO_IMAGE = "#eaecf0"

WIDTH = 4.0
TEXT_SIZE = 20.0
LINE_HEIGHT = 1.25
FRAME_WIDTH = 1.5
FRAME_TITLE_SIZE = 14.0
FRAME_TITLE_UP = 6.0
HEAD_DEGREES = 28.0

PADDING: Mapping[str, float] = {"rect": 16.0, "ellipse": 16.0, "sticky": 24.0}
"""Of text from the edges of what it stands in, on both sides together."""

ASCENT, DESCENT = 0.96875, 0.2412
"""Of the font, shares of the size."""

Element = Mapping[str, Any]


def style_of(element: Element) -> Mapping[str, Any]:
    """What it says of its style."""
    style = element.get("style")
    return style if isinstance(style, dict) else {}


def width_of(element: Element) -> float:
    """Of its lines."""
    return float(style_of(element).get("width", WIDTH))


def color_of(element: Element) -> str:
    """Of its lines and text."""
    return str(style_of(element).get("color", INK))


def fill_of(element: Element) -> str | None:
    """None: what is behind shows through."""
    fill = style_of(element).get("fill", STICKY if element["type"] == "sticky" else None)
    return None if fill is None else str(fill)


def size_of(element: Element) -> float:
    """Of its text."""
    if element["type"] == "frame":
        return FRAME_TITLE_SIZE
    return float(style_of(element).get("size", TEXT_SIZE))


def dash_of(element: Element) -> tuple[float, ...]:
    """Lengths drawn and not drawn, by turns; none: solid."""
    width = width_of(element)
    match style_of(element).get("dash"):
        case "dashed":
            return (3 * width, 2 * width)
        case "dotted":
            return (0.0, 2 * width)
        case _:
            return ()


def corner_of(kind: str, w: float, h: float) -> float:
    """Radius of a rectangle's corners."""
    return min(4.0, w / 2, h / 2) if kind == "sticky" else min(8.0, min(w, h) / 4)


def head_length(width: float) -> float:
    """Of an arrow's head, along its sides."""
    return max(12.0, 3.5 * width)
