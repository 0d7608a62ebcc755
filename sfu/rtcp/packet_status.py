"""Packet status chunks of transport-wide feedback: 16 bits for 7, 14 or up to 8191 packets.

draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.2–3.1.4.
"""

from typing import Final

from sfu.rtcp.packet import malformed

LOST: Final = 0
SMALL_DELTA: Final = 1
LARGE_DELTA: Final = 2  # or negative; 3 is reserved

_MAX_RUN: Final = 0x1FFF
_ONE_BIT_VECTOR: Final = 0x8000
_TWO_BIT_VECTOR: Final = 0xC000

# A vector's 14 bits as a table for its upper six and one for its lower eight: two look-ups a chunk.
_ONE_BIT: Final = [bytes(byte >> shift & 1 for shift in range(7, -1, -1)) for byte in range(256)]
_TWO_BIT: Final = [bytes(byte >> shift & 3 for shift in (6, 4, 2, 0)) for byte in range(256)]
_ONE_BIT_UPPER: Final = [symbols[2:] for symbols in _ONE_BIT[:64]]
_TWO_BIT_UPPER: Final = [symbols[1:] for symbols in _TWO_BIT[:64]]


def parse_statuses(body: bytes, offset: int, count: int) -> tuple[bytes, int]:
    """One byte (0–3) for each of `count` packets, and where the chunks end; RemoteError if too soon."""
    statuses = bytearray()
    end = len(body) - 1
    while len(statuses) < count:
        if offset >= end:
            raise malformed("transport feedback with too few status chunks")
        upper, lower = body[offset], body[offset + 1]
        offset += 2
        if upper < 0x80:
            statuses += bytes((upper >> 5,)) * ((upper & 0x1F) << 8 | lower)
        elif upper < 0xC0:
            statuses += _ONE_BIT_UPPER[upper & 0x3F]
            statuses += _ONE_BIT[lower]
        else:
            statuses += _TWO_BIT_UPPER[upper & 0x3F]
            statuses += _TWO_BIT[lower]
    return bytes(statuses[:count]), offset  # a vector may reach beyond the last packet


def write_statuses(statuses: bytes) -> bytes:
    """The chunks for statuses 0–2, each time the kind that covers most packets."""
    chunks = bytearray()
    start = 0
    while start < len(statuses):
        chunk, covered = _next_chunk(statuses, start)
        chunks += chunk.to_bytes(2, "big")
        start += covered
    return bytes(chunks)


def _next_chunk(statuses: bytes, start: int) -> tuple[int, int]:
    ahead = statuses[start : start + 14]
    one_bit = LARGE_DELTA not in ahead
    vector = ahead if one_bit else ahead[:7]
    run = _run(statuses, start)
    if run >= len(vector):
        return statuses[start] << 13 | run, run
    if one_bit:
        return _ONE_BIT_VECTOR | _bits(vector, 14, 1), len(vector)
    return _TWO_BIT_VECTOR | _bits(vector, 7, 2), len(vector)


def _run(statuses: bytes, start: int) -> int:
    """How many equal statuses follow from `start` on, at most what a chunk holds."""
    rest = statuses[start : start + _MAX_RUN]
    return len(rest) - len(rest.lstrip(rest[:1]))


def _bits(symbols: bytes, places: int, width: int) -> int:
    value = 0
    for symbol in symbols:
        value = value << width | symbol
    return value << (places - len(symbols)) * width
