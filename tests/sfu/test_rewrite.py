import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs.vp8 import read
from tests.sfu.packets import run, video, vp8


def test_run_is_the_incoming_numbers_plus_constants() -> None:
    first = video(500)
    rewrite = run(first)
    rewrite.open(3, 20_000, 77)
    assert (rewrite.run, rewrite.first_out, rewrite.index_delta, rewrite.timestamp_delta) == (
        3,
        20_000,
        19_500,
        77,
    )


@given(
    before=st.tuples(st.integers(0, 0x7FFF), st.integers(0, 255)),
    after=st.tuples(st.integers(0, 0x7FFF), st.integers(0, 255)),
)
def test_picture_id_and_tl0picidx_count_on_over_a_switch(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    last = video(1, vp8(picture_id=before[0], tl0=before[1]))
    first = video(9, vp8(key=True, picture_id=after[0], tl0=after[1]))
    old, new = run(last), run(first)
    new.follow(old, last, first)
    facts = read(new.payload(first.payload, 9))
    assert facts.picture_id == (before[0] + 1) % (1 << 15)
    assert facts.tl0 == (before[1] + 1) % 256
    assert facts.keyframe
    assert len(new.payload(first.payload, 9)) == len(first.payload)


def test_second_switch_counts_on_from_what_was_sent() -> None:
    packets = [video(1, vp8(key=True, picture_id=start, tl0=start)) for start in (10, 200, 30)]
    rewrites = [run(packet) for packet in packets]
    for earlier, later in ((0, 1), (1, 2)):
        rewrites[later].follow(rewrites[earlier], packets[earlier], packets[later])
    sent = [
        read(rewrite.payload(packet.payload, 1)) for rewrite, packet in zip(rewrites, packets, strict=True)
    ]
    assert [(facts.picture_id, facts.tl0) for facts in sent] == [(10, 10), (11, 11), (12, 12)]


@pytest.mark.parametrize(
    ("was_vp8", "is_vp8", "last", "first"),
    [
        (False, True, vp8(), vp8(key=True, picture_id=5)),
        (True, False, vp8(picture_id=5), vp8(key=True, picture_id=9)),
        (True, True, vp8(), vp8(key=True, picture_id=5)),
        (True, True, vp8(picture_id=5), vp8(key=True)),
    ],
)
def test_payload_stays_where_there_is_nothing_to_continue(
    was_vp8: bool, is_vp8: bool, last: bytes, first: bytes
) -> None:
    old, new = run(video(1), is_vp8=was_vp8), run(video(1), is_vp8=is_vp8)
    new.follow(old, video(1, last), video(1, first))
    assert not new.patches_payload
    assert new.payload(first, 1) == first


def test_corrected_timestamps_leave_numbers_and_pictures_alone() -> None:
    last, first = video(1, vp8(picture_id=7, tl0=7)), video(100, vp8(key=True, picture_id=50, tl0=60))
    rewrite = run(first)
    rewrite.open(4, 900, 1000)
    rewrite.follow(run(last), last, first)
    later = rewrite.with_timestamps(130, 930, 1090)
    assert (later.run, later.first_index, later.first_out) == (4, 130, 930)
    assert (later.index_delta, later.timestamp_delta) == (rewrite.index_delta, 1090)
    assert later.payload(first.payload, 100) == rewrite.payload(first.payload, 100)
    assert later.ring is rewrite.ring
