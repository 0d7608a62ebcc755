"""How a run of a layer's packets becomes part of a slot's stream.

A slot is one unbroken RTP stream whatever it carries: its source and layer change, its SSRC, numbering and
clock do not. Each change opens a `Rewrite`; within one, every field of the outgoing packet is the incoming
one plus a constant, less what a filter left out before. So rewriting is a pure function of (rewrite, packet),
the same for the first sending and every resend.
"""

from typing import Final

from sfu.codecs import red
from sfu.codecs.dependency_descriptor import limit, renumber
from sfu.codecs.vp8 import rewrite as rewrite_vp8
from sfu.identifiers import Csrc
from sfu.layer_filter import LayerFilter
from sfu.packet_ring import PacketRing
from sfu.rtp.packet import MARKER_FLAG, PADDING_FLAG, RtpPacket

_PICTURE_ID_MASK: Final = 0x7FFF
_TL0_MASK: Final = 0xFF
_FRAME_NUMBER_MASK: Final = 0xFFFF

HOLLOW: Final = b"\x01"
"""RTP padding of one byte (RFC 3550 §5.1): a packet that only takes its number."""


class Rewrite:
    """The constants of one run.

    `ring` holds the layer's packets; `payload_type`, `rtx_payload_type` are the slot's for the track's codec,
    `red_payload_type` that of RED where the slot has it. The run begins at the layer's packet `first_index`,
    which becomes the slot's packet `first_out`; `patches_payload` says whether payloads change too, and not
    only headers. `thinning` leaves packets out, in video that may have layers. A run that differs from the
    one before by its timestamps alone has the same `run` number.
    """

    __slots__ = (
        "csrc",
        "first_index",
        "first_out",
        "frame_number_delta",
        "index_delta",
        "patches_payload",
        "payload_type",
        "picture_id_delta",
        "red_payload_type",
        "ring",
        "rtx_payload_type",
        "run",
        "thinning",
        "timestamp_delta",
        "tl0_delta",
        "vp8",
    )

    def __init__(
        self,
        ring: PacketRing,
        first_index: int,
        csrc: Csrc,
        payload_type: int,
        rtx_payload_type: int | None,
        vp8: bool,
        thinning: LayerFilter | None = None,
        red_payload_type: int | None = None,
    ) -> None:
        self.ring = ring
        self.first_index = first_index
        self.csrc = csrc
        self.payload_type = payload_type
        self.rtx_payload_type = rtx_payload_type
        self.red_payload_type = red_payload_type
        self.vp8 = vp8
        self.thinning = thinning
        self.run = 0
        self.first_out = -1
        self.index_delta = 0
        self.timestamp_delta = 0
        self.picture_id_delta = 0
        self.tl0_delta = 0
        self.frame_number_delta = 0
        self.patches_payload = False

    def open(self, run: int, first_out: int, timestamp_delta: int) -> None:
        """Number the run: its first packet becomes `first_out`."""
        self.run = run
        self.first_out = first_out
        self.index_delta = first_out - self.first_index
        self.timestamp_delta = timestamp_delta

    def follow(self, before: "Rewrite", last: RtpPacket, first: RtpPacket) -> None:
        """Let what counts pictures count on from `last`, sent under `before`: picture id and TL0PICIDX (RFC
        7741 §4.2), frame number (AV1 RTP §A.8.1: a key frame of a lower number is taken for an old one)."""
        if last.descriptor is not None and first.descriptor is not None:
            expected = last.descriptor.frame_number + before.frame_number_delta + 1
            self.frame_number_delta = expected - first.descriptor.frame_number & _FRAME_NUMBER_MASK
        if not (self.vp8 and before.vp8) or last.facts is None or first.facts is None:
            return
        if last.facts.picture_id >= 0 and first.facts.picture_id >= 0:
            expected = last.facts.picture_id + before._picture_id_delta_at(last.index) + 1
            self.picture_id_delta = expected - first.facts.picture_id & _PICTURE_ID_MASK
        if last.facts.tl0 >= 0 and first.facts.tl0 >= 0:
            self.tl0_delta = last.facts.tl0 + before.tl0_delta + 1 - first.facts.tl0 & _TL0_MASK
        self.patches_payload = bool(self.picture_id_delta or self.tl0_delta)

    def with_timestamps(self, first_index: int, first_out: int, timestamp_delta: int) -> "Rewrite":
        """The same run from the packet `first_index` on, which goes out as `first_out`, with other timestamps
        (a slewed correction)."""
        after = Rewrite(
            self.ring,
            first_index,
            self.csrc,
            self.payload_type,
            self.rtx_payload_type,
            self.vp8,
            self.thinning,
            self.red_payload_type,
        )
        after.run = self.run
        after.first_out = first_out
        after.index_delta = self.index_delta
        after.timestamp_delta = timestamp_delta
        after.picture_id_delta = self.picture_id_delta
        after.tl0_delta = self.tl0_delta
        after.frame_number_delta = self.frame_number_delta
        after.patches_payload = self.patches_payload
        return after

    # --- one packet ----------------------------------------------------------------------------------------

    def number(self, index: int) -> int | None:
        """The slot's index of the layer's packet `index`; None if it was left out, or is too old to know."""
        if self.thinning is None:
            return index + self.index_delta
        number = self.thinning.numbers.number(index)
        return None if number is None else number + self.index_delta

    def packet(self, number: int) -> RtpPacket | None:
        """What went out as the slot's packet `number`, if the ring still has it."""
        index = number - self.index_delta
        return self.ring.get(index if self.thinning is None else self.thinning.numbers.index(index))

    def payload(self, payload: bytes, index: int) -> bytes:
        """The payload of the layer's packet `index` as the slot sends it."""
        if not self.vp8:
            return payload
        picture_id_delta = self._picture_id_delta_at(index)
        if picture_id_delta or self.tl0_delta:
            return rewrite_vp8(payload, picture_id_delta, self.tl0_delta)
        return payload

    def admits(self, packet: RtpPacket) -> bool:
        """Whether the packet's content goes out, or only the number that was kept for it."""
        return self.thinning is None or not packet.late or self.thinning.admits(packet)

    def content(self, packet: RtpPacket, payload: bytes) -> tuple[int, bytes]:
        """(bits P, M and PT of the first word, payload) of a packet whose received payload is `payload`."""
        if not self.admits(packet):
            return self.payload_type << 16 | PADDING_FLAG, HOLLOW
        if self.red_payload_type is not None and packet.redundant is not None:
            return self.red_payload_type << 16 | packet.flags & MARKER_FLAG, self.redundant(packet.redundant)
        flags = packet.flags if self.thinning is None else self.thinning.flags(packet)
        return self.payload_type << 16 | flags, self.payload(payload, packet.index)

    def redundant(self, payload: bytes) -> bytes:
        """A RED payload with the slot's payload type for what it carries."""
        return red.rewrite(payload, self.payload_type)

    def extras(self, packet: RtpPacket) -> tuple[tuple[str, bytes], ...]:
        """Header extensions of the packet's own as the slot sends them.

        Where a picture began under other limits, and with each structure, the descriptor says which decode
        targets are left (AV1 RTP §A.4).
        """
        descriptor = packet.descriptor
        if descriptor is None:
            return packet.extras
        limits = None
        if self.thinning is not None and self.thinning.active:
            limits = self.thinning.limits_told_by(packet)
        if limits is None and not self.frame_number_delta:
            return packet.extras
        extras = []
        for name, data in packet.extras:
            if name == "dependency_descriptor":
                told = data if limits is None else limit(data, descriptor, limits[0], limits[1])
                extras.append((name, renumber(told, descriptor.frame_number + self.frame_number_delta)))
            else:
                extras.append((name, data))
        return tuple(extras)

    def _picture_id_delta_at(self, index: int) -> int:
        """Pictures left out close the gap too: a decoder may wait for one whose id is missing."""
        if self.thinning is None:
            return self.picture_id_delta
        return self.picture_id_delta - self.thinning.numbers.pictures(index) & _PICTURE_ID_MASK
