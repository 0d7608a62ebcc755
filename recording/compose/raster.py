"""Turns drawings into what can be laid over a picture, and frames into their planes."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final

import av
import numpy as np

from datachannels.whiteboard.drawing import Rect
from datachannels.whiteboard.marks import Mark, Outline, Picture
from datachannels.whiteboard.points import Point
from recording.compose.canvas import HALF, Patch, Plane, Wide

_YUVA: Final = "yuva420p"

FARTHEST: Final = 1e7
"""Pixels. At shapes that reach a hundred times further resvg panics, and at some aborts the process."""


def drawable(marks: Iterable[Mark], region: Rect, scale: float) -> list[Mark]:
    """Those that can be rasterised, where `region` is shown with so many pixels a unit."""
    left, top, _, _ = region
    most = FARTHEST / scale
    return [one for one in marks if all(abs(x - left) < most and abs(y - top) < most for x, y in _reach(one))]


def _reach(mark: Mark) -> Iterator[Point]:
    if isinstance(mark, Outline):
        for _, numbers in mark.commands:
            yield from zip(numbers[::2], numbers[1::2], strict=True)
    else:
        yield mark.x, mark.y
        if isinstance(mark, Picture):
            yield mark.x + mark.w, mark.y + mark.h


def rasterise(svg: str, width: int, height: int) -> Patch | None:
    """A drawing that is to fill `width` × `height` pixels, both even; None if it shows nothing. Raises
    ValueError for what cannot be drawn."""
    import resvg_py

    # Reading the machine's fonts costs more than a small drawing.
    letters = "<text" in svg
    try:
        png = bytes(
            resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height, skip_system_fonts=not letters)
        )
    except BaseException as error:
        # What panics in Rust is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError(str(error)) from None
    with av.open(BytesIO(png), "r", format="png_pipe") as container:
        frame = next(container.decode(video=0))
    rgba = frame.to_ndarray(format="rgba")[:height, :width]
    shown = rgba[:, :, 3] > 0
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not rows.size:
        return None
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    bottom = min((int(rows[-1]) + 2) // 2 * 2, rgba.shape[0] // 2 * 2)
    right = min((int(columns[-1]) + 2) // 2 * 2, rgba.shape[1] // 2 * 2)
    part = np.ascontiguousarray(rgba[top:bottom, left:right], np.uint8)
    *colours, cover = planes_of(av.VideoFrame.from_ndarray(part, format="rgba").reformat(format=_YUVA))
    w, h = right - left, bottom - top
    if cover.min() == 255:
        return Patch(left, top, w, h, [plane.astype(np.uint16) for plane in colours], None)
    covers = [_covers(cover, by) for by in HALF]
    over = [plane * each for plane, each in zip(colours, covers, strict=True)]
    return Patch(left, top, w, h, over, [(256 - each).astype(np.uint16) for each in covers])


def _covers(cover: Plane, by: int) -> Wide:
    """Of 256; for colour the mean of its four pixels."""
    wide = cover.astype(np.uint16)
    wide += wide >> 7
    if by == 1:
        return wide
    four: Wide = wide[::2, ::2] + wide[1::2, ::2] + wide[::2, 1::2] + wide[1::2, 1::2]
    return (four >> 2).astype(np.uint16)


def planes_of(frame: av.VideoFrame) -> list[Plane]:
    """Views of the planes of a frame of some YUV 4:2:0; they live as long as the frame."""
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * plane.height]
        views.append(rows.reshape(plane.height, plane.line_size)[:, : plane.width])
    return views
