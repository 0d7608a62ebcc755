"""Numbers packets without the ones left out, so that what follows is contiguous."""

from bisect import bisect_left

MEMORY = 256
"""Left-out indices remembered for packets that come late; older ones count as before every packet."""


class Compaction:
    """Maps a packet index to itself less the left-out indices below it. Order is kept, no number is used
    twice."""

    __slots__ = ("_dropped", "_forgotten", "_highest")

    def __init__(self) -> None:
        self._dropped: list[int] = []
        self._forgotten = 0
        self._highest = -1

    def drop(self, index: int) -> None:
        """Leave `index` out. Only the newest index yet can be: numbers after it are not yet given away."""
        if index <= self._highest:
            return
        self._highest = index
        self._dropped.append(index)
        if len(self._dropped) > MEMORY:
            del self._dropped[0]
            self._forgotten += 1

    def number(self, index: int) -> int | None:
        """The compacted number; None for a left-out index, or one too old to know what lay before it."""
        dropped = self._dropped
        self._highest = max(self._highest, index)
        if not dropped:
            return index
        if index > dropped[-1]:
            return index - len(dropped) - self._forgotten
        if self._forgotten and index < dropped[0]:
            return None
        position = bisect_left(dropped, index)
        if dropped[position] == index:
            return None
        return index - position - self._forgotten
