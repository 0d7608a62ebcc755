"""A received RTP packet, and the reading of its header (RFC 3550 §5.1).

The header is read once a packet, straight from the datagram; nothing is parsed again for a subscriber.
"""

import struct
from typing import Final

from sfu.codecs.dependency_descriptor import DependencyDescriptor
from sfu.codecs.payload import PayloadFacts
from sfu.drops import DropReason
from sfu.errors import RemoteError

FIXED_HEADER_BYTES: Final = 12
read_fixed_header: Final = struct.Struct("!BBHII").unpack_from
"""Bytes → (V/P/X/CC, M/PT, sequence number, timestamp, SSRC); needs 12 bytes."""


class RtpPacket:
    """One packet of a layer, as every sink of the layer sees it.

    `index` is the layer's own count: the 48-bit packet index of RFC 3711 §3.3.1 less the padding-only packets
    before it. `wire_payload` is `payload`, or that with RTP padding so that the packets of a frame are equal
    in size. `flags` are the bits of the first header word that a subscriber gets as they are: M, and P for
    that padding. `extras` are header extensions passed on as they came, by the name of their field in
    `ExtensionIds`; `descriptor` is what the dependency descriptor among them says. `late`: a packet of higher
    index came before. `redundant` is the whole RED payload whose primary encoding `payload` is.
    """

    __slots__ = (
        "arrival",
        "descriptor",
        "extras",
        "facts",
        "flags",
        "index",
        "late",
        "level",
        "marker",
        "payload",
        "payload_type",
        "redundant",
        "timestamp",
        "wire_payload",
    )

    def __init__(
        self, index: int, marker: bool, payload_type: int, timestamp: int, payload: bytes, arrival: float
    ) -> None:
        self.index = index
        self.marker = marker
        self.payload_type = payload_type
        self.timestamp = timestamp
        self.payload = payload
        self.wire_payload = payload
        self.flags = MARKER_FLAG if marker else 0
        self.arrival = arrival
        self.level = NO_LEVEL
        self.extras: tuple[tuple[str, bytes], ...] = ()
        self.facts: PayloadFacts | None = None
        self.descriptor: DependencyDescriptor | None = None
        self.redundant: bytes | None = None
        self.late = False

    def pad(self, count: int) -> None:
        """Add `count` bytes of RTP padding: zeros, the last byte their count (RFC 3550 §5.1)."""
        self.wire_payload = self.payload + bytes(count - 1) + bytes((count,))
        self.flags |= PADDING_FLAG


MARKER_FLAG: Final = 1 << 23
PADDING_FLAG: Final = 1 << 29

NO_LEVEL: Final = 127
"""The byte of RFC 6464 for digital silence; also what a packet without the extension counts as."""


def header_length(datagram: bytes) -> int:
    """Bytes before the payload: fixed header, CSRCs and the extension block.

    Raises RemoteError(RTP_MALFORMED) if the datagram ends before its header does.
    """
    first = datagram[0]
    length = FIXED_HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10:
        if length + 4 > len(datagram):
            raise RemoteError(DropReason.RTP_MALFORMED, "no room for the extension header")
        length += 4 + 4 * ((datagram[length + 2] << 8) | datagram[length + 3])
    if length > len(datagram):
        raise RemoteError(DropReason.RTP_MALFORMED, "shorter than its header")
    return length


def without_padding(payload: bytes) -> bytes:
    """The payload less its RTP padding, whose last byte counts it (RFC 3550 §5.1); may be empty."""
    if not payload:
        raise RemoteError(DropReason.RTP_MALFORMED, "padding bit on an empty payload")
    count = payload[-1]
    if count == 0 or count > len(payload):
        raise RemoteError(DropReason.RTP_MALFORMED, f"padding of {count} in {len(payload)} bytes")
    return payload[:-count]
