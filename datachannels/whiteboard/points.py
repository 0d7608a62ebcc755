"""Points of strokes and lines: `[x0, y0, p0, dx1, dy1, p1, …]` in tenths of a unit (PROTOCOL.md 3)."""

from collections.abc import Sequence
from itertools import accumulate

Point = tuple[float, float]
Spot = tuple[float, float, float]
"""A point with its pressure, 0–1."""

TENTHS = 10.0
FULL = 255.0


def decode(flat: Sequence[int]) -> list[Spot]:
    """Points in board units."""
    xs = accumulate(flat[0::3])
    ys = accumulate(flat[1::3])
    return [(x / TENTHS, y / TENTHS, p / FULL) for x, y, p in zip(xs, ys, flat[2::3], strict=False)]


def encode(spots: Sequence[Spot]) -> list[int]:
    """The shortest form of points in board units."""
    flat: list[int] = []
    at_x = at_y = 0
    for x, y, pressure in spots:
        next_x, next_y = round(x * TENTHS), round(y * TENTHS)
        flat += (next_x - at_x, next_y - at_y, round(min(1.0, max(0.0, pressure)) * FULL))
        at_x, at_y = next_x, next_y
    return flat
