"""What pictures say of themselves in their first bytes."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.picture import Picture, read_picture

PNG = b"\x89PNG\r\n\x1a\n" + pack(">I", 13) + b"IHDR" + pack(">II", 640, 480)
GIF = b"GIF89a" + pack("<HH", 640, 480)
JPEG = b"\xff\xd8\xff\xe0" + pack(">H", 4) + b"ab" + b"\xff\xff\xc2" + pack(">HBHH", 11, 8, 480, 640)
WEBP = b"RIFF\0\0\0\0WEBPVP8 " + pack("<I", 10) + b"\0\0\0\x9d\x01\x2a" + pack("<HH", 640, 480)
LOSSLESS = b"RIFF\0\0\0\0WEBPVP8L" + pack("<I", 10) + b"\x2f" + pack("<I", 639 | 479 << 14)
EXTENDED = b"RIFF\0\0\0\0WEBPVP8X" + pack("<I", 10) + bytes(4) + b"\x7f\x02\x00\xdf\x01\x00"

ALL = [
    (PNG, "image/png"),
    (GIF, "image/gif"),
    (JPEG, "image/jpeg"),
    (WEBP, "image/webp"),
    (LOSSLESS, "image/webp"),
    (EXTENDED, "image/webp"),
]


@pytest.mark.parametrize(("head", "kind"), ALL)
def test_type_and_size_are_read(head: bytes, kind: str) -> None:
    assert read_picture(head + b"rest") == Picture(kind, 640, 480)


@pytest.mark.parametrize(("head", "kind"), ALL)
def test_picture_that_is_cut_off_is_refused(head: bytes, kind: str) -> None:
    for length in range(len(head)):
        with pytest.raises(RequestRefused):
            read_picture(head[:length])


@given(st.sampled_from([head for head, _ in ALL]), st.binary(max_size=60), st.integers(0, 40))
def test_whatever_comes_is_a_picture_or_refused(head: bytes, noise: bytes, at: int) -> None:
    try:
        found = read_picture(head[:at] + noise + head[at + len(noise) :])
    except RequestRefused:
        return
    assert 0 < found.width * found.height <= 50_000_000
