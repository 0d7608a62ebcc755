"""Generic NACK: packets to send again (RFC 4585 §6.2.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from sfu.identifiers import Ssrc
from sfu.rtcp.packet import TRANSPORT_LAYER_FEEDBACK, TWO_SSRCS, malformed, write_packet

FORMAT: Final = 1

MAX_ENTRIES: Final = 512
"""A datagram holds fewer than 400; what is longer came over TCP and asks for more than any sender keeps."""

_ENTRY: Final = Struct("!HH")


@dataclass(frozen=True, slots=True)
class Nack:
    """`lost` are 16-bit sequence numbers. Written in the order given: in sequence order they pack best."""

    sender_ssrc: Ssrc
    media_ssrc: Ssrc
    lost: tuple[int, ...]

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body after the header; RemoteError if it names nothing or far too much."""
        if len(body) % 4 or not 12 <= len(body) <= 8 + 4 * MAX_ENTRIES:
            raise malformed(f"NACK of {len(body)} bytes")
        sender, media = TWO_SSRCS.unpack_from(body)
        lost: list[int] = []
        for first, bitmask in _ENTRY.iter_unpack(body[8:]):
            lost.append(first)
            if bitmask:
                lost.extend((first + 1 + bit) & 0xFFFF for bit in range(16) if bitmask >> bit & 1)
        return cls(Ssrc(sender), Ssrc(media), tuple(lost))

    def to_bytes(self) -> bytes:
        """Each entry names a packet and a bit for each of the 16 after it, over the wrap too."""
        body = TWO_SSRCS.pack(self.sender_ssrc, self.media_ssrc) + _write_entries(self.lost)
        return write_packet(FORMAT, TRANSPORT_LAYER_FEEDBACK, body)


def _write_entries(lost: Sequence[int]) -> bytes:
    entries = bytearray()
    first, bitmask = -1, 0
    for sequence in lost:
        distance = (sequence - first) & 0xFFFF
        if first >= 0 and 1 <= distance <= 16:
            bitmask |= 1 << (distance - 1)
            continue
        if first >= 0:
            entries += _ENTRY.pack(first, bitmask)
        first, bitmask = sequence & 0xFFFF, 0
    if first >= 0:
        entries += _ENTRY.pack(first, bitmask)
    return bytes(entries)
