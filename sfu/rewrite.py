"""How a run of a layer's packets becomes part of a slot's stream.

A slot is one unbroken RTP stream whatever it carries: its source and layer change, its SSRC, numbering and
clock do not. Each change opens a `Rewrite`; within one, every field of the outgoing packet is the incoming
one plus a constant. So rewriting is a pure function of (rewrite, packet), the same for the first sending and
every resend.
"""

from sfu.codecs.vp8 import rewrite as rewrite_vp8
from sfu.identifiers import Csrc
from sfu.packet_ring import PacketRing
from sfu.rtp.packet import RtpPacket

_PICTURE_ID_MASK = 0x7FFF
_TL0_MASK = 0xFF


class Rewrite:
    """The constants of one run.

    `ring` holds the layer's packets; `payload_type`, `rtx_payload_type` are the slot's for the track's codec.
    The run begins at the layer's packet `first_index`, which becomes the slot's packet `first_out`;
    `patches_payload` says whether payloads change too, and not only headers. A run
    that differs from the one before by its timestamps alone has the same `run` number.
    """

    __slots__ = (
        "csrc",
        "first_index",
        "first_out",
        "index_delta",
        "patches_payload",
        "payload_type",
        "picture_id_delta",
        "ring",
        "rtx_payload_type",
        "run",
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
    ) -> None:
        self.ring = ring
        self.first_index = first_index
        self.csrc = csrc
        self.payload_type = payload_type
        self.rtx_payload_type = rtx_payload_type
        self.vp8 = vp8
        self.run = 0
        self.first_out = -1
        self.index_delta = 0
        self.timestamp_delta = 0
        self.picture_id_delta = 0
        self.tl0_delta = 0
        self.patches_payload = False

    def open(self, run: int, first_out: int, timestamp_delta: int) -> None:
        """Number the run: its first packet becomes `first_out`."""
        self.run = run
        self.first_out = first_out
        self.index_delta = first_out - self.first_index
        self.timestamp_delta = timestamp_delta

    def continue_vp8(self, before: "Rewrite", last: RtpPacket, first: RtpPacket) -> None:
        """Let picture id and TL0PICIDX count on from `last`, sent under `before` (RFC 7741 §4.2)."""
        if not (self.vp8 and before.vp8) or last.facts is None or first.facts is None:
            return
        if last.facts.picture_id >= 0 and first.facts.picture_id >= 0:
            expected = last.facts.picture_id + before.picture_id_delta + 1
            self.picture_id_delta = expected - first.facts.picture_id & _PICTURE_ID_MASK
        if last.facts.tl0 >= 0 and first.facts.tl0 >= 0:
            self.tl0_delta = last.facts.tl0 + before.tl0_delta + 1 - first.facts.tl0 & _TL0_MASK
        self.patches_payload = bool(self.picture_id_delta or self.tl0_delta)

    def with_timestamps(self, first_index: int, timestamp_delta: int) -> "Rewrite":
        """The same run from `first_index` on with another timestamp offset (a slewed correction)."""
        after = Rewrite(self.ring, first_index, self.csrc, self.payload_type, self.rtx_payload_type, self.vp8)
        after.open(self.run, first_index + self.index_delta, timestamp_delta)
        after.picture_id_delta = self.picture_id_delta
        after.tl0_delta = self.tl0_delta
        after.patches_payload = self.patches_payload
        return after

    def payload(self, payload: bytes) -> bytes:
        """The payload as the slot sends it."""
        if self.picture_id_delta or self.tl0_delta:
            return rewrite_vp8(payload, self.picture_id_delta, self.tl0_delta)
        return payload
