from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs import h264_sps
from sfu.errors import RemoteError


def _parameter_set(width: int, height: int, pixels: str, options: dict[str, str]) -> bytes:
    """What follows the NAL unit header in the first parameter set that x264 writes."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
    encoder.time_base = Fraction(1, 30)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", **options}
    frame = av.VideoFrame(width, height, pixels)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.pts = 0
    stream = b"".join(bytes(packet) for packet in encoder.encode(frame))
    begin = stream.index(b"\0\0\1\x67") + 4
    return stream[begin : stream.index(b"\0\0\1", begin)].rstrip(b"\0")


@pytest.mark.parametrize(
    ("pixels", "options"),
    [
        ("yuv420p", {"profile": "baseline"}),
        ("yuv420p", {"profile": "main"}),
        ("yuv420p", {"profile": "high", "x264-params": "cqm=jvt"}),  # with scaling lists
        ("yuv420p", {"profile": "high", "x264-params": "interlaced=1"}),
        ("yuv422p", {"profile": "high422"}),
        ("yuv444p", {"profile": "high444"}),
        ("gray", {"profile": "high"}),
    ],
)
@pytest.mark.parametrize("size", [(16, 16), (318, 178), (640, 360), (1920, 1080)])
def test_encoded_size_is_read(pixels: str, options: dict[str, str], size: tuple[int, int]) -> None:
    width, height = size
    if "interlaced=1" in options.values():
        height = (height + 3) // 4 * 4
    assert h264_sps.frame_size(_parameter_set(width, height, pixels, options)) == (width, height)


def test_picture_order_cycle_is_skipped() -> None:
    # profile 66, type 1 with a cycle of 2; 2×1 macroblocks, frames only, no cropping
    bits = f"{66:08b}" + "0" * 8 + f"{30:08b}" + "1" + "1" + "010" + "1" + "1" + "1" + "011" + "011" + "00100"
    bits += "1" + "0" + "010" + "1" + "1" + "0" + "0"
    content = bytes(int(bits.ljust(88, "0")[at : at + 8], 2) for at in range(0, 88, 8))
    assert h264_sps.frame_size(content) == (32, 16)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "42c01e",
        "42c01e" + "00" * 40,  # endless Exp-Golomb code
        "ff" * 3,
    ],
)
def test_parameter_set_cut_short_is_refused(content: str) -> None:
    with pytest.raises(RemoteError):
        h264_sps.frame_size(bytes.fromhex(content))


@given(st.sampled_from((66, 77, 100, 110, 122, 244)), st.binary(max_size=600))
def test_arbitrary_parameter_set_is_read_or_refused(profile: int, rest: bytes) -> None:
    try:
        width, height = h264_sps.frame_size(bytes((profile,)) + rest)
    except RemoteError:
        return
    assert 0 < width <= 1 << 14
    assert 0 < height <= 1 << 15
