import pytest

from quality.link_capacity import CONGESTION_WEIGHT, PROBE_WEIGHT, LinkCapacity


def test_the_first_rate_is_taken_and_later_ones_move_it_by_their_weight() -> None:
    capacity = LinkCapacity()
    assert capacity.bps == 0.0
    capacity.sample(1e6, CONGESTION_WEIGHT)
    assert capacity.bps == 1e6
    capacity.sample(1.02e6, PROBE_WEIGHT)
    assert capacity.bps == pytest.approx(1.01e6)


def test_a_rate_far_below_is_another_link() -> None:
    capacity = LinkCapacity()
    capacity.sample(5e6, CONGESTION_WEIGHT)
    capacity.sample(1e6, CONGESTION_WEIGHT)
    assert capacity.bps == 1e6


@pytest.mark.parametrize(("carried_bps", "known"), [(1.03e6, True), (1.3e6, False)])
def test_only_a_rate_far_above_says_that_the_link_has_grown(carried_bps: float, known: bool) -> None:
    capacity = LinkCapacity()
    capacity.sample(1e6, CONGESTION_WEIGHT)
    capacity.carried(carried_bps)
    assert (capacity.bps > 0) is known


def test_rates_that_spread_widen_what_is_the_same_link() -> None:
    steady, uneven = LinkCapacity(), LinkCapacity()
    for number in range(100):
        steady.sample(1e6, CONGESTION_WEIGHT)
        uneven.sample(1.06e6 if number % 2 else 0.97e6, CONGESTION_WEIGHT)
    for capacity in (steady, uneven):
        capacity.carried(1.08e6)
    assert steady.bps == 0.0
    assert uneven.bps > 0.0
