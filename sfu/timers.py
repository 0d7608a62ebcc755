"""When each peer wants to be woken: one deadline a peer, all of a node in one heap."""

import heapq
from itertools import count
from math import inf
from typing import Protocol


class Timed(Protocol):
    """Something with deadlines."""

    wake_at: float

    def handle_timeout(self, now: float) -> None:
        """The deadline has come; may arm the next."""


class Timers:
    """Deadlines in order. Arming an earlier one supersedes; a later one is ignored until the earlier
    fired."""

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timed]] = []
        self._count = count()

    def arm(self, who: Timed, at: float) -> None:
        """Wake `who` at `at` or, if it will be woken before, not later than that."""
        if at < who.wake_at:
            who.wake_at = at
            heapq.heappush(self._heap, (at, next(self._count), who))

    def next_timeout(self) -> float | None:
        """The earliest deadline."""
        heap = self._heap
        while heap:
            at, _, who = heap[0]
            if who.wake_at == at:
                return at
            heapq.heappop(heap)  # superseded by an earlier one
        return None

    def fire(self, now: float) -> None:
        """Call everybody whose deadline has come, once: who then wants to be called at once comes next time,
        so that nobody holds up the others."""
        heap = self._heap
        due: list[Timed] = []
        while heap and heap[0][0] <= now:
            at, _, who = heapq.heappop(heap)
            if who.wake_at == at:
                who.wake_at = inf
                due.append(who)
        for who in due:
            who.handle_timeout(now)
