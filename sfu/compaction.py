"""Numbers packets without the ones left out, so that what follows is contiguous."""

from bisect import bisect_right
from typing import Final

MEMORY: Final = 256
"""Ranges of left-out indices remembered for packets that come late, and for resends. At least one packet lies
between two of them: that is as far back as a layer's ring of 512."""


class Compaction:
    """Maps a packet index to itself less the left-out indices below it. Order is kept, no number is used
    twice.

    Only the newest index can be left out, so what `number` once said of an index it says for ever, or None
    when that is forgotten.
    """

    __slots__ = (
        "_forgotten",
        "_forgotten_pictures",
        "_highest",
        "_known_from",
        "_pictures",
        "_starts",
        "_stops",
        "_totals",
    )

    def __init__(self) -> None:
        # Ranges [start, stop), with how much was left out up to their end.
        self._starts: list[int] = []
        self._stops: list[int] = []
        self._totals: list[int] = []
        self._pictures: list[int] = []
        self._highest = -1
        self._known_from = -1
        self._forgotten = 0
        self._forgotten_pictures = 0

    def drop(self, index: int, pictures: int = 0) -> None:
        """Leave out `index`; `pictures` begin with it. Only the newest index yet can be: numbers after it are
        not yet given away."""
        if index <= self._highest:
            return
        self._highest = index
        stops = self._stops
        if stops and index == stops[-1]:
            stops[-1] = index + 1
            self._totals[-1] += 1
            self._pictures[-1] += pictures
            return
        self._totals.append((self._totals[-1] if stops else 0) + 1)
        self._pictures.append((self._pictures[-1] if stops else 0) + pictures)
        self._starts.append(index)
        stops.append(index + 1)
        if len(stops) > MEMORY:
            self._known_from = stops[0]
            self._forgotten = self._totals[0]
            self._forgotten_pictures = self._pictures[0]
            del self._starts[0], stops[0], self._totals[0], self._pictures[0]

    def number(self, index: int) -> int | None:
        """The compacted number; None for a left-out index, or one too old to know what lay before it."""
        self._highest = max(self._highest, index)
        stops = self._stops
        if not stops:
            return index
        if index >= stops[-1]:
            return index - self._totals[-1]
        position = bisect_right(stops, index)
        if index >= self._starts[position] or index < self._known_from:
            return None
        return index - (self._totals[position - 1] if position else self._forgotten)

    def index(self, number: int) -> int:
        """The index that has this number; for numbers too old a wrong one, that no ring has any more."""
        totals, stops = self._totals, self._stops
        low, high = 0, len(stops)
        while low < high:
            middle = (low + high) // 2
            if stops[middle] - totals[middle] <= number:
                low = middle + 1
            else:
                high = middle
        return number + (totals[low - 1] if low else self._forgotten)

    def pictures(self, index: int) -> int:
        """How many pictures were left out before `index`."""
        stops = self._stops
        if not stops:
            return 0
        if index >= stops[-1]:
            return self._pictures[-1]
        position = bisect_right(stops, index)
        return self._pictures[position - 1] if position else self._forgotten_pictures
