"""SCTP packets: the common header and the chunks in it (RFC 9260 §3)."""

import struct
from collections.abc import Callable

from sfu.drops import DropReason
from sfu.errors import RemoteError

PORT = 5000
"""Of every browser's association, and ours (RFC 8841 §12.2)."""

MAX_PACKET_BYTES = 1160
"""What fits a DTLS record of 1200 bytes, a multiple of 4 (every chunk is padded to one)."""

INIT, INIT_ACK, SHUTDOWN_COMPLETE = 1, 2, 14
_ALONE = (INIT, INIT_ACK, SHUTDOWN_COMPLETE)  # RFC 9260 §6.10: never bundled

_HEADER = struct.Struct("!HHLL")
_CHUNK = struct.Struct("!BBH")
_HEADER_BYTES = 12
_CHUNK_BYTES = 4
_NO_CHECKSUM = b"\x00\x00\x00\x00"

Chunk = tuple[int, int, bytes]
"""Type, flags, value."""

Checksum = Callable[[bytes], int]


def read_packet(packet: bytes, checksum: Checksum) -> tuple[int, list[Chunk]]:
    """(verification tag, chunks).

    Raises:
        RemoteError: SCTP_MALFORMED, a wrong checksum or a length that lies.
    """
    size = len(packet)
    if size < _HEADER_BYTES + _CHUNK_BYTES:
        raise RemoteError(DropReason.SCTP_MALFORMED, "short")
    tag = int.from_bytes(packet[4:8], "big")
    # RFC 9260 §6.8: over the packet with zeros in place of the checksum, sent with the low byte first.
    if checksum(packet[:8] + _NO_CHECKSUM + packet[12:]) != int.from_bytes(packet[8:12], "little"):
        raise RemoteError(DropReason.SCTP_MALFORMED, "checksum")
    chunks: list[Chunk] = []
    offset = _HEADER_BYTES
    while offset + _CHUNK_BYTES <= size:
        length = packet[offset + 2] << 8 | packet[offset + 3]
        if length < _CHUNK_BYTES or offset + length > size:
            raise RemoteError(DropReason.SCTP_MALFORMED, "chunk")
        chunks.append((packet[offset], packet[offset + 1], packet[offset + _CHUNK_BYTES : offset + length]))
        offset += (length + 3) & ~3
    if len(chunks) > 1 and any(chunk[0] in _ALONE for chunk in chunks):
        raise RemoteError(DropReason.SCTP_MALFORMED, "bundled")
    return tag, chunks


def check_parameters(value: bytes, offset: int) -> None:
    """Refuse parameters in a chunk's value, from `offset` on, whose lengths cannot be (RFC 9260 §3.2.1).

    Raises:
        RemoteError: SCTP_MALFORMED.
    """
    while offset + _CHUNK_BYTES <= len(value):
        length = value[offset + 2] << 8 | value[offset + 3]
        if length < _CHUNK_BYTES or offset + length > len(value):
            raise RemoteError(DropReason.SCTP_MALFORMED, "parameter")
        offset += (length + 3) & ~3


def write_packets(chunks: list[bytes], tag: int, checksum: Checksum) -> list[bytes]:
    """Bundle whole chunks, in order, into as few packets as they fit (RFC 9260 §6.10)."""
    packets: list[bytes] = []
    bundle: list[bytes] = []
    size = 0
    for chunk in chunks:
        alone = chunk[0] in _ALONE
        if bundle and (alone or size + len(chunk) > MAX_PACKET_BYTES - _HEADER_BYTES):
            packets.append(_packet(bundle, tag, checksum))
            bundle, size = [], 0
        if alone:
            # RFC 9260 §8.5.1: an INIT has the tag 0, repeated ones too.
            packets.append(_packet([chunk], 0 if chunk[0] == INIT else tag, checksum))
        else:
            bundle.append(chunk)
            size += len(chunk)
    if bundle:
        packets.append(_packet(bundle, tag, checksum))
    return packets


def _packet(bundle: list[bytes], tag: int, checksum: Checksum) -> bytes:
    body = b"".join(bundle)
    header = _HEADER.pack(PORT, PORT, tag, 0)
    total = checksum(header + body)
    return header[:8] + total.to_bytes(4, "little") + body
