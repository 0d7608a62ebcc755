"""When to ask a publisher for a key frame (PLI, RFC 4585 §6.3.1), once for all who wait for one.

A key frame costs the publisher's uplink and every subscriber of the layer, so wants are joined: the first
asks at once, the next within `MIN_SPACING_S` waits. A request can be lost, so it is repeated until the key
frame comes.
"""

from typing import Final

MIN_SPACING_S: Final = 0.5
"""Between one want that was met and the next (LiveKit: 0.5–1 s a layer)."""

MIN_REPEAT_S: Final = 0.2
MAX_REPEAT_S: Final = 1.0
"""An unanswered request is repeated after two round trips, within these bounds (LiveKit)."""

MAX_TRIES: Final = 10
PATIENT_REPEAT_S: Final = 5.0
"""A publisher that answers none of ten requests is asked more rarely: it may be gone, or send no pictures."""


class KeyframeRequests:
    """Key-frame requests of one received layer. `rtt_s` is set by whoever measures it; `sent` counts
    requests. `said`: among those who wait is one who said so, and cannot be asked whether it still does."""

    __slots__ = ("_last_sent_at", "_next_at", "_tries", "_wanted", "rtt_s", "said", "sent")

    def __init__(self, rtt_s: float = 0.1) -> None:
        self.rtt_s = rtt_s
        self.sent = 0
        self.said = False
        self._wanted = False
        self._tries = 0
        self._next_at = 0.0
        self._last_sent_at: float | None = None

    @property
    def wanted(self) -> bool:
        """Whether anybody waits for a key frame."""
        return self._wanted

    def want(self, now: float, *, said: bool = False) -> None:
        """A slot cannot go on without a key frame, or a decoder behind it, which `said` so."""
        self.said = self.said or said
        if self._wanted:
            return
        self._wanted = True
        self._tries = 0
        last = self._last_sent_at
        self._next_at = now if last is None else max(now, last + MIN_SPACING_S)

    def unwant(self) -> None:
        """Nobody waits any more: the last slot that did is gone."""
        self._wanted = self.said = False

    def arrived(self, now: float) -> None:
        """A key frame begins. A slot that cannot use it (a packet is missing) calls `want` again."""
        self._wanted = self.said = False

    def resume(self, now: float) -> None:
        """The publisher sends again after a silence: what was asked in vain is asked anew, without
        patience."""
        if not self._wanted:
            return
        self._tries = 0
        last = self._last_sent_at
        self._next_at = min(self._next_at, now if last is None else max(now, last + MIN_REPEAT_S))

    def due(self, now: float) -> bool:
        """Whether to send a request now; answering True counts it as sent."""
        if not self._wanted or now < self._next_at:
            return False
        self.sent += 1
        self._tries += 1
        self._last_sent_at = now
        self._next_at = now + self._repeat_after()
        return True

    def next_timeout(self) -> float | None:
        """When the next request is due; None if nobody waits."""
        return self._next_at if self._wanted else None

    def _repeat_after(self) -> float:
        if self._tries >= MAX_TRIES:
            return PATIENT_REPEAT_S
        return min(max(2 * self.rtt_s, MIN_REPEAT_S), MAX_REPEAT_S)
