"""Tells when a subscriber is back from a network that was dead.

Whoever is sent media reports on it, each second at least. After a longer silence all that was sent meanwhile
is lost, more than repairs bring back, and the picture stands still until a key frame. Chromium asks for one
only when it gave up on repairs, 2 to 3 s after the network is back; knowing that it is, we need not wait.
"""

from math import inf
from typing import Final

SILENCE_S: Final = 2.0
"""Two reports are missing."""

SAMPLE_S: Final = 0.5
"""Over so long it shows whether anything is sent."""


class Silence:
    """Fed with every authentic report and check of one peer."""

    __slots__ = ("_heard_at", "_sampled_at", "_sending", "_sent")

    def __init__(self) -> None:
        self._heard_at = inf
        self._sampled_at = -inf
        self._sending = False
        self._sent = 0

    def heard(self, sent: int, now: float) -> bool:
        """True if this ends a silence in which it was sent media. `sent`: packets so far."""
        back = self._sending and now - self._heard_at > SILENCE_S
        if now - self._sampled_at >= SAMPLE_S:
            self._sending = sent > self._sent
            self._sampled_at, self._sent = now, sent
        self._heard_at = now
        return back
