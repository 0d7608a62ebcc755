from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.keyframe_requests import (
    MAX_REPEAT_S,
    MAX_TRIES,
    MIN_REPEAT_S,
    MIN_SPACING_S,
    PATIENT_REPEAT_S,
    KeyframeRequests,
)


def sent_until(requests: KeyframeRequests, until: float) -> list[float]:
    times = []
    while (at := requests.next_timeout()) is not None and at <= until:
        assert requests.due(at)
        times.append(at)
    return times


def test_nobody_wants_so_nothing_is_sent() -> None:
    requests = KeyframeRequests()
    assert requests.due(1.0) is False
    assert requests.next_timeout() is None


def test_the_first_want_asks_at_once() -> None:
    requests = KeyframeRequests()
    requests.want(3.0)
    assert requests.wanted
    assert requests.next_timeout() == 3.0
    assert requests.due(3.0) is True
    assert requests.due(3.0) is False


def test_many_who_want_are_one_request() -> None:
    requests = KeyframeRequests()
    for who in range(30):
        requests.want(who * 0.001)
    assert sent_until(requests, 0.1) == [0.0]


@pytest.mark.parametrize(("rtt_s", "repeat"), [(0.01, MIN_REPEAT_S), (0.2, 0.4), (3.0, MAX_REPEAT_S)])
def test_an_unanswered_request_is_repeated_after_two_round_trips(rtt_s: float, repeat: float) -> None:
    requests = KeyframeRequests(rtt_s)
    requests.want(0.0)
    assert sent_until(requests, repeat * 2.5) == pytest.approx([0.0, repeat, 2 * repeat])


def test_a_key_frame_ends_the_repetition() -> None:
    requests = KeyframeRequests()
    requests.want(0.0)
    requests.due(0.0)
    requests.arrived(0.05)
    assert requests.wanted is False
    assert requests.next_timeout() is None
    assert requests.due(10.0) is False


def test_a_want_after_a_key_frame_waits_for_the_spacing() -> None:
    requests = KeyframeRequests()
    requests.want(0.0)
    requests.due(0.0)
    requests.arrived(0.05)
    requests.want(0.06)
    assert requests.due(0.06) is False
    assert requests.next_timeout() == MIN_SPACING_S
    assert requests.due(MIN_SPACING_S) is True


def test_a_key_frame_that_comes_while_a_want_waits_serves_it() -> None:
    requests = KeyframeRequests()
    requests.want(0.0)
    requests.due(0.0)
    requests.arrived(0.05)
    requests.want(0.06)
    requests.arrived(0.3)
    assert requests.due(1.0) is False


def test_a_want_withdrawn_is_not_asked_for() -> None:
    requests = KeyframeRequests()
    requests.want(0.0)
    requests.unwant()
    assert requests.due(0.0) is False
    requests.want(0.1)
    assert requests.due(0.1) is True


def test_a_publisher_that_never_answers_is_asked_rarely() -> None:
    requests = KeyframeRequests(0.1)
    requests.want(0.0)
    times = sent_until(requests, 60.0)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[: MAX_TRIES - 1] == pytest.approx([0.2] * (MAX_TRIES - 1))
    assert pauses[MAX_TRIES - 1 :] == pytest.approx([PATIENT_REPEAT_S] * 11)
    assert requests.sent == len(times)


def test_a_publisher_that_was_away_is_asked_at_once_when_it_is_back() -> None:
    requests = KeyframeRequests(0.1)
    requests.want(0.0)
    asked = sent_until(requests, 10.0)
    requests.resume(10.0)
    assert sent_until(requests, 10.5) == pytest.approx([10.0, 10.2, 10.4])
    assert asked[-1] < 9.0


def test_nobody_is_asked_for_a_return_that_nobody_waits_for() -> None:
    requests = KeyframeRequests()
    requests.resume(1.0)
    assert requests.next_timeout() is None


@given(
    st.lists(st.tuples(st.sampled_from(["want", "unwant", "arrived", "resume", "wait"]), st.floats(0, 0.4)))
)
def test_requests_keep_their_distance_and_none_is_sent_unwanted(steps: list[tuple[str, float]]) -> None:
    requests = KeyframeRequests()
    now = 0.0
    last = float("-inf")
    for act, pause in steps:
        now += pause
        if act == "want":
            requests.want(now)
        elif act == "unwant":
            requests.unwant()
        elif act == "arrived":
            requests.arrived(now)
        elif act == "resume":
            requests.resume(now)
        if requests.due(now):
            assert requests.wanted
            assert now - last >= MIN_REPEAT_S - 1e-9
            last = now
        assert (requests.next_timeout() is None) == (not requests.wanted)
