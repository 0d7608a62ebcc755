"""What loss allows (draft-ietf-rmcat-gcc-02 §6), with the path's own loss left out of the account.

The draft takes every loss above 10 % for congestion, so a radio link that loses 15 % whatever is sent ends at
nothing. Loss that stays as the rate falls is none of our doing: only what exceeds the least of the last
windows counts.
"""

from math import inf
from typing import Final

HIGH: Final = 0.10
LOW: Final = 0.02
"""Above 10 % the rate falls, below 2 % it rises, between it stays (§6)."""

CUT: Final = 0.5
RISE: Final = 1.05
"""It falls by half the loss, and rises by 5 % a window (§6)."""

ARRIVED_FACTOR: Final = 1.1
"""What arrives, and a little more, is all that can be right: a link that drops most of what is sent is not
approached in steps of a half."""

WINDOW_S: Final = 0.5
WINDOW_PACKETS: Final = 100
LONGEST_WINDOW_S: Final = 2.0
"""A window is half a second with 100 packets, or else 2 s. At a true loss of 5 % it shows more than 10 % one
time in a hundred; with 30 packets, six in a hundred."""

REMEMBERED: Final = 5


class LossBound:
    """`bps` is infinite while losses bound nothing."""

    __slots__ = ("_lost", "_place", "_received", "_recent", "_since", "bps", "falling")

    def __init__(self) -> None:
        self.bps = inf
        self.falling = False
        self._received = 0
        self._lost = 0
        self._since = -1.0
        self._recent = [0.0] * REMEMBERED
        self._place = 0

    def add(self, received: int, lost: int, allowed_bps: float, arrived_bps: float, now: float) -> None:
        """Packets of one feedback. `allowed_bps` is the estimate they were sent under, `arrived_bps` what
        arrived lately."""
        if self._since < 0.0 or now < self._since:
            self._since = now
        self._received += received
        self._lost += lost
        packets = self._received + self._lost
        passed = now - self._since
        if passed < WINDOW_S or (packets < WINDOW_PACKETS and passed < LONGEST_WINDOW_S):
            return
        self._since = now
        fraction = self._lost / packets if packets else 0.0
        self._received = self._lost = 0
        self.window(fraction, allowed_bps, arrived_bps)

    def window(self, fraction: float, allowed_bps: float, arrived_bps: float) -> None:
        """The loss (0–1) of one window, or of one receiver report."""
        own = min(self._recent)
        self._recent[self._place] = fraction
        self._place = (self._place + 1) % REMEMBERED
        excess = fraction - own
        self.falling = excess > HIGH
        if self.falling:
            allowed = min(self.bps, allowed_bps)
            self.bps = allowed * (1.0 - CUT * excess)
            if arrived_bps > 0.0:
                self.bps = min(self.bps, ARRIVED_FACTOR * arrived_bps / max(1.0 - own, 0.1))
        elif excess < LOW:
            self.bps *= RISE
            if self.bps > 2.0 * allowed_bps:
                self.bps = inf
