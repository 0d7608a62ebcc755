from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.probe_measurement import ENDED_S, ProbeMeasurement, ProbeResult

SIZE = 250


def measured(
    rate_bps: float, link_bps: float, count: int = 20, step: int = 1, lost: tuple[int, ...] = ()
) -> ProbeResult:
    """A probe of `count` packets, `step` at a time, over a link."""
    probe = ProbeMeasurement(1, 10.0)
    free_at = 0.0
    for number in range(count):
        sent = 10.0 + number // step * step * SIZE * 8 / rate_bps
        free_at = max(sent, free_at) + SIZE * 8 / link_bps
        probe.add(sent, SIZE, -1.0 if number in lost else round((free_at + 500) * 4000) / 4000)
    return probe.result()


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize("rate_bps", [0.3e6, 2e6])
def test_a_link_that_carries_more_gives_the_rate_sent(rate_bps: float, step: int) -> None:
    result = measured(rate_bps, 20e6, step=step)
    assert result.rate_bps == pytest.approx(rate_bps, rel=0.05)
    assert not result.full


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize("link_bps", [0.2e6, 1e6, 1.6e6])
def test_a_link_that_carries_less_gives_nearly_its_own(link_bps: float, step: int) -> None:
    result = measured(2e6, link_bps, step=step)
    assert result.rate_bps == pytest.approx(0.95 * link_bps, rel=0.05)
    assert result.full


def test_one_lost_packet_changes_little_and_many_forbid_an_answer() -> None:
    assert measured(2e6, 20e6, lost=(7,)).rate_bps == pytest.approx(1.9e6, rel=0.05)
    assert measured(2e6, 20e6, lost=tuple(range(3, 9))).rate_bps == 0.0
    assert measured(2e6, 20e6, count=3).rate_bps == 0.0


def test_media_between_the_packets_of_a_probe_counts_with_it() -> None:
    probe = ProbeMeasurement(1, 0.0)
    for number in range(11):
        at = number * 0.002
        probe.add(at, SIZE, at + 5)
        assert not probe.other(at + 0.001, SIZE, at + 5.001)
    assert probe.result().rate_bps == pytest.approx(2 * SIZE * 8 / 0.002, rel=0.05)


def test_a_packet_sent_later_ends_the_probe() -> None:
    probe = ProbeMeasurement(1, 0.0)
    probe.add(0.0, SIZE, 5.0)
    assert not probe.other(ENDED_S, SIZE, 5.1)
    assert probe.other(ENDED_S + 0.001, SIZE, 5.1)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 2.0])
def test_a_probe_sent_too_fast_or_too_slowly_tells_nothing(seconds: float) -> None:
    probe = ProbeMeasurement(1, 0.0)
    for number in range(10):
        at = seconds * number / 9
        probe.add(at, SIZE, at + 5)
    assert probe.result() == ProbeResult(1, 0.0, False)


TIMES = st.floats(-1e308, 1e308) | st.floats(0, 0.1)


@given(st.lists(st.tuples(TIMES, st.sampled_from([0, 1200, 1 << 60]), TIMES, st.booleans()), max_size=20))
def test_whatever_is_reported_a_rate_is_no_less_than_nothing(
    packets: list[tuple[float, int, float, bool]],
) -> None:
    probe = ProbeMeasurement(1, Random(1).random())
    for sent, size, arrived, own in packets:
        if own:
            probe.add(sent, float(size), arrived)
        else:
            probe.other(sent, float(size), arrived)
    assert 0.0 <= probe.result().rate_bps < 1e24
