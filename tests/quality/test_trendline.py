from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.trendline import SMOOTHING, WINDOW, Trendline


def plainly(deltas: list[tuple[float, float]]) -> float:
    """The slope by a textbook regression over all that is remembered."""
    delay = smooth = at = 0.0
    points = []
    for sent, arrived in deltas:
        delay += arrived - sent
        smooth = SMOOTHING * smooth + (1 - SMOOTHING) * delay
        at += arrived
        points.append((at, smooth))
    times, delays = zip(*points[-WINDOW:], strict=True)
    return float(np.polyfit(times, delays, 1)[0])


@given(st.integers(0, 1 << 32), st.integers(WINDOW, 500))
def test_the_sums_that_move_along_give_the_slope_of_a_plain_regression(seed: int, count: int) -> None:
    draw = Random(seed)
    deltas = [(draw.uniform(0.005, 0.1), draw.uniform(0.005, 0.12)) for _ in range(count)]
    trend = Trendline()
    for sent, arrived in deltas:
        trend.add(sent, arrived)
    assert trend.groups == count
    assert trend.slope == pytest.approx(plainly(deltas), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("growth", [0.0, 0.01, 0.2, -0.1])
def test_a_delay_that_grows_steadily_has_that_slope(growth: float) -> None:
    trend = Trendline()
    for _ in range(500):
        trend.add(0.02, 0.02 / (1 - growth))
    assert trend.slope == pytest.approx(growth, abs=1e-6)


def test_nothing_is_said_before_the_window_is_full() -> None:
    trend = Trendline()
    for _ in range(WINDOW - 1):
        trend.add(0.02, 0.03)
        assert trend.slope == 0.0
    trend.add(0.02, 0.03)
    assert trend.slope > 0.0


def test_packets_that_all_arrive_at_once_have_no_slope() -> None:
    trend = Trendline()
    for _ in range(3 * WINDOW):
        trend.add(0.02, 0.0)
    assert trend.slope == 0.0


def test_a_reset_forgets_all() -> None:
    trend = Trendline()
    for _ in range(2 * WINDOW):
        trend.add(0.02, 0.03)
    trend.reset()
    assert (trend.slope, trend.groups) == (0.0, 0)
    for _ in range(WINDOW):
        trend.add(0.02, 0.02)
    assert trend.slope == pytest.approx(0.0)
