"""What the link carried whenever it was full (draft-ietf-rmcat-gcc-02 §5.5: the average and standard
deviation of the rate received at the moments of decrease)."""

from math import sqrt
from typing import Final

CONGESTION_WEIGHT: Final = 0.05
PROBE_WEIGHT: Final = 0.5
"""How much one congestion, one probe that filled the link moves the average (libwebrtc)."""

LEAST_VARIANCE: Final = 0.4
MOST_VARIANCE: Final = 2.5
"""Variance over average, in kbit/s: at 2 Mbit/s a standard deviation of 28 to 71 kbit/s (libwebrtc)."""

DEVIATIONS: Final = 3.0
"""A rate further away is another link (§5.5)."""


class LinkCapacity:
    """`bps` is the average, 0.0 while unknown."""

    __slots__ = ("_variance", "bps")

    def __init__(self) -> None:
        self.bps = 0.0
        self._variance = LEAST_VARIANCE

    def sample(self, bps: float, weight: float) -> None:
        """The link was full at this rate. A rate far below the average begins anew."""
        if bps < self.bps - self._margin_bps():
            self.bps = 0.0
        if self.bps == 0.0:
            self.bps = bps
            return
        self.bps += weight * (bps - self.bps)
        error = (self.bps - bps) / 1000.0
        variance = (1.0 - weight) * self._variance + weight * error * error / max(self.bps / 1000.0, 1.0)
        self._variance = min(max(variance, LEAST_VARIANCE), MOST_VARIANCE)

    def carried(self, bps: float) -> None:
        """So much went through: clearly more than the average means that the link has grown."""
        if bps > self.bps + self._margin_bps():
            self.bps = 0.0

    def _margin_bps(self) -> float:
        return DEVIATIONS * 1000.0 * sqrt(self._variance * self.bps / 1000.0)
