"""From the detector's verdict to a rate: multiplicative decrease, additive or multiplicative increase
(draft-ietf-rmcat-gcc-02 §5.5)."""

from math import ceil
from typing import Final

from quality.link_capacity import CONGESTION_WEIGHT, PROBE_WEIGHT, LinkCapacity
from quality.overuse import NORMAL, OVERUSED

LEAST_BPS: Final = 30_000.0
MOST_BPS: Final = 100_000_000.0

BETA: Final = 0.9
"""After congestion 0.9 of what arrived. The draft takes 0.85 (§5.5), which has to drain the queue as well; a
queue that is worth it has its own share here (`quality.queue_delay`)."""

GROWTH: Final = 1.08
"""A second, while the link's capacity is unknown (§5.5: eta)."""

START_GROWTH: Final = 1.3
"""A second, until the first congestion. The draft knows no such phase; at 8 % the way from 300 kbit/s to
2 Mbit/s takes 25 s, and overshoots are found within a few hundred milliseconds anyway."""

START_FACTOR: Final = 1.25
"""What arrives without congestion is allowed: until the first congestion 1.25 times as much (what is sent
before anything is known got through, so it was not too much), later `BETA` of it, as after congestion."""

ACKNOWLEDGED_FACTOR: Final = 1.5
ACKNOWLEDGED_EXTRA_BPS: Final = 10_000.0
"""Growth ends at 1.5 times what arrived plus 10 kbit/s (§5.5: what was not tried is not known)."""

LIMITED_SHARE: Final = 0.75
"""Who sends less than this share of the estimate does not test it."""

LIMITED_CUT: Final = 0.5
"""Congestion then takes at most half at once: it may be the jitter of a thin stream. If it is real, the next
verdict, a round trip later, takes the next half."""

FRAME_RATE: Final = 30.0
PACKET_BYTES: Final = 1200.0
RESPONSE_S: Final = 0.1
LEAST_SLOPE_BPS: Final = 4000.0
"""Near the capacity the rate grows by half a packet a response time, that is round trip + 100 ms (§5.5), the
packet as large as those of a frame at 30 frames a second; at least 4 kbit/s a second (libwebrtc)."""

LONGEST_STEP_S: Final = 1.0
LEAST_PAUSE_S: Final = 0.1
MOST_PAUSE_S: Final = 0.5
"""Between two decreases: the round trip + 100 ms, within these bounds. So long the feedback still tells of
what was sent before the first."""


class RateControl:
    """`bps` is the rate that the delay allows; `limited` says that too little is sent to test it;
    `round_trip_s` is set by the owner."""

    __slots__ = ("_at", "_cut_at", "_starting", "bps", "capacity", "limited", "round_trip_s")

    def __init__(self, start_bps: float) -> None:
        self.bps = min(max(start_bps, LEAST_BPS), MOST_BPS)
        self.limited = False
        self.round_trip_s = 0.1
        self.capacity = LinkCapacity()
        self._starting = True
        self._at = -1.0
        self._cut_at = -MOST_PAUSE_S

    def update(
        self, usage: int, acknowledged_bps: float, sent_bps: float, allowed_bps: float, now: float
    ) -> None:
        """A verdict. `acknowledged_bps`: what arrived lately (0.0: not known yet); `sent_bps`: what was sent
        of it, out of the `allowed_bps` of then."""
        passed = min(max(now - self._at, 0.0), LONGEST_STEP_S) if self._at >= 0.0 else 0.0
        self._at = now
        self.limited = sent_bps < LIMITED_SHARE * min(allowed_bps, self.bps)
        if usage == OVERUSED:
            self._decrease(acknowledged_bps, now)
        elif usage == NORMAL:
            self._increase(acknowledged_bps, passed)
        # A queue that drains: hold, until it is empty.

    def probed(self, bps: float, full: bool) -> None:
        """A probe arrived at this rate; `full`: it was all that the link carries."""
        if full:
            self.capacity.sample(bps, PROBE_WEIGHT)
            self._starting = False
        else:
            self.capacity.carried(bps)
        self.bps = min(max(self.bps, bps), MOST_BPS)

    def _decrease(self, acknowledged_bps: float, now: float) -> None:
        pause = min(max(self.round_trip_s + RESPONSE_S, LEAST_PAUSE_S), MOST_PAUSE_S)
        if 0.0 <= now - self._cut_at < pause:
            return
        self._cut_at = now
        self._starting = False
        target = BETA * acknowledged_bps if acknowledged_bps > 0.0 else BETA * self.bps
        if self.limited:
            target = max(target, LIMITED_CUT * self.bps)
        else:
            self.capacity.sample(acknowledged_bps, CONGESTION_WEIGHT)
        self.bps = max(min(self.bps, target), LEAST_BPS)

    def _increase(self, acknowledged_bps: float, passed_s: float) -> None:
        capacity = self.capacity
        capacity.carried(acknowledged_bps)
        if capacity.bps > 0.0:
            grown = self.bps + self._slope_bps() * passed_s
        else:
            grown = self.bps * (START_GROWTH if self._starting else GROWTH) ** passed_s
        most = ACKNOWLEDGED_FACTOR * acknowledged_bps + ACKNOWLEDGED_EXTRA_BPS
        grown = max(grown, (START_FACTOR if self._starting else BETA) * acknowledged_bps)
        if self.limited and capacity.bps > 0.0:
            most = min(most, capacity.bps)
        self.bps = max(self.bps, min(grown, most, MOST_BPS))

    def _slope_bps(self) -> float:
        """Bits a second, a second."""
        frame_bytes = self.bps / (8.0 * FRAME_RATE)
        packet_bits = 8.0 * frame_bytes / ceil(frame_bytes / PACKET_BYTES)
        return max(packet_bits / (2.0 * (self.round_trip_s + RESPONSE_S)), LEAST_SLOPE_BPS)
