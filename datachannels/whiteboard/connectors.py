"""Where connectors run: their ends follow the elements they are attached to."""

from collections.abc import Callable
from math import cos, hypot, inf, radians, sin
from typing import Any

from datachannels.whiteboard.look import Element
from datachannels.whiteboard.points import Point, decode

Look = Callable[[str], Element | None]

AIR = 4.0
"""Between an arrow's tip and the edge it points at."""


def turned(point: Point, about: Point, degrees: float) -> Point:
    """Clockwise as on the screen."""
    if degrees == 0:
        return point
    angle = radians(degrees)
    x, y = point[0] - about[0], point[1] - about[1]
    return (
        about[0] + x * cos(angle) - y * sin(angle),
        about[1] + x * sin(angle) + y * cos(angle),
    )


def ends_of(connector: Element, look: Look) -> tuple[Point, Point] | None:
    """The two ends of a connector; None where it has none."""
    flat = connector.get("points")
    spots = decode(flat) if flat else []
    start, end = _hold(connector.get("from"), look), _hold(connector.get("to"), look)
    at_start = start.at if start else spots[0][:2] if spots else None
    at_end = end.at if end else spots[-1][:2] if spots else None
    if at_start is None or at_end is None:
        return None
    return (
        start.cut(at_end) if start else at_start,
        end.cut(at_start) if end else at_end,
    )


def held_box(element: Element) -> list[float] | None:
    """The box of anything a connector can hold on to."""
    if element["type"] == "connector":
        return None
    if element.get("box"):
        return [float(value) for value in element["box"]]
    flat = element.get("points")
    if not flat:
        return None
    spots = decode(flat)
    xs, ys = [spot[0] for spot in spots], [spot[1] for spot in spots]
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys), 0.0]


class _Hold:
    """One end: where on which element."""

    def __init__(self, element: Element, box: list[float], anchor: list[float]) -> None:
        x, y, self.w, self.h, self.rotation = box
        middle = (x + self.w / 2, y + self.h / 2)
        self.at = turned((x + anchor[0] * self.w, y + anchor[1] * self.h), middle, self.rotation)
        self._whole = anchor[0] == 0.5 and anchor[1] == 0.5
        self._round = element["type"] == "ellipse"

    def cut(self, towards: Point) -> Point:
        """Where a line from an element's middle to `towards` leaves the element."""
        if not self._whole:
            return self.at
        to = turned(towards, self.at, -self.rotation)
        x, y = to[0] - self.at[0], to[1] - self.at[1]
        length = hypot(x, y)
        if length == 0:
            return self.at
        x, y = x / length, y / length
        a, b = self.w / 2, self.h / 2
        if self._round:
            reach = 1 / hypot(x / (a or 1), y / (b or 1))
        else:
            reach = min(a / abs(x) if x else inf, b / abs(y) if y else inf)
        out = min(reach + AIR, length)  # nearer than the edge: the other end is inside
        return turned((self.at[0] + x * out, self.at[1] + y * out), self.at, self.rotation)


def _hold(end: Any, look: Look) -> _Hold | None:
    element = look(end["element"]) if end else None
    box = held_box(element) if element else None
    return None if element is None or box is None else _Hold(element, box, end["anchor"])
