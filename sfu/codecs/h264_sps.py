"""The picture's size in an H.264 sequence parameter set (ITU-T H.264 §7.3.2.1.1, §7.4.2.1.1)."""

from typing import Final

from sfu.codecs.bits import BitReader
from sfu.codecs.payload_facts import malformed

_MAX_BYTES: Final = 512
"""Real ones take 10–60 bytes; scaling lists, the longest part, stay below 400."""

_WITH_CHROMA: Final = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
"""profile_idc values whose parameter set tells chroma format and scaling lists."""

_MAX_MACROBLOCKS: Final = 1 << 10
"""Most macroblocks a side: 16384 pixels, the highest level's limit."""


def frame_size(content: bytes) -> tuple[int, int]:
    """Width and height after cropping; `content` follows the NAL unit header. RemoteError if cut short."""
    bits = BitReader(content[:_MAX_BYTES].replace(b"\0\0\3", b"\0\0"))  # §7.4.1: emulation prevention
    profile = bits.read(8)
    bits.read(16)  # constraints, level
    bits.exp_golomb()  # its id
    chroma_format = 1
    separate_planes = False
    if profile in _WITH_CHROMA:
        chroma_format, separate_planes = _chroma(bits)
    bits.exp_golomb()  # log2_max_frame_num
    _skip_picture_order(bits)
    bits.exp_golomb()  # max_num_ref_frames
    bits.flag()  # gaps allowed
    columns = bits.exp_golomb() + 1
    rows = bits.exp_golomb() + 1
    frames_only = bits.flag()
    if not frames_only:
        bits.flag()  # mb_adaptive_frame_field
        rows *= 2
    bits.flag()  # direct_8x8_inference
    if columns > _MAX_MACROBLOCKS or rows > _MAX_MACROBLOCKS:
        raise malformed("H264 picture beyond every level")
    cut_columns, cut_rows = _cropping(bits)
    # §7.4.2.1.1: cropping counts chroma samples, and pairs of lines where there are fields.
    if not separate_planes:
        cut_columns *= 2 if chroma_format in (1, 2) else 1
        cut_rows *= 2 if chroma_format == 1 else 1
    width = 16 * columns - cut_columns
    height = 16 * rows - cut_rows * (1 if frames_only else 2)
    if width <= 0 or height <= 0:
        raise malformed("H264 picture cropped to nothing")
    return width, height


def _chroma(bits: BitReader) -> tuple[int, bool]:
    chroma_format = bits.exp_golomb()
    if chroma_format > 3:
        raise malformed("H264 chroma format unknown")
    separate_planes = chroma_format == 3 and bits.flag()
    bits.exp_golomb()  # luma depth
    bits.exp_golomb()  # chroma depth
    bits.flag()  # transform bypass
    if bits.flag():
        for index in range(12 if chroma_format == 3 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma_format, separate_planes


def _skip_scaling_list(bits: BitReader, size: int) -> None:
    """§7.3.2.1.1.1: a list ends early where the next scale becomes 0."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_exp_golomb()) % 256
        last = following or last


def _skip_picture_order(bits: BitReader) -> None:
    kind = bits.exp_golomb()
    if kind == 0:
        bits.exp_golomb()
    elif kind == 1:
        bits.flag()
        bits.exp_golomb()
        bits.exp_golomb()
        cycle = bits.exp_golomb()
        if cycle > 255:
            raise malformed("H264 picture order cycle too long")
        for _ in range(cycle):
            bits.exp_golomb()


def _cropping(bits: BitReader) -> tuple[int, int]:
    if not bits.flag():
        return 0, 0
    left, right, top, bottom = (bits.exp_golomb() for _ in range(4))
    return left + right, top + bottom
