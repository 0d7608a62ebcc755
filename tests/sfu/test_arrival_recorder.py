import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.arrival_recorder import (
    INTERVAL_S,
    KEPT_S,
    MARKER_INTERVAL_S,
    MAX_PENDING,
    MAX_RECEIVED,
    MAX_STATUSES,
    ArrivalRecorder,
)
from sfu.identifiers import Ssrc
from sfu.rtcp.transport_feedback import TransportFeedback


def recorder() -> ArrivalRecorder:
    return ArrivalRecorder(Ssrc(1))


def told(feedbacks: list[TransportFeedback]) -> dict[int, float | None]:
    """16 bit sequence number → arrival in seconds, as the sender reads it; later feedback overrides."""
    known: dict[int, float | None] = {}
    for feedback in feedbacks:
        packet = feedback.to_bytes()
        assert len(packet) <= 1200
        read = TransportFeedback.parse(packet[4:])
        assert read == feedback
        for offset, arrival in enumerate(read.arrivals):
            sequence = (read.base_sequence + offset) & 0xFFFF
            seconds = None if arrival is None else read.reference_time_64ms * 0.064 + arrival / 4000
            if seconds is not None or known.get(sequence) is None:
                known[sequence] = seconds
    return known


def test_nothing_arrived_is_no_feedback() -> None:
    assert recorder().feedback(1.0) == []
    assert recorder().due(1.0) is False
    assert recorder().next_timeout() is None


def test_feedback_tells_arrivals_and_holes() -> None:
    arrivals = recorder()
    arrivals.media_ssrc = Ssrc(9)
    for sequence, now in ((10, 5.0), (11, 5.001), (14, 5.0105)):
        arrivals.record(sequence, now)
    (feedback,) = arrivals.feedback(5.1)
    assert (feedback.sender_ssrc, feedback.media_ssrc, feedback.base_sequence) == (1, 9, 10)
    assert feedback.reference_time_64ms == 78
    assert feedback.arrivals == (32, 36, None, None, 74)


def test_feedback_goes_on_where_the_last_one_ended() -> None:
    arrivals = recorder()
    arrivals.record(65534, 1.0)
    (first,) = arrivals.feedback(1.1)
    arrivals.record(1, 1.15)
    (second,) = arrivals.feedback(1.2)
    assert (first.feedback_count, second.feedback_count) == (0, 1)
    assert second.base_sequence == 65535
    assert [arrival is None for arrival in second.arrivals] == [True, True, False]
    assert arrivals.feedback(1.3) == []


def test_a_late_packet_is_told_without_calling_those_after_it_lost() -> None:
    arrivals = recorder()
    for sequence in (0, 1, 3, 4):
        arrivals.record(sequence, 1.0)
    assert told(arrivals.feedback(1.1))[2] is None
    arrivals.record(2, 1.15)
    again = arrivals.feedback(1.2)
    assert again[0].base_sequence == 2
    assert None not in again[0].arrivals
    assert told(again)[2] == pytest.approx(1.15, abs=1 / 4000)


def test_a_packet_later_than_what_is_kept_is_not_told() -> None:
    arrivals = recorder()
    for sequence in (0, 2):
        arrivals.record(sequence, 1.0)
    arrivals.feedback(1.1)
    arrivals.record(3, 1.1 + KEPT_S)
    arrivals.feedback(1.2 + KEPT_S)
    arrivals.record(1, 1.3 + KEPT_S)
    assert arrivals.feedback(1.4 + KEPT_S) == []


def test_a_duplicate_keeps_the_first_arrival() -> None:
    arrivals = recorder()
    arrivals.record(5, 1.0)
    arrivals.record(5, 1.05)
    (feedback,) = arrivals.feedback(1.1)
    assert told([feedback]) == {5: pytest.approx(1.0, abs=1 / 4000)}
    arrivals.record(5, 1.15)
    assert arrivals.next_timeout() is None


def test_feedback_is_due_every_interval() -> None:
    arrivals = recorder()
    times = []
    for number in range(100):
        now = number * 0.01
        arrivals.record(number, now)
        if arrivals.due(now):
            arrivals.feedback(now)
            times.append(now)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert all(INTERVAL_S - 1e-9 < pause < INTERVAL_S + 0.011 for pause in pauses)
    assert len(times) >= 9


def test_the_end_of_a_frame_makes_feedback_due_sooner() -> None:
    arrivals = recorder()
    arrivals.record(0, 0.0, marker=True)
    assert arrivals.due(0.0)
    arrivals.feedback(0.0)
    arrivals.record(1, 0.033, marker=True)
    assert arrivals.next_timeout() == MARKER_INTERVAL_S
    arrivals.feedback(0.05)
    arrivals.record(2, 0.2, marker=True)
    assert arrivals.due(0.2)


def test_after_a_pause_one_packet_waits_for_company() -> None:
    arrivals = recorder()
    arrivals.record(0, 0.0)
    arrivals.feedback(0.1)
    arrivals.record(1, 5.0)
    assert arrivals.next_timeout() == 5.0 + MARKER_INTERVAL_S


def test_a_full_feedback_is_due_at_once_and_splits_to_fit_a_datagram() -> None:
    arrivals = recorder()
    for number in range(MAX_RECEIVED):
        arrivals.record(number, number % 2 * 0.2)  # large deltas only
    assert arrivals.due(0.2)
    for number in range(MAX_RECEIVED, MAX_RECEIVED + 10):
        arrivals.record(number, 0.2)
    feedbacks = arrivals.feedback(0.3)
    assert [len(feedback.arrivals) for feedback in feedbacks] == [MAX_RECEIVED, 10]
    assert len(told(feedbacks)) == MAX_RECEIVED + 10


def test_a_long_hole_is_told_in_part() -> None:
    arrivals = recorder()
    arrivals.record(0, 1.0)
    arrivals.record(5000, 1.01)
    first, second = arrivals.feedback(1.1)
    assert len(first.arrivals) == 1
    assert len(second.arrivals) == MAX_STATUSES
    assert told([second])[5000] is not None


def test_arrivals_too_far_apart_for_a_delta_are_split() -> None:
    arrivals = recorder()
    arrivals.record(0, 1.0)
    arrivals.record(1, 10.0)
    feedbacks = arrivals.feedback(10.1)
    assert len(feedbacks) == 2
    assert told(feedbacks)[1] == pytest.approx(10.0)


def test_one_straggler_from_far_behind_is_ignored_and_two_in_a_row_are_a_restart() -> None:
    arrivals = recorder()
    arrivals.record(20000, 1.0)
    arrivals.record(5, 1.0)
    assert told(arrivals.feedback(1.1)) == {20000: pytest.approx(1.0)}
    arrivals.record(20001, 1.2)
    arrivals.record(5, 1.3)
    arrivals.record(6, 1.3)
    arrivals.record(7, 1.3)
    assert set(told(arrivals.feedback(1.4))) == {6, 7}


def test_what_nobody_fetches_does_not_pile_up() -> None:
    arrivals = recorder()
    for number in range(20 * MAX_PENDING):
        arrivals.record(number & 0xFFFF, number * 1e-4)
    assert sum(len(feedback.arrivals) for feedback in arrivals.feedback(10.0)) <= MAX_PENDING


@given(st.integers(0, 0xFFFF), st.integers(0, 1 << 32), st.floats(0, 0.6), st.floats(0, 3e4))
def test_the_sender_learns_of_every_packet(start: int, seed: int, loss: float, clock: float) -> None:
    draw = random.Random(seed)
    order = sorted(range(400), key=lambda number: number + draw.uniform(0, 15))
    arrivals = recorder()
    came: dict[int, float] = {}
    feedbacks = []
    for position, number in enumerate(order):
        now = clock + position * 0.003
        if position == 0 or draw.random() >= loss:
            sequence = (start + number) & 0xFFFF
            arrivals.record(sequence, now, draw.random() < 0.1)
            came[sequence] = now
        if arrivals.due(now):
            feedbacks += arrivals.feedback(now)
    feedbacks += arrivals.feedback(clock + 10)
    known = told(feedbacks)
    for sequence, seconds in known.items():
        assert seconds == (pytest.approx(came[sequence], abs=1 / 3999) if sequence in came else None)
    assert set(came) <= set(known)
    assert [feedback.feedback_count for feedback in feedbacks] == [n & 0xFF for n in range(len(feedbacks))]


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 12)), max_size=60))
def test_any_arrivals_make_feedback_that_can_be_sent(packets: list[tuple[int, float]]) -> None:
    arrivals = recorder()
    now = 0.0
    for sequence, pause in packets:
        now += pause
        arrivals.record(sequence, now)
        if arrivals.due(now):
            told(arrivals.feedback(now))
    told(arrivals.feedback(now))
