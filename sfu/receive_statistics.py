"""What a received stream tells of its path: loss, jitter, rates, and the report block for its sender.

RFC 3550 §6.4.1 and appendices A.1, A.3, A.8. The packets counted are those that came on the stream's own
SSRC: what RTX repairs was lost on the path, and the sender's congestion control has to see that.
"""

from typing import Final

from sfu.clock import compact_duration, middle32
from sfu.identifiers import Ssrc
from sfu.rtcp.report_block import ReportBlock
from sfu.sequence import timestamp_delta
from sfu.traffic_rate import TrafficRate

MAX_DROPOUT: Final = 3000
"""A leap ahead of so many packets is a restart of the stream, not loss (RFC 3550 A.1)."""

SEEN_PACKETS: Final = 512
"""How far back a packet is still recognised as new or as a duplicate: above the RFC's MAX_MISORDER of 100,
because a resend without RTX comes a round trip late."""

MAX_TRANSIT_CHANGE_S: Final = 5.0
"""A timestamp that leaps by more is a restarted clock and says nothing about jitter."""

_SEEN_MASK: Final = (1 << SEEN_PACKETS) - 1


class ReceiveStatistics:
    """Counts one SSRC. Plain counters are public: `packets`, `octets`, `duplicates`, `late`, `restarts`.

    `late` are packets too old to tell whether they are new; like duplicates they repair no loss. So the loss
    reported is never negative, as it may be when each arrival counts.
    """

    __slots__ = (
        "_base",
        "_expected_before",
        "_highest",
        "_jitter",
        "_last_arrival",
        "_last_sr",
        "_last_sr_at",
        "_last_timestamp",
        "_new",
        "_new_before",
        "_packets_before",
        "_reported_loss",
        "_seen",
        "clock_rate",
        "duplicates",
        "late",
        "octets",
        "packets",
        "rate",
        "restarts",
    )

    def __init__(self, clock_rate: int) -> None:
        self.packets = 0
        self.octets = 0
        self.duplicates = 0
        self.late = 0
        self.restarts = 0
        self.rate = TrafficRate()
        self.clock_rate = clock_rate
        self._base = 0
        self._highest = -1
        self._seen = 0  # bit k: highest - k has come
        self._new = 0
        self._expected_before = 0
        self._new_before = 0
        self._packets_before = 0
        self._reported_loss = 0
        self._jitter = 0.0
        self._last_timestamp = 0
        self._last_arrival = 0.0
        self._last_sr = 0
        self._last_sr_at = 0.0

    def received(self, index: int, timestamp: int, size_bytes: int, now: float) -> None:
        """A packet on the stream's SSRC: its extended sequence number, RTP timestamp and size on the wire.

        Also those not forwarded (padding). Not those recovered from RTX.
        """
        if not self.packets:
            self._begin(index, timestamp, now)
        self.packets += 1
        self.octets += size_bytes
        self.rate.count(size_bytes, now)
        step = index - self._highest
        if step > 0:
            if step > MAX_DROPOUT:
                self.restarts += 1
                self._begin(index, timestamp, now)
                step = 1
            self._highest = index
            self._seen = (self._seen << step | 1) & _SEEN_MASK
            self._new += 1
            if timestamp != self._last_timestamp:
                self._measure_jitter(timestamp, now)
        elif step <= -SEEN_PACKETS:
            self.late += 1
        elif self._seen >> -step & 1:
            self.duplicates += 1
        else:
            self._seen |= 1 << -step
            self._new += 1
            # One that was sent before the first to arrive: the stream began there.
            self._base = min(self._base, index)

    def _begin(self, index: int, timestamp: int, now: float) -> None:
        self._base = index
        self._highest = index - 1
        self._seen = 0
        self._new = self._new_before = self._expected_before = 0
        self._last_timestamp = timestamp
        self._last_arrival = now

    def _measure_jitter(self, timestamp: int, now: float) -> None:
        # RFC 3550 A.8. Only the first packet of a frame: the others share its timestamp, and their distance
        # is the sender's pacing, not the path's jitter.
        ticks = (now - self._last_arrival) * self.clock_rate
        change = abs(ticks - timestamp_delta(timestamp, self._last_timestamp))
        self._last_timestamp = timestamp
        self._last_arrival = now
        if change < MAX_TRANSIT_CHANGE_S * self.clock_rate:
            self._jitter += (change - self._jitter) / 16

    def lost(self, index: int) -> bool:
        """Whether that packet was sent since the stream began, and has not come on its SSRC."""
        behind = self._highest - index
        return index >= self._base and 0 < behind < SEEN_PACKETS and not self._seen >> behind & 1

    def sender_report(self, ntp: int, now: float) -> None:
        """A sender report of this SSRC arrived, with this 64 bit NTP time."""
        self._last_sr = middle32(ntp)
        self._last_sr_at = now

    @property
    def highest(self) -> int:
        """Extended sequence number of the newest packet, -1 before the first."""
        return self._highest

    @property
    def cumulative_lost(self) -> int:
        """Packets that never came since the stream began (or began again)."""
        return self._highest - self._base + 1 - self._new

    @property
    def loss(self) -> float:
        """Loss between the last two report blocks, 0–1."""
        return self._reported_loss / 256

    @property
    def jitter_s(self) -> float:
        """Interarrival jitter in seconds."""
        return self._jitter / self.clock_rate

    def report_block(self, ssrc: Ssrc, now: float) -> ReportBlock | None:
        """The block for the next receiver report; begins a new interval for loss.

        None if nothing came since the last one (RFC 3550 §6.4).
        """
        if self.packets == self._packets_before:
            return None
        self._packets_before = self.packets
        expected = self._highest - self._base + 1
        expected_now = expected - self._expected_before
        # A reordered packet may come in the interval after the one that called it lost: never below zero.
        lost_now = max(expected_now - (self._new - self._new_before), 0)
        self._expected_before = expected
        self._new_before = self._new
        self._reported_loss = min((lost_now << 8) // expected_now, 255) if expected_now > 0 else 0
        delay = compact_duration(now - self._last_sr_at) if self._last_sr else 0
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=self._reported_loss,
            total_lost=min(expected - self._new, 0x7FFFFF),
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            last_sr=self._last_sr,
            delay_since_last_sr=delay,
        )
