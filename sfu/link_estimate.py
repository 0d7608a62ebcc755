"""What one subscriber's network carries, told by whatever the subscriber reports.

With transport-wide numbers its feedback is matched with what was sent and goes to the estimator
(docs/quality.md); without, its REMB is taken; without both it has no limit but the loss that receiver reports
tell of.
"""

from enum import Enum
from math import inf
from typing import Final

from quality.bandwidth import BandwidthEstimator
from quality.probe_measurement import ProbeResult
from quality.rate_control import MOST_BPS
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.sent_packets import SentPackets

SILENT_S: Final = 2.0
"""Who was sent media for so long and reported nothing, whatever was agreed on, reports nothing."""

LEARN_S: Final = 0.25
"""After the first video, and a round trip: two feedbacks told of it, so its rate is known."""

REFERENCE_S: Final = 0.064
"""Unit of a feedback's reference time."""

_START: Final = 1 << 26
_LEAST, _MOST = 1 << 24, 1 << 40
"""The reference time, unwrapped from its 24 bits, counts from here and is kept within these, so that no
arrival is negative (a packet lost is) and every one is exact, however a receiver's clock jumps."""


class Signal(Enum):
    """What a subscriber tells of its network."""

    TRANSPORT = "transport-cc"
    REMB = "goog-remb"
    LOSS = "loss"


class LinkEstimate:
    """The estimate of one subscriber. `estimator` is replaced when the subscriber tells something else.

    `heard` is False until the first feedback or REMB.
    """

    __slots__ = ("_expected", "_lost", "_reference", "_silent", "_since", "estimator", "heard", "signal")

    def __init__(self) -> None:
        self.signal = Signal.LOSS
        self.estimator = BandwidthEstimator(MOST_BPS)
        self.heard = False
        self._silent = False
        self._since = inf
        self._reference = _START
        self._expected: dict[int, int] = {}
        self._lost: dict[int, int] = {}

    def use(self, signal: Signal) -> None:
        """Negotiation says what will be reported."""
        if signal is not self.signal:
            self.signal = signal
            self.heard = self._silent = False
            self._since = inf
            self.estimator = BandwidthEstimator(MOST_BPS) if signal is Signal.LOSS else BandwidthEstimator()

    @property
    def blind(self) -> bool:
        """Whether nothing but loss bounds what may be sent."""
        return self._silent or self.signal is Signal.LOSS

    def waits(self, sending: bool, rtt_s: float, now: float) -> bool:
        """Whether it is too early to say anything. `sending`: video was sent by now; from audio alone nothing
        can be told. `rtt_s`: the round trip, or a guess."""
        if self.blind:
            return False
        if not sending:
            return True
        if self._since == inf:
            self._since = now
        passed = now - self._since
        if not self.heard:
            if passed > SILENT_S:
                self._silent = True
                self.estimator = BandwidthEstimator(MOST_BPS)
            return not self._silent
        if self.signal is Signal.REMB or self.estimator.congested or passed > SILENT_S:
            return False
        return passed < LEARN_S + rtt_s or self.estimator.acknowledged_bps <= 0.0

    def transport_feedback(
        self, message: TransportFeedback, sent: SentPackets, now: float
    ) -> ProbeResult | None:
        """When packets arrived; the probe whose result this completes. RemoteError if none is of use."""
        verdicts = sent.judge(message.base_sequence, message.arrivals, self._origin_s(message))
        if verdicts is None:
            raise RemoteError(DropReason.FEEDBACK_UNUSABLE, "on packets not sent, or reported before")
        self._hear()
        estimator = self.estimator
        estimator.feedback(verdicts.sent_at, verdicts.size_bytes, verdicts.arrived_at, verdicts.probe, now)
        return estimator.probe_result

    def _origin_s(self, message: TransportFeedback) -> float:
        before = self._reference
        # 24 bits that wrap every 12 days; the nearest is meant.
        after = before + ((message.reference_time_64ms - before + 0x800000) & 0xFFFFFF) - 0x800000
        self._reference = after if _LEAST < after < _MOST else _START
        return self._reference * REFERENCE_S

    def _hear(self) -> None:
        if self._silent:
            self._silent = False
            self._since = inf
            self.estimator = BandwidthEstimator()
        self.heard = True

    def remb(self, bitrate_bps: int, now: float) -> None:
        """The receiver's own estimate; of one that reports arrivals ours is better."""
        if self.signal is Signal.REMB:
            self._hear()
            self.estimator.remb(float(bitrate_bps), now)

    def loss(self, blocks: tuple[ReportBlock, ...], now: float) -> bool:
        """Reception reports on our streams; whether they count: feedback tells of each loss."""
        if self.signal is Signal.TRANSPORT and not self._silent:
            return False
        expected = lost = 0
        for block in blocks:
            expected += self._since_last(self._expected, block.ssrc, block.highest_sequence)
            lost += max(self._since_last(self._lost, block.ssrc, block.total_lost), 0)
        if expected <= 0:
            return False
        self.estimator.loss(min(lost / expected, 1.0), now)
        return True

    @staticmethod
    def _since_last(seen: dict[int, int], ssrc: int, value: int) -> int:
        """Growth since the last report; absurd jumps count as none."""
        growth = value - seen.get(ssrc, value)
        seen[ssrc] = value
        return growth if -0x10000 < growth < 0x10000 else 0

    def round_trip(self, rtt_s: float) -> None:
        """Receiver reports gave the round trip, seconds."""
        self.estimator.round_trip(rtt_s)
