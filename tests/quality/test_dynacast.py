from hypothesis import given
from hypothesis import strategies as st

from quality.dynacast import HOLD_S, Asked, Dynacast, Encoding

CAMERA = (Encoding("q", 320, 180), Encoding("h", 640, 360), Encoding("f", 1280, 720))
UNSEEN = tuple(Encoding(rid, 0, 0) for rid in "qhf")
FULL = Asked(0, 0)
THUMBNAIL = Asked(320, 180)
ALL = ("q", "h", "f")


def test_a_publisher_that_sends_everything_is_not_told_so() -> None:
    dynacast = Dynacast()
    assert dynacast.update(CAMERA, [FULL], 0.0) is None
    assert dynacast.update(CAMERA, [FULL, THUMBNAIL], 100.0) is None


def test_what_nobody_wants_is_told_after_a_while_and_once() -> None:
    dynacast = Dynacast()
    assert dynacast.update(CAMERA, [THUMBNAIL], 0.0) is None
    assert dynacast.update(CAMERA, [THUMBNAIL], HOLD_S - 0.01) is None
    assert dynacast.update(CAMERA, [THUMBNAIL], HOLD_S) == ("q",)
    assert [dynacast.wants(rid) for rid in ALL] == [True, False, False]
    assert dynacast.update(CAMERA, [THUMBNAIL], 100.0) is None


def test_what_is_wanted_again_is_told_at_once() -> None:
    dynacast = Dynacast()
    dynacast.update(CAMERA, [], 0.0)
    assert dynacast.update(CAMERA, [], HOLD_S) == ()
    assert dynacast.update(CAMERA, [Asked(640, 360)], 5.0) == ("q", "h")
    assert dynacast.update(CAMERA, [FULL], 5.0) == ALL


def test_a_want_that_returns_in_time_is_no_news() -> None:
    dynacast = Dynacast()
    for tick in range(100):
        viewers = [THUMBNAIL] if tick % 5 else [FULL]
        assert dynacast.update(CAMERA, viewers, tick * HOLD_S / 6) is None


def test_the_largest_viewer_counts_and_smaller_encodings_stay_to_fall_back_to() -> None:
    dynacast = Dynacast()
    dynacast.update(CAMERA, [], 0.0)
    dynacast.update(CAMERA, [], HOLD_S)
    assert dynacast.update(CAMERA, [THUMBNAIL, FULL, THUMBNAIL], 9.0) == ALL


def test_encodings_not_yet_seen_are_wanted_to_be_seen() -> None:
    dynacast = Dynacast()
    assert dynacast.update(UNSEEN, [THUMBNAIL], 0.0) is None
    assert dynacast.update(UNSEEN, [THUMBNAIL], 50.0) is None


def test_a_viewer_alone_is_enough_to_want_more_and_never_to_want_less() -> None:
    dynacast = Dynacast()
    assert dynacast.want(CAMERA, THUMBNAIL, 0.0) is None
    dynacast.update(CAMERA, [], 1.0)
    assert dynacast.update(CAMERA, [], 1.0 + HOLD_S) == ()
    assert dynacast.want(CAMERA, Asked(640, 360), 5.0) == ("q", "h")
    assert dynacast.want(CAMERA, THUMBNAIL, 5.0) is None
    assert dynacast.want(CAMERA, FULL, 5.0) == ALL


def test_a_single_encoding_is_wanted_or_not() -> None:
    dynacast = Dynacast()
    single = (Encoding("", 1280, 720),)
    assert dynacast.update(single, [], 0.0) is None
    assert dynacast.update(single, [], HOLD_S) == ()
    assert dynacast.update(single, [THUMBNAIL], 2.0) == ("",)


ENCODINGS = st.lists(
    st.builds(Encoding, st.sampled_from("abcd"), st.integers(0, 2**40), st.integers(0, 2**40)),
    max_size=4,
    unique_by=lambda encoding: encoding.rid,
)
VIEWERS = st.lists(st.builds(Asked, st.integers(0, 2**40), st.integers(0, 2**40)), max_size=4)


@given(st.lists(st.tuples(VIEWERS, st.floats(0, 2)), max_size=20), ENCODINGS)
def test_what_was_told_last_is_true_in_the_end(
    steps: list[tuple[list[Asked], float]], encodings: list[Encoding]
) -> None:
    dynacast = Dynacast()
    now = 0.0
    told: tuple[str, ...] = tuple(encoding.rid for encoding in encodings)
    viewers: list[Asked] = []
    for viewers, passed in steps:
        now += passed
        news = dynacast.update(encodings, viewers, now)
        assert news != told
        told = told if news is None else news
        largest = encodings[-1:] if any(v == FULL for v in viewers) else []
        assert all(encoding.rid in told for encoding in largest)
    for at in (now, now + HOLD_S + 0.001):
        news = dynacast.update(encodings, viewers, at)
        told = told if news is None else news
    fresh = Dynacast()
    fresh.update(encodings, viewers, 0.0)
    expected = fresh.update(encodings, viewers, HOLD_S)
    assert told == (tuple(encoding.rid for encoding in encodings) if expected is None else expected)
