"""Payloads of pictures that decode to nothing, with descriptors and headers as encoders write them."""

from collections.abc import Callable

Payloads = Callable[[int, bool], list[bytes]]


TEMPORAL = (0, 2, 1, 2)
SYNC = (0, 0x20, 0x20, 0)
"""Temporal layers of each four frames, and where they refer to the lowest alone."""


def vp8(
    mark: int = 0,
    packets: int = 3,
    size: int = 600,
    width: int = 1280,
    height: int = 720,
    *,
    layered: bool = False,
) -> Payloads:
    """VP8 with a 15-bit picture id and TL0PICIDX (RFC 7741 §4.2); `mark` fills the bodies.

    `layered`: in three temporal layers.
    """

    def payloads(n: int, keyframe: bool) -> list[bytes]:
        tl0, layer = n, 0x20
        if layered:
            tl0, layer = n // 4, TEMPORAL[n % 4] << 6 | SYNC[n % 4]
        tail = bytes((0xE0, 0x80 | n >> 8 & 0x7F, n & 0xFF, tl0 & 0xFF, layer))
        # RFC 6386 §9.1: the frame tag's lowest bit is 0 for key frames; start code and size follow.
        header = bytes((0x10, 0, 0)) + b"\x9d\x01\x2a" if keyframe else bytes((0x11, 0, 0))
        if keyframe:
            header += width.to_bytes(2, "little") + height.to_bytes(2, "little")
        first = b"\x90" + tail + header
        body = [b"\x80" + tail + bytes((mark,)) * size for _ in range(packets - 1)]
        return [first + bytes((mark,)) * (size - len(header) + 1), *body]

    return payloads
