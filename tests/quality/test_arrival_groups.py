import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.arrival_groups import NEXT, RESTART, SAME, ArrivalGroups


def fed(*packets: tuple[float, float]) -> tuple[list[int], ArrivalGroups]:
    """What `add` said of packets (sent, arrived) in milliseconds."""
    groups = ArrivalGroups()
    return [groups.add(sent / 1000, arrived / 1000) for sent, arrived in packets], groups


def test_distances_are_those_between_the_last_packets_of_two_groups() -> None:
    said, groups = fed((0, 50), (4, 55), (20, 70), (23, 81), (40, 100))
    assert said == [SAME, SAME, SAME, SAME, NEXT]
    assert groups.send_delta_s == pytest.approx(0.019)
    assert groups.arrival_delta_s == pytest.approx(0.026)


def test_what_the_network_joined_into_a_burst_is_one_group() -> None:
    # Sent 6 ms apart, arrived 1 ms apart: they waited for the same thing.
    said, _ = fed((0, 50), (6, 51), (12, 52), (18, 53), (40, 90), (60, 110))
    assert said == [SAME, SAME, SAME, SAME, SAME, NEXT]


def test_a_burst_ends_after_100_ms() -> None:
    said, _ = fed(*((sent, 5000 + sent * 0.5) for sent in range(0, 500, 8)))
    assert said.count(NEXT) >= 1


def test_a_packet_sent_before_its_group_is_passed_over() -> None:
    said, groups = fed((0, 50), (20, 70), (10, 300), (40, 90))
    assert said == [SAME, SAME, SAME, NEXT]
    assert groups.arrival_delta_s == pytest.approx(0.02)


@pytest.mark.parametrize("arrived_ms", [50 + 4000, 50 - 4000, 1e12])
def test_a_leap_of_the_clock_begins_anew(arrived_ms: float) -> None:
    said, _ = fed((0, 50), (20, 70), (40, arrived_ms), (60, arrived_ms + 20), (80, arrived_ms + 40))
    assert said == [SAME, SAME, RESTART, SAME, NEXT]


def test_a_long_silence_begins_anew() -> None:
    said, _ = fed((0, 50), (20, 70), (11_000, 11_050), (11_020, 11_070))
    assert said == [SAME, SAME, RESTART, SAME]


TIMES = st.floats(-1e308, 1e308) | st.floats(0, 20)


@given(st.lists(st.tuples(TIMES, TIMES), max_size=50))
def test_distances_are_never_absurd(packets: list[tuple[float, float]]) -> None:
    groups = ArrivalGroups()
    for sent, arrived in packets:
        if groups.add(sent, arrived) == NEXT:
            assert groups.send_delta_s >= 0
            assert abs(groups.arrival_delta_s) < 1000
