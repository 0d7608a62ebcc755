"""What was drawn on a picture, as the page paints it (`web/src/annotation/paint_marks.ts`)."""

from collections.abc import Iterable, Mapping
from math import hypot
from typing import Any, Final

from datachannels.whiteboard.marks import Command, Mark, Outline, Words
from datachannels.whiteboard.points import Point
from recording.compose.stamps import stamp
from recording.compose.words import line_of

HIGHLIGHT: Final = 0.38
HEAD: Final = 4.5
"""Of an arrow's head, in widths of its line."""

LEAST_HEAD: Final = 9.0
LINE_HEIGHT: Final = 1.25
LIGHT: Final = "#ffffff"
DARK: Final = "#000000"


def drawn(marks: Iterable[Mapping[str, Any]], width: int, height: int) -> list[Mark]:
    """`draw` messages over a picture of that many pixels; those that are none are passed over."""
    made: list[Mark] = []
    for mark in marks:
        try:
            made += _drawn(mark, float(width), float(height))
        except (KeyError, TypeError, ValueError, IndexError):
            continue
    return made


def _drawn(mark: Mapping[str, Any], w: float, h: float) -> list[Mark]:
    tool, flat = mark["tool"], [float(value) for value in mark["points"]]
    places = [(flat[at] * w, flat[at + 1] * h) for at in range(0, len(flat) - 1, 2)]
    thick = max(1.0, float(mark["width"]) * h)
    colour = str(mark["color"])
    if tool in ("pen", "highlighter"):
        opacity = HIGHLIGHT if tool == "highlighter" else 1.0
        return [Outline(_hand(places), None, colour, thick, (), opacity)]
    if tool == "rect":
        (x, y), (far_x, far_y) = places[0], places[-1]
        around = [("M", (x, y)), ("L", (far_x, y)), ("L", (far_x, far_y)), ("L", (x, far_y)), ("Z", ())]
        return [Outline(around, None, colour, thick)]
    if tool == "arrow":
        return _arrow(places[0], places[-1], thick, colour)
    x, y = places[0]
    if tool == "stamp":
        sign = str(mark["text"])
        return stamp(sign, x, y, thick) or [Words(sign, x - thick / 2, y + thick * 0.36, thick, colour)]
    lines = str(mark["text"]).split("\n")
    letters = [
        part
        for index, line in enumerate(lines)
        for part in line_of(line, x, y + thick * (0.97 + index * LINE_HEIGHT), thick, colour)
    ]
    return [*_halo(letters, colour, thick), *letters]


def _halo(letters: Iterable[Mark], colour: str, size: float) -> list[Mark]:
    """Letters of any colour are read on any picture."""
    around, opacity = (LIGHT, 0.9) if _is_dark(colour) else (DARK, 0.75)
    wide = max(3.0, size / 6)
    return [
        Outline(one.commands, None, around, wide, (), opacity) for one in letters if isinstance(one, Outline)
    ]


def _is_dark(colour: str) -> bool:
    """By the weights of the eye, `#rrggbb`."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def _hand(places: list[Point]) -> list[Command]:
    """Through the middles between the places; a touch is a dot."""
    (x, y), *others = places
    commands: list[Command] = [("M", (x, y)), ("L", (x + 0.01, y))]
    for index, (x, y) in enumerate(others):
        if index + 1 < len(others):
            next_x, next_y = others[index + 1]
            commands.append(("Q", (x, y, (x + next_x) / 2, (y + next_y) / 2)))
        else:
            commands.append(("L", (x, y)))
    return commands


def _arrow(start: Point, end: Point, thick: float, colour: str) -> list[Mark]:
    (x, y), (to_x, to_y) = start, end
    length = hypot(to_x - x, to_y - y)
    if length == 0:
        return []
    head = min(max(LEAST_HEAD, HEAD * thick), length)
    along, aside = (to_x - x) / length, (to_y - y) / length
    back_x, back_y = to_x - along * head, to_y - aside * head
    line: list[Command] = [("M", start), ("L", (to_x - along * thick, to_y - aside * thick))]
    tip: list[Command] = [
        ("M", end),
        ("L", (back_x - aside * head / 2, back_y + along * head / 2)),
        ("L", (back_x + aside * head / 2, back_y - along * head / 2)),
        ("Z", ()),
    ]
    return [Outline(line, None, colour, thick), Outline(tip, colour)]
