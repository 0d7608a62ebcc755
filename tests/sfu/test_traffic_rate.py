import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.traffic_rate import BUCKET_S, TrafficRate


def steady(packets_per_s: int, seconds: float, size: int = 1000) -> tuple[TrafficRate, float]:
    rate = TrafficRate()
    now = 0.0
    for number in range(int(packets_per_s * seconds)):
        now = number / packets_per_s
        rate.count(size, now)
        if number % 5 == 0:
            rate.count_frame(now)
    return rate, now


def test_nothing_counted_is_no_rate() -> None:
    rate = TrafficRate()
    assert (rate.bitrate_bps(5.0), rate.packets_per_s(5.0), rate.fps(5.0)) == (0, 0, 0)


def test_a_steady_stream_has_its_rate() -> None:
    rate, now = steady(150, 3)
    assert rate.packets_per_s(now) == pytest.approx(150, rel=0.06)
    assert rate.bitrate_bps(now) == pytest.approx(1.2e6, rel=0.06)
    assert rate.fps(now) == pytest.approx(30, rel=0.06)


def test_a_young_stream_is_divided_by_its_age() -> None:
    rate, now = steady(100, 0.5)
    assert rate.packets_per_s(now) == pytest.approx(100, rel=0.1)


def test_one_key_frame_is_not_a_bitrate() -> None:
    rate = TrafficRate()
    for _ in range(20):
        rate.count(1000, 7.0)
    assert rate.bitrate_bps(7.0) == 160_000 * 4


def test_the_rate_is_gone_a_second_after_the_last_packet() -> None:
    rate, now = steady(100, 2)
    assert 0 < rate.packets_per_s(now + 0.5) < 60
    assert rate.packets_per_s(now + 1.0 + BUCKET_S) == 0


def test_a_stream_that_resumes_is_young_again() -> None:
    rate, now = steady(100, 2)
    for number in range(50):
        rate.count(1000, now + 10 + number / 100)
    assert rate.packets_per_s(now + 10.5) == pytest.approx(100, rel=0.1)


@given(st.lists(st.tuples(st.integers(1, 1500), st.floats(0, 0.3)), max_size=60))
def test_no_more_is_seen_than_was_counted(packets: list[tuple[int, float]]) -> None:
    rate = TrafficRate()
    now = 100.0
    total = 0
    for size, pause in packets:
        now += pause
        rate.count(size, now)
        total += size
    assert 0 <= rate.bitrate_bps(now) <= total * 8 / 0.25
    assert rate.packets_per_s(now + 2) == 0
