"""One received encoding of a publication: what a simulcast `rid` sends, or all of a track without
simulcast."""

from collections.abc import Callable
from typing import Final, Protocol

from sfu.codecs import dependency_descriptor
from sfu.codecs.dependency_descriptor import TemplateStructure
from sfu.codecs.payload import PayloadFacts
from sfu.compaction import Compaction
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.flush import FlushSchedule
from sfu.identifiers import Rid, Ssrc
from sfu.keyframe_requests import KeyframeRequests
from sfu.messages import Kind
from sfu.nack_generator import MAX_GAP, NackGenerator
from sfu.packet_ring import PacketRing
from sfu.receive_statistics import ReceiveStatistics
from sfu.rtp.packet import RtpPacket
from sfu.source_clock import SourceClock, StreamClock
from sfu.sublayers import Sublayers

RING_PACKETS: Final = {"video": 512, "audio": 64}
"""A second of 5 Mbit/s video; audio is not retransmitted, its ring only tells duplicates."""

ALIVE_S: Final = 2.0
"""An encoding that sent nothing for so long is taken as switched off by the sender's own bandwidth
control."""

PAD_LIMIT: Final = 16
"""Bytes of padding worth one send less; encoders split a frame into packets that differ by one (FACTS:
one)."""


class Sink(Protocol):
    """Whoever reads a layer: a slot, the tap of a recorder, later a relay."""

    def forward(self, layer: "Layer", batch: list[RtpPacket], now: float) -> None:
        """Take the packets that left the layer together; they are shared, not to be changed."""

    def restart(self, layer: "Layer") -> None:
        """The layer's numbering begins anew: what comes next does not continue what came before."""

    def awaits_keyframe(self, layer: "Layer") -> bool:
        """Whether it cannot go on, or not as it should, without a key frame of `layer`."""


class Layer:
    """State of one received SSRC and its RTX.

    `receive` takes authentic packets in any order; those of a turn (or a frame) go to every sink in one
    batch.
    """

    __slots__ = (
        "_batch",
        "_clock_rate",
        "_compaction",
        "_on_alive",
        "_on_size",
        "_queued",
        "_reader",
        "_schedule",
        "_structure",
        "_wake",
        "clock",
        "height",
        "keyframes",
        "last_arrival",
        "muted",
        "nacks",
        "rid",
        "ring",
        "rtx_ssrc",
        "sinks",
        "sizes",
        "ssrc",
        "statistics",
        "sublayers",
        "video",
        "width",
    )

    def __init__(
        self,
        rid: Rid,
        kind: Kind,
        clock_rate: int,
        reader: Callable[[bytes], PayloadFacts] | None,
        schedule: FlushSchedule,
        on_alive: Callable[["Layer"], None],
        on_size: Callable[["Layer"], None],
        wake: Callable[[float], None],
    ) -> None:
        self.rid = rid
        self.video = kind == "video"
        self.ssrc: Ssrc | None = None
        self.rtx_ssrc: Ssrc | None = None
        self.width = 0
        self.height = 0
        self.sizes: tuple[tuple[int, int], ...] = ()
        self.muted = False
        self.last_arrival = -ALIVE_S
        self.sinks: list[Sink] = []
        self.keyframes = KeyframeRequests()
        self._reader = reader
        self._schedule = schedule
        self._on_alive = on_alive
        self._on_size = on_size
        self._wake = wake
        self._batch: list[RtpPacket] = []
        self._queued = False
        self.clock = SourceClock().stream(clock_rate)
        self._clock_rate = clock_rate
        self.ring = PacketRing(RING_PACKETS[kind])
        self.statistics = ReceiveStatistics(clock_rate)
        self.nacks = NackGenerator()
        self.sublayers = Sublayers()
        self._compaction = Compaction()
        self._structure: TemplateStructure | None = None

    def bind(self, ssrc: Ssrc, clock: StreamClock) -> None:
        """The encoding comes on `ssrc` from now on; a new one starts a stream of its own numbering."""
        if self.ssrc is not None:
            self.ring = PacketRing(self.ring.capacity)
            self.statistics = ReceiveStatistics(self._clock_rate)
            self.nacks = NackGenerator(self.nacks.rtt_s)
            self.sublayers = Sublayers()
            self._compaction = Compaction()
            self._structure = None
            self.last_arrival = -ALIVE_S
            self._restart()
        self.ssrc = ssrc
        self.clock = clock

    def _restart(self) -> None:
        """Another stream begins, or one so far from what came before that its gap is not to be handed on: a
        receiver that misses half the circle of sequence numbers, perhaps of several leaps, can decrypt
        nothing of its slot any more (RFC 3711 §3.3.1), whoever is shown there."""
        self._batch.clear()
        for sink in tuple(self.sinks):
            sink.restart(self)

    def alive(self, now: float) -> bool:
        """Whether packets came lately."""
        return now - self.last_arrival < ALIVE_S

    def arrived(self, index: int, timestamp: int, size_bytes: int, now: float) -> None:
        """Something came on the layer's own SSRC, with media or padding alone: count it, look for gaps."""
        self.statistics.received(index, timestamp, size_bytes, now)
        if self.video:
            self.nacks.received(index, now)

    def receive(self, packet: RtpPacket, now: float) -> None:
        """An authentic packet with media, `index` as SRTP counts it; raises RemoteError if it is no use."""
        if self.muted:
            raise RemoteError(DropReason.RTP_MUTED)
        number = self._compaction.number(packet.index)
        if number is None:
            raise RemoteError(DropReason.RTP_DUPLICATE)
        packet.index = number
        packet.late = number < self.ring.highest
        if self._reader is not None:
            packet.facts = facts = self._reader(packet.payload)
            if packet.extras:
                self._describe(packet, facts)
        leaps = self.ring.highest >= 0 and number - self.ring.highest > MAX_GAP
        if not self.ring.put(packet):
            raise RemoteError(DropReason.RTP_DUPLICATE)
        was_alive = self.alive(now)
        self.last_arrival = now
        if leaps:
            self._restart()
        if not was_alive:  # first of all, so that those who want it now find this packet in their batch
            self._on_alive(self)
            self.keyframes.resume(now)
            self._wake_for_keyframe()
        if packet.facts is not None:
            facts = packet.facts
            self.sublayers.count(
                facts.spatial,
                facts.temporal,
                packet.timestamp,
                len(packet.payload),
                facts.keyframe,
                now,
            )
            if facts.keyframe:
                self._keyframe(facts, now)
            if packet.marker:
                self.statistics.rate.count_frame(now)
        self._enqueue(packet, now)

    def packet(self, index: int) -> RtpPacket | None:
        """What came with that index, or in its place, and is still here."""
        number = self._compaction.number(index)
        return None if number is None else self.ring.get(number)

    def lacks(self, index: int) -> bool:
        """Whether that packet was lost, and nothing is in its place."""
        if not self.statistics.lost(index):
            return False
        number = self._compaction.number(index)
        return number is not None and self.ring.has_room(number)

    def want_keyframe(self, now: float, *, said: bool = False) -> None:
        """A sink cannot go on without one. `said`: whoever is behind it cannot, which it does not know."""
        self.keyframes.want(now, said=said)
        self._wake_for_keyframe()

    def release_keyframe(self) -> None:
        """A sink left: a key frame that nobody else waits for need not come."""
        if self.sinks and self.keyframes.said:
            return
        for sink in self.sinks:
            if sink.awaits_keyframe(self):
                return
        self.keyframes.unwant()

    def skip(self, index: int) -> None:
        """A packet of padding only, a probe: no sink sees a gap for it."""
        self._compaction.drop(index)

    def _wake_for_keyframe(self) -> None:
        due = self.keyframes.next_timeout()
        if due is not None:
            self._wake(due)

    def _describe(self, packet: RtpPacket, facts: PayloadFacts) -> None:
        """Read the dependency descriptor, if the packet has one; where the payload does not tell layers, it
        does."""
        for name, data in packet.extras:
            if name == "dependency_descriptor":
                packet.descriptor = descriptor = dependency_descriptor.parse(data, self._structure)
                if descriptor.structure is not None and not packet.late:
                    self._structure = descriptor.structure
                if facts.picture_id < 0:  # VP8 and VP9 have their own, which tell as much
                    dependency_descriptor.describe(facts, descriptor)

    def size(self, spatial: int) -> tuple[int, int]:
        """(width, height) with that spatial layer on top, -1 for all; zeros if not yet known."""
        if 0 <= spatial < len(self.sizes):
            return self.sizes[spatial]
        return self.width, self.height

    def _keyframe(self, facts: PayloadFacts, now: float) -> None:
        self.keyframes.arrived(now)
        self.sizes = facts.sizes or self.sizes
        if facts.width and (facts.width != self.width or facts.height != self.height):
            self.width, self.height = facts.width, facts.height
            self._on_size(self)

    def _enqueue(self, packet: RtpPacket, now: float) -> None:
        sinks = self.sinks
        if not sinks:
            return
        self._batch.append(packet)
        if self._queued:
            if packet.marker and self.video:
                self._schedule.release(self)
            return
        self._queued = True
        schedule = self._schedule
        if self.video and not packet.marker and len(sinks) >= schedule.fan_out:
            schedule.hold(self, now)
        else:
            schedule.layers.append(self)

    def flush(self, now: float) -> None:
        """Give the pending batch to every sink."""
        batch, self._batch = self._batch, []
        self._queued = False
        if not batch:  # the encoding began anew meanwhile
            return
        self._schedule.oldest = min(self._schedule.oldest, batch[0].arrival)
        if len(batch) > 1:
            equalise(batch)
        for sink in tuple(self.sinks):
            sink.forward(self, batch, now)


def equalise(batch: list[RtpPacket]) -> None:
    """Pad packets a few bytes short of the largest to its size, so that one send can carry them all
    (UDP_SEGMENT).

    The last packet of a batch may be short: the kernel allows that for the last segment.
    """
    sizes = [len(packet.payload) for packet in batch]
    largest = max(sizes)
    for packet, size in zip(batch[:-1], sizes, strict=False):
        if 0 < largest - size <= PAD_LIMIT:
            packet.pad(largest - size)
