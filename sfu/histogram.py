"""Counts of how long things took, in plain integers; the metrics read them at scrape."""

from bisect import bisect_left
from typing import Final

SECONDS: Final[tuple[float, ...]] = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004),
    *(0.008, 0.016, 0.05, 0.1, 0.25, 1.0),
)
"""Upper bounds: fine where a forward should be, coarse where it should not."""


class Histogram:
    """`counts` has one entry a bound of `bounds`, and a last one for all above; `total` is the sum in
    seconds."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...] = SECONDS) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds
