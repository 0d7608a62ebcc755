"""Redundant audio: older packets repeated before the newest (RFC 2198 §3)."""

from dataclasses import dataclass
from typing import Final

from sfu.codecs.payload_facts import PayloadFacts, malformed

MAX_BLOCKS: Final = 32
"""Senders repeat one or two packets."""


@dataclass(slots=True)
class RedBlock:
    """One encoding; `timestamp_offset` ticks older than the packet's RTP timestamp, 0 for the primary."""

    payload_type: int
    timestamp_offset: int
    data: bytes


def read(payload: bytes) -> PayloadFacts:
    """As for the audio in it; RemoteError if the block headers lie or the primary is empty."""
    primary(payload)
    return PayloadFacts(True, True, True)


def primary(payload: bytes) -> bytes:
    """The newest encoding, as it would be sent without redundancy; RemoteError likewise."""
    block = blocks(payload)[-1]
    if not block.data:
        raise malformed("RED without primary data")
    return block.data


def carries_only(payload: bytes, payload_type: int) -> bool:
    """Whether every block is of that payload type; RemoteError if the headers lie."""
    headers, _ = _parse_headers(payload)
    return all(header[0] == payload_type for header in headers)


def rewrite(payload: bytes, payload_type: int) -> bytes:
    """The same payload with `payload_type` for every block; `payload` has been read before."""
    at = 0
    while payload[at] & 0x80:
        at += 4
    if payload[at] == payload_type:
        return payload
    changed = bytearray(payload)
    for place in range(0, at, 4):
        changed[place] = 0x80 | payload_type
    changed[at] = payload_type
    return bytes(changed)


def blocks(payload: bytes) -> tuple[RedBlock, ...]:
    """All encodings, the primary last; RemoteError if headers or data run over the end."""
    headers, at = _parse_headers(payload)
    found = []
    for payload_type, offset, length in headers[:-1]:
        found.append(RedBlock(payload_type, offset, payload[at : at + length]))
        at += length
    if at > len(payload):
        raise malformed("RED blocks beyond the packet")
    found.append(RedBlock(headers[-1][0], 0, payload[at:]))
    return tuple(found)


def _parse_headers(payload: bytes) -> tuple[list[tuple[int, int, int]], int]:
    """(payload type, timestamp offset, length) of each block and where the data begins."""
    headers: list[tuple[int, int, int]] = []
    at = 0
    while len(headers) < MAX_BLOCKS:
        header = payload[at : at + 4]
        if header and not header[0] & 0x80:
            headers.append((header[0], 0, 0))
            return headers, at + 1
        if len(header) < 4:
            raise malformed("RED header cut short")
        coded = int.from_bytes(header, "big")
        headers.append((coded >> 24 & 0x7F, coded >> 10 & 0x3FFF, coded & 0x3FF))
        at += 4
    raise malformed("RED of too many blocks")
