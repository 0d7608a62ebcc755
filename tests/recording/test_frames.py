"""Packets in order become frames, from a key frame on."""

import pytest

from recording.depacketize import vp8 as joined
from recording.frames import MAX_FRAME_PACKETS, FrameAssembler
from recording.records import TapPacket
from sfu.tap import IS_PACKET, KEYFRAME, MARKER
from tests.sfu.packets import vp8


def assembler() -> FrameAssembler:
    return FrameAssembler("VP8", joined.depacketize)


def packet(
    index: int, picture: int, *, key: bool = False, marker: bool = True, lost: int = 0, starts: bool = True
) -> TapPacket:
    flags = IS_PACKET | (KEYFRAME if key else 0) | (MARKER if marker else 0)
    payload = vp8(key=key, starts=starts)
    return TapPacket(flags, 1, 1, index, picture * 3000, picture / 30, picture / 30, payload, lost)


def test_nothing_comes_before_a_key_frame() -> None:
    frames = assembler()
    assert frames.push(packet(0, 0)) == []
    (first,) = frames.push(packet(1, 1, key=True))
    (second,) = frames.push(packet(2, 2))
    assert (first.keyframe, first.width, first.height) == (True, 320, 180)
    assert (second.keyframe, second.width) == (False, 0)
    assert (frames.skipped, frames.malformed) == (1, 0)


def test_a_frame_without_its_marker_ends_where_the_next_begins() -> None:
    frames = assembler()
    assert frames.push(packet(0, 0, key=True, marker=False)) == []
    assert frames.push(packet(1, 0, marker=False, starts=False)) == []
    (whole,) = frames.push(packet(2, 1, marker=False))
    assert whole.timestamp == 0
    assert len(whole.data) == 2 * (40 - 1)


def test_after_a_loss_the_next_key_frame_goes_on() -> None:
    frames = assembler()
    frames.push(packet(0, 0, key=True))
    frames.push(packet(1, 1, marker=False))
    assert frames.push(packet(3, 2, lost=1)) == []
    assert frames.waiting
    assert frames.push(packet(4, 3)) == []
    assert len(frames.push(packet(5, 4, key=True))) == 1
    assert frames.skipped == 3


def test_a_key_frame_that_comes_after_a_loss_is_taken_at_once() -> None:
    frames = assembler()
    frames.push(packet(0, 0, key=True))
    assert len(frames.push(packet(3, 2, key=True, lost=2))) == 1


@pytest.mark.parametrize("payload", [b"", b"\x90", b"\x10"])
def test_a_frame_that_is_none_is_counted_and_a_key_frame_awaited(payload: bytes) -> None:
    frames = assembler()
    frames.push(packet(0, 0, key=True))
    broken = packet(1, 1)
    broken.payload = payload
    assert frames.push(broken) == []
    assert (frames.malformed, frames.waiting) == (1, True)


def test_a_frame_without_an_end_is_given_up() -> None:
    frames = assembler()
    for index in range(MAX_FRAME_PACKETS + 1):
        assert frames.push(packet(index, 0, key=index == 0, marker=False)) == []
    assert (frames.malformed, frames.waiting) == (1, True)
    assert len(frames.push(packet(9_999, 1, key=True))) == 1
