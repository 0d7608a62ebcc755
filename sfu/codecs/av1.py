"""AV1 payloads: aggregation header and OBU elements (RTP Payload Format For AV1 v1.0.0, §4)."""

from typing import Final

from sfu.codecs import av1_sequence_header
from sfu.codecs.payload_facts import PayloadFacts, malformed

_Z: Final = 0x80
_N: Final = 0x08

_SEQUENCE_HEADER: Final = 1
_FRAME_STARTS: Final = frozenset((_SEQUENCE_HEADER, 2, 3, 5, 6))
"""Sequence header, temporal delimiter, frame header, metadata, frame. A tile group only goes on."""

_FRAMES: Final = frozenset((3, 4, 6))
_EXTENSION: Final = 0x04
_HAS_SIZE: Final = 0x02

_MAX_LEB128_BYTES: Final = 8


def read(payload: bytes) -> PayloadFacts:
    """Facts of one packet; RemoteError if the aggregation header lies or an element is cut short.

    A packet that begins with a fragment of an earlier OBU does not tell its layer: both indices are 0 then,
    and without the dependency descriptor the frame's first packet has to be remembered. `starts_frame` may be
    true in several packets of one frame, if its headers travel in a packet of their own.
    """
    if len(payload) < 2:
        raise malformed("AV1 payload cut short")
    header = payload[0]
    if header & _Z:
        if header & _N:
            raise malformed("AV1 sequence that starts with a fragment")  # §4.4
        return PayloadFacts(False, False)
    try:
        return _facts(payload, header >> 4 & 3, header & _N != 0)
    except IndexError:
        raise malformed("AV1 element cut short") from None


def _facts(payload: bytes, elements: int, keyframe: bool) -> PayloadFacts:
    """`elements` is W: how many there are, the last without a length; 0 if each has one."""
    width = height = temporal = spatial = 0
    starts = told = False
    at, index = 1, 1
    while at < len(payload):
        if index == elements:
            size = len(payload) - at
        else:
            size, at = _leb128(payload, at)
        if not size or at + size > len(payload):
            raise malformed("AV1 element beyond the packet")
        obu_header = payload[at]
        kind = obu_header >> 3 & 15
        content = at + 1
        if obu_header & _EXTENSION:
            if not told:
                temporal, spatial = payload[content] >> 5, payload[content] >> 3 & 3
            content += 1
        told = told or obu_header & _EXTENSION != 0 or kind in _FRAMES
        if index == 1:
            starts = kind in _FRAME_STARTS
        if told and not keyframe:
            break
        if kind == _SEQUENCE_HEADER:
            if obu_header & _HAS_SIZE:
                _, content = _leb128(payload, content)
            width, height = av1_sequence_header.frame_size(payload[content : at + size])
        at += size
        index += 1
    return PayloadFacts(keyframe, starts, False, width, height, temporal, spatial)


def _leb128(payload: bytes, at: int) -> tuple[int, int]:
    """A length and where what it counts begins (AV1 §4.10.5)."""
    value = 0
    for place in range(_MAX_LEB128_BYTES):
        byte = payload[at + place]
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value, at + place + 1
    raise malformed("AV1 length of more than eight bytes")
