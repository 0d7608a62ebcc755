"""AV1: OBU elements to a temporal unit in low-overhead format (RTP Payload Format For AV1 v1.0.0, §4; AV1
bitstream specification §5.2)."""

from collections.abc import Sequence

from sfu.codecs.payload_facts import malformed

_Z = 0x80
_Y = 0x40
_HAS_EXTENSION = 0x04
_HAS_SIZE = 0x02
_LEFT_OUT = frozenset((2, 8, 15))
"""Temporal delimiter (one is put in front), tile list, padding."""

_DELIMITER = b"\x12\x00"
_MAX_LEB128_BYTES = 8


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The temporal unit; RemoteError if an element is cut short or a fragment has no beginning or end."""
    obus: list[bytes] = []
    fragment: list[bytes] = []
    for payload in payloads:
        if len(payload) < 2:
            raise malformed("AV1 payload cut short")
        header = payload[0]
        elements = _elements(payload, header >> 4 & 3)
        if (header & _Z != 0) != bool(fragment):
            raise malformed("AV1 fragment without its other part")
        last = len(elements) - 1
        for position, element in enumerate(elements):
            fragment.append(element)
            if position < last or not header & _Y:
                obus.append(b"".join(fragment))
                fragment = []
    if fragment or not obus:
        raise malformed("AV1 temporal unit without an end")
    return _DELIMITER + b"".join(_sized(obu) for obu in obus if obu[0] >> 3 & 15 not in _LEFT_OUT)


def _elements(payload: bytes, count: int) -> list[bytes]:
    """`count` is W: how many there are, the last without a length; 0 if each has one."""
    elements: list[bytes] = []
    at = 1
    while at < len(payload):
        if len(elements) + 1 == count:
            size = len(payload) - at
        else:
            size, at = _read_leb128(payload, at)
        if not size or at + size > len(payload):
            raise malformed("AV1 element beyond the packet")
        elements.append(payload[at : at + size])
        at += size
    return elements


def _sized(obu: bytes) -> bytes:
    """The OBU with its size in its header, as files have it."""
    if obu[0] & _HAS_SIZE:
        return obu
    header_bytes = 2 if obu[0] & _HAS_EXTENSION else 1
    header = bytes((obu[0] | _HAS_SIZE,)) + obu[1:header_bytes]
    return header + _write_leb128(max(len(obu) - header_bytes, 0)) + obu[header_bytes:]


def _read_leb128(payload: bytes, at: int) -> tuple[int, int]:
    """A length and where what it counts begins (AV1 §4.10.5)."""
    value = 0
    for place, byte in enumerate(payload[at : at + _MAX_LEB128_BYTES]):
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value, at + place + 1
    raise malformed("AV1 length without an end")


def _write_leb128(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
