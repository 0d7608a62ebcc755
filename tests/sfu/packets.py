"""RTP packets as a layer gives them out, and the bytes they come from."""

from sfu.codecs.vp8 import read
from sfu.identifiers import Csrc
from sfu.packet_ring import PacketRing
from sfu.rewrite import Rewrite
from sfu.rtp.packet import RtpPacket


def vp8(
    *,
    key: bool = False,
    starts: bool = True,
    picture_id: int | None = None,
    tl0: int | None = None,
    temporal: int | None = None,
    sync: bool = False,
    size: int = 40,
    size_of_picture: tuple[int, int] = (320, 180),
) -> bytes:
    """A VP8 payload (RFC 7741 §4.2) of `size` bytes; `picture_id` has 15 bits, `sync` is Y."""
    descriptor = bytes((0x10 if starts else 0x00,))
    if any(field is not None for field in (picture_id, tl0, temporal)):
        flags = (0x80 if picture_id is not None else 0) | (0x40 if tl0 is not None else 0)
        flags |= 0x20 if temporal is not None else 0
        descriptor = bytes((descriptor[0] | 0x80, flags))
        if picture_id is not None:
            descriptor += (0x8000 | picture_id).to_bytes(2, "big")
        if tl0 is not None:
            descriptor += bytes((tl0,))
        if temporal is not None:
            descriptor += bytes((temporal << 6 | sync << 5,))
    if key:
        width, height = size_of_picture
        frame = b"\x10\x00\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
    else:
        frame = b"\x11"
    return (descriptor + frame).ljust(size, b"\xaa")


def video(
    index: int,
    payload: bytes | None = None,
    *,
    marker: bool = True,
    timestamp: int | None = None,
    arrival: float = 0.0,
) -> RtpPacket:
    """A video packet; by default a frame of its own, 30 a second."""
    if timestamp is None:
        timestamp = 3000 * index
    body = vp8() if payload is None else payload
    packet = RtpPacket(index, marker, 96, timestamp & 0xFFFFFFFF, body, arrival)
    packet.facts = read(body)
    return packet


def audio(index: int, payload: bytes = b"opus", *, level: int = 127, arrival: float = 0.0) -> RtpPacket:
    """An Opus packet, 50 a second."""
    packet = RtpPacket(index, False, 111, 960 * index & 0xFFFFFFFF, payload, arrival)
    packet.level = level
    return packet


def run(
    *packets: RtpPacket,
    csrc: int = 7,
    payload_type: int = 96,
    rtx_payload_type: int | None = 97,
    is_vp8: bool = True,
) -> Rewrite:
    """A rewrite, not yet opened, that begins at the first of `packets`, all of which are in its ring."""
    ring = PacketRing(512)
    for packet in packets:
        ring.put(packet)
    return Rewrite(ring, packets[0].index, Csrc(csrc), payload_type, rtx_payload_type, is_vp8)
