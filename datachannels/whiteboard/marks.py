"""What a drawn board is made of: filled and stroked paths, pictures, and the words no bundled font has."""

from collections.abc import Sequence
from dataclasses import dataclass

Command = tuple[str, tuple[float, ...]]
"""``M`` x y, ``L`` x y, ``Q`` with one and ``C`` with two control points, ``Z``; as in SVG, absolute."""

KAPPA = 0.5522847498
"""A quarter of a circle is nearly a cubic curve with control points this share of the radius away."""


@dataclass(frozen=True, slots=True)
class Turn:
    """By `degrees`, clockwise, about a point."""

    degrees: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """A path: filled, or stroked with round ends and joins, or both, in this order."""

    commands: Sequence[Command]
    fill: str | None = None
    stroke: str | None = None
    width: float = 0.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    turn: Turn | None = None
    round: bool = True
    words: str = ""
    """What it reads, where it is text."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file, by its SHA-256, in a rectangle."""

    file: str
    x: float
    y: float
    w: float
    h: float
    opacity: float = 1.0
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Text for a font of whoever shows it: its start on the baseline."""

    text: str
    x: float
    y: float
    size: float
    color: str
    opacity: float = 1.0
    turn: Turn | None = None


Mark = Outline | Picture | Words


def rectangle(x: float, y: float, w: float, h: float, radius: float = 0.0) -> list[Command]:
    """With round corners."""
    if radius <= 0:
        return [("M", (x, y)), ("L", (x + w, y)), ("L", (x + w, y + h)), ("L", (x, y + h)), ("Z", ())]
    r, k = radius, radius * (1 - KAPPA)
    right, bottom = x + w, y + h
    return [
        ("M", (x + r, y)),
        ("L", (right - r, y)),
        ("C", (right - k, y, right, y + k, right, y + r)),
        ("L", (right, bottom - r)),
        ("C", (right, bottom - k, right - k, bottom, right - r, bottom)),
        ("L", (x + r, bottom)),
        ("C", (x + k, bottom, x, bottom - k, x, bottom - r)),
        ("L", (x, y + r)),
        ("C", (x, y + k, x + k, y, x + r, y)),
        ("Z", ()),
    ]


def ellipse(x: float, y: float, w: float, h: float) -> list[Command]:
    """In a rectangle, from its right side on."""
    cx, cy, a, b = x + w / 2, y + h / 2, w / 2, h / 2
    ka, kb = a * KAPPA, b * KAPPA
    return [
        ("M", (cx + a, cy)),
        ("C", (cx + a, cy + kb, cx + ka, cy + b, cx, cy + b)),
        ("C", (cx - ka, cy + b, cx - a, cy + kb, cx - a, cy)),
        ("C", (cx - a, cy - kb, cx - ka, cy - b, cx, cy - b)),
        ("C", (cx + ka, cy - b, cx + a, cy - kb, cx + a, cy)),
        ("Z", ()),
    ]


def polyline(points: Sequence[tuple[float, float]]) -> list[Command]:
    """Open."""
    return [("M" if index == 0 else "L", point) for index, point in enumerate(points)]


def smooth(points: Sequence[tuple[float, float]]) -> list[Command]:
    """Closed, through the middles between the points, which are its control points."""
    if not points:
        return []
    (last_x, last_y), (x, y) = points[-1], points[0]
    commands: list[Command] = [("M", ((last_x + x) / 2, (last_y + y) / 2))]
    for index, (x, y) in enumerate(points):
        next_x, next_y = points[(index + 1) % len(points)]
        commands.append(("Q", (x, y, (x + next_x) / 2, (y + next_y) / 2)))
    return [*commands, ("Z", ())]
