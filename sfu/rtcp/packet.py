"""The frame around every RTCP packet: four bytes of header, a body of whole 32-bit words (RFC 3550 §6.4).

The five bits after the padding flag are a count in the report packets and a format in the feedback packets.
"""

from struct import Struct
from typing import Final

from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError

SENDER_REPORT: Final = 200  # RFC 3550 §12.1
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
GOODBYE: Final = 203
TRANSPORT_LAYER_FEEDBACK: Final = 205  # RFC 4585 §6.1
PAYLOAD_FEEDBACK: Final = 206

MAX_COUNT: Final = 31
"""What the five bits hold."""

HEADER: Final = Struct("!BBH")
TWO_SSRCS: Final = Struct("!II")
"""Packet sender and media source, the start of every feedback body (RFC 4585 §6.1)."""


def write_packet(count: int, packet_type: int, body: bytes) -> bytes:
    """Put the header before `body`, whose length is a multiple of four."""
    words, rest = divmod(len(body), 4)
    if rest or words > 0xFFFF or count > MAX_COUNT:
        raise LocalError(f"RTCP packet of {len(body)} bytes with count {count} cannot be written")
    return HEADER.pack(0x80 | count, packet_type, words) + body


def malformed(detail: str) -> RemoteError:
    """The error of every RTCP parser."""
    return RemoteError(DropReason.RTCP_MALFORMED, detail)
