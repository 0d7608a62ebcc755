import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.nack_generator import (
    MAX_GAP,
    MAX_INTERVAL_S,
    MAX_MISSING,
    MAX_TRIES,
    REORDER_PACKETS,
    REORDER_S,
    NackGenerator,
)


def with_gap(gap: int, rtt_s: float = 0.1) -> NackGenerator:
    """Packet 0 came, then the one after `gap` missing ones, at time 0."""
    nacks = NackGenerator(rtt_s)
    nacks.received(0, 0.0)
    nacks.received(gap + 1, 0.0)
    return nacks


def drained(nacks: NackGenerator, until: float) -> list[tuple[float, list[int]]]:
    """What is asked for when the driver follows `next_timeout` alone."""
    asked = []
    while (at := nacks.next_timeout()) is not None and at <= until:
        if due := nacks.due(at):
            asked.append((at, due))
    return asked


def test_a_stream_without_gap_asks_for_nothing() -> None:
    nacks = NackGenerator()
    for index in range(100):
        nacks.received(index, index * 0.01)
        assert nacks.due(index * 0.01) == []
    assert nacks.next_timeout() is None


def test_a_gap_is_asked_for_after_the_reorder_tolerance() -> None:
    nacks = with_gap(1)
    assert nacks.next_timeout() == REORDER_S
    assert nacks.due(REORDER_S / 2) == []
    assert nacks.due(REORDER_S) == [1]


def test_a_gap_that_enough_packets_overtook_is_asked_for_at_once() -> None:
    nacks = with_gap(1)
    nacks.received(3, 0.001)
    assert nacks.due(0.001) == []
    nacks.received(1 + REORDER_PACKETS, 0.002)
    assert nacks.due(0.002) == [1]


def test_of_a_long_gap_the_overtaken_part_is_asked_for_first() -> None:
    nacks = with_gap(10)
    assert nacks.due(0.0) == list(range(1, 12 - REORDER_PACKETS))
    assert nacks.due(REORDER_S) == list(range(12 - REORDER_PACKETS, 11))


@pytest.mark.parametrize("over_rtx", [True, False])
def test_what_comes_after_all_is_not_asked_for(over_rtx: bool) -> None:
    nacks = with_gap(2)
    for index, still_missing in ((1, [2]), (2, [])):
        if over_rtx:
            nacks.recovered(index)
        else:
            nacks.received(index, 0.005)
        assert nacks.due(REORDER_S) == still_missing
    assert nacks.next_timeout() is None
    assert drained(nacks, 10.0) == []
    assert nacks.take_failure() is False


def test_tries_follow_the_round_trip_and_grow_to_the_cap() -> None:
    times = [at for at, _ in drained(with_gap(1, rtt_s=0.1), 60.0)]
    assert len(times) == MAX_TRIES
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert pauses[:3] == pytest.approx([0.1, 0.125, 0.15625])
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(MAX_INTERVAL_S)


@pytest.mark.parametrize(("rtt_s", "pause"), [(0.001, 0.020), (0.1, 0.1), (0.7, 0.7)])
def test_the_second_try_waits_for_the_answer_to_the_first(rtt_s: float, pause: float) -> None:
    times = [at for at, _ in drained(with_gap(1, rtt_s), 60.0)]
    assert times[1] - times[0] == pytest.approx(pause)


def test_after_the_last_try_a_packet_is_given_up_and_a_key_frame_due() -> None:
    nacks = with_gap(2)
    drained(nacks, 60.0)
    assert nacks.next_timeout() is None
    assert nacks.gave_up == 2
    assert nacks.take_failure() is True
    assert nacks.take_failure() is False


def test_a_gap_beyond_the_bound_is_a_restart() -> None:
    nacks = with_gap(MAX_GAP + 1)
    assert nacks.next_timeout() is None
    assert nacks.take_failure() is True
    nacks.received(MAX_GAP + 3, 0.01)
    nacks.received(MAX_GAP + 5, 0.02)
    assert nacks.due(0.1) == [MAX_GAP + 4]


def test_more_missing_than_the_bound_is_given_up_together() -> None:
    nacks = NackGenerator()
    for gap in range(5):
        nacks.received(gap * 400, 0.0)
    assert nacks.take_failure() is True
    assert nacks.gave_up == 3 * 399
    assert len(nacks.due(REORDER_S)) <= MAX_MISSING


def test_the_stream_may_begin_anywhere_and_with_a_straggler() -> None:
    nacks = NackGenerator()
    nacks.received(70000, 0.0)
    nacks.received(69999, 0.0)
    assert nacks.next_timeout() is None


@given(st.integers(0, 1 << 32), st.floats(0, 0.5))
def test_exactly_the_missing_are_asked_for_within_bounds(seed: int, loss: float) -> None:
    draw = random.Random(seed)
    nacks = NackGenerator()
    arrived: set[int] = set()
    tries: dict[int, int] = {}
    order = sorted(range(200), key=lambda index: index + draw.uniform(0, 8))
    highest = first = order[0]
    for position, index in enumerate(order):
        now = position * 0.004
        if position == 0 or draw.random() >= loss:
            nacks.received(index, now)
            arrived.add(index)
            highest = max(highest, index)
        due = nacks.due(now)
        assert due == sorted(set(due))
        for asked in due:
            assert first < asked < highest
            assert asked not in arrived
            tries[asked] = tries.get(asked, 0) + 1
            if draw.random() < 0.5:
                nacks.recovered(asked)
                arrived.add(asked)
    for _, due in drained(nacks, 100.0):
        for asked in due:
            tries[asked] = tries.get(asked, 0) + 1
    lost = {index for index in range(first + 1, highest) if index not in arrived}
    assert lost <= set(tries)
    assert nacks.gave_up == len(lost)
    assert all(count <= MAX_TRIES for count in tries.values())
