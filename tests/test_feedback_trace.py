"""The recorded traces: what is in them was sent above the link's rate, and came through at it."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.feedback_trace import FOLDER, FeedbackTrace, load_trace

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
    sent_bps = sum(trace.size_bytes) * 8e6 / trace.sent_us[-1]
    assert sent_bps > 1.1 * trace.usable_bps
    assert len(arrivals(trace)) < 0.9 * len(trace.sent_us)


def test_what_came_while_the_queue_was_full_came_at_the_links_rate(trace: FeedbackTrace) -> None:
    # The stream is above the rate for three seconds of each 4.5; after one the queue is full.
    came = arrivals(trace)
    full = [number for number in came if 1.5e6 < trace.sent_us[number] % 4_500_000 < 2.9e6]
    seconds = bits = 0.0
    for before, number in pairwise(full):
        if trace.sent_us[number] - trace.sent_us[before] < 1e6:
            seconds += (came[number] - came[before]) / 4000
            bits += trace.size_bytes[number] * 8
    assert bits / seconds == pytest.approx(trace.usable_bps, rel=0.05)


def test_columns_are_of_equal_length_and_in_order(trace: FeedbackTrace) -> None:
    reports = list(trace.columns())
    assert [report.at for report in reports] == sorted(report.at for report in reports)
    for report in reports:
        assert len(report.sent_at) == len(report.size_bytes) == len(report.arrived_at) > 0
        assert report.sent_at == sorted(report.sent_at)
        assert report.at > report.sent_at[-1]
