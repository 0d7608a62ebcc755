import pytest

from quality.overuse import NORMAL, OVERUSED, UNDERUSED
from quality.rate_control import ACKNOWLEDGED_EXTRA_BPS, LEAST_BPS, MOST_BPS, RateControl


def hold(control: RateControl, usage: int, bps: float, seconds: float, begin: float = 100.0) -> float:
    """Ten verdicts a second while `bps` is sent and arrives; when it ends."""
    for number in range(round(seconds * 10)):
        control.update(usage, bps, bps, control.bps, begin + number / 10)
    return begin + seconds


def congested(bps: float) -> RateControl:
    """After a congestion at `bps`."""
    control = RateControl(bps)
    control.update(OVERUSED, bps, bps, bps, 99.0)
    return control


def test_until_the_first_congestion_it_grows_by_30_percent_a_second() -> None:
    control = RateControl(1e6)
    for number in range(11):
        control.update(NORMAL, control.bps * 0.8, control.bps, control.bps, 100.0 + number / 10)
    assert control.bps == pytest.approx(1.3e6)


def test_growth_ends_at_one_and_a_half_of_what_arrives() -> None:
    control = RateControl(300_000)
    hold(control, NORMAL, 400_000, 60)
    assert control.bps == pytest.approx(1.5 * 400_000 + ACKNOWLEDGED_EXTRA_BPS)


def test_congestion_leaves_nine_tenths_of_what_arrived() -> None:
    control = RateControl(2e6)
    control.update(OVERUSED, 1e6, 2e6, 2e6, 100.0)
    assert control.bps == pytest.approx(0.9e6)


def test_the_next_decrease_waits_for_the_answer_to_the_first() -> None:
    control = RateControl(2e6)
    control.round_trip_s = 0.2
    for at, bps in ((100.0, 0.9e6), (100.2, 0.9e6), (100.31, 0.45e6)):
        control.update(OVERUSED, 1e6 if at < 100.3 else 0.5e6, control.bps, control.bps, at)
        assert control.bps == pytest.approx(bps)


def test_near_the_capacity_it_grows_by_half_a_packet_a_response_time() -> None:
    control = congested(1e6)
    control.round_trip_s = 0.1
    before = control.bps
    hold(control, NORMAL, 0.95e6, 1, 99.1)
    packet_bits = 0.9e6 / 30 / 4
    assert control.bps - before == pytest.approx(packet_bits / 0.4, rel=0.05)


def test_more_than_the_capacity_going_through_forgets_it() -> None:
    control = congested(1e6)
    assert control.capacity.bps > 0
    hold(control, NORMAL, 1.5e6, 1)
    assert control.capacity.bps == 0
    assert control.bps >= 0.9 * 1.5e6


def test_a_queue_that_drains_holds_the_rate() -> None:
    control = RateControl(1e6)
    hold(control, UNDERUSED, 0.9e6, 5)
    assert control.bps == 1e6


def test_who_sends_little_is_cut_by_half_at_most() -> None:
    control = RateControl(2e6)
    control.update(OVERUSED, 100_000, 100_000, 2e6, 100.0)
    assert control.limited
    assert control.bps == 1e6
    assert control.capacity.bps == 0
    hold(control, OVERUSED, 100_000, 3, 101.0)
    assert control.bps == pytest.approx(0.9 * 100_000)


def test_who_sends_little_does_not_grow_beyond_a_known_capacity() -> None:
    control = congested(1e6)
    hold(control, NORMAL, 0.66e6, 60)
    assert control.limited
    assert control.bps == control.capacity.bps == 1e6


@pytest.mark.parametrize(("full", "capacity_bps"), [(True, 3e6), (False, 0.0)])
def test_a_probe_raises_the_rate_and_tells_the_capacity_if_it_filled_the_link(
    full: bool, capacity_bps: float
) -> None:
    control = RateControl(1e6)
    control.probed(3e6, full)
    assert control.bps == 3e6
    assert control.capacity.bps == capacity_bps
    control.probed(2e6, False)
    assert control.bps == 3e6


def test_the_rate_stays_within_its_bounds() -> None:
    control = RateControl(1e9)
    assert control.bps == MOST_BPS
    hold(control, NORMAL, 1e9, 3)
    assert control.bps == MOST_BPS
    hold(control, OVERUSED, 1.0, 60, 110.0)
    assert control.bps == LEAST_BPS
    control.probed(1e12, False)
    assert control.bps == MOST_BPS


def test_without_any_arrival_known_congestion_still_lowers_the_rate() -> None:
    control = RateControl(1e6)
    control.update(OVERUSED, 0.0, 1e6, 1e6, 100.0)
    assert control.bps == pytest.approx(0.9e6)
