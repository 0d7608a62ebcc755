"""H.264, packetization modes 0 and 1, to a byte stream with start codes (RFC 6184 §5, H.264 annex B)."""

from collections.abc import Sequence

from sfu.codecs.payload_facts import malformed

_START_CODE = b"\x00\x00\x00\x01"
_MAX_SINGLE = 23
_STAP_A = 24
_FU_A = 28
_FU_START = 0x80
_FU_END = 0x40


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The access unit; RemoteError if a packet is cut short, or a fragment has no beginning or end."""
    parts: list[bytes] = []
    fragmented = False
    for payload in payloads:
        if not payload:
            raise malformed("H264 payload empty")
        kind = payload[0] & 0x1F
        if fragmented and kind != _FU_A:
            raise malformed("H264 fragment without an end")
        if kind == _FU_A:
            fragmented = _append_fragment(parts, payload, fragmented)
        elif kind == _STAP_A:
            _append_units(parts, payload)
        elif 1 <= kind <= _MAX_SINGLE:
            parts += (_START_CODE, payload)
        else:
            raise malformed(f"H264 packet of kind {kind}")
    if fragmented or not parts:
        raise malformed("H264 access unit without an end")
    return b"".join(parts)


def _append_fragment(parts: list[bytes], payload: bytes, fragmented: bool) -> bool:
    """RFC 6184 §5.8: the unit's header is spread over indicator and FU header; whether it goes on."""
    if len(payload) < 3:
        raise malformed("H264 fragment cut short")
    header = payload[1]
    if (header & _FU_START != 0) == fragmented:
        raise malformed("H264 fragment without a beginning")
    if not fragmented:
        parts += (_START_CODE, bytes((payload[0] & 0xE0 | header & 0x1F,)))
    parts.append(payload[2:])
    return not header & _FU_END


def _append_units(parts: list[bytes], payload: bytes) -> None:
    """RFC 6184 §5.7.1: units, each behind its length."""
    at = 1
    while at < len(payload):
        begin = at + 2
        at = begin + int.from_bytes(payload[at:begin], "big")
        if at > len(payload) or at == begin:
            raise malformed("H264 aggregate with a wrong unit")
        parts += (_START_CODE, payload[begin:at])
