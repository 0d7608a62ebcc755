"""H264 access units as RTP payloads (RFC 6184, packetization-mode 1)."""

import re

from loadtests.canned_media.payload import cut

START_CODE = re.compile(rb"\x00\x00\x01")
TYPE_MASK = 0x1F
NRI_MASK = 0x60
SEI, SPS, PPS, STAP_A, FU_A = 6, 7, 8, 24, 28
FU_START, FU_END = 0x80, 0x40


def split_annex_b(access_unit: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream, without start codes and trailing zeros (H.264 Annex B.1)."""
    starts = [match.start() for match in START_CODE.finditer(access_unit)]
    ends = [*starts[1:], len(access_unit)]
    return [access_unit[start + 3 : end].rstrip(b"\x00") for start, end in zip(starts, ends, strict=True)]


def packetise(access_unit: bytes, payload_bytes: int) -> list[bytes]:
    """Parameter sets together in a STAP-A, slices whole or in FU-As; supplemental information is left out."""
    units = [unit for unit in split_annex_b(access_unit) if unit[0] & TYPE_MASK != SEI]
    sets = [unit for unit in units if unit[0] & TYPE_MASK in (SPS, PPS)]
    payloads = [_stap_a(sets)] if sets else []
    for unit in units:
        if unit[0] & TYPE_MASK in (SPS, PPS):
            continue
        payloads += [unit] if len(unit) <= payload_bytes else _fu_a(unit, payload_bytes)
    return payloads


def _stap_a(units: list[bytes]) -> bytes:
    # RFC 6184 §5.7.1: the header's NRI is the largest among the aggregated units.
    header = max(unit[0] & NRI_MASK for unit in units) | STAP_A
    return bytes((header,)) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _fu_a(unit: bytes, payload_bytes: int) -> list[bytes]:
    # RFC 6184 §5.8: the unit's header byte is not repeated, its parts stand in FU indicator and header.
    indicator = unit[0] & NRI_MASK | FU_A
    parts = cut(unit[1:], payload_bytes - 2)
    last = len(parts) - 1
    return [
        bytes((indicator, unit[0] & TYPE_MASK | (FU_START if n == 0 else 0) | (FU_END if n == last else 0)))
        + part
        for n, part in enumerate(parts)
    ]
