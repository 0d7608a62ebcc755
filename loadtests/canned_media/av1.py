"""AV1 temporal units as RTP payloads (RTP Payload Format For AV1, version 1.0.0, section 4)."""

from loadtests.canned_media.payload import cut

OBU_SEQUENCE_HEADER, OBU_TEMPORAL_DELIMITER, OBU_PADDING = 1, 2, 15
HAS_EXTENSION, HAS_SIZE = 0x04, 0x02
Z_BIT, Y_BIT, N_BIT = 0x80, 0x40, 0x08
W_SHIFT = 4
MOST_COUNTED = 3  # W has two bits


def leb128(value: int) -> bytes:
    """AV1 specification, section 4.10.5."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def split_obus(temporal_unit: bytes) -> list[bytes]:
    """The OBUs of a unit in low-overhead format, their size fields taken out.

    Temporal delimiters and padding are left out: they are not sent (section 5). Raises ValueError if an OBU
    has no size or lies about it.
    """
    obus = []
    at = 0
    while at < len(temporal_unit):
        header = temporal_unit[at]
        if not header & HAS_SIZE:
            raise ValueError("OBU without a size")
        header_bytes = 2 if header & HAS_EXTENSION else 1
        size, size_bytes = _read_leb128(temporal_unit, at + header_bytes)
        start = at + header_bytes + size_bytes
        if start + size > len(temporal_unit):
            raise ValueError("OBU longer than its unit")
        if header >> 3 & 0xF not in (OBU_TEMPORAL_DELIMITER, OBU_PADDING):
            extension = temporal_unit[at + 1 : at + header_bytes]
            obus.append(bytes((header & ~HAS_SIZE,)) + extension + temporal_unit[start : start + size])
        at = start + size
    return obus


def _read_leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n, byte in enumerate(data[at : at + 8]):
        value |= (byte & 0x7F) << 7 * n
        if not byte & 0x80:
            return value, n + 1
    raise ValueError("unfinished leb128")


def packetise(temporal_unit: bytes, payload_bytes: int) -> list[bytes]:
    """Small OBUs (a sequence header) go whole before the frame's OBU, which is cut over the packets.

    Raises ValueError if there are more than three OBUs, or headers that would fill half a packet: a live
    encoder gives a sequence header and a frame.
    """
    *heads, frame = obus = split_obus(temporal_unit)
    lead = b"".join(leb128(len(obu)) + obu for obu in heads)
    room = payload_bytes - 1
    if len(obus) > MOST_COUNTED or len(lead) >= room // 2:
        raise ValueError(f"{len(obus)} OBUs with {len(lead)} bytes of headers in one temporal unit")
    parts = cut(lead + frame, room)
    last = len(parts) - 1
    # Section 4.4: W counts the elements of this packet, so that the last needs no length; N is set on the
    # first packet of a coded video sequence.
    first = len(obus) << W_SHIFT | (N_BIT if obus[0][0] >> 3 & 0xF == OBU_SEQUENCE_HEADER else 0)
    later = 1 << W_SHIFT | Z_BIT
    return [
        bytes(((first if n == 0 else later) | (Y_BIT if n < last else 0),)) + part
        for n, part in enumerate(parts)
    ]
