"""Names over pictures, and in their place."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from datachannels.whiteboard.drawing import Rect
from datachannels.whiteboard.marks import Mark, Outline, Words, ellipse, rectangle
from datachannels.whiteboard.svg import svg
from datachannels.whiteboard.typeface import bundled
from recording.compose.canvas import Patch
from recording.compose.raster import drawable, rasterise

LINE: Final = 22
"""Pixels of a name's plate in a picture of 720 lines; more in larger ones."""

PLATE: Final = "#000000"
LETTERS: Final = "#ffffff"
PLATE_OPACITY: Final = 0.6
COLOURS: Final = (
    *("#3b6cb0", "#7656ad", "#a04b78", "#a35237"),
    *("#79671c", "#3b794a", "#20737a", "#566679"),
)
"""Of people, as in the meeting (`web/src/room/style/tokens.css`)."""


def name_plate(name: str, width: int, height: int, line: int) -> Patch | None:
    """A name in the lower left corner of a cell of this size; cut where it is too long."""
    size = line * 0.62
    room = width - 2.5 * line
    text = _cut(name, size, room)
    if not text or room <= 0:
        return None
    wide = bundled().width(text, size) + line
    x, y = line * 0.4, height - line * 1.4
    plate = Outline(rectangle(x, y, wide, line, line * 0.25), PLATE, opacity=PLATE_OPACITY)
    return draw([plate, *line_of(text, x + line / 2, y + line * 0.72, size)], width, height)


def portrait(identity: str, name: str, width: int, height: int) -> Patch | None:
    """Where there is no picture: the first letters of a name in a circle of their colour."""
    across = min(width, height) * 0.4
    x, y = (width - across) / 2, (height - across) / 2
    size = across * 0.4
    words = name.split()
    letters = "".join([word[0] for word in (words[:1] + words[1:][-1:])]).upper() or "?"
    start = (width - bundled().width(letters, size)) / 2
    circle = Outline(ellipse(x, y, across, across), COLOURS[colour_of(identity)])
    return draw([circle, *line_of(letters, start, height / 2 + size * 0.36, size)], width, height)


def colour_of(identity: str) -> int:
    """Which of the colours somebody has: the same as in the meeting (`web/src/room/names.ts`)."""
    # FNV-1a, and its upper half folded in: the lowest bits alone are poor.
    folded = 0x811C9DC5
    for letter in identity:
        folded = (folded ^ ord(letter)) * 0x01000193 & 0xFFFFFFFF
    return (folded ^ folded >> 15) % len(COLOURS)


def draw(marks: Sequence[Mark], width: int, height: int) -> Patch | None:
    """Marks in pixels of a cell, on nothing. Only as much is rasterised as they cover."""
    marks = drawable(marks, (0.0, 0.0, float(width), float(height)), 1.0)
    x, y, right, bottom = _covered(marks, width, height)
    w, h = right - x, bottom - y
    if w <= 0 or h <= 0:
        return None
    region: Rect = (float(x), float(y), float(w), float(h))
    patch = rasterise(svg(marks, region, lambda _: None, paper=None), w, h)
    return None if patch is None else replace(patch, x=patch.x + x, y=patch.y + y)


def _covered(marks: Sequence[Mark], width: int, height: int) -> tuple[int, int, int, int]:
    """Even pixels around all marks; all there are, if one is text of a font that we do not know."""
    xs: list[float] = []
    ys: list[float] = []
    for mark in marks:
        if not isinstance(mark, Outline):
            return (0, 0, width, height)
        around = mark.width / 2 + 2
        for _, numbers in mark.commands:
            xs += [n + side for n in numbers[::2] for side in (-around, around)]
            ys += [n + side for n in numbers[1::2] for side in (-around, around)]
    if not xs:
        return (0, 0, 0, 0)
    left, top = max(0, int(min(xs)) // 2 * 2), max(0, int(min(ys)) // 2 * 2)
    return (left, top, min(width, int(max(xs)) // 2 * 2 + 2), min(height, int(max(ys)) // 2 * 2 + 2))


def line_of(text: str, x: float, y: float, size: float, colour: str = LETTERS) -> list[Mark]:
    """A line of text that starts at (x, y) of its baseline."""
    marks: list[Mark] = []
    for piece in bundled().pieces(text, size):
        if piece.commands is None:
            marks.append(Words(piece.text, x, y, size, colour))
        elif piece.commands:
            moved = [
                (name, tuple([n + (x if index % 2 == 0 else y) for index, n in enumerate(numbers)]))
                for name, numbers in piece.commands
            ]
            marks.append(Outline(moved, colour))
        x += piece.width
    return marks


def _cut(name: str, size: float, room: float) -> str:
    name = " ".join(name.split())
    if bundled().width(name, size) <= room:
        return name
    while name and bundled().width(f"{name}…", size) > room:
        name = name[:-1]
    return f"{name}…" if name else ""
