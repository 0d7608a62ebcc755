"""What a subscriber is sent, and how fast: the estimate of its network, shared over its slots.

Reports come in, the estimate moves; then, and whenever the slots change, the allocator shares it anew, the
pacer follows, and if something better is wanted a probe finds out whether the network carries more.
"""

from collections.abc import Callable, Iterable
from math import inf

from quality.probes import ProbeController
from sfu.link_estimate import LinkEstimate, Signal
from sfu.outbox import HEADER_BYTES, Outbox
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.sent_packets import SentPackets
from sfu.slot import Slot

DEFICIENT_S = 0.1
"""Between two allocations while something is wanted that the estimate does not allow (LiveKit) …"""

STABLE_S = 1.0
"""… and while all have what they want: bitrates wobble, layers come and go."""

SOONEST_S = 0.02
"""Between two allocations on account of feedback, however much of it comes."""

FALL = 0.95
"""An estimate that fell by more is acted on at once."""

MEASURE_S = 0.5
"""Over which what leaves beside the video is measured."""

AUDIO_BPS = 50_000.0
"""What a live audio slot is taken to need until it was measured: Opus as browsers send it (FACTS: 40) and
headers."""

REPAIR_SHARE = 0.25
"""Of the estimate that may go into repairs: what loses more is congested, and more traffic is the last thing
it needs. Key frames then end what repairs do not."""

REPAIR_BURST_BYTES = 20_000.0
"""A lost key frame, or a fifth of a second lost at 1 Mbit/s, is repaired at once."""


class Downlink:
    """The bandwidth of one peer. `wake` is called with the time of a new deadline."""

    __slots__ = (
        "_allocate_at",
        "_allocated_at",
        "_allocated_bps",
        "_before",
        "_congested",
        "_learning",
        "_measured_at",
        "_outbox",
        "_probes",
        "_repair_at",
        "_repair_bytes",
        "_repaired",
        "_reserved_bps",
        "_slots",
        "_wake",
        "estimate",
    )

    def __init__(self, outbox: Outbox, wake: Callable[[float], None]) -> None:
        self.estimate = LinkEstimate()
        self._outbox = outbox
        self._wake = wake
        self._slots: list[Slot] = []
        self._probes = ProbeController()
        self._allocate_at = inf
        self._allocated_at = -inf
        self._allocated_bps = 0.0
        self._congested = False
        self._learning = True
        self._measured_at = -inf
        self._before = 0
        self._reserved_bps = 0.0
        self._repaired = 0
        self._repair_at = 0.0
        self._repair_bytes = REPAIR_BURST_BYTES

    def apply(self, slots: Iterable[Slot], now: float) -> None:
        """The slots there are from now on; they say what the receiver reports."""
        self._slots = [*slots]
        signal = Signal.LOSS
        for slot in self._slots:
            if slot.kind == "video":
                feedback = slot.section.feedback
                if slot.numbered and feedback.transport_cc:
                    signal = Signal.TRANSPORT
                    break
                if feedback.remb:
                    signal = Signal.REMB
        self.estimate.use(signal)
        if signal is not Signal.TRANSPORT:
            self._outbox.sent = None
        elif self._outbox.sent is None:
            self._outbox.sent = SentPackets()
        self.changed(now)

    @property
    def estimate_bps(self) -> int | None:
        """The estimate in bit/s; None while nothing is known of the network."""
        if self.estimate.blind or self._learning:
            return None
        return round(self.estimate.estimator.estimate_bps)

    # --- what the subscriber reports ---------------------------------------------------------------------

    def transport_feedback(self, message: TransportFeedback, now: float) -> None:
        """When packets arrived. RemoteError if it says nothing that can be used."""
        sent = self._outbox.sent
        if sent is None:
            return
        result = self.estimate.transport_feedback(message, sent, now)
        if result is not None:
            self._probes.result(result.number, result.rate_bps, now)
        self._moved(now)

    def remb(self, bitrate_bps: int, now: float) -> None:
        """The receiver's estimate."""
        self.estimate.remb(bitrate_bps, now)
        self._moved(now)

    def loss(self, blocks: tuple[ReportBlock, ...], now: float) -> None:
        """Reception reports on our own streams."""
        self.estimate.loss(blocks, now)
        self._moved(now)

    def round_trip(self, rtt_s: float) -> None:
        """The round trip was measured."""
        self.estimate.round_trip(rtt_s)

    def _moved(self, now: float) -> None:
        """The estimate may have moved: act at once on a fall, on a rise where something waits for it."""
        estimator = self.estimate.estimator
        learning = self._learning
        self._pace(now)
        if learning and not self._learning:
            self.changed(now)
        fell = estimator.estimate_bps < FALL * self._allocated_bps
        if fell or estimator.congested is not self._congested:
            due = self._allocated_at + SOONEST_S
            if due < self._allocate_at:
                self._allocate_at = due
                self._wake(due)

    def _pace(self, now: float) -> None:
        """Follow the estimate; what is not known yet, or never will be, does not slow a first picture."""
        estimate, outbox = self.estimate, self._outbox
        self._learning = estimate.waits(outbox.packets > 0, now)
        paced = not (self._learning or estimate.blind)
        outbox.pacer.pace(estimate.estimator.estimate_bps if paced else inf, now)

    # --- repairs -----------------------------------------------------------------------------------------

    def may_repair(self, now: float) -> bool:
        """Whether lost packets may be sent again now."""
        rate = self.estimate.estimator.estimate_bps * REPAIR_SHARE / 8
        self._repair_bytes = min(self._repair_bytes + (now - self._repair_at) * rate, REPAIR_BURST_BYTES)
        self._repair_at = now
        return self._repair_bytes > 0

    def repaired(self, size_bytes: int) -> None:
        """So much was sent again."""
        self._repair_bytes -= size_bytes
        self._repaired += size_bytes
        self._outbox.pacer.take(size_bytes)

    # --- sharing -----------------------------------------------------------------------------------------

    def changed(self, now: float) -> None:
        """What the slots want, or could have, is another: share anew at once."""
        if now < self._allocate_at:
            self._allocate_at = now
            self._wake(now)

    def handle_timeout(self, now: float) -> None:
        """Share anew if it is time."""
        if now >= self._allocate_at:
            self.allocate(now)

    def next_timeout(self) -> float:
        """When `handle_timeout` has something to do next."""
        return self._allocate_at

    def allocate(self, now: float) -> None:
        """Share the estimate over the video slots."""
        self._pace(now)
        estimator = self.estimate.estimator
        self._measure(now)
        self._allocated_at = now
        self._allocated_bps = estimator.estimate_bps
        self._congested = estimator.congested
        self._allocate_at = now + STABLE_S if self._slots else inf

    def _measure(self, now: float) -> None:
        """What leaves beside the video: audio, repairs."""
        elapsed = now - self._measured_at
        if elapsed < MEASURE_S:
            return
        total = self._repaired
        live = 0
        for slot in self._slots:
            if slot.kind == "audio":
                counters = slot.stream.counters
                total += counters.octets + counters.packets * HEADER_BYTES
                live += slot.current is not None
        if self._measured_at > -inf:
            self._reserved_bps = max(total - self._before, 0) * 8 / elapsed
        else:
            self._reserved_bps = live * AUDIO_BPS
        self._measured_at, self._before = now, total
