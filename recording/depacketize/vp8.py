"""VP8: the frame is what follows the descriptors (RFC 7741 §4.1)."""

from collections.abc import Sequence

from sfu.codecs.payload_facts import malformed


def depacketize(payloads: Sequence[bytes]) -> bytes:
    """The frame; RemoteError if a descriptor is cut short or nothing follows it."""
    parts = [payload[_descriptor_length(payload) :] for payload in payloads]
    if not parts or not all(parts):
        raise malformed("VP8 packet without data")
    return b"".join(parts)


def _descriptor_length(payload: bytes) -> int:
    """RFC 7741 §4.2: X, then I, L and T or K, each of which adds a byte, a long picture id two."""
    try:
        if not payload[0] & 0x80:
            return 1
        extension = payload[1]
        length = 2
        if extension & 0x80:
            length += 2 if payload[2] & 0x80 else 1
        if extension & 0x40:
            length += 1
        if extension & 0x30:
            length += 1
    except IndexError:
        raise malformed("VP8 descriptor cut short") from None
    return length
