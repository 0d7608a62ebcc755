"""The Data Channel Establishment Protocol (RFC 8832): who opens a channel says what it is."""

import struct
from dataclasses import dataclass

from sfu.drops import DropReason
from sfu.errors import RemoteError

ACK = 2  # RFC 8832 §8.2.1
OPEN = 3

MAX_LABEL_BYTES = 256
"""Of a label, and of a protocol: ours have a dozen."""

_UNORDERED = 0x80  # RFC 8832 §5.1, channel type
_RELIABLE, _MAX_RETRANSMITS, _MAX_LIFETIME = 0, 1, 2
_HEADER = struct.Struct("!BBHLHH")


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """What a channel is: its label, its protocol, and how hard it tries.

    With `max_retransmits` or `max_lifetime_ms` messages may be lost; with neither they are repeated until
    they arrive.
    """

    label: str
    protocol: str = ""
    ordered: bool = True
    max_retransmits: int | None = None
    max_lifetime_ms: int | None = None


def write_open(kind: ChannelKind) -> bytes:
    """DATA_CHANNEL_OPEN (RFC 8832 §5.1)."""
    channel_type, reliability = _RELIABLE, 0
    if kind.max_retransmits is not None:
        channel_type, reliability = _MAX_RETRANSMITS, kind.max_retransmits
    elif kind.max_lifetime_ms is not None:
        channel_type, reliability = _MAX_LIFETIME, kind.max_lifetime_ms
    if not kind.ordered:
        channel_type |= _UNORDERED
    label, protocol = kind.label.encode(), kind.protocol.encode()
    return _HEADER.pack(OPEN, channel_type, 0, reliability, len(label), len(protocol)) + label + protocol


def read_open(message: bytes) -> ChannelKind:
    """Read DATA_CHANNEL_OPEN.

    Raises:
        RemoteError: SCTP_CHANNEL, a lying length, an unknown type, no UTF-8, or a label beyond all measure.
    """
    if len(message) < _HEADER.size:
        raise RemoteError(DropReason.SCTP_CHANNEL, "short")
    kind, channel_type, _, reliability, label_bytes, protocol_bytes = _HEADER.unpack_from(message)
    end = _HEADER.size + label_bytes + protocol_bytes
    if kind != OPEN or end != len(message) or max(label_bytes, protocol_bytes) > MAX_LABEL_BYTES:
        raise RemoteError(DropReason.SCTP_CHANNEL, "length")
    how = channel_type & ~_UNORDERED
    if how > _MAX_LIFETIME:
        raise RemoteError(DropReason.SCTP_CHANNEL, "type")
    try:
        label = message[_HEADER.size : _HEADER.size + label_bytes].decode()
        protocol = message[_HEADER.size + label_bytes :].decode()
    except UnicodeDecodeError:
        raise RemoteError(DropReason.SCTP_CHANNEL, "no UTF-8") from None
    return ChannelKind(
        label,
        protocol,
        not channel_type & _UNORDERED,
        reliability if how == _MAX_RETRANSMITS else None,
        reliability if how == _MAX_LIFETIME else None,
    )
