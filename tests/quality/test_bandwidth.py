"""The estimator over a bottleneck, and fed with lies."""

from math import isfinite
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.bandwidth import BandwidthEstimator
from quality.rate_control import LEAST_BPS, MOST_BPS
from tests.quality.bottleneck import Call, Moment, link


def shares(moments: list[Moment], rate_bps: float) -> list[float]:
    return [moment.estimate_bps / rate_bps for moment in moments]


def test_it_starts_where_it_is_told() -> None:
    assert BandwidthEstimator().estimate_bps == 300_000
    assert BandwidthEstimator().reason == "start"
    assert BandwidthEstimator(500_000).estimate_bps == 500_000
    assert BandwidthEstimator(1.0).estimate_bps == LEAST_BPS
    assert BandwidthEstimator(1e12).estimate_bps == MOST_BPS


# --- over a bottleneck ---


def test_a_steady_link_is_filled_but_for_a_little() -> None:
    call = Call(link(2e6))
    call.run(15)
    steady = call.run(60)
    assert min(shares(steady, 2e6)) >= 0.85
    assert mean(shares(steady, 2e6)) >= 0.92
    assert max(shares(steady, 2e6)) <= 1.05
    assert max(moment.queue_s for moment in steady) < 0.1


@pytest.mark.parametrize("rate_bps", [0.1e6, 0.3e6, 1e6, 5e6, 10e6, 20e6])
def test_links_of_any_rate_are_found(rate_bps: float) -> None:
    call = Call(link(rate_bps))
    call.run(25)
    steady = call.run(20)
    assert 0.85 <= mean(shares(steady, rate_bps)) <= 1.02
    assert max(shares(steady, rate_bps)) <= 1.15
    assert max(moment.queue_s for moment in steady) < 0.12


@pytest.mark.parametrize("queue_ms", [200.0, 500.0, 2000.0])
def test_a_link_that_falls_is_followed_and_its_queue_drained(queue_ms: float) -> None:
    model = link(5e6, queue_ms=queue_ms)
    call = Call(model)
    call.run(25)
    model.rate_bps = 1e6
    fallen = call.now
    moments = call.run(10)
    assert all(moment.estimate_bps < 1e6 for moment in moments if 2 < moment.at - fallen < 4)
    assert all(moment.queue_s < 0.1 for moment in moments if moment.at - fallen > 4)
    assert any(moment.congested for moment in moments)
    assert moments[-1].estimate_bps > 0.85e6


@pytest.mark.parametrize("loss_burst", [1.0, 4.0])
def test_loss_of_5_percent_is_not_taken_for_congestion(loss_burst: float) -> None:
    call = Call(link(2e6, loss=0.05, loss_burst=loss_burst))
    call.run(15)
    assert min(shares(call.run(45), 2e6)) >= 0.7


def test_loss_of_20_percent_is_learned_to_be_the_paths_own() -> None:
    call = Call(link(1e6, loss=0.2))
    call.run(60)
    assert mean(shares(call.run(30), 1e6)) >= 0.8


def test_a_link_that_drops_instead_of_queueing_is_not_overrun() -> None:
    call = Call(link(2e6, queue_ms=15.0))
    call.run(15)
    lost, offered = call.link.lost, call.link.offered
    steady = call.run(30)
    assert 0.6 <= mean(shares(steady, 2e6)) <= 1.0
    assert (call.link.lost - lost) / (call.link.offered - offered) < 0.12
    assert {moment.reason for moment in steady} >= {"loss"}


@pytest.mark.parametrize("drift", [-200e-6, 200e-6])
def test_clocks_that_drift_apart_are_harmless(drift: float) -> None:
    call = Call(link(2e6), drift=drift)
    call.run(15)
    steady = shares(call.run(45), 2e6)
    assert min(steady) >= 0.85
    assert max(steady) <= 1.05


@pytest.mark.parametrize("jitter_ms", [10.0, 20.0])
def test_jitter_is_not_taken_for_congestion(jitter_ms: float) -> None:
    call = Call(link(2e6, jitter_ms=jitter_ms))
    call.run(15)
    assert min(shares(call.run(45), 2e6)) >= 0.8


def test_a_round_trip_of_300_ms_is_no_hindrance() -> None:
    call = Call(link(2e6, delay_ms=150.0), back_ms=150.0)
    call.run(15)
    steady = shares(call.run(45), 2e6)
    assert min(steady) >= 0.85
    assert max(steady) <= 1.05


def test_what_others_send_over_the_link_is_left_to_them() -> None:
    call = Call(link(2e6), competing_bps=1e6)
    call.run(15)
    steady = call.run(45)
    assert 0.8 <= mean(shares(steady, 1e6)) <= 1.05
    assert max(moment.queue_s for moment in steady) < 0.15


# --- little to send, and probes ---


def test_an_estimate_grows_little_beyond_what_is_sent() -> None:
    call = Call(link(10e6), application_bps=400_000)
    moments = call.run(60)
    assert moments[-1].estimate_bps < 700_000
    assert moments[-1].reason == "application"


def test_an_estimate_does_not_fall_because_little_is_sent() -> None:
    call = Call(link(2e6))
    call.run(20)
    before = call.estimator.estimate_bps
    call.application_bps = 100_000
    moments = call.run(60)
    assert min(moment.estimate_bps for moment in moments) >= 0.9 * before
    assert max(moment.estimate_bps for moment in moments) <= 2.1e6


@pytest.mark.parametrize("loss", [0.0, 0.05])
def test_a_probe_finds_what_little_media_cannot(loss: float) -> None:
    call = Call(link(3e6, loss=loss), application_bps=100_000)
    call.run(5)
    assert call.estimator.estimate_bps <= 310_000
    call.wanted_bps = 2e6
    moments = call.run(5)
    assert moments[-1].estimate_bps >= 2e6
    assert moments[-1].reason == "probe"


def test_a_probe_that_fills_the_link_finds_its_rate_and_no_more() -> None:
    call = Call(link(1e6), application_bps=100_000)
    call.run(5)
    call.wanted_bps = 2e6
    moments = call.run(20)
    assert 0.85e6 <= moments[-1].estimate_bps <= 1.05e6
    assert max(moment.queue_s for moment in moments) < 0.1
    assert 3 <= len(call.probed) <= 6


def test_a_link_that_recovers_is_found_within_10_seconds() -> None:
    model = link(5e6)
    call = Call(model, application_bps=2e6, wanted_bps=2e6)
    call.run(15)
    model.rate_bps = 1e6
    call.run(3)
    call.application_bps = 650_000
    call.run(37)
    model.rate_bps = 5e6
    assert any(moment.estimate_bps >= 2e6 for moment in call.run(9))


def test_losing_everything_for_a_while_says_nothing_of_the_rate() -> None:
    model = link(2e6)
    call = Call(model)
    call.run(20)
    model.cut(call.now, call.now + 10)
    call.run(10)
    assert min(shares(call.run(5), 2e6)) >= 0.7


def test_a_pause_forgets_the_queue_of_before() -> None:
    model = link(5e6)
    call = Call(model)
    call.run(20)
    model.rate_bps = 1e6
    call.run(0.8)
    assert call.estimator.congested
    call.application_bps = 0.0
    call.run(2)
    model.rate_bps = 5e6
    call.application_bps = 1e5
    assert not any(moment.congested for moment in call.run(2)[1:])


# --- receivers that report less ---


def test_a_remb_is_the_estimate_where_there_is_nothing_else() -> None:
    estimator = BandwidthEstimator()
    for bps, estimate in ((1.5e6, 1.5e6), (0.0, LEAST_BPS), (1e18, MOST_BPS), (4e5, 4e5)):
        estimator.remb(bps, 1.0)
        assert estimator.estimate_bps == estimate
    assert estimator.reason == "remb"


def test_a_remb_bounds_what_feedback_allows_while_it_is_fresh() -> None:
    call = Call(link(2e6))
    call.run(20)
    call.estimator.remb(500_000.0, call.now)
    assert all(moment.estimate_bps == 500_000 for moment in call.run(5))
    assert call.run(15)[-1].estimate_bps > 500_000


def test_without_feedback_only_loss_bounds_the_estimate() -> None:
    estimator = BandwidthEstimator()
    for second in range(12):
        estimator.loss(0.0, 100.0 + second)
    assert estimator.estimate_bps == MOST_BPS
    estimator.limited(2e6, 112.0)
    for second in range(3):
        estimator.loss(0.4, 112.0 + second)
    assert estimator.estimate_bps < 2e6
    assert estimator.reason == "loss"
    assert estimator.congested
    for second in range(20):
        estimator.loss(0.0, 120.0 + second)
    assert estimator.estimate_bps > 2e6
    assert not estimator.congested


def test_reported_loss_is_ignored_where_there_is_feedback() -> None:
    call = Call(link(2e6))
    call.run(20)
    before = call.estimator.estimate_bps
    call.estimator.loss(0.9, call.now)
    assert call.estimator.estimate_bps == before


# --- lies ---

TIMES = st.one_of(
    st.floats(0, 100),
    st.floats(-1e308, 1e308),
    st.sampled_from([0.0, -1.0, 1e-300, 1e300, 2**24 * 0.064]),
)
PACKETS = st.lists(
    st.tuples(TIMES, st.sampled_from([0, 1, 1200, 65_535, 1 << 60]), TIMES, st.integers(-1, 3)), max_size=30
)


@given(st.lists(st.tuples(PACKETS, TIMES), max_size=12))
def test_whatever_is_reported_the_estimate_stays_within_its_bounds(
    messages: list[tuple[list[tuple[float, int, float, int]], float]],
) -> None:
    estimator = BandwidthEstimator()
    for packets, now in messages:
        sent, size, arrived, probe = ([packet[column] for packet in packets] for column in range(4))
        estimator.feedback(sent, size, arrived, probe, now)  # type: ignore[arg-type]
        assert isfinite(estimator.estimate_bps)
        assert LEAST_BPS <= estimator.estimate_bps <= MOST_BPS
        assert estimator.acknowledged_bps >= 0


@given(
    st.lists(st.tuples(st.sampled_from(["remb", "loss", "limited", "round_trip"]), TIMES, TIMES), max_size=20)
)
def test_whatever_else_is_told_the_estimate_stays_within_its_bounds(
    told: list[tuple[str, float, float]],
) -> None:
    estimator = BandwidthEstimator()
    for what, value, now in told:
        if what == "round_trip":
            estimator.round_trip(value)
        else:
            getattr(estimator, what)(value, now)
        assert LEAST_BPS <= estimator.estimate_bps <= MOST_BPS


def test_a_clock_that_jumps_does_not_spoil_the_estimate() -> None:
    call = Call(link(2e6))
    call.run(20)
    for jump_s in (5.0, -3600.0, 1e6):
        call.clock_ahead_s += jump_s
        call.run(20)
        assert call.estimator.estimate_bps >= 1.5e6


def test_ten_thousand_reports_a_second_move_it_no_faster() -> None:
    estimator = BandwidthEstimator()
    for number in range(10_000):
        now = 100.0 + number / 10_000
        estimator.feedback([now - 0.05], [10], [now], [0], now)
    assert 0.7e6 < estimator.acknowledged_bps < 0.9e6
    assert estimator.estimate_bps < 1.5 * 0.9e6 + 10_000
