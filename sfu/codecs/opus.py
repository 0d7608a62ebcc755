"""Opus packets: the table-of-contents byte (RFC 6716 §3.1, §3.2)."""

from typing import Final

from sfu.codecs.payload_facts import PayloadFacts, malformed

MAX_SAMPLES: Final = 5760
"""120 ms, the longest packet (RFC 6716 §3.2.5)."""

_SILK: Final = (480, 960, 1920, 2880)
_HYBRID: Final = (480, 960)
_CELT: Final = (120, 240, 480, 960)
_FRAME_SAMPLES: Final = _SILK * 3 + _HYBRID * 2 + _CELT * 4
"""Samples of a frame at 48 kHz for each of the 32 configurations."""


def read(payload: bytes) -> PayloadFacts:
    """Every packet can be decoded by itself; RemoteError if it is none."""
    duration_samples(payload)
    return PayloadFacts(True, True, True)


def duration_samples(payload: bytes) -> int:
    """How long the packet plays, in samples at 48 kHz (the RTP clock); RemoteError if it cannot be valid."""
    if not payload:
        raise malformed("Opus packet empty")
    toc = payload[0]
    code = toc & 3
    if code < 3:
        return _FRAME_SAMPLES[toc >> 3] * (2 if code else 1)
    if len(payload) < 2:
        raise malformed("Opus packet without frame count")
    samples = _FRAME_SAMPLES[toc >> 3] * (payload[1] & 0x3F)
    if not 0 < samples <= MAX_SAMPLES:
        raise malformed("Opus packet of impossible length")
    return samples
