"""One receive m-line of a subscriber: which publication and layer it carries, and from when."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from quality.dynacast import Asked
from quality.ladder import Step
from sfu.codecs.codec import RED
from sfu.identifiers import Mid
from sfu.layer import Layer
from sfu.layer_filter import TOP, LayerFilter
from sfu.messages import LayerInfo, Paused, SlotStats
from sfu.outbox import Outbox, Writer
from sfu.publication import Publication
from sfu.resender import Resender
from sfu.rewrite import Rewrite
from sfu.rtp.packet import RtpPacket
from sfu.sdp.sections import SlotCodec, SlotSection
from sfu.slot_clock import SlotClock, TimestampOffset
from sfu.slot_stream import SlotStream, Transport
from sfu.source_clock import SourceClock

OnState = Callable[["Slot", float], None]

CORRECT_EVERY_S: Final = 0.25
"""How often a slot looks whether its source's clock has drifted off its own."""


LAYERED: Final = frozenset(("VP8", "VP9", "AV1"))
"""Codecs whose payloads or descriptors tell layers."""

Told = tuple[Publication | None, Paused | None, Layer | None, int, int]


class Sharer(Protocol):
    """Who shares the subscriber's bandwidth over its slots."""

    def allocate(self, now: float) -> None:
        """Call `allot` of every slot that can send something."""

    def changed(self, now: float) -> None:
        """A slot could send something else from now on: allocate soon."""


@dataclass(frozen=True, slots=True)
class Allotment:
    """What the allocator decided; `layer` None: nothing is to be sent."""

    layer: Layer | None
    spatial: int
    temporal: int
    reason: str
    target_bps: float


class Slot(Writer):
    """State of one slot: ``empty → switching → live``, with ``hidden``, ``muted`` and ``codec`` beside them.

    `publication` is what was assigned. `current` is the layer whose packets go out, `target` the one whose
    key frame is awaited; until it comes the old picture goes on, be it of another track. `width`, `height`,
    `fps`, `priority` and `rank` are what `AssignSlot` asks for.
    """

    def __init__(
        self,
        section: SlotSection,
        stream: SlotStream,
        resender: Resender,
        clock: SlotClock,
        outbox: Outbox,
        sharer: Sharer,
        on_state: OnState,
    ) -> None:
        super().__init__(section.kind, section.extensions.transport_cc != 0)
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
        self._sharer = sharer
        self._on_state = on_state
        self._allotment: Allotment | None = None
        self._filter: LayerFilter | None = None
        self._rewrite: Rewrite | None = None
        self._newest: Rewrite | None = None
        self._source_clock = SourceClock().stream(clock.clock_rate)
        self._correct_at = 0.0
        self._carried: Publication | None = None
        self._told: Told = (None, "no_source", None, TOP, TOP)
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
            self._allotment = None
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
        publication = self.publication
        if publication is None or self._obstacle(publication) not in (None, "muted"):
            return None  # a pause for want of bandwidth is no want of interest
        return Asked(self.width, self.height)

    def withdraw(self, publication: Publication, now: float) -> None:
        """`publication` ended: nothing of it goes out any more."""
        if self._carried is publication:
            self._outbox.discard(self)
            self._leave(self.current)
            self.current = self._carried = None
        if self.publication is publication:
            self.assign(None, self.hidden, now)

    # --- what may be sent, and what shall be ---------------------------------------------------------------

    def steps(self, now: float) -> list[Step]:
        """The ways in which the assigned publication can be sent now, ascending in cost; none if it cannot
        be."""
        publication = self.publication
        if (
            not self.ready
            or self.kind == "audio"
            or publication is None
            or self._obstacle(publication) is not None
        ):
            return []
        steps = []
        for number, layer in enumerate(publication.layers):
            if not layer.alive(now):
                continue
            for way in layer.sublayers.ways(now):
                if way.spatial > self._highest_spatial(publication, layer):
                    break
                width, height = layer.size(way.spatial)
                steps.append(Step(number, way.spatial, way.temporal, way.bitrate_bps, width, height, way.fps))
        steps.sort(key=_cost)
        return steps

    def allot(self, step: Step | None, reason: str, target_bps: float, now: float) -> None:
        """Send this step of `steps` from now on; None pauses, unless the `reason` is ``no_layer``.

        Until the first allotment of an assignment the highest layer goes out.
        """
        publication = self.publication
        if publication is None:
            return
        layers = publication.layers
        layer = None if step is None else layers[min(max(step.layer, 0), len(layers) - 1)]
        spatial = temporal = TOP
        if step is not None:
            spatial = TOP if step.spatial < 0 else min(step.spatial, TOP)
            temporal = TOP if step.temporal < 0 else min(step.temporal, TOP)
        self._allotment = Allotment(layer, spatial, temporal, reason, target_bps)
        self._aim(now)

    def aim(self, now: float) -> None:
        """What there is to carry changed: choose the layer, and say so if the state changed."""
        if self.kind == "video" and self.ready:
            fresh = self._allotment is None
            if fresh:  # at once, or a key frame would be asked of a layer that will not be sent
                self._sharer.allocate(now)
            if not fresh or self._allotment is None:
                self._sharer.changed(now)
        self._aim(now)

    def _aim(self, now: float) -> None:
        publication = self.publication
        reason = self._pause_reason(publication)
        if publication is None or reason is not None:
            self._drop_layers()
            self._become(reason, now)
            return
        best = self._choice(publication, now) if self.ready else None
        if best is not None and best is self.current:
            self._set_target(None)
            self._narrow(best, now)
            self._become(None, now)
            return
        self._set_target(best)
        if best is not None and best.video:
            best.want_keyframe(now)
        if self.kind == "audio" or self._carried is publication:
            self._become(None, now)  # audio begins with any packet; a change of layer shows nothing
        else:
            self._become("switching", now)

    def _choice(self, publication: Publication, now: float) -> Layer | None:
        """The allotted layer while it is alive; without it the nearest below it, or else above."""
        allotment = self._allotment
        if allotment is None or allotment.layer is None or allotment.layer not in publication.layers:
            return publication.best(now)
        return publication.nearest(allotment.layer, now)

    def _limits(self, layer: Layer) -> tuple[int, int]:
        """The (spatial, temporal) layers to send of `layer`: as allotted, of another all."""
        allotment, publication = self._allotment, self.publication
        highest = TOP if publication is None else self._highest_spatial(publication, layer)
        if allotment is None or allotment.layer is not layer:
            return highest, TOP
        return min(allotment.spatial, highest), allotment.temporal

    def _highest_spatial(self, publication: Publication, layer: Layer) -> int:
        """AV1's spatial layers are told apart by the dependency descriptor alone: a browser that does not get
        it shows no picture of more than one."""
        if len(layer.sizes) < 2 or publication.codec.name != "AV1":
            return TOP
        return TOP if self.section.extensions.dependency_descriptor else 0

    def _narrow(self, layer: Layer, now: float) -> None:
        """Aim at the sublayers allotted of the layer that goes out."""
        if self._filter is not None:
            spatial, temporal = self._limits(layer)
            self._filter.aim(spatial, temporal)
            if self._filter.needs_keyframe:
                layer.want_keyframe(now)

    def awaits_keyframe(self, layer: Layer) -> bool:
        """Whether a key frame of `layer` would change what goes out."""
        if self.target is layer:
            return True
        return self.current is layer and self._filter is not None and self._filter.needs_keyframe

    def _pause_reason(self, publication: Publication | None) -> Paused | None:
        if publication is None:
            return "no_source"
        obstacle = self._obstacle(publication)
        if obstacle is not None:
            return obstacle
        allotment = self._allotment
        if allotment is not None and allotment.layer is None and allotment.reason != "no_layer":
            return "bandwidth"
        return None

    def _obstacle(self, publication: Publication) -> Paused | None:
        """Why nothing of it could be sent, however wide the network."""
        if self.hidden or self.section.parked:
            return "hidden"
        if publication.codec.key not in self._codecs:
            return "codec"
        return "muted" if publication.muted else None

    def _become(self, paused: Paused | None, now: float) -> None:
        layer = self.current if self.kind == "video" else None
        spatial = temporal = TOP
        if layer is not None and self._filter is not None:
            spatial, temporal = self._filter.spatial, self._filter.temporal
        told = (self.publication, paused, layer, spatial, temporal)
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
        layer.release_keyframe()

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
        if self._filter is not None and not self._filter.whole:
            batch = self._filter.select(batch)
            if self._filter.moved:
                self._filter.moved = False
                self._become(self.paused, now)
        if self._rewrite is not None and batch:
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
        """Follow the source's clock, at the start of a picture: all its packets share one timestamp.

        That is where nothing is missing since a packet of another timestamp. What payloads say does not tell:
        each spatial layer has a start, and a picture may come in several batches.
        """
        newest, last = self._newest, self.stream.last
        if newest is None or last is None or first.timestamp == last.timestamp:
            return
        number = newest.number(first.index)
        if number != self.stream.highest + 1 or not newest.admits(first):
            return
        self._correct_at = now + CORRECT_EVERY_S
        capture = self._source_clock.capture_time(first.timestamp, first.arrival)
        if self._timestamps.correct(first.timestamp, capture, self.stream.last_timestamp):
            self._newest = newest.with_timestamps(first.index, number, self._timestamps.delta)
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
        self._filter = None
        if publication.codec.name in LAYERED:
            spatial, temporal = self._limits(layer)
            self._filter = LayerFilter(spatial, temporal)
        red = self._codecs.get(RED.key)
        self._rewrite = Rewrite(
            layer.ring,
            packet.index,
            publication.csrc,
            entry.payload_type,
            entry.rtx_payload_type,
            publication.codec.name == "VP8",
            self._filter,
            None if red is None else red.payload_type,
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
        spatial, temporal = self._sublayer(layer, now)
        width, height = layer.size(-1 if spatial is None else spatial)
        bitrate_bps = round(layer.statistics.rate.bitrate_bps(now))
        return LayerInfo(layer.rid, width, height, bitrate_bps, spatial, temporal)

    def _sublayer(self, layer: Layer, now: float) -> tuple[int | None, int | None]:
        """The highest (spatial, temporal) layer that goes out; None in streams without."""
        spatial = temporal = None
        if self._filter is not None:
            tops = layer.sublayers.tops(now)
            if tops[0]:
                spatial = min(self._filter.spatial, tops[0])
            if tops[1]:
                temporal = min(self._filter.temporal, tops[1])
        return spatial, temporal

    def stats(self, now: float) -> SlotStats:
        """The slot as `stats` tells of it."""
        layer, publication, allotment = self.current, self.publication, self._allotment
        info = self.layer_info(now)
        fps = 0.0
        if layer is not None and info is not None:
            spatial = -1 if info.spatial is None else info.spatial
            fps = layer.sublayers.fps(spatial, TOP if info.temporal is None else info.temporal, now)
        return SlotStats(
            mid=self.mid,
            track=None if publication is None else publication.track,
            rid=None if layer is None else layer.rid,
            width=0 if info is None else info.width,
            height=0 if info is None else info.height,
            fps=fps,
            bitrate_bps=self._bitrate_bps,
            loss=self.loss,
            target_bps=self._bitrate_bps if allotment is None else round(allotment.target_bps),
            reason=self.reason,
            spatial=None if info is None else info.spatial,
            temporal=None if info is None else info.temporal,
        )

    @property
    def reason(self) -> str:
        """Why it shows what it shows, in the words of `stats`."""
        if self.paused is not None:
            return "no_layer" if self.paused == "no_source" else self.paused
        if self._allotment is not None:
            return self._allotment.reason
        if self.publication is None or self.current is self.publication.layers[-1]:
            return "full"
        return "no_layer"


def _cost(step: Step) -> float:
    return step.bitrate_bps
