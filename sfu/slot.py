"""One receive m-line of a subscriber: which publication and layer it carries, and from when."""

from collections.abc import Callable

from quality.dynacast import Asked
from sfu.identifiers import Mid
from sfu.layer import Layer
from sfu.messages import Kind, LayerInfo, Paused, SlotStats
from sfu.outbox import Outbox
from sfu.publication import Publication
from sfu.resender import Resender
from sfu.rewrite import Rewrite
from sfu.rtp.packet import RtpPacket
from sfu.sdp.sections import SlotCodec, SlotSection
from sfu.slot_clock import SlotClock, TimestampOffset
from sfu.slot_stream import SlotStream, Transport
from sfu.source_clock import SourceClock

OnState = Callable[["Slot", float], None]

CORRECT_EVERY_S = 0.25
"""How often a slot looks whether its source's clock has drifted off its own."""


class Slot:
    """State of one slot: ``empty → switching → live``, with ``hidden``, ``muted`` and ``codec`` beside them.

    `publication` is what was assigned. `current` is the layer whose packets go out, `target` the one whose
    key frame is awaited; until it comes the old picture goes on, be it of another track.
    """

    def __init__(
        self,
        section: SlotSection,
        stream: SlotStream,
        resender: Resender,
        clock: SlotClock,
        outbox: Outbox,
        on_state: OnState,
    ) -> None:
        self.stream = stream
        self.resender = resender
        self.publication: Publication | None = None
        self.current: Layer | None = None
        self.target: Layer | None = None
        self.paused: Paused | None = "no_source"
        self.hidden = False
        self.width = 0
        self.height = 0
        self.fps = 0.0
        self.priority = 0
        self.rank = 3
        self.ready = False
        self.switches = 0
        self.loss = 0.0
        self._measured = (0.0, 0)
        self._bitrate_bps = 0
        self.clock = clock
        self._timestamps = TimestampOffset(clock, section.kind)
        self._outbox = outbox
        self._on_state = on_state
        self._rewrite: Rewrite | None = None
        self._newest: Rewrite | None = None
        self._source_clock = SourceClock().stream(clock.clock_rate)
        self._correct_at = 0.0
        self._carried: Publication | None = None
        self._told: tuple[Publication | None, Paused | None, Layer | None] = (None, "no_source", None)
        self.apply(section)

    def apply(self, section: SlotSection) -> None:
        """Take over what an offer says; only codecs and parking may differ from the offer before."""
        self.section = section
        self.numbered = section.extensions.transport_cc != 0
        self._codecs: dict[str, SlotCodec] = {entry.codec.key: entry for entry in section.codecs}

    @property
    def mid(self) -> Mid:
        """The m-line's identification."""
        return self.section.mid

    @property
    def kind(self) -> Kind:
        """audio or video."""
        return self.section.kind

    def start(self, now: float) -> None:
        """The subscriber's association is up: packets can go out, key frames are worth asking for."""
        self.ready = True
        self.aim(now)

    def assign(self, publication: Publication | None, hidden: bool, now: float) -> None:
        """Carry `publication` from its next key frame on; None empties the slot at once."""
        if publication is not self.publication:
            if self.publication is not None:
                self.publication.readers.remove(self)
            self.publication = publication
            if publication is not None:
                publication.readers.append(self)
        self.hidden = hidden
        self.aim(now)

    def ask(self, width: int, height: int, fps: float, priority: int, rank: int) -> None:
        """What is shown and how much it matters (`sfu.messages.AssignSlot`); counts from the next choice."""
        self.width, self.height, self.fps = width, height, fps
        self.priority, self.rank = priority, rank

    def asked(self) -> Asked | None:
        """How large it is shown; None where nothing of it is wanted."""
        if self._pause_reason(self.publication) not in (None, "muted"):
            return None
        return Asked(self.width, self.height)

    def withdraw(self, publication: Publication, now: float) -> None:
        """`publication` ended: nothing of it goes out any more."""
        if self._carried is publication:
            self._outbox.discard(self)
            self._leave(self.current)
            self.current = self._carried = None
        if self.publication is publication:
            self.assign(None, self.hidden, now)

    def aim(self, now: float) -> None:
        """Choose the layer to carry, and say so if the state changed."""
        publication = self.publication
        reason = self._pause_reason(publication)
        if publication is None or reason is not None:
            self._drop_layers()
            self._become(reason, now)
            return
        best = publication.best(now) if self.ready else None
        if best is not None and best is self.current:
            self._set_target(None)
            self._become(None, now)
            return
        self._set_target(best)
        if best is not None and best.video:
            best.want_keyframe(now)
        if self.kind == "audio" or self._carried is publication:
            self._become(None, now)  # audio begins with any packet; a change of layer shows nothing
        else:
            self._become("switching", now)

    def _pause_reason(self, publication: Publication | None) -> Paused | None:
        if publication is None:
            return "no_source"
        if self.hidden or self.section.parked:
            return "hidden"
        if publication.codec.key not in self._codecs:
            return "codec"
        return "muted" if publication.muted else None

    def _become(self, paused: Paused | None, now: float) -> None:
        told = (self.publication, paused, self.current if self.kind == "video" else None)
        if told != self._told:
            self._told = told
            self.paused = paused
            self._on_state(self, now)

    def _set_target(self, layer: Layer | None) -> None:
        if self.target is layer:
            return
        if self.target is not None and self.target is not self.current:
            self._leave(self.target)
        self.target = layer
        if layer is not None and layer is not self.current:
            layer.sinks.append(self)

    def _drop_layers(self) -> None:
        self._outbox.discard(self)
        self._set_target(None)
        self._leave(self.current)
        self.current = self._carried = None

    def _leave(self, layer: Layer | None) -> None:
        if layer is None:
            return
        layer.sinks.remove(self)
        if not any(isinstance(sink, Slot) and sink.target is layer for sink in layer.sinks):
            layer.keyframes.unwant()

    def forward(self, layer: Layer, batch: list[RtpPacket], now: float) -> None:
        """Packets of one of our layers: the current one's go out, the target's from its key frame on."""
        if layer is self.target:
            for position, packet in enumerate(batch):
                if packet.facts is None or packet.facts.keyframe:
                    self._switch(layer, packet, now)
                    batch = batch[position:]
                    break
            else:
                return
        elif layer is not self.current:
            return
        if self._rewrite is not None:
            self._outbox.put(self, self._rewrite, batch)

    def write(
        self,
        rewrite: Rewrite,
        batch: list[RtpPacket],
        datagrams: list[bytes],
        transport: Transport,
        now: float,
    ) -> None:
        """The outbox lets a batch go: number it, and seal it."""
        if rewrite.first_out < 0:
            self._open(rewrite, batch[0], now)
        elif now >= self._correct_at:
            self._correct(batch[0], now)
        if self._newest is not None:
            self.stream.write(self._newest, batch, datagrams, transport)

    def _open(self, rewrite: Rewrite, first: RtpPacket, now: float) -> None:
        capture = self._source_clock.capture_time(first.timestamp, first.arrival)
        delta = self._timestamps.switch(first.timestamp, capture, self.stream.last_timestamp)
        self.stream.open(rewrite, first, delta)
        self._newest = rewrite
        self._correct_at = now + CORRECT_EVERY_S

    def _correct(self, first: RtpPacket, now: float) -> None:
        """Follow the source's clock, at the start of a frame (all its packets share one timestamp)."""
        newest = self._newest
        if newest is None or (first.facts is not None and not first.facts.starts_frame):
            return
        self._correct_at = now + CORRECT_EVERY_S
        if first.index + newest.index_delta <= self.stream.highest:
            return
        capture = self._source_clock.capture_time(first.timestamp, first.arrival)
        if self._timestamps.correct(first.timestamp, capture, self.stream.last_timestamp):
            self._newest = newest.with_timestamps(first.index, self._timestamps.delta)
            self.stream.slew(self._newest)

    def overtaken(self, now: float) -> None:
        """Packets were dropped unsent: what follows does not continue what was sent."""
        layer = self.current
        if layer is not None and self.target is None:
            self.current, self.target = None, layer
            if layer.video:
                layer.want_keyframe(now)

    def _switch(self, layer: Layer, packet: RtpPacket, now: float) -> None:
        publication = self.publication
        assert publication is not None
        old = self.current
        self.current, self.target = layer, None
        if old is not layer:
            self._leave(old)
        self._carried = publication
        self.switches += 1
        entry = self._codecs[publication.codec.key]
        self._source_clock = layer.clock
        self._rewrite = Rewrite(
            layer.ring,
            packet.index,
            publication.csrc,
            entry.payload_type,
            entry.rtx_payload_type,
            publication.codec.name == "VP8",
        )
        self._become(None, now)

    def restart(self, layer: Layer) -> None:
        """A layer's numbering began anew: carry it again from its next key frame.

        Nothing of the new numbering may go out under the old run: its numbers are used. With another layer
        already awaited the picture stands still until that one's key frame.
        """
        if layer is not self.current:
            return
        if self.target is None:
            self.overtaken(layer.last_arrival)
        else:
            self._leave(layer)
            self.current = None

    def measure(self, now: float) -> None:
        """Take the bitrate since the last call; called once a second or so."""
        at, octets = self._measured
        sent = self.stream.counters.octets
        if now > at:
            self._bitrate_bps = round((sent - octets) * 8 / (now - at))
        self._measured = (now, sent)

    def layer_info(self, now: float) -> LayerInfo | None:
        """The layer whose picture goes out, None for audio and for silence."""
        layer = self.current
        if layer is None or not layer.video:
            return None
        return LayerInfo(layer.rid, layer.width, layer.height, round(layer.statistics.rate.bitrate_bps(now)))

    def stats(self, now: float) -> SlotStats:
        """The slot as `stats` tells of it."""
        layer, publication = self.current, self.publication
        return SlotStats(
            mid=self.mid,
            track=None if publication is None else publication.track,
            rid=None if layer is None else layer.rid,
            width=0 if layer is None else layer.width,
            height=0 if layer is None else layer.height,
            fps=0.0 if layer is None or not layer.video else layer.statistics.rate.fps(now),
            bitrate_bps=self._bitrate_bps,
            loss=self.loss,
            target_bps=self._bitrate_bps,
            reason=self._reason(),
        )

    def _reason(self) -> str:
        if self.paused is None:
            return (
                "full"
                if self.publication is None or self.current is self.publication.layers[-1]
                else "no_layer"
            )
        return "no_layer" if self.paused == "no_source" else self.paused
