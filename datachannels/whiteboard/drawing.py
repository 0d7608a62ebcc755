"""A page of a board as marks: what each element looks like (docs/whiteboard.md)."""

from collections.abc import Iterable, Mapping, Sequence
from math import atan2, cos, radians, sin

from datachannels.whiteboard.connectors import Look, ends_of, turned
from datachannels.whiteboard.look import (
    ASCENT,
    DESCENT,
    FRAME,
    FRAME_TITLE,
    FRAME_TITLE_SIZE,
    FRAME_TITLE_UP,
    FRAME_WIDTH,
    HEAD_DEGREES,
    LINE_HEIGHT,
    PADDING,
    Element,
    color_of,
    corner_of,
    dash_of,
    fill_of,
    head_length,
    size_of,
    style_of,
    width_of,
)
from datachannels.whiteboard.marks import (
    Command,
    Mark,
    Outline,
    Picture,
    Turn,
    Words,
    ellipse,
    polyline,
    rectangle,
    smooth,
)
from datachannels.whiteboard.points import Point, decode
from datachannels.whiteboard.stroke_outline import outline
from datachannels.whiteboard.text_layout import lay_out
from datachannels.whiteboard.typeface import Typeface

Rect = tuple[float, float, float, float]
"""x, y, width, height."""

MARGIN = 20.0
"""Around what is drawn, in board units."""


def in_order(elements: Iterable[Element]) -> list[Element]:
    """As they are painted, the lowest first."""
    return sorted(elements, key=lambda one: (str(one.get("z", "")).encode(), str(one["id"])))


def draw(elements: Sequence[Element], typeface: Typeface) -> list[Mark]:
    """The marks of a page's elements, the lowest first."""
    by_id = {str(one["id"]): one for one in elements}
    artist = _Artist(typeface, by_id)
    marks: list[Mark] = []
    for element in in_order(elements):
        if float(style_of(element).get("opacity", 1)) > 0:
            marks += artist.draw(element)
    return marks


def extent(elements: Sequence[Element]) -> Rect:
    """What a page covers, with some margin; a page without anything is a sheet."""
    by_id = {str(one["id"]): one for one in elements}
    xs: list[float] = []
    ys: list[float] = []
    for element in elements:
        for x, y in _reach(element, by_id.get):
            xs.append(x)
            ys.append(y)
    if not xs:
        return (0.0, 0.0, 1280.0, 720.0)
    left, top = min(xs) - MARGIN, min(ys) - MARGIN
    return (left, top, max(xs) + MARGIN - left, max(ys) + MARGIN - top)


def _reach(element: Element, look: Look) -> list[Point]:
    """Corners of what an element covers."""
    width = width_of(element)
    kind = element["type"]
    if kind == "connector":
        ends = ends_of(element, look)
        return _around(list(ends or ()), head_length(width) + width)
    if element.get("points"):
        by = head_length(width) + width if kind == "arrow" else width
        return _around([spot[:2] for spot in decode(element["points"])], by)
    if not element.get("box"):
        return []
    x, y, w, h, rotation = element["box"]
    by = width / 2 if kind in ("rect", "ellipse") else FRAME_WIDTH
    top = y - by - (FRAME_TITLE_SIZE * LINE_HEIGHT + FRAME_TITLE_UP if kind == "frame" else 0)
    corners = [(x - by, top), (x + w + by, top), (x + w + by, y + h + by), (x - by, y + h + by)]
    return [turned(corner, (x + w / 2, y + h / 2), rotation) for corner in corners]


def _around(points: Sequence[Point], by: float) -> list[Point]:
    if not points:
        return []
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return [(min(xs) - by, min(ys) - by), (max(xs) + by, max(ys) + by)]


class _Artist:
    """Draws one element after the other."""

    def __init__(self, typeface: Typeface, by_id: Mapping[str, Element]) -> None:
        self._typeface = typeface
        self._look = by_id.get

    def draw(self, element: Element) -> list[Mark]:
        opacity = float(style_of(element).get("opacity", 1))
        kind, flat = element["type"], element.get("points")
        if kind == "connector":
            ends = ends_of(element, self._look)
            return self._line(element, list(ends), opacity, headed=True) if ends else []
        if kind == "stroke":
            return self._ink(element, opacity) if flat else []
        if kind in ("line", "arrow"):
            points = [spot[:2] for spot in decode(flat)] if flat else []
            return self._line(element, points, opacity, headed=kind == "arrow")
        return self._boxed(element, opacity) if element.get("box") else []

    def _ink(self, element: Element, opacity: float) -> list[Mark]:
        commands = smooth(outline(decode(element["points"]), width_of(element)))
        return [Outline(commands, fill=color_of(element), opacity=opacity)] if commands else []

    def _line(self, element: Element, points: Sequence[Point], opacity: float, *, headed: bool) -> list[Mark]:
        width, color = width_of(element), color_of(element)
        if not points or width <= 0:
            return []
        line = Outline(polyline(points), None, color, width, dash_of(element), opacity)
        if not headed or len(points) < 2:
            return [line]
        (x, y), (back_x, back_y) = points[-1], points[-2]
        back, length = atan2(back_y - y, back_x - x), head_length(width)
        head: list[Command] = []
        for side in (-radians(HEAD_DEGREES), radians(HEAD_DEGREES)):
            tip = (x + cos(back + side) * length, y + sin(back + side) * length)
            head += [("M", (x, y)), ("L", tip)]
        return [line, Outline(head, None, color, width, (), opacity)]

    def _boxed(self, element: Element, opacity: float) -> list[Mark]:
        x, y, w, h, rotation = [float(value) for value in element["box"]]
        turn = Turn(rotation, x + w / 2, y + h / 2) if rotation % 360 else None
        kind, text = element["type"], str(element.get("text", ""))
        if kind == "image":
            return [Picture(str(element.get("file", "")), x, y, w, h, opacity, turn)]
        if kind == "frame":
            shape = Outline(rectangle(x, y, w, h), None, FRAME, FRAME_WIDTH, (), opacity, turn, round=False)
            title = self._text(text, x, y - FRAME_TITLE_UP, FRAME_TITLE_SIZE, FRAME_TITLE, opacity, turn)
            return [shape, *title]
        marks: list[Mark] = [] if kind == "text" else [self._shape(element, (x, y, w, h), opacity, turn)]
        return marks + self._paragraphs(element, text, (x, y, w, h), opacity, turn)

    def _shape(self, element: Element, rect: Rect, opacity: float, turn: Turn | None) -> Mark:
        x, y, w, h = rect
        kind = str(element["type"])
        commands = ellipse(x, y, w, h) if kind == "ellipse" else rectangle(x, y, w, h, corner_of(kind, w, h))
        width = 0.0 if kind == "sticky" else width_of(element)
        return Outline(
            commands,
            fill_of(element),
            color_of(element) if width > 0 else None,
            width,
            dash_of(element),
            opacity,
            turn,
            round=False,
        )

    def _paragraphs(
        self, element: Element, text: str, rect: Rect, opacity: float, turn: Turn | None
    ) -> list[Mark]:
        if not text:
            return []
        x, y, w, h = rect
        kind, size = element["type"], size_of(element)
        centred = kind != "text"
        lines = lay_out(text, w - PADDING.get(kind, 0.0), lambda part: self._typeface.width(part, size))
        top = y + (h - len(lines) * size * LINE_HEIGHT) / 2 if centred else y
        baseline = (size * LINE_HEIGHT - (ASCENT + DESCENT) * size) / 2 + ASCENT * size
        marks: list[Mark] = []
        for index, line in enumerate(lines):
            start = x + (w - self._typeface.width(line, size)) / 2 if centred else x
            at = top + index * size * LINE_HEIGHT + baseline
            marks += self._text(line, start, at, size, color_of(element), opacity, turn)
        return marks

    def _text(
        self, line: str, x: float, y: float, size: float, color: str, opacity: float, turn: Turn | None
    ) -> list[Mark]:
        marks: list[Mark] = []
        for piece in self._typeface.pieces(line, size):
            if piece.commands is None:
                marks.append(Words(piece.text, x, y, size, color, opacity, turn))
            elif piece.commands:
                moved = [(name, _moved(numbers, x, y)) for name, numbers in piece.commands]
                marks.append(Outline(moved, color, opacity=opacity, turn=turn, words=piece.text))
            x += piece.width
        return marks


def _moved(numbers: Sequence[float], x: float, y: float) -> tuple[float, ...]:
    return tuple([n + (x if index % 2 == 0 else y) for index, n in enumerate(numbers)])
