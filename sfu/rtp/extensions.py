"""RTP header extensions in one-byte and two-byte form (RFC 8285).

Identifiers differ from offer to offer, so everything here works on ids; which id means what is negotiated.
"""

from typing import Final

ONE_BYTE_PROFILE: Final = 0xBEDE
TWO_BYTE_PROFILE: Final = 0x1000
TWO_BYTE_PROFILE_MASK: Final = 0xFFF0
MAX_ONE_BYTE_DATA: Final = 16
_STOP_ID: Final = 15


def read_elements(datagram: bytes, header_bytes: int) -> dict[int, bytes]:
    """The extension elements of an RTP packet by id; empty if it has none.

    `header_bytes` is `header_length(datagram)`, which has checked that the block lies within. An element that
    runs over the block's end, and all after it, is ignored, as is a profile other than RFC 8285's two.
    """
    first = datagram[0]
    if not first & 0x10:
        return {}
    at = 12 + 4 * (first & 0x0F)
    profile = datagram[at] << 8 | datagram[at + 1]
    at += 4
    elements: dict[int, bytes] = {}
    if profile == ONE_BYTE_PROFILE:
        while at < header_bytes:
            tag = datagram[at]
            at += 1
            if tag == 0:  # padding
                continue
            identifier = tag >> 4
            if identifier in (_STOP_ID, 0):  # RFC 8285 §4.2: stop here; 0 may have no length
                break
            end = at + (tag & 0x0F) + 1
            if end > header_bytes:
                break
            elements[identifier] = datagram[at:end]
            at = end
    elif profile & TWO_BYTE_PROFILE_MASK == TWO_BYTE_PROFILE:
        while at + 1 < header_bytes:
            identifier = datagram[at]
            at += 1
            if identifier == 0:
                continue
            end = at + 1 + datagram[at]
            if end > header_bytes:
                break
            elements[identifier] = datagram[at + 1 : end]
            at = end
    return elements


def write_elements(elements: list[tuple[int, bytes]]) -> bytes:
    """A whole extension block, header included, padded to 32 bits; one-byte form where it can hold
    everything.

    Elements whose length the form cannot express (over 255 bytes, or empty in one-byte form) take the
    two-byte form or, over 255 bytes, are left out: no extension we pass on is that long.
    """
    fitting = [(identifier, data) for identifier, data in elements if len(data) <= 255]
    if all(1 <= len(data) <= MAX_ONE_BYTE_DATA and identifier < _STOP_ID for identifier, data in fitting):
        profile = ONE_BYTE_PROFILE
        body = b"".join(bytes((identifier << 4 | len(data) - 1,)) + data for identifier, data in fitting)
    else:
        profile = TWO_BYTE_PROFILE
        body = b"".join(bytes((identifier, len(data))) + data for identifier, data in fitting)
    words = (len(body) + 3) // 4
    return profile.to_bytes(2, "big") + words.to_bytes(2, "big") + body.ljust(4 * words, b"\0")
