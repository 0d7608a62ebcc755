"""Which protocol a datagram belongs to, by its first bytes (RFC 7983 §7, RFC 5761 §4)."""

from enum import Enum, auto
from typing import Final


class Protocol(Enum):
    """What shares a peer's transport."""

    STUN = auto()
    DTLS = auto()
    RTP = auto()
    RTCP = auto()
    UNKNOWN = auto()


def _table() -> tuple[Protocol, ...]:
    table = [Protocol.UNKNOWN] * 256
    table[0:4] = [Protocol.STUN] * 4
    table[20:64] = [Protocol.DTLS] * 44
    table[128:192] = [Protocol.RTP] * 64
    return tuple(table)


_BY_FIRST_BYTE: Final = _table()


def demux(datagram: bytes) -> Protocol:
    """The protocol of a datagram of at least one byte.

    RTCP is told from RTP by its packet type, 192–223, which RTP with a marker bit would have for payload
    types 64–95; those are never negotiated (RFC 5761 §4).
    """
    protocol = _BY_FIRST_BYTE[datagram[0]]
    if protocol is Protocol.RTP and len(datagram) > 1 and 192 <= datagram[1] <= 223:
        return Protocol.RTCP
    return protocol
