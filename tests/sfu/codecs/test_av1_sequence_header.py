import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs import av1_sequence_header
from sfu.errors import RemoteError


def _bytes(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return bytes(int(padded[at : at + 8], 2) for at in range(0, len(padded), 8))


def _size(width: int, height: int) -> str:
    return f"{15:04b}{15:04b}{width - 1:016b}{height - 1:016b}"


POINT = "0" * 12 + "00101"  # layers, a level without tier
TIMING = "1" + "0" * 64
HEADERS = {
    "reduced still picture": "0001" + "1" + "00101",
    "plain": "0000" + "0" + "0" + "0" + "00000" + POINT,
    "points, one with a tier": "0000" + "0" + "0" + "0" + "00001" + POINT + "0" * 12 + "01001" + "1",
    "display delays": "0000" + "0" + "0" + "1" + "00001" + POINT + "1" + "1010" + POINT + "0",
    "timing": "0000" + "0" + TIMING + "0" + "0" + "0" + "00000" + POINT,
    "equal pictures": "0000" + "0" + TIMING + "1" + "00100" + "0" + "0" + "00000" + POINT,
    "decoder model": "0000"
    + "0"
    + TIMING
    + "0"
    + "1"
    + "00111"
    + "1" * 42
    + "0"
    + "00001"
    + (POINT + "1" + "1" * 17)
    + (POINT + "0"),
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_size_stands_after_what_the_header_may_hold(header: str) -> None:
    # AV1 §5.5.1
    assert av1_sequence_header.frame_size(_bytes(header + _size(1280, 720))) == (1280, 720)
    with pytest.raises(RemoteError):
        av1_sequence_header.frame_size(_bytes(header + _size(1280, 720))[:-2])


@given(st.binary(max_size=100))
def test_arbitrary_header_is_read_or_refused(content: bytes) -> None:
    try:
        width, height = av1_sequence_header.frame_size(content)
    except RemoteError:
        return
    assert 0 < width <= 1 << 16
    assert 0 < height <= 1 << 16
