"""The outline of a stroke whose width follows the pressure.

The shape is that of Ruiz's *perfect-freehand* (2021), which the page draws with: points are pulled towards
their predecessors, each gets a radius from its pressure, and two edges run along them at that distance, with
round ends, and round turns where the stroke doubles back. The parameters are those of docs/whiteboard.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin, sqrt

from datachannels.whiteboard.points import Point, Spot

THINNING = 0.6
SMOOTHING = 0.5
STREAMLINE = 0.5

PULL = 0.15 + (1.0 - STREAMLINE) * 0.85
"""How far each point goes from its predecessor to where the hand was."""

EVEN = 0.5
"""Pressure of what has none."""

END_NOISE = 3.0
"""Units before the end in which points are left out: a hand jitters as it lifts."""

TURN_STEPS = 13
END_STEPS = 29
END_TURNS = 1.5
"""The end's cap is drawn one and a half times round, so that it closes whatever the direction."""

HALF_TURN = pi + 0.0001
"""A trifle more, so that arcs meet."""

MIN_RADIUS = 0.01
DIAGONAL: Point = (1.0, 1.0)
SLANT = sqrt(0.5)


@dataclass(slots=True)
class Vertebra:
    """A point of the spine: the unit vector back to its predecessor, the length of the spine up to it."""

    x: float
    y: float
    pressure: float
    back: Point
    length: float


def outline(spots: Sequence[Spot], size: float) -> list[Point]:
    """The corners of a closed shape around a stroke of that width; none for no points."""
    if not spots or size <= 0:
        return []
    spine = _spine(spots, size)
    if len(spine) == 1:
        return _dot(spine[0], size)
    left, right, radius = _edges(spine, size)
    first, last = spine[0], spine[-1]
    end = _arc((last.x - last.back[1] * radius, last.y + last.back[0] * radius), last, END_TURNS, END_STEPS)
    start = _arc(right[0], first, 0.5, TURN_STEPS)
    return [*left, *end, *reversed(right), *start]


def _spine(spots: Sequence[Spot], size: float) -> list[Vertebra]:
    spots = _enough(spots)
    first = spots[0]
    spine = [Vertebra(first[0], first[1], first[2], DIAGONAL, 0.0)]
    length = 0.0
    begun = False
    for index in range(1, len(spots)):
        before, (x, y, pressure) = spine[-1], spots[index]
        last = index == len(spots) - 1
        if not last:
            x = before.x + (x - before.x) * PULL
            y = before.y + (y - before.y) * PULL
        distance = hypot(before.x - x, before.y - y)
        if distance == 0:
            continue
        length += distance
        if not last and not begun:
            # What is nearer to the beginning than the stroke is wide would turn its edges about.
            if length < size:
                continue
            begun = True
        back = ((before.x - x) / distance, (before.y - y) / distance)
        spine.append(Vertebra(x, y, pressure, back, length))
    if len(spine) > 1:
        spine[0].back = spine[1].back
    return spine


def _enough(spots: Sequence[Spot]) -> Sequence[Spot]:
    """A dot gets an end beside it, a straight line points between, of even pressure."""
    first = spots[0]
    if len(spots) == 1:
        return (first, (first[0] + 1, first[1] + 1, first[2]))
    if len(spots) == 2:
        x, y = spots[1][0] - first[0], spots[1][1] - first[1]
        parts = [step / 4 for step in range(1, 5)]
        return [first, *((first[0] + x * part, first[1] + y * part, EVEN) for part in parts)]
    return spots


def _radius(size: float, pressure: float) -> float:
    return max(MIN_RADIUS, size * (0.5 - THINNING * (0.5 - pressure)))


def _edges(spine: Sequence[Vertebra], size: float) -> tuple[list[Point], list[Point], float]:
    """Both edges from the start to the end, and the radius there."""
    left: list[Point] = []
    right: list[Point] = []
    nearest = (size * SMOOTHING) ** 2
    total = spine[-1].length
    at_left = at_right = (spine[0].x, spine[0].y)
    before = spine[0].back
    turned = False
    radius = _radius(size, spine[-1].pressure)
    last = len(spine) - 1
    for index, one in enumerate(spine):
        if index < last and total - one.length < END_NOISE:
            continue
        radius = _radius(size, one.pressure)
        ahead = spine[index + 1].back if index < last else one.back
        bend = _dot_product(one.back, ahead) if index < last else 1.0
        turns = _dot_product(one.back, before) < 0 and not turned
        if turns or bend < 0:
            x, y = before[1] * radius, -before[0] * radius
            turn_left = _arc((one.x - x, one.y - y), one, 0.5, TURN_STEPS, whole=True)
            turn_right = _arc((one.x + x, one.y + y), one, -0.5, TURN_STEPS, whole=True)
            left += turn_left
            right += turn_right
            at_left, at_right = turn_left[-1], turn_right[-1]
            turned = turned or bend < 0
            continue
        turned = False
        if index == last:
            x, y = one.back[1] * radius, -one.back[0] * radius
            left.append((one.x - x, one.y - y))
            right.append((one.x + x, one.y + y))
            continue
        # Between the directions of both pieces, nearer to the one behind the straighter it goes on.
        mean_x = ahead[0] + (one.back[0] - ahead[0]) * bend
        mean_y = ahead[1] + (one.back[1] - ahead[1]) * bend
        x, y = mean_y * radius, -mean_x * radius
        corner = (one.x - x, one.y - y)
        if index <= 1 or _far(at_left, corner, nearest):
            left.append(corner)
            at_left = corner
        corner = (one.x + x, one.y + y)
        if index <= 1 or _far(at_right, corner, nearest):
            right.append(corner)
            at_right = corner
        before = one.back
    return left, right, radius


def _far(one: Point, other: Point, square: float) -> bool:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 > square


def _dot_product(one: Point, other: Point) -> float:
    return one[0] * other[0] + one[1] * other[1]


def _dot(at: Vertebra, size: float) -> list[Point]:
    radius = _radius(size, at.pressure)
    return _arc((at.x + radius * SLANT, at.y - radius * SLANT), at, 1.0, TURN_STEPS)


def _arc(start: Point, about: Vertebra, turns: float, steps: int, *, whole: bool = False) -> list[Point]:
    """Points on a circle about a point, the first after `start` unless `whole`."""
    x, y = start[0] - about.x, start[1] - about.y
    found: list[Point] = []
    for step in range(0 if whole else 1, steps + 1):
        angle = HALF_TURN * 2 * turns * step / steps
        found.append((about.x + x * cos(angle) - y * sin(angle), about.y + x * sin(angle) + y * cos(angle)))
    return found
