"""What a subscriber is sent, and how fast: the estimate of its network, shared over its slots.

Reports come in, the estimate moves; then, and whenever the slots change, the allocator shares it anew, the
pacer follows, and if something better is wanted a probe finds out whether the network carries more.
"""

from collections.abc import Callable, Iterable
from math import inf
from typing import Final

from quality.allocator import Allocator, Step, Wanted
from quality.probes import ProbeController
from sfu.link_estimate import LinkEstimate, Signal
from sfu.outbox import HEADER_BYTES, Outbox
from sfu.probe_sender import ProbeSender
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.sent_packets import SentPackets
from sfu.slot import Slot

DEFICIENT_S: Final = 0.1
"""Between two allocations while something is wanted that the estimate does not allow (LiveKit) …"""

STABLE_S: Final = 1.0
"""… and while all have what they want: bitrates wobble, layers come and go."""

SOONEST_S: Final = 0.02
"""Between two allocations on account of feedback, however much of it comes."""

UNKNOWN_RTT_S: Final = 0.1
"""mediasoup's default, until a receiver report tells."""

STALE_S: Final = 0.5
"""Without feedback for so long, congestion is a memory: a receiver that is sent nothing reports nothing."""

PACE: Final = 1.5
"""So many times the estimate leaves what waits. What is faster than the link only moves the waiting into the
link's queue, where it can be lost: of a key frame sent at 1.5 times the link's rate a third waits there, at
2.5 times (libwebrtc, whose encoder keeps its key frames small) three fifths. What is slower makes the picture
late. While a queue stands there already it is the estimate itself, or the queue would not drain."""

FIRST_BPS: Final = 1_500_000.0
"""Until something is known: the first picture of a small layer leaves at once, and of a large one that has no
smaller not much more is lost than a link of 1 Mbit/s can queue."""

FALL: Final = 0.95
"""An estimate that fell by more is acted on at once."""

MEASURE_S: Final = 0.5
"""Over which what leaves beside the video is measured."""

AUDIO_BPS: Final = 50_000.0
"""What a live audio slot is taken to need until it was measured: Opus as browsers send it (FACTS: 40) and
headers."""

REPAIR_SHARE: Final = 0.25
"""Of the estimate that may go into repairs: what loses more is congested, and more traffic is the last thing
it needs. Key frames then end what repairs do not."""

REPAIR_BURST_BYTES: Final = 20_000.0
"""A lost key frame, or a fifth of a second lost at 1 Mbit/s, is repaired at once."""


class Downlink:
    """The bandwidth of one peer. `wake` is called with the time of a new deadline."""

    __slots__ = (
        "_allocate_at",
        "_allocated_at",
        "_allocated_bps",
        "_allocating",
        "_allocator",
        "_before",
        "_blind",
        "_congested",
        "_heard_at",
        "_learning",
        "_measured_at",
        "_outbox",
        "_padding",
        "_probes",
        "_repair_at",
        "_repair_bytes",
        "_repaired",
        "_reserved_bps",
        "_sending",
        "_slots",
        "_wake",
        "estimate",
        "rtt_s",
    )

    def __init__(self, outbox: Outbox, wake: Callable[[float], None]) -> None:
        self.estimate = LinkEstimate()
        self.rtt_s = UNKNOWN_RTT_S
        self._outbox = outbox
        self._wake = wake
        self._slots: list[Slot] = []
        self._allocator = Allocator()
        self._probes = ProbeController()
        self._padding = ProbeSender(outbox)
        self._allocate_at = inf
        self._allocated_at = -inf
        self._allocated_bps = 0.0
        self._allocating = False
        self._congested = False
        self._heard_at = -inf
        self._learning = True
        self._blind = False
        self._sending = False
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
        if signal is not self.estimate.signal:
            self.estimate.use(signal)
            self._learning = True
        if signal is not Signal.TRANSPORT:
            self._outbox.sent = None
        elif self._outbox.sent is None:
            self._outbox.sent = SentPackets()
        self._padding.stop()
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
        self._heard_at = now
        if result is not None:
            self._probes.result(result.number, result.rate_bps, now)
            self.changed(now)
        self._moved(now)

    def remb(self, bitrate_bps: int, now: float) -> None:
        """The receiver's estimate."""
        self.estimate.remb(bitrate_bps, now)
        self._moved(now)

    def loss(self, blocks: tuple[ReportBlock, ...], now: float) -> None:
        """Reception reports on our own streams."""
        if self.estimate.loss(blocks, now):
            self._moved(now)

    def round_trip(self, rtt_s: float) -> None:
        """The round trip was measured."""
        self.rtt_s = rtt_s
        self.estimate.round_trip(rtt_s)

    def answer_s(self) -> float:
        """How long the receiver takes to tell of what is sent now: the round trip, and the queue of now."""
        return self.rtt_s + self.estimate.estimator.queue_s

    def _moved(self, now: float) -> None:
        """The estimate may have moved: act at once on a fall, on a rise where something waits for it."""
        estimator = self.estimate.estimator
        learning = self._learning
        self._learning = learning or self._blind  # who was silent reports now
        self._pace(now)
        if learning and not self._learning:
            self.changed(now)
        fell = estimator.estimate_bps < FALL * self._allocated_bps
        if fell or (estimator.congested and not self._congested):
            due = self._allocated_at + SOONEST_S
            if due < self._allocate_at:
                self._allocate_at = due
                self._wake(due)

    def _pace(self, now: float) -> None:
        """Follow the estimate, if there is or will be one."""
        estimate, outbox = self.estimate, self._outbox
        self._blind = estimate.blind
        if self._learning:
            self._sending = self._sending or any(
                slot.kind == "video" and slot.stream.last is not None for slot in self._slots
            )
            self._learning = estimate.waits(self._sending, self.rtt_s, now)
        if self._learning:
            rate_bps = FIRST_BPS
        elif estimate.blind:
            rate_bps = inf
        else:
            estimator = estimate.estimator
            rate_bps = estimator.estimate_bps * (1.0 if estimator.congested else PACE)
        outbox.pacer.pace(rate_bps, now)

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
        """Go on with a probe, share anew if it is time."""
        if now >= self._padding.due:
            self._padding.step(now)
        if now >= self._allocate_at:
            self.allocate(now)

    def next_timeout(self) -> float:
        """When `handle_timeout` has something to do next."""
        return min(self._padding.due, self._allocate_at)

    def allocate(self, now: float) -> None:
        """Share the estimate over the video slots, now."""
        if self._allocating:  # an allotment made a slot ask
            return
        self._allocating = True
        self._allocate_at = now + STABLE_S  # should it fail: not at once again, or the loop never ends
        try:
            self._share(now)
        finally:
            self._allocating = False

    def _share(self, now: float) -> None:
        self._pace(now)
        learning = self._learning
        estimator = self.estimate.estimator
        self._measure(now)
        slots: list[Slot] = []
        wanted: list[Wanted] = []
        for slot in self._slots:
            steps = slot.steps(now) if slot.kind == "video" else []
            if steps:
                slots.append(slot)
                # Until a first report nothing is known: the least of everything is sent, to be reported on.
                wanted.append(_wanted(slot, tuple(steps[:1] if learning else steps)))
        self._allocated_at = now
        self._allocated_bps = estimator.estimate_bps
        self._congested = congested = estimator.congested and now - self._heard_at < STALE_S
        if not wanted:
            self._allocate_at = self._look_again_at(now)
            return
        budget = inf if learning else max(estimator.estimate_bps - self._reserved_bps, 0.0)
        allocations = self._allocator.allocate(budget, wanted, congested, now)
        for slot, allocation in zip(slots, allocations, strict=True):
            slot.allot(allocation.step, allocation.reason, allocation.target_bps, now)
        more_bps = self._allocator.next_step_bps
        deficient = learning or more_bps > 0.0
        self._allocate_at = now + (DEFICIENT_S if deficient else STABLE_S)
        if not (learning or self.estimate.blind):
            self._probe(more_bps, now)

    def _look_again_at(self, now: float) -> float:
        """With nothing to send: soon where a layer is awaited, now and then where it is not wanted."""
        states = [
            slot.paused for slot in self._slots if slot.kind == "video" and slot.publication is not None
        ]
        if not states:
            return inf
        return now + (DEFICIENT_S if None in states or "switching" in states else STABLE_S)

    def _probe(self, more_bps: float, now: float) -> None:
        """Find out whether what the next step needs would get through."""
        slot = next((slot for slot in self._slots if slot.numbered and slot.resender.can_pad()), None)
        if slot is None or self._outbox.path is None:
            return
        estimator = self.estimate.estimator
        wanted_bps = more_bps + self._reserved_bps if more_bps > 0.0 else 0.0
        most_bps = self._allocator.most_bps + self._reserved_bps
        probe = self._probes.poll(now, estimator.estimate_bps, wanted_bps, self._congested, most_bps)
        if probe is not None:
            self._padding.start(probe, slot, now)

    def _measure(self, now: float) -> None:
        """What leaves beside the video: audio, repairs, data channels."""
        elapsed = now - self._measured_at
        if elapsed < MEASURE_S:
            return
        total = self._repaired + self._outbox.beside
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


def _wanted(slot: Slot, steps: tuple[Step, ...]) -> Wanted:
    publication = slot.publication
    return Wanted(
        slot.mid,
        steps,
        slot.priority,
        slot.rank,
        slot.width,
        slot.height,
        slot.fps,
        publication is not None and publication.source == "screen",
    )
