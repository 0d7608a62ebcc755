"""A reader that copies a publication as it comes, for a recorder: what no subscriber's state touches.

It follows the highest layer there is. Packets keep the layer's own numbers; a *run* is a stretch of one such
numbering, and the receiver joins runs at key frames.
"""

import struct
from typing import Final, Protocol

from quality.dynacast import Asked
from sfu.codecs.codec import Codec
from sfu.identifiers import Rid
from sfu.layer import Layer
from sfu.publication import Publication
from sfu.rtp.packet import RtpPacket

PACKET: Final = struct.Struct("<IBIIQIdd")
"""Length of what follows the length; flags; tap; run; index; RTP timestamp; arrival and capture time on the
server's clock. The payload follows."""

PACKET_TAIL: Final = PACKET.size - 4

IS_PACKET: Final = 0x01
MARKER: Final = 0x02
KEYFRAME: Final = 0x04
"""Flags: a packet and no other record; its marker bit; it begins a key frame."""

_pack_packet: Final = PACKET.pack

GOLDEN: Final = 0.6180339887498949
"""Multiples of the golden ratio's fraction lie evenly in a circle, however many there are."""

IN_TIME: Final = 0.95
"""A key frame takes its time to come: asked for at this part of the interval, it is there by its end."""


class Outlet(Protocol):
    """Where taps write to; never blocks."""

    def begin(self, tap: int, run: int, codec: Codec, rid: Rid) -> None:
        """Packets of a new run may come; in video the tap's run before goes on until its first key frame."""

    def put(self, records: list[bytes], size_bytes: int) -> None:
        """Packets that left a layer together: a `PACKET` and its payload in turn, of that size together."""


class Tap:
    """Reads one track for a recorder, whatever publications and layers it has in the course of time.

    `keyframe_every_s`: a key frame comes at least each so long, so that the recording can be sought in. Every
    tap has its own moment for it: where many rooms are recorded, the key frames of all at once, much larger
    than other frames, would hold up everything. `number` names the tap to the outlet.
    """

    def __init__(self, number: int, keyframe_every_s: float, outlet: Outlet) -> None:
        self.hidden = False
        self.number = number
        self.publication: Publication | None = None
        self.current: Layer | None = None
        self.target: Layer | None = None
        self._keyframe_every_s = IN_TIME * keyframe_every_s
        self._keyframe_phase_s = number * GOLDEN % 1.0 * self._keyframe_every_s
        self._keyframe_due = 0.0
        self._outlet = outlet
        self._runs = 0
        self._run = 0
        self._target_run = 0

    # --- as a reader of the publication ------------------------------------------------------------------

    def assign(self, publication: Publication | None, hidden: bool, now: float) -> None:
        """Read `publication` from its next key frame on."""
        if publication is not self.publication:
            self._leave_layers()
            if self.publication is not None:
                self.publication.readers.remove(self)
            self.publication = publication
            if publication is not None:
                publication.readers.append(self)
        self.hidden = hidden
        self.aim(now)

    def withdraw(self, publication: Publication, now: float) -> None:
        """`publication` ended; the track may come back as another."""
        if self.publication is publication:
            self.assign(None, self.hidden, now)

    def asked(self) -> Asked | None:
        """All of it is wanted: a recorder shows it in no size."""
        return None if self.publication is None else Asked(0, 0)

    def aim(self, now: float) -> None:
        """The publication's layers changed: choose again."""
        publication = self.publication
        if publication is None or publication.muted:
            self._leave_layers()
            return
        best = publication.best(now)
        if best is None or best is self.target:
            return
        if best is self.current:
            self._leave(self.target)
            self.target = None
            return
        self._leave(self.target)
        self.target = best
        best.sinks.append(self)
        self._target_run = self._begin()
        if best.video:
            best.want_keyframe(now)
        else:
            self._take_target()

    def want_keyframe(self, now: float) -> None:
        """The recording cannot go on without one."""
        layer = self.target or self.current
        if layer is not None and layer.video:
            layer.want_keyframe(now, said=True)

    # --- as a sink of its layers -------------------------------------------------------------------------

    def awaits_keyframe(self, layer: Layer) -> bool:
        """Whether a key frame of `layer` is what the tap waits for."""
        return self.target is layer

    def forward(self, layer: Layer, batch: list[RtpPacket], now: float) -> None:
        """Copy the packets, with the capture time that each has now."""
        if layer is self.target:
            run = self._target_run
        elif layer is self.current:
            run = self._run
        else:
            return
        number, clock = self.number, layer.clock
        keyframe = False
        capture, timestamp = 0.0, -1
        records: list[bytes] = []
        total = 4 * len(batch)  # the lengths
        for packet in batch:
            flags = IS_PACKET | MARKER if packet.marker else IS_PACKET
            facts = packet.facts
            if facts is not None and facts.keyframe:
                flags |= KEYFRAME
                keyframe = True
            if packet.timestamp != timestamp:
                timestamp = packet.timestamp
                capture = clock.capture_time(timestamp, packet.arrival)
            payload = packet.payload
            size = PACKET_TAIL + len(payload)
            total += size
            records.append(
                _pack_packet(size, flags, number, run, packet.index, timestamp, packet.arrival, capture)
            )
            records.append(payload)
        self._outlet.put(records, total)
        if not layer.video:
            return
        if keyframe:
            self._keyframe_due = self._next_keyframe(now)
            if layer is self.target:
                self._take_target()
        elif layer is self.current and now >= self._keyframe_due:
            self._keyframe_due = self._next_keyframe(now)  # the layer repeats the request until it is met
            layer.want_keyframe(now, said=True)

    def restart(self, layer: Layer) -> None:
        """The layer's numbering begins anew: a new run, from its next key frame on."""
        if layer is self.target:
            self._target_run = self._begin()
        elif layer is self.current:
            if not layer.video:
                self._run = self._begin()
            elif self.target is None:
                self.current, self.target = None, layer
                self._target_run = self._begin()
                layer.want_keyframe(layer.last_arrival)
            else:
                self._leave(layer)
                self.current = None

    # --- layers ------------------------------------------------------------------------------------------

    def _next_keyframe(self, now: float) -> float:
        every_s = self._keyframe_every_s
        return now + every_s - (now - self._keyframe_phase_s) % every_s

    def _begin(self) -> int:
        publication, layer = self.publication, self.target or self.current
        self._runs += 1
        if publication is not None and layer is not None:
            self._outlet.begin(self.number, self._runs, publication.codec, layer.rid)
        return self._runs

    def _take_target(self) -> None:
        target = self.target
        self.target = None
        if self.current is not target:
            self._leave(self.current)
        self.current = target
        self._run = self._target_run

    def _leave_layers(self) -> None:
        self._leave(self.target)
        self._leave(self.current)
        self.current = self.target = None

    def _leave(self, layer: Layer | None) -> None:
        if layer is None:
            return
        layer.sinks.remove(self)
        layer.release_keyframe()
