"""Which packets of a received stream to ask for again, and when (RFC 4585 §6.2.1).

A missing packet is asked for once it is unlikely to be merely late, then again each round trip and more
slowly from try to try, until it comes or is given up; what is given up needs a key frame.
"""

from collections import deque
from typing import Final

REORDER_S: Final = 0.010
"""How long a gap may be a reordering …"""

REORDER_PACKETS: Final = 3
"""… unless so many newer packets came: the packet threshold of RFC 9002 §6.1.1."""

BACKOFF: Final = 1.25
MIN_INTERVAL_S: Final = 0.020
MAX_INTERVAL_S: Final = 0.400
MAX_TRIES: Final = 10
"""Growing intervals as in LiveKit, ten tries as in mediasoup and Jitsi: at 100 ms, 2.5 s of patience."""

MAX_MISSING: Final = 1000
"""Packets asked for at a time. More than that is an outage, which a key frame ends sooner than resends."""

MAX_GAP: Final = 500
"""A longer gap is a restart of the stream: nothing in it is asked for."""


class _Missing:
    __slots__ = ("due_at", "tries")

    def __init__(self, due_at: float) -> None:
        self.due_at = due_at
        self.tries = 0


class NackGenerator:
    """Gaps of one stream by extended sequence number. `rtt_s` is set by whoever measures the round trip.

    Indices are those on the wire, so packets of padding count as received. `gave_up` counts packets lost for
    good.
    """

    __slots__ = ("_failed", "_fresh", "_highest", "_missing", "_next_at", "gave_up", "rtt_s")

    def __init__(self, rtt_s: float = 0.1) -> None:
        self.rtt_s = rtt_s
        self.gave_up = 0
        self._highest: int | None = None
        self._missing: dict[int, _Missing] = {}
        self._fresh: deque[int] = deque()  # not yet asked for, oldest first
        self._next_at = 0.0  # not later than the earliest due_at
        self._failed = False

    def received(self, index: int, now: float) -> None:
        """A packet came on the stream's own SSRC, in any order."""
        highest = self._highest
        if highest is None:
            self._highest = index
        elif index == highest + 1:
            self._highest = index
            if self._fresh:
                self._hurry(index, now)
        elif index > highest:
            self._highest = index
            self._open_gap(highest + 1, index, now)
        else:
            self._missing.pop(index, None)

    def recovered(self, index: int) -> None:
        """The packet came over RTX or FEC."""
        self._missing.pop(index, None)

    def due(self, now: float) -> list[int]:
        """The packets to ask for now, ascending; each call takes them as asked for."""
        if not self._missing or now < self._next_at:
            return []
        asked: list[int] = []
        given_up: list[int] = []
        next_at = float("inf")
        for index, missing in self._missing.items():
            if missing.due_at <= now:
                if missing.tries == MAX_TRIES:
                    given_up.append(index)
                    continue
                asked.append(index)
                missing.due_at = now + self._interval(missing.tries)
                missing.tries += 1
            next_at = min(next_at, missing.due_at)
        self._next_at = next_at
        for index in given_up:
            del self._missing[index]
        if given_up:
            self._fail(len(given_up))
        return asked

    def next_timeout(self) -> float | None:
        """When `due` may have something; None if nothing is missing."""
        return self._next_at if self._missing else None

    def take_failure(self) -> bool:
        """Whether a packet was lost for good since the last call: then ask for a key frame."""
        failed, self._failed = self._failed, False
        return failed

    def _interval(self, tries: int) -> float:
        # Never before the answer to the last one can be here, even on a path longer than the cap.
        longest = max(MAX_INTERVAL_S, self.rtt_s)
        return min(max(self.rtt_s * BACKOFF**tries, MIN_INTERVAL_S), longest)

    def _open_gap(self, start: int, end: int, now: float) -> None:
        gap = end - start
        if gap > MAX_GAP or len(self._missing) + gap > MAX_MISSING:
            lost = gap + len(self._missing)
            self._missing.clear()
            self._fresh.clear()
            self._fail(lost)
            return
        due_at = now + REORDER_S
        if not self._missing or due_at < self._next_at:
            self._next_at = due_at
        for index in range(start, end):
            self._missing[index] = _Missing(due_at)
            self._fresh.append(index)
        self._hurry(end, now)

    def _hurry(self, highest: int, now: float) -> None:
        """Ask at once for what enough newer packets have overtaken."""
        overtaken = highest - REORDER_PACKETS
        while self._fresh and self._fresh[0] <= overtaken:
            missing = self._missing.get(self._fresh.popleft())
            if missing is not None and missing.tries == 0:
                missing.due_at = min(missing.due_at, now)
                self._next_at = min(self._next_at, missing.due_at)

    def _fail(self, lost: int) -> None:
        self.gave_up += lost
        self._failed = True
