"""H.264 payloads, packetization modes 0 and 1 (RFC 6184 §5)."""

from collections.abc import Iterator
from typing import Final

from sfu.codecs import h264_sps
from sfu.codecs.payload_facts import PayloadFacts, malformed

_NON_IDR_SLICE: Final = 1
_IDR_SLICE: Final = 5
_SPS: Final = 7
_MAX_SINGLE: Final = 23
_STAP_A: Final = 24
_FU_A: Final = 28

_BEFORE_SLICES: Final = frozenset((6, _SPS, 8, 9))
"""SEI, parameter sets, access unit delimiter: these or a first slice may begin a picture (H.264 §7.4.1.2)."""


def read(payload: bytes) -> PayloadFacts:
    """Facts of one packet; RemoteError if it is cut short or of a kind that mode 1 forbids.

    A key frame begins with the packet that holds the sequence parameter set. An IDR slice alone is none: a
    slot carries one source after another, and no decoder could start there. `starts_frame` may be true in
    several packets of one picture: parameter sets travel before its first slice.
    """
    if not payload:
        raise malformed("H264 payload empty")
    kind = payload[0] & 0x1F
    if kind == _FU_A:
        if len(payload) < 3 or payload[1] & 0xC0 == 0xC0:
            raise malformed("H264 fragment wrong")  # RFC 6184 §5.8: a fragment is not both ends
        if not payload[1] & 0x80:
            return PayloadFacts(False, False)
        return _facts_of(payload[1] & 0x1F, payload, 2, len(payload))
    if 1 <= kind <= _MAX_SINGLE:
        return _facts_of(kind, payload, 1, len(payload))
    if kind == _STAP_A:
        return _aggregate(payload)
    raise malformed(f"H264 packet of kind {kind}")


def _facts_of(kind: int, payload: bytes, at: int, end: int) -> PayloadFacts:
    """Facts of a NAL unit by its type and what follows its header, all of it or only its beginning."""
    if kind in (_NON_IDR_SLICE, _IDR_SLICE):
        if at == end:
            raise malformed("H264 slice empty")
        return PayloadFacts(False, payload[at] & 0x80 != 0)  # first_mb_in_slice is 0, as ue(v) the bit 1
    if kind == _SPS:
        width, height = h264_sps.frame_size(payload[at:end])
        return PayloadFacts(True, True, False, width, height)
    return PayloadFacts(False, kind in _BEFORE_SLICES)


def _aggregate(payload: bytes) -> PayloadFacts:
    """RFC 6184 §5.7.1: the packet is what its units are; a parameter set is not always the first."""
    starts = False
    for kind, at, end in _units(payload):
        facts = _facts_of(kind, payload, at, end)
        if facts.keyframe:
            return facts
        starts = starts or facts.starts_frame
    return PayloadFacts(False, starts)


def _units(payload: bytes) -> Iterator[tuple[int, int, int]]:
    """Type of each NAL unit, where its header is over, where it ends."""
    at, size = 1, len(payload)
    if at == size:
        raise malformed("H264 aggregate empty")
    while at < size:
        begin = at + 2
        at = begin + int.from_bytes(payload[at:begin], "big")
        if at > size or at <= begin:
            raise malformed("H264 aggregate with a wrong unit")
        kind = payload[begin] & 0x1F
        if not 1 <= kind <= _MAX_SINGLE:
            raise malformed("H264 aggregate in an aggregate")
        yield kind, begin + 1, at
