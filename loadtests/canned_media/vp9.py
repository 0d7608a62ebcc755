"""VP9 frames as RTP payloads (RFC 9628): one layer, non-flexible mode."""

from loadtests.canned_media.payload import cut

DESCRIPTOR_BYTES = 3
STRUCTURE_BYTES = 5
I_BIT = 0x80
P_BIT = 0x40
B_BIT = 0x08
E_BIT = 0x04
V_BIT = 0x02
M_BIT = 0x8000  # a picture id of 15 bits
ONE_LAYER_WITH_SIZE = 0x10  # N_S 0, Y 1, G 0


def cut_frame(frame: bytes, payload_bytes: int) -> list[bytes]:
    """The parts of a frame that fit behind a descriptor; they are the same whatever the picture's number."""
    return cut(frame, payload_bytes - DESCRIPTOR_BYTES - STRUCTURE_BYTES)


def describe(parts: list[bytes], picture: int, keyframe_size: tuple[int, int] | None) -> list[bytes]:
    """The payloads of the frame with picture number `picture`.

    RFC 9628 §4.2: P where it refers to other pictures; a key frame tells its size in the scalability
    structure.
    """
    number = (M_BIT | picture & 0x7FFF).to_bytes(2, "big")
    structure = b""
    if keyframe_size is not None:
        width, height = keyframe_size
        structure = bytes((ONE_LAYER_WITH_SIZE,)) + width.to_bytes(2, "big") + height.to_bytes(2, "big")
    payloads = []
    for place, part in enumerate(parts):
        flags = I_BIT if keyframe_size else I_BIT | P_BIT
        if place == len(parts) - 1:
            flags |= E_BIT
        if place:
            payloads.append(bytes((flags,)) + number + part)
        elif structure:
            payloads.append(bytes((flags | B_BIT | V_BIT,)) + number + structure + part)
        else:
            payloads.append(bytes((flags | B_BIT,)) + number + part)
    return payloads
