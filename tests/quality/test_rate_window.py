import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.rate_window import SAMPLES, STALE_S, RateWindow


def fed(window: RateWindow, count: int, size_bytes: float, every_s: float, begin: float = 1000.0) -> float:
    """`count` batches from `begin` on; when the last was."""
    for number in range(count):
        window.add(size_bytes, begin + number * every_s)
    return begin + (count - 1) * every_s


@pytest.mark.parametrize("every_s", [0.001, 0.05, 0.1, 0.25, 1.0])
def test_a_steady_rate_is_measured_whatever_the_batches(every_s: float) -> None:
    window = RateWindow()
    fed(window, round(5 / every_s), 125_000 * every_s, every_s)
    assert window.bps == pytest.approx(1e6, rel=0.01)
    assert window.recent_bps() == pytest.approx(1e6, rel=0.01)


def test_nothing_is_known_before_the_second_batch() -> None:
    window = RateWindow()
    window.add(1e6, 5.0)
    assert window.bps == 0.0
    assert window.recent_bps() == 0.0


def test_the_old_rate_is_gone_after_a_window_and_recently_sooner() -> None:
    window = RateWindow()
    last = fed(window, 20, 50_000, 0.1)
    fed(window, 2, 5_000, 0.1, last + 0.1)
    assert window.recent_bps() == pytest.approx(400_000)
    assert window.bps > 1e6
    fed(window, SAMPLES - 2, 5_000, 0.1, last + 0.3)
    assert window.bps == pytest.approx(400_000)


def test_a_leap_begins_anew_and_keeps_what_was_measured() -> None:
    window = RateWindow()
    last = fed(window, 20, 12_500, 0.1)
    for leap in (STALE_S + 1, -100.0):
        window.add(1e9, last + leap)
        assert window.bps == pytest.approx(1e6)
    fed(window, 2, 2_500, 0.1, last - 99.9)
    assert window.bps == pytest.approx(200_000)


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(-1e308, 1e308) | st.floats(0, 30)), max_size=60))
def test_a_rate_is_never_negative(batches: list[tuple[float, float]]) -> None:
    window = RateWindow()
    for size, at in batches:
        window.add(size, at)
        assert 0.0 <= window.bps < 1e13
