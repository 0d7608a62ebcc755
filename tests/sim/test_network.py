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


def test_bad_spells_lose_a_part_and_good_times_a_little():
    model = LinkModel(Random(3), loss=0.05, loss_burst=20, loss_inside=0.5, loss_outside=0.01)
    fates = offer(model, 100_000)
    assert model.lost / len(fates) == pytest.approx(0.05, rel=0.1)
    runs = runs_of_losses(fates)
    assert 1.5 < sum(runs) / len(runs) < 2  # half is lost inside: a run ends with one in two, or the spell


def test_bad_spells_that_lose_no_more_than_asked_for_last():
    model = LinkModel(Random(3), loss=0.2, loss_burst=5, loss_inside=0.2)
    fates = offer(model, 40_000)
    assert model.lost / len(fates) == pytest.approx(0.2, rel=0.05)


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


def test_a_queue_of_bytes_holds_so_many():
    model = LinkModel(
        Random(1), rate_bps=8_000 * (100 + IP_UDP_HEADER_BYTES), queue_bytes=3 * (100 + IP_UDP_HEADER_BYTES)
    )
    assert [bool(model.schedule(100, 0.0)) for _ in range(5)] == [True, True, True, False, False]
    assert model.queue_s(0.0) == pytest.approx(0.003)
    assert [bool(model.schedule(100, 0.0015)) for _ in range(3)] == [True, False, False]


def test_what_waits_when_the_rate_changes_is_served_at_the_new_one():
    model = LinkModel(Random(1), rate_bps=8_000 * (100 + IP_UDP_HEADER_BYTES), queue_ms=1_000)
    model.change_rate(0.0025, model.rate_bps / 10)
    model.change_rate(0.0125, model.rate_bps)
    fates = [model.schedule(100, 0.0) for _ in range(5)]
    # Half of the third at the old rate, half in 5 ms; then half of the fourth before the rate returns.
    assert [fate[0] for fate in fates] == pytest.approx([0.001, 0.002, 0.0075, 0.013, 0.014])


def test_a_link_may_become_narrow_later():
    model = LinkModel(Random(1))
    model.change_rate(1.0, 8_000 * (100 + IP_UDP_HEADER_BYTES))
    assert model.schedule(100, 0.5) == [0.5]
    assert model.schedule(100, 2.0) == [pytest.approx(2.001)]


conditions = st.fixed_dictionaries(
    {
        "loss": st.floats(0, 1),
        "loss_burst": st.floats(1, 10),
        "delay_ms": st.floats(0, 200),
        "jitter_ms": st.floats(0, 50),
        "duplicate": st.floats(0, 1),
        "rate_bps": st.none() | st.floats(1e5, 1e8),
        "queue_bytes": st.none() | st.integers(0, 100_000),
        "rate_changes": st.lists(st.tuples(st.floats(0, 0.05), st.floats(1e4, 1e8))).map(sorted),
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
