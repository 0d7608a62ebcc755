from math import inf

import pytest

from quality.loss_bound import LossBound


def lose(
    bound: LossBound, fraction: float, seconds: float, allowed_bps: float = 1e6, begin: float = 100.0
) -> float:
    """A hundred packets each half a second under the lesser of bound and `allowed_bps`; when it ends."""
    now = begin
    while now < begin + seconds:
        sent_bps = min(bound.bps, allowed_bps)
        lost = round(100 * fraction)
        bound.add(100 - lost, lost, allowed_bps, sent_bps * (1 - fraction), now)
        now += 0.5
    return now


@pytest.mark.parametrize("fraction", [0.0, 0.02, 0.05, 0.1])
def test_little_loss_bounds_nothing(fraction: float) -> None:
    bound = LossBound()
    lose(bound, fraction, 30)
    assert bound.bps == inf
    assert not bound.falling


def test_a_burst_of_loss_lowers_the_bound_and_its_end_lifts_it_away() -> None:
    bound = LossBound()
    end = lose(bound, 0.3, 1.1)
    assert 0.5e6 < bound.bps < 0.9e6
    assert bound.falling
    end = lose(bound, 0.0, 1, begin=end)
    assert not bound.falling
    lose(bound, 0.0, 20, begin=end)
    assert bound.bps == inf


def test_a_link_that_drops_most_of_what_is_sent_is_met_at_once() -> None:
    bound = LossBound()
    lose(bound, 0.95, 1.1, allowed_bps=20e6)
    assert bound.bps <= 1.2e6


def test_what_arrived_is_not_cut_away() -> None:
    bound = LossBound()
    bound.window(0.5, 100, 1.0, 200_000.0, 1e6)
    assert bound.bps == pytest.approx(0.85e6)


def test_loss_that_stays_as_the_rate_falls_is_the_paths_own() -> None:
    bound = LossBound()
    end = lose(bound, 0.2, 20)
    assert bound.bps > 0.3e6
    lose(bound, 0.2, 20, begin=end)
    assert bound.bps == inf


def test_a_few_packets_by_chance_are_no_reason_to_fall() -> None:
    bound = LossBound()
    bound.add(17, 3, 1e6, 0.85e6, 100.0)
    bound.add(17, 3, 1e6, 0.85e6, 101.0)
    assert bound.bps == inf
    bound.add(17, 3, 1e6, 0.85e6, 102.1)
    assert bound.bps == inf
    assert not bound.falling


def test_a_clock_that_goes_back_begins_another_window() -> None:
    bound = LossBound()
    bound.add(10, 90, 1e6, 1e5, 100.0)
    bound.add(10, 90, 1e6, 1e5, 50.0)
    assert bound.bps == inf
    bound.add(10, 90, 1e6, 1e5, 50.6)
    assert bound.falling


def test_a_rate_that_goes_through_lifts_the_bound() -> None:
    bound = LossBound()
    lose(bound, 0.3, 1.1)
    bound.lift(0.95e6, 1e6)
    assert bound.bps == 0.95e6
    bound.lift(2.5e6, 1e6)
    assert bound.bps == inf
