import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.figures import Figures, percentile, summary


def figures(cost_us: float, loss: float = 0.0) -> Figures:
    return Figures(
        forwarded_packets_per_s=10_000,
        cpu_us_per_packet=cost_us,
        cpu_user_us=cost_us * 0.75,
        cpu_system_us=cost_us * 0.25,
        loss=loss,
        latency_p50_ms=0.5,
        latency_p99_ms=1.5,
        rss_mb=80.0,
        join_ms_p50=15.0,
        join_ms_p95=25.0,
    )


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, 0.0),
        ([7.0], 0.99, 7.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        (list(range(100)), 0.99, 99),
        (list(range(100)), 0.0, 0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_percentile_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_are_in_order(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert min(values) <= percentile(values, low) <= percentile(values, high) <= max(values)


def test_a_summary_has_the_median_of_each_column_and_the_worst_loss() -> None:
    line = summary("1x50", [figures(9.0), figures(5.0, loss=0.01), figures(6.0)])
    assert line["case"] == "1x50"
    assert line["runs"] == 3
    assert line["cpu_us_per_packet"] == 6.0
    assert line["loss"] == 0.01
    assert line["rss_mb"] == 80.0
