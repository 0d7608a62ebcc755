"""The link model: what it loses, delays, reorders and repeats, and that a seed decides all of it."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.network import IP_UDP_HEADER_BYTES, LinkModel


def offer(model: LinkModel, count: int, spacing_s: float = 0.001) -> list[list[float]]:
    return [model.schedule(1_000, n * spacing_s) for n in range(count)]


def runs_of_losses(fates: list[list[float]]) -> list[int]:
    text = "".join("." if fate else "x" for fate in fates)
    return [len(run) for run in text.split(".") if run]


def test_perfect_link_delivers_at_once():
    assert offer(LinkModel(Random(1)), 3) == [[0.0], [0.001], [0.002]]


def test_delay_is_added():
    assert LinkModel(Random(1), delay_ms=20).schedule(100, 5.0) == [pytest.approx(5.020)]


@pytest.mark.parametrize("loss", [0.01, 0.05, 0.3])
@pytest.mark.parametrize("loss_burst", [1, 4])
def test_loss_has_the_share_asked_for(loss, loss_burst):
    model = LinkModel(Random(7), loss=loss, loss_burst=loss_burst)
    fates = offer(model, 40_000)
    assert sum(not fate for fate in fates) / len(fates) == pytest.approx(loss, rel=0.15)
    assert (model.offered, model.lost) == (40_000, sum(not fate for fate in fates))


@pytest.mark.parametrize(("loss_burst", "expected"), [(1, 1 / 0.95), (5, 5)])
def test_losses_come_in_runs_of_the_mean_length(loss_burst, expected):
    runs = runs_of_losses(offer(LinkModel(Random(3), loss=0.05, loss_burst=loss_burst), 40_000))
    assert sum(runs) / len(runs) == pytest.approx(expected, rel=0.1)


def test_total_loss_delivers_nothing():
    assert not any(offer(LinkModel(Random(1), loss=1.0, loss_burst=3), 100))


def test_cut_loses_everything_in_its_period_and_nothing_outside():
    model = LinkModel(Random(1))
    model.cut(2.0, 4.0)
    assert [n for n in range(6) if not model.schedule(10, float(n))] == [2, 3]


def test_duplicates_arrive_twice():
    fates = offer(LinkModel(Random(5), duplicate=0.1), 10_000)
    assert sum(len(fate) == 2 for fate in fates) / len(fates) == pytest.approx(0.1, rel=0.15)


def test_reordered_datagrams_are_overtaken():
    fates = offer(LinkModel(Random(5), reorder=0.1, reorder_ms=5), 10_000)
    arrivals = [fate[0] for fate in fates]
    overtaken = sum(now > later for now, later in pairwise(arrivals))
    # One that is held back is not overtaken by its neighbour if that is held back too.
    assert overtaken / len(arrivals) == pytest.approx(0.1 * 0.9, rel=0.15)


def test_rate_spaces_datagrams_and_a_full_queue_drops():
    model = LinkModel(Random(1), rate_bps=8_000 * (100 + IP_UDP_HEADER_BYTES), queue_ms=3)
    fates = [model.schedule(100, 0.0) for _ in range(6)]
    assert [fate[0] for fate in fates if fate] == pytest.approx([0.001, 0.002, 0.003, 0.004])
    assert model.lost == 2
    assert model.schedule(100, 1.0) == [pytest.approx(1.001)]


conditions = st.fixed_dictionaries(
    {
        "loss": st.floats(0, 1),
        "loss_burst": st.floats(1, 10),
        "delay_ms": st.floats(0, 200),
        "jitter_ms": st.floats(0, 50),
        "duplicate": st.floats(0, 1),
        "rate_bps": st.none() | st.floats(1e5, 1e8),
    }
)


@settings(max_examples=50)
@given(conditions, st.integers(0, 2**32), st.floats(0, 0.5))
def test_equal_seeds_give_equal_fates(fields, seed, reorder):
    one, other = (LinkModel(Random(seed), reorder=reorder, **fields) for _ in range(2))
    assert offer(one, 50) == offer(other, 50)


@settings(max_examples=50)
@given(conditions, st.integers(0, 2**32))
def test_without_reorder_the_order_is_kept_and_nothing_arrives_early(fields, seed):
    fates = offer(LinkModel(Random(seed), **fields), 50)
    arrivals = [arrival for fate in fates for arrival in fate]
    assert arrivals == sorted(arrivals)
    assert all(arrival >= n * 0.001 for n, fate in enumerate(fates) for arrival in fate)
