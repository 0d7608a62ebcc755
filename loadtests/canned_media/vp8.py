"""VP8 frames as RTP payloads (RFC 7741)."""

from loadtests.canned_media.payload import cut

DESCRIPTOR_BYTES = 6
X_BIT = 0x80
S_BIT = 0x10
I_L_T_BITS = 0xE0  # picture id, TL0PICIDX and TID are there, KEYIDX is not
M_BIT = 0x8000  # a picture id of 15 bits
Y_BIT = 0x20


def cut_frame(frame: bytes, payload_bytes: int) -> list[bytes]:
    """The parts of a frame that fit behind a descriptor; they are the same whatever the picture's number."""
    return cut(frame, payload_bytes - DESCRIPTOR_BYTES)


def describe(parts: list[bytes], picture: int) -> list[bytes]:
    """The payloads of the frame with picture number `picture`.

    RFC 7741 §4.2: one temporal layer (TID 0), so TL0PICIDX counts every frame and Y says that each may be
    switched up at.
    """
    tail = bytes(
        (I_L_T_BITS, (M_BIT | picture & 0x7FFF) >> 8, picture & 0xFF, picture & 0xFF, Y_BIT),
    )
    first = bytes((X_BIT | S_BIT,)) + tail
    later = bytes((X_BIT,)) + tail
    return [first + parts[0], *(later + part for part in parts[1:])]
