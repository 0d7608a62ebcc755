import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.probes import AFTER_CONGESTION_S, ANSWER_S, Probe, ProbeController

TICK_S = 0.1


def asked(
    controller: ProbeController,
    seconds: float,
    estimate_bps: float = 1e6,
    wanted_bps: float = 2e6,
    answer_bps: float | None = 0.9e6,
    congested: bool = False,
    begin: float = 100.0,
) -> list[tuple[float, Probe]]:
    """The probes of this time and when they were sent; each is answered `answer_bps` 200 ms later, or not."""
    probes: list[tuple[float, Probe]] = []
    for tick in range(round(seconds / TICK_S)):
        now = begin + tick * TICK_S
        if answer_bps is not None and probes and abs(now - probes[-1][0] - 0.2) < TICK_S / 2:
            controller.result(probes[-1][1].number, answer_bps, now)
        probe = controller.poll(now, estimate_bps, wanted_bps, congested)
        if probe is not None:
            probes.append((now, probe))
    return probes


def times(probes: list[tuple[float, Probe]], begin: float = 100.0) -> list[float]:
    return [at - begin for at, _ in probes]


@pytest.mark.parametrize(
    ("estimate_bps", "wanted_bps", "rate_bps"),
    [
        (1e6, 2e6, 2.4e6),
        (1e6, 1.05e6, 1.26e6),
        (1e6, 0.98e6, 1.2e6),
        (100_000, 150_000, 300_000),
        (90e6, 95e6, 100e6),
    ],
)
def test_a_probe_goes_a_fifth_beyond_the_next_step(
    estimate_bps: float, wanted_bps: float, rate_bps: float
) -> None:
    probe = ProbeController().poll(5.0, estimate_bps, wanted_bps, False)
    assert probe is not None
    assert probe.rate_bps == pytest.approx(rate_bps)
    assert probe.size_bytes * 8 / probe.duration_s == pytest.approx(rate_bps)
    assert probe.duration_s >= 0.015
    assert probe.number >= 1
    assert probe.packets >= 5


@pytest.mark.parametrize(
    ("estimate_bps", "wanted_bps"), [(1e6, 0.0), (1e6, 0.9e6), (100e6, 1e18), (1e6, -1.0)]
)
def test_no_probe_where_nothing_better_is_wanted_or_can_be(estimate_bps: float, wanted_bps: float) -> None:
    assert asked(ProbeController(), 20, estimate_bps, wanted_bps) == []


def test_the_first_goes_at_once_and_after_failures_ever_later() -> None:
    probes = asked(ProbeController(), 40)
    assert times(probes) == pytest.approx([0.0, 3.0, 7.5, 14.25, 22.25, 30.25, 38.25], abs=0.15)
    assert [probe.number for _, probe in probes] == [1, 2, 3, 4, 5, 6, 7]


def test_a_probe_without_answer_has_failed() -> None:
    assert times(asked(ProbeController(), 10, answer_bps=None)) == pytest.approx([0.0, 3.0, 7.5], abs=0.15)


def test_one_probe_at_a_time() -> None:
    controller = ProbeController()
    assert controller.poll(5.0, 1e6, 2e6, False) is not None
    controller.poll(5.1, 1e6, 0.0, False)
    assert controller.poll(5.1 + ANSWER_S / 2, 1e6, 3e6, False) is None


def test_after_success_the_next_step_is_probed_soon() -> None:
    controller = ProbeController()
    asked(controller, 20)
    assert len(asked(controller, 10, answer_bps=2.4e6, begin=120.0)) >= 8
    assert times(asked(controller, 4, begin=131.0), 131.0) == pytest.approx([0.0, 3.0], abs=0.15)


def test_while_congested_and_a_little_longer_there_are_no_probes() -> None:
    controller = ProbeController()
    assert asked(controller, 5, congested=True) == []
    assert times(asked(controller, 3, begin=105.0), 105.0) == pytest.approx(
        [AFTER_CONGESTION_S - TICK_S], abs=0.15
    )


def test_who_wants_less_is_not_made_to_wait_for_what_failed() -> None:
    controller = ProbeController()
    failed = asked(controller, 16)
    assert times(failed)[-1] == pytest.approx(14.25, abs=0.15)
    probes = asked(controller, 5, wanted_bps=1.2e6, begin=116.0)
    assert times(probes)[0] == pytest.approx(17.25, abs=0.15)


@given(
    st.lists(
        st.tuples(
            st.floats(-1e9, 1e9),
            st.floats(3e4, 1e8),
            st.floats(-1e18, 1e18),
            st.booleans(),
            st.integers(-2, 9),
        ),
        max_size=40,
    )
)
def test_whatever_is_wanted_probes_are_bounded(polls: list[tuple[float, float, float, bool, int]]) -> None:
    controller = ProbeController()
    numbers = []
    for now, estimate, wanted, congested, number in polls:
        controller.result(number, wanted, now)
        probe = controller.poll(now, estimate, wanted, congested)
        if probe is not None:
            numbers.append(probe.number)
            assert estimate < probe.rate_bps <= 100e6
            assert 0.015 <= probe.duration_s <= 0.1
            assert 5 * 200 <= probe.size_bytes <= 300_000
    assert numbers == sorted(set(numbers))


def test_at_the_start_it_goes_for_all_that_is_wanted_until_the_link_is_full() -> None:
    controller = ProbeController()
    first = controller.poll(5.0, 2e6, 2.3e6, False, 9e6)
    assert first is not None
    assert first.rate_bps == pytest.approx(6e6)
    controller.result(first.number, 6e6, 5.1)
    second = controller.poll(5.1, 6e6, 7e6, False, 9e6)
    assert second is not None
    assert second.rate_bps == pytest.approx(1.2 * 9e6)
    controller.result(second.number, 7.5e6, 5.2)
    assert controller.poll(5.3, 7e6, 8e6, False, 9e6) is None
    third = controller.poll(6.0, 7e6, 8e6, False, 20e6)
    assert third is not None
    assert third.rate_bps == pytest.approx(1.2 * 8e6)


def test_after_congestion_it_goes_step_by_step() -> None:
    controller = ProbeController()
    assert controller.poll(5.0, 2e6, 2.3e6, True, 9e6) is None
    probe = controller.poll(7.0, 2e6, 2.3e6, False, 9e6)
    assert probe is not None
    assert probe.rate_bps == pytest.approx(1.2 * 2.3e6)
