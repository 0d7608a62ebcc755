"""What loss allows (draft-ietf-rmcat-gcc-02 §6), with the path's own loss left out of the account.

The draft takes every loss above 10 % for congestion, so a radio link that loses 15 % whatever is sent ends at
nothing. Loss that stays as the rate falls is none of our doing: only what exceeds the usual counts.
"""

from math import inf, sqrt
from typing import Final

HIGH: Final = 0.10
CUT: Final = 0.5
RISE: Final = 0.1
"""Above 10 % the rate falls by half the loss (§6). Without loss it rises by 10 % a second (§6: 5 % a report),
with some the less: the draft's standstill between 2 and 10 % would keep what one bad moment took for as long
as the path loses a little."""

ARRIVED_LEAST: Final = 0.85
ARRIVED_MOST: Final = 1.1
"""The cut ends between 0.85 and 1.1 of what arrived: so much did go through, and a link that drops most of
what is sent is not approached in steps of a half."""

WELL_BELOW: Final = 0.85
FADING: Final = 0.97
USUAL_SHARE: Final = 0.3
MOST_USUAL: Final = 0.5
"""What is lost while less than 0.85 is sent of what arrived before (fading by 3 % a window) is the path's own
loss. It is learned in steps of 0.3, up to a half; less loss than usual teaches at any rate."""

DEVIATIONS: Final = 1.5
"""A window of n packets is off by sqrt(p (1 - p) / n); what may be chance is no reason to fall."""

WINDOW_S: Final = 0.5
WINDOW_PACKETS: Final = 100
LONGEST_WINDOW_S: Final = 2.0
"""A window is half a second with 100 packets, or else 2 s."""


class LossBound:
    """`bps` is infinite while losses bound nothing; `falling`: the last window lowered it."""

    __slots__ = ("_carried_bps", "_lost", "_received", "_since", "_usual", "bps", "falling")

    def __init__(self) -> None:
        self.bps = inf
        self.falling = False
        self._received = 0
        self._lost = 0
        self._since = -1.0
        self._usual = 0.0
        self._carried_bps = 0.0

    def add(self, received: int, lost: int, allowed_bps: float, arrived_bps: float, now: float) -> None:
        """Packets of one feedback. `allowed_bps` is what the other bounds allow, `arrived_bps` what arrived
        lately (0.0: not known)."""
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
        self.window(fraction, packets, passed, allowed_bps, arrived_bps)

    def window(
        self, fraction: float, packets: int, passed_s: float, allowed_bps: float, arrived_bps: float
    ) -> None:
        """The loss (0–1) of one window, or of one receiver report, over so many packets and seconds."""
        excess = fraction - self._usual
        self._carried_bps = max(self._carried_bps * FADING, arrived_bps)
        if excess < 0.0 or arrived_bps < WELL_BELOW * self._carried_bps * (1.0 - fraction):
            self._usual = min(self._usual + USUAL_SHARE * excess, MOST_USUAL)
        chance = DEVIATIONS * sqrt(fraction * (1.0 - fraction) / max(packets, 1))
        self.falling = excess - chance > HIGH
        if self.falling:
            self.bps = min(self.bps, allowed_bps) * (1.0 - CUT * excess)
            if arrived_bps > 0.0:
                self.bps = min(max(self.bps, ARRIVED_LEAST * arrived_bps), ARRIVED_MOST * arrived_bps)
        else:
            calm = 1.0 - min(max(excess, 0.0) / HIGH, 1.0)
            self.lift(self.bps * (1.0 + RISE * calm * min(passed_s, LONGEST_WINDOW_S)), allowed_bps)

    def lift(self, bps: float, allowed_bps: float) -> None:
        """So much goes through; twice of what is allowed anyway is no bound."""
        self.bps = max(self.bps, bps)
        if self.bps > 2.0 * allowed_bps:
            self.bps = inf
