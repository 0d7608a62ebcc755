"""RFC 4571 framing: whatever TCP does to the edges, the datagrams come out as they went in."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError
from sfu.framing import MAX_FRAME_BYTES, Deframer, frame

datagrams = st.lists(st.binary(min_size=1, max_size=60), max_size=8)


@given(datagrams, st.lists(st.integers(0, 500), max_size=10))
def test_datagrams_survive_any_cut(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(frame, sent))
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    deframer = Deframer()
    received = [datagram for start, end in pairwise(edges) for datagram in deframer.feed(stream[start:end])]
    assert received == sent


@given(datagrams)
def test_datagrams_survive_byte_by_byte(sent: list[bytes]) -> None:
    deframer = Deframer()
    stream = b"".join(map(frame, sent))
    assert [item for value in stream for item in deframer.feed(bytes((value,)))] == sent


def test_the_length_is_in_front_in_network_order() -> None:
    assert frame(b"abc") == b"\x00\x03abc"
    assert frame(bytes(0x1234))[:2] == b"\x12\x34"


def test_empty_frames_are_left_out() -> None:
    assert Deframer().feed(b"\0\0" + frame(b"x") + b"\0\0") == [b"x"]


def test_the_largest_frame_passes_and_one_byte_more_ends_the_stream() -> None:
    assert Deframer().feed(frame(bytes(MAX_FRAME_BYTES))) == [bytes(MAX_FRAME_BYTES)]
    deframer = Deframer()
    for data in (frame(bytes(MAX_FRAME_BYTES + 1)), frame(b"fine by itself")):
        with pytest.raises(RemoteError) as refused:
            deframer.feed(data)
        assert refused.value.reason is DropReason.FRAMING


def test_a_bad_length_is_noticed_before_its_frame_arrives() -> None:
    with pytest.raises(RemoteError):
        Deframer(max_frame_bytes=100).feed(b"\x00\x65")


def test_a_datagram_that_no_length_can_tell_is_our_mistake() -> None:
    with pytest.raises(LocalError):
        frame(bytes(0x10000))


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_arbitrary_bytes_raise_nothing_but_remote_error(chunks: list[bytes]) -> None:
    deframer = Deframer(max_frame_bytes=1000)
    with suppress(RemoteError):
        for chunk in chunks:
            assert all(0 < len(item) <= 1000 for item in deframer.feed(chunk))
