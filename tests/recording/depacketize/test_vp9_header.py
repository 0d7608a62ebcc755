"""Headers of layered VP9, as Chromium writes them, of frames that are not to be shown."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.depacketize.vp9_header import SHOW_FRAME, Sizes, Unreadable, hidden
from sfu.codecs.vp9 import parse_descriptor
from tests.sfu.codecs.captured import capture

INTER = 0x04


def frames(name: str) -> Iterator[bytes]:
    """The beginnings of a capture's frames."""
    for packet in capture(name).packets:
        descriptor = parse_descriptor(packet.payload)
        if descriptor.starts_frame:
            yield packet.payload[descriptor.length :]


@pytest.mark.parametrize("name", ["vp9_l2t2", "vp9_l3t3_key", "layers_vp9_l3t3", "layers_vp9_l3t3_key"])
def test_a_hidden_frame_says_the_same_and_that_it_is_not_intra_only(name: str) -> None:
    sizes, again = Sizes(), Sizes()
    for frame in frames(name):
        length = sizes.read(frame)
        other = hidden(frame, length)
        inter = 1 if frame[0] & INTER else 0
        assert other[0] == frame[0] & ~SHOW_FRAME
        assert again.read(other) == length + inter
        assert again == sizes
        aligned, shifted = (length + 7) // 8, (length + inter + 7) // 8
        assert other[shifted:] == frame[aligned:]
        header, moved = (int.from_bytes(one, "big") for one in (frame[1:aligned], other[1:shifted]))
        assert header >> 8 * aligned - length == moved >> 8 * shifted - length - inter
        assert header >> 8 * aligned - length & 0xFFFF != 0  # the size of what follows
        assert hidden(other, length + inter) == other


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
def test_any_bytes_are_a_header_or_are_not(data: list[bytes]) -> None:
    sizes = Sizes()
    for frame in data:
        try:
            length = sizes.read(frame)
        except Unreadable:
            assert sizes == Sizes()
        else:
            assert 0 <= len(hidden(frame, length)) - len(frame) <= 1
