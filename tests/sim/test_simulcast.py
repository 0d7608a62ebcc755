"""The simulated encoder: its rates, its temporal layers, and that its packets read as VP8."""

from random import Random

import pytest

from sfu.codecs import vp8
from tests.sim.simulcast import CAMERA, PATTERN, LayerEncoder, read_mark

FPS = 30
CYCLES = 200


def frames(count: int, encoding: int = 1) -> list[list[bytes]]:
    encoder = LayerEncoder(encoding, CAMERA[encoding], FPS, Random(4))
    return [encoder.frame() for _ in range(count)]


@pytest.mark.parametrize("encoding", range(len(CAMERA)))
def test_an_encoding_keeps_its_rate(encoding: int) -> None:
    seconds = CYCLES * len(PATTERN) / FPS
    octets = sum(len(payload) for frame in frames(CYCLES * len(PATTERN), encoding) for payload in frame)
    assert octets * 8 / seconds == pytest.approx(CAMERA[encoding].bitrate_bps, rel=0.05)


def test_a_key_frame_is_large_and_read_as_one_with_its_size() -> None:
    first, *others = frames(40)
    assert sum(map(len, first)) > 3 * max(sum(map(len, other)) for other in others)
    facts = vp8.read(first[0])
    assert (facts.keyframe, facts.width, facts.height) == (True, 640, 360)
    assert not any(vp8.read(payload).keyframe for frame in (first[1:], *others) for payload in frame)


def test_only_a_frames_first_packet_starts_it() -> None:
    for frame in frames(8, encoding=2):
        assert [vp8.read(payload).starts_frame for payload in frame] == [True] + [False] * (len(frame) - 1)


def test_picture_ids_count_frames_and_tl0_counts_those_of_the_base_layer() -> None:
    facts = [vp8.read(frame[0]) for frame in frames(9)]
    assert [fact.picture_id for fact in facts] == list(range(9))
    assert [fact.temporal for fact in facts] == [0, 2, 1, 2, 0, 2, 1, 2, 0]
    assert [fact.tl0 for fact in facts] == [1, 1, 1, 1, 2, 2, 2, 2, 3]


def test_references_never_point_to_a_higher_temporal_layer() -> None:
    marks = [read_mark(frame[0]) for frame in frames(60)]
    assert marks[0].reference is None
    for mark in marks[1:]:
        assert mark.reference is not None
        assert marks[mark.reference].temporal <= min(mark.temporal, 1)


def test_the_layer_sync_bit_stands_where_only_the_base_layer_is_needed() -> None:
    encoded = frames(60)
    marks = [read_mark(frame[0]) for frame in encoded]
    for mark, frame in zip(marks[1:], encoded[1:], strict=True):
        needs_base_alone = mark.temporal > 0 and marks[mark.reference or 0].temporal == 0
        assert vp8.read(frame[0]).layer_sync == needs_base_alone


def test_a_key_frame_comes_when_wanted() -> None:
    encoder = LayerEncoder(0, CAMERA[0], FPS, Random(1))
    for _ in range(3):
        encoder.frame()
    encoder.keyframe_wanted = True
    assert read_mark(encoder.frame()[0]).reference is None
    assert read_mark(encoder.frame()[0]).reference == 3
    assert encoder.keyframes == 2
