"""The rate at which a probe went through, from the feedback on its packets.

The link's rate is what came out of it, unless it came out as fast as it was sent: then it is at least that.
"""

from dataclasses import dataclass
from math import inf
from typing import Final

LEAST_PACKETS: Final = 4
LEAST_SHARE: Final = 0.8
"""So many of its packets must have arrived (of five, one may be missing: libwebrtc asks for 80 %)."""

LEAST_S: Final = 0.004
LONGEST_S: Final = 1.0
"""A probe that took less time, or came in less, is measured in clock steps (0.25 ms), not in rates; one that
took more was not sent as a probe."""

FULL_SHARE: Final = 0.9
FULL_FACTOR: Final = 0.95
"""A probe that came out at less than 0.9 of its rate filled the link; 0.95 of that is taken (libwebrtc)."""

ENDED_S: Final = 0.025
"""A packet that left so long after the last one of the probe says that the probe is over."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe found: `rate_bps` is possible (0.0: nothing could be told); `full`: no more than that."""

    number: int
    rate_bps: float
    full: bool


class ProbeMeasurement:
    """Collects one probe at a time, from its first packet on."""

    __slots__ = (
        "_between",
        "_first_arrived",
        "_first_bytes",
        "_first_sent",
        "_last_arrived",
        "_last_bytes",
        "_last_sent",
        "_lost",
        "_received",
        "_sent_bytes",
        "_size",
        "number",
    )

    def __init__(self, number: int, sent_at: float) -> None:
        self.number = number
        self._first_sent = sent_at
        self._last_sent = sent_at
        self._first_arrived = inf
        self._last_arrived = -inf
        self._first_bytes = 0.0  # of the packet that arrived first
        self._last_bytes = 0.0  # of those that left last, at one moment
        self._sent_bytes = 0.0
        self._size = 0.0  # of those that arrived
        self._between = 0.0
        self._received = 0
        self._lost = 0

    def add(self, sent_at: float, size_bytes: float, arrived_at: float) -> None:
        """A packet of the probe; `arrived_at` below 0: lost."""
        self._sent_bytes += size_bytes + self._between
        if sent_at > self._last_sent:
            self._last_sent = sent_at
            self._last_bytes = 0.0
        self._last_bytes += size_bytes
        if arrived_at < 0.0:
            self._lost += 1
        else:
            self._received += 1
            self._size += size_bytes + self._between
            if arrived_at < self._first_arrived:
                self._first_arrived = arrived_at
                self._first_bytes = size_bytes
            self._last_arrived = max(self._last_arrived, arrived_at)
        self._between = 0.0

    def other(self, sent_at: float, size_bytes: float, arrived_at: float) -> bool:
        """A packet that is not marked: media between two packets of the probe counts with them. True if it
        was sent so late that the probe must be over."""
        if arrived_at >= 0.0:
            self._between += size_bytes
        return sent_at > self._last_sent + ENDED_S

    def result(self) -> ProbeResult:
        """What the packets so far say."""
        sending = self._last_sent - self._first_sent
        arriving = self._last_arrived - self._first_arrived
        enough = self._received >= max(LEAST_SHARE * (self._received + self._lost), LEAST_PACKETS)
        if not (enough and LEAST_S <= sending <= LONGEST_S and 0.0 <= arriving <= LONGEST_S):
            return ProbeResult(self.number, 0.0, False)
        # n packets have n - 1 distances: of the sending, those that left last come after the last distance;
        # of the arriving, the first came before the first, so no less is left out of the sending.
        sent_bps = (self._sent_bytes - max(self._last_bytes, self._first_bytes)) * 8.0 / sending
        arrived_bps = (self._size - self._first_bytes) * 8.0 / max(arriving, LEAST_S)
        if arrived_bps < FULL_SHARE * sent_bps:
            return ProbeResult(self.number, FULL_FACTOR * arrived_bps, True)
        return ProbeResult(self.number, min(sent_bps, arrived_bps), False)
