"""The recorded traces: what was sent came through at the link's rate, which the estimate finds from them.

So the estimator is not judged by the simulation it was made with alone.
"""

from pathlib import Path
from statistics import median

import pytest

from quality.bandwidth import BandwidthEstimator
from tests.feedback_trace import FOLDER, OVERLOAD_S, FeedbackTrace, load_trace

SETTLE_S = 4.0
TRACES = sorted(FOLDER.glob("*.json.gz"))


@pytest.fixture(params=TRACES, ids=lambda path: path.name.partition(".json")[0])
def trace(request: pytest.FixtureRequest) -> FeedbackTrace:
    return load_trace(request.param)


def arrivals(trace: FeedbackTrace) -> dict[int, int]:
    """Number → ticks, from all reports."""
    return {
        number: tick
        for _, first, ticks in trace.reports
        for number, tick in enumerate(ticks, first)
        if tick is not None
    }


def test_there_are_three_rates() -> None:
    assert len({load_trace(path).rate_bps for path in TRACES}) >= 3


def test_a_trace_is_the_same_after_saving(trace: FeedbackTrace, tmp_path: Path) -> None:
    trace.save(tmp_path / "again.json.gz")
    assert load_trace(tmp_path / "again.json.gz") == trace


def test_more_was_sent_than_the_link_carries(trace: FeedbackTrace) -> None:
    overload = [number for number, at in enumerate(trace.sent_us) if at < OVERLOAD_S * 1e6]
    sent_bps = sum(trace.size_bytes[number] for number in overload) * 8 / OVERLOAD_S
    assert sent_bps > 1.3 * trace.usable_bps
    came = arrivals(trace)
    assert sum(number in came for number in overload) < 0.8 * len(overload)


def test_what_came_while_the_queue_was_full_came_at_the_links_rate(trace: FeedbackTrace) -> None:
    came = arrivals(trace)
    full = [number for number in came if 2e6 < trace.sent_us[number] < OVERLOAD_S * 1e6]
    seconds = (came[full[-1]] - came[full[0]]) / 4000
    bits = sum(trace.size_bytes[number] * 8 for number in full[1:])
    assert bits / seconds == pytest.approx(trace.usable_bps, rel=0.03)


def test_columns_are_of_equal_length_and_in_order(trace: FeedbackTrace) -> None:
    reports = list(trace.columns())
    assert [report.at for report in reports] == sorted(report.at for report in reports)
    for report in reports:
        assert len(report.sent_at) == len(report.size_bytes) == len(report.arrived_at) > 0
        assert report.sent_at == sorted(report.sent_at)
        assert report.at > report.sent_at[-1]


def replayed(trace: FeedbackTrace) -> list[tuple[float, float]]:
    """(time, estimate as a share of the link's rate) after each report, from twice the rate on."""
    estimator = BandwidthEstimator(2.0 * trace.rate_bps)
    estimates = []
    for report in trace.columns():
        columns = (report.sent_at, report.size_bytes, report.arrived_at)
        estimator.feedback(*columns, [0] * len(report.sent_at), report.at)
        estimates.append((report.at, estimator.estimate_bps / trace.usable_bps))
    return estimates


def test_an_overload_brings_the_estimate_below_the_rate_so_that_the_queue_drains(
    trace: FeedbackTrace,
) -> None:
    assert all(0.5 < share < 1 for at, share in replayed(trace) if 2 < at < OVERLOAD_S)


def test_the_estimate_finds_the_rate_of_the_link(trace: FeedbackTrace) -> None:
    settled = [share for at, share in replayed(trace) if at > OVERLOAD_S + SETTLE_S]
    assert median(settled) == pytest.approx(1, abs=0.15)
    assert sum(0.85 <= share <= 1.15 for share in settled) >= 0.75 * len(settled)
