"""How long packets wait in the queue of the bottleneck: their transit time above the least seen lately.

The trendline sees a queue grow, not that it stands. Standing delay is what people hear, so the rate stays
lower until it is gone.
"""

from math import inf
from typing import Final

HORIZON_S: Final = 10.0
"""The least transit time is that of the last 10 to 20 s: clocks drift 200 ppm apart at worst, 4 ms in that
time, and a longer route is one by then."""

FREE_S: Final = 0.05
DRAIN_S: Final = 1.0
LEAST_SHARE: Final = 0.3
"""50 ms are jitter; every 100 ms more take a tenth of the rate, up to 0.7 of it: a queue of a second is gone
in about two."""


class QueueDelay:
    """`queue_s` of the last feedback; `share` of the rate that lets the queue drain, 1.0 if there is none."""

    __slots__ = ("_before", "_least", "_since", "queue_s", "share")

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another clock or route: begin anew."""
        self.queue_s = 0.0
        self.share = 1.0
        self._least = inf
        self._before = inf
        self._since = -1.0

    def drained(self) -> None:
        """Nothing was sent for a while."""
        self.queue_s = 0.0
        self.share = 1.0

    def add(self, transit_s: float, now: float) -> None:
        """The least transit time (arrival minus sending, any origin) of the packets of one feedback: the
        packets of a frame wait for each other, the first of them only for the queue."""
        if self._since < 0.0 or not 0.0 <= now - self._since < HORIZON_S:
            self._since = now
            self._before = self._least
            self._least = transit_s
        self._least = min(self._least, transit_s)
        self.queue_s = max(transit_s - min(self._least, self._before), 0.0)
        self.share = min(max(1.0 - (self.queue_s - FREE_S) / DRAIN_S, LEAST_SHARE), 1.0)
