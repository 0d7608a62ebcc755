"""The largest frame's size in an AV1 sequence header (AV1 bitstream specification §5.5.1)."""

from typing import Final

from sfu.codecs.bits import BitReader

_MAX_BYTES: Final = 512
"""32 operating points with decoder models, the longest part, stay below 400."""


def frame_size(content: bytes) -> tuple[int, int]:
    """Maximum width and height; `content` follows the OBU header. RemoteError if it is cut short."""
    bits = BitReader(content[:_MAX_BYTES])
    bits.read(4)  # profile, still_picture
    if bits.flag():  # reduced_still_picture_header
        bits.read(5)
    else:
        delay_width = _timing(bits)
        _operating_points(bits, delay_width)
    width_bits = bits.read(4) + 1
    height_bits = bits.read(4) + 1
    return bits.read(width_bits) + 1, bits.read(height_bits) + 1


def _timing(bits: BitReader) -> int:
    """Skip timing and decoder model (§5.5.3, §5.5.4); the width of buffer delays, 0 without a model."""
    if not bits.flag():
        return 0
    bits.read(64)  # display tick, time scale
    if bits.flag():
        bits.exp_golomb()  # ticks per picture
    if not bits.flag():
        return 0
    delay_width = bits.read(5) + 1
    bits.read(42)  # decoding tick, two more widths
    return delay_width


def _operating_points(bits: BitReader, delay_width: int) -> None:
    display_delays = bits.flag()
    for _ in range(bits.read(5) + 1):
        bits.read(12)  # its layers
        if bits.read(5) > 7:
            bits.flag()  # tier
        if delay_width and bits.flag():
            bits.read(2 * delay_width + 1)
        if display_delays and bits.flag():
            bits.read(4)
