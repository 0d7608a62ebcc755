"""The allocator, alone and over time. Steps are those of a camera with three layers of three rates each."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.allocator import DARK_S, HEADROOM, HOLD_S, START_S, Allocation, Allocator, Step, Wanted
from tests.quality.test_ladder import simulcast

SCREEN = (Step(0, -1, 0, 250e3, 1920, 1080, 5.0), Step(0, -1, -1, 800e3, 1920, 1080, 15.0))


def slot(key: str, steps: Sequence[Step] | None = None, **facts: float) -> Wanted:
    return Wanted(
        key,
        simulcast() if steps is None else tuple(steps),
        int(facts.get("priority", 0)),
        int(facts.get("rank", 3)),
        int(facts.get("width", 0)),
        int(facts.get("height", 0)),
        float(facts.get("fps", 0)),
        bool(facts.get("screen", 0)),
    )


def louder(steps: Sequence[Step], factor: float) -> tuple[Step, ...]:
    """The same steps at another cost."""
    return tuple(
        Step(s.layer, s.spatial, s.temporal, s.bitrate_bps * factor, s.width, s.height, s.fps) for s in steps
    )


def layers(allocations: Sequence[Allocation]) -> dict[str, int | None]:
    return {a.key: None if a.step is None else a.step.layer for a in allocations}


def reasons(allocations: Sequence[Allocation]) -> dict[str, str]:
    return {a.key: a.reason for a in allocations}


def total(allocations: Sequence[Allocation]) -> float:
    return sum(a.target_bps for a in allocations)


# --- one moment ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget_bps", "layer", "temporal", "reason"),
    [
        (2e6, 2, 2, "full"),
        (1.5e6, 2, 1, "bandwidth"),
        (6e5, 1, 2, "bandwidth"),
        (4e5, 1, 1, "bandwidth"),
        (2e5, 0, 2, "bandwidth"),
        (1e5, 0, 0, "bandwidth"),
        (5e4, None, None, "bandwidth"),
        (0.0, None, None, "bandwidth"),
        (-1e9, None, None, "bandwidth"),
        (float("inf"), 2, 2, "full"),
    ],
)
def test_one_camera_gets_what_fits(
    budget_bps: float, layer: int | None, temporal: int | None, reason: str
) -> None:
    (allocation,) = Allocator().allocate(budget_bps, [slot("v1")], False, 0.0)
    step = allocation.step
    assert (None, None) if step is None else (step.layer, step.temporal) == (layer, temporal)
    assert (step is None) == (layer is None)
    assert allocation.reason == reason
    assert allocation.target_bps == (0.0 if step is None else step.bitrate_bps)


def test_a_screen_is_sharp_and_fluent_before_cameras_grow() -> None:
    wanted = [slot("v1"), slot("v2"), slot("s", SCREEN, rank=0, screen=1)]
    allocations = Allocator().allocate(1.2e6, wanted, False, 0.0)
    assert layers(allocations) == {"v1": 0, "v2": 0, "s": 0}
    assert allocations[2].step == SCREEN[1]
    assert total(allocations) <= 1.2e6
    assert reasons(allocations) == {"v1": "priority", "v2": "priority", "s": "full"}


def test_where_not_even_the_lowest_of_all_fits_the_least_important_is_dark() -> None:
    wanted = [slot("other"), slot("speaker", rank=2), slot("pinned", rank=1), slot("s", SCREEN, rank=0)]
    allocations = Allocator().allocate(0.42e6, wanted, False, 0.0)
    assert layers(allocations) == {"other": None, "speaker": 0, "pinned": 0, "s": 0}
    assert reasons(allocations)["other"] == "bandwidth"


def test_a_small_one_is_not_dark_because_a_large_one_does_not_fit() -> None:
    wanted = [slot("s", louder(SCREEN, 4.0), rank=0), slot("v1")]
    assert layers(Allocator().allocate(0.3e6, wanted, False, 0.0)) == {"s": None, "v1": 0}


def test_the_client_s_priority_comes_before_rank_and_size() -> None:
    wanted = [slot("s", SCREEN, rank=0), slot("v1", priority=1), slot("v2", width=640, height=360)]
    allocations = Allocator().allocate(2e6, wanted, False, 0.0)
    assert layers(allocations) == {"s": 0, "v1": 2, "v2": 0}


def test_equals_grow_in_turns_the_larger_first() -> None:
    wanted = [slot("small", width=640, height=360), slot("large", width=1280, height=720)]
    assert layers(Allocator().allocate(1.2e6, wanted, False, 0.0)) == {"small": 1, "large": 1}
    assert layers(Allocator().allocate(0.76e6, wanted, False, 0.0)) == {"small": 0, "large": 1}


def test_what_is_asked_for_is_no_shortage() -> None:
    (allocation,) = Allocator().allocate(5e6, [slot("v1", width=320, height=180)], False, 0.0)
    assert (allocation.reason, allocation.target_bps) == ("view_size", 150e3)


def test_nothing_alive_is_told_apart_from_no_bandwidth() -> None:
    assert Allocator().allocate(5e6, [slot("v1", ())], False, 0.0) == [
        Allocation("v1", None, 0.0, "no_layer")
    ]


def test_nobody_there_wants_nothing() -> None:
    allocator = Allocator()
    assert allocator.allocate(1e6, [], False, 0.0) == []
    assert allocator.next_step_bps == 0.0


# --- what a probe has to show ----------------------------------------------------------------------------


def test_the_next_step_needs_the_cheapest_growth_on_top_of_all() -> None:
    allocator = Allocator()
    allocator.allocate(6e5, [slot("v1")], False, 0.0)
    assert allocator.next_step_bps == pytest.approx(0.7 * 1400e3 * HEADROOM)
    allocator.allocate(5e6, [slot("v1")], False, 0.0)
    assert allocator.next_step_bps == 0.0
    allocator.allocate(0.0, [slot("v1"), slot("v2")], False, 0.0)
    assert allocator.next_step_bps == pytest.approx(0.5 * 150e3 * HEADROOM)


@given(st.floats(0, 4e6), st.integers(1, 5))
def test_what_the_next_step_needs_buys_something(budget_bps: float, count: int) -> None:
    wanted = [slot(f"v{i}") for i in range(count)]
    allocator = Allocator()
    before = total(allocator.allocate(budget_bps, wanted, False, 0.0))
    needed = allocator.next_step_bps
    if needed == 0.0:
        assert before == pytest.approx(count * 1400e3)
    else:
        assert total(Allocator().allocate(needed * 1.0001, wanted, False, 0.0)) > before


# --- over time -------------------------------------------------------------------------------------------


def test_growth_waits_after_a_fall() -> None:
    allocator = Allocator()
    grown = layers(allocator.allocate(5e6, [slot("v1")], False, 0.0))
    fallen = layers(allocator.allocate(6e5, [slot("v1")], False, 20.0))
    waiting = layers(allocator.allocate(5e6, [slot("v1")], False, 20.0 + HOLD_S - 0.1))
    back = layers(allocator.allocate(5e6, [slot("v1")], False, 20.0 + HOLD_S))
    assert [grown["v1"], fallen["v1"], waiting["v1"], back["v1"]] == [2, 1, 1, 2]


def test_a_fall_in_the_first_second_holds_no_longer() -> None:
    allocator = Allocator()
    allocator.allocate(5e6, [slot("v1")], False, 0.0)
    fallen = layers(allocator.allocate(6e5, [slot("v1")], False, 0.5))
    waiting = layers(allocator.allocate(5e6, [slot("v1")], False, 0.5 + START_S - 0.01))
    back = layers(allocator.allocate(5e6, [slot("v1")], False, 0.5 + START_S))
    assert [fallen["v1"], waiting["v1"], back["v1"]] == [1, 1, 2]


def test_a_step_that_keeps_failing_is_tried_less_often() -> None:
    allocator = Allocator()
    grown_at = []
    wanted = [slot("v1")]
    was: int | None = 0
    for tick in range(1200):
        now = tick / 10
        # The link seems to carry the step until it is taken.
        (allocation,) = allocator.allocate(6e5 if was == 2 else 5e6, wanted, False, now)
        layer = None if allocation.step is None else allocation.step.layer
        if layer == 2 and was != 2:
            grown_at.append(now)
        was = layer
    gaps = [after - before for before, after in pairwise(grown_at)]
    assert gaps[1] == pytest.approx(HOLD_S, abs=0.3)  # before it the fall of the first second
    assert gaps[-1] == pytest.approx(4 * HOLD_S, abs=0.3)


def test_what_is_no_longer_wanted_so_large_comes_back_at_once() -> None:
    allocator = Allocator()
    allocator.allocate(5e6, [slot("v1")], False, 0.0)
    assert layers(allocator.allocate(5e6, [slot("v1", width=320, height=180)], False, 1.0)) == {"v1": 0}
    assert layers(allocator.allocate(5e6, [slot("v1")], False, 1.1)) == {"v1": 2}


def test_a_layer_that_died_comes_back_at_once() -> None:
    allocator = Allocator()
    steps = simulcast()
    allocator.allocate(5e6, [slot("v1", steps)], False, 0.0)
    alive = [step for step in steps if step.layer < 2]
    assert layers(allocator.allocate(5e6, [slot("v1", alive)], False, 1.0)) == {"v1": 1}
    assert layers(allocator.allocate(5e6, [slot("v1", steps)], False, 1.1)) == {"v1": 2}


def test_nobody_grows_while_the_path_is_congested() -> None:
    allocator = Allocator()
    assert layers(allocator.allocate(5e6, [slot("v1")], True, 0.0)) == {"v1": 0}
    assert layers(allocator.allocate(5e6, [slot("v1")], False, 0.1)) == {"v1": 2}
    assert layers(allocator.allocate(5e6, [slot("v1")], True, 0.2)) == {"v1": 2}


def test_who_was_dark_waits_and_its_room_is_not_given_away() -> None:
    allocator = Allocator()
    wanted = [slot("v1", rank=2), slot("v2")]
    allocator.allocate(1e5, wanted, False, 0.0)
    assert layers(allocator.allocate(1e5, wanted, False, 0.1)) == {"v1": 0, "v2": None}
    assert layers(allocator.allocate(2e5, wanted, False, 0.2)) == {"v1": 0, "v2": 0}
    fallen = allocator.allocate(1e5, wanted, False, 20.0)
    assert layers(fallen) == {"v1": 0, "v2": None}
    kept = allocator.allocate(2e5, wanted, False, 20.0 + DARK_S - 0.1)
    assert (layers(kept), total(kept)) == ({"v1": 0, "v2": None}, 75e3)
    assert layers(allocator.allocate(2e5, wanted, False, 20.0 + DARK_S)) == {"v1": 0, "v2": 0}
    both = allocator.allocate(5e6, wanted, False, 20.0 + HOLD_S - 0.1)
    assert layers(both) == {"v1": 0, "v2": 0}
    assert layers(allocator.allocate(5e6, wanted, False, 20.0 + HOLD_S)) == {"v1": 2, "v2": 2}


def test_a_new_slot_gets_its_lowest_step_from_what_others_had() -> None:
    allocator = Allocator()
    assert layers(allocator.allocate(1.6e6, [slot("v1")], False, 0.0)) == {"v1": 2}
    both = allocator.allocate(1.6e6, [slot("v1"), slot("v2")], False, 1.0)
    assert all(layer is not None for layer in layers(both).values())


def test_who_has_a_step_keeps_it_from_equals_who_would_only_take_its_place() -> None:
    allocator = Allocator()
    allocator.allocate(5.6e5, [slot("v2")], False, 0.0)
    assert layers(allocator.allocate(5.6e5, [slot("v1"), slot("v2")], False, 1.0)) == {"v1": 0, "v2": 1}
    allocator = Allocator()
    allocator.allocate(1.6e6, [slot("v2")], False, 0.0)
    assert layers(allocator.allocate(1.6e6, [slot("v1"), slot("v2")], False, 1.0)) == {"v1": 1, "v2": 2}


@pytest.mark.parametrize("seed", range(5))
def test_bitrates_that_wobble_by_15_percent_move_nothing(seed: int) -> None:
    random = Random(seed)
    allocator = Allocator()
    changes = 0
    last: list[tuple[int, int] | None] = []
    for tick in range(600):
        wanted = [
            slot(f"v{i}", louder(simulcast(), random.uniform(0.85, 1.15)), rank=i, width=640 * (i + 1))
            for i in range(4)
        ]
        allocations = allocator.allocate(3.2e6, wanted, False, tick / 10)
        got = [None if a.step is None else (a.step.layer, a.step.temporal) for a in allocations]
        changes += tick > 150 and got != last
        last = got
    assert changes <= 2


# --- properties ------------------------------------------------------------------------------------------

STEPS = st.builds(
    Step,
    st.integers(0, 3),
    st.integers(-1, 2),
    st.integers(-1, 3),
    st.floats(0, 4e6),
    st.sampled_from([0, 1, 320, 640, 1280, 2**60]),
    st.sampled_from([0, 1, 180, 360, 720, 2**60]),
    st.sampled_from([0.0, 0.1, 7.5, 15.0, 30.0, 1e9]),
)
WANTED = st.builds(
    Wanted,
    st.sampled_from([f"v{i}" for i in range(6)]),
    st.lists(STEPS, max_size=6).map(tuple),
    st.integers(-2, 2),
    st.integers(0, 3),
    st.sampled_from([0, 1, 320, 2**60]),
    st.sampled_from([0, 1, 180, 2**60]),
    st.sampled_from([0.0, 15.0, 1e9]),
    st.booleans(),
)
SLOTS = st.lists(WANTED, max_size=6, unique_by=lambda wanted: wanted.key)
HISTORY = st.lists(st.tuples(SLOTS, st.floats(0, 8e6), st.booleans(), st.floats(0, 6)), max_size=6)


@given(HISTORY)
def test_the_sum_is_within_the_budget_whatever_came_before(
    history: list[tuple[list[Wanted], float, bool, float]],
) -> None:
    allocator, again = Allocator(), Allocator()
    now = 0.0
    for wanted, budget_bps, congested, passed in history:
        now += passed
        allocations = allocator.allocate(budget_bps, wanted, congested, now)
        assert [a.key for a in allocations] == [slot.key for slot in wanted]
        assert total(allocations) <= budget_bps * (1 + 1e-9)
        assert all(
            a.step is None or a.step in slot.steps for a, slot in zip(allocations, wanted, strict=True)
        )
        assert again.allocate(budget_bps, wanted, congested, now) == allocations


@given(SLOTS, st.floats(0, 8e6))
def test_nobody_is_dark_while_another_grows_into_its_room(wanted: list[Wanted], budget_bps: float) -> None:
    allocations = Allocator().allocate(budget_bps, wanted, False, 0.0)
    lowest = Allocator().allocate(budget_bps, wanted, True, 0.0)  # new slots: congested, hence no growth
    assert [a.step is None for a in allocations] == [a.step is None for a in lowest]


@given(SLOTS, st.floats(0, 8e6), st.floats(0, 8e6))
def test_the_most_important_never_gets_less_from_a_larger_budget(
    wanted: list[Wanted], one_bps: float, other_bps: float
) -> None:
    alive = [slot for slot in wanted if slot.steps]
    if not alive:
        return
    first = min(alive, key=lambda slot: (-slot.priority, slot.rank, -float(slot.width) * slot.height))
    smaller, larger = sorted((one_bps, other_bps))

    def given_to_first(budget_bps: float) -> float:
        allocations = Allocator().allocate(budget_bps, [first], False, 0.0)
        return -1.0 if allocations[0].step is None else allocations[0].target_bps

    assert given_to_first(smaller) <= given_to_first(larger)


@given(st.integers(1, 12), st.floats(0, 2e7), st.floats(0, 2e7))
def test_a_larger_budget_gives_equals_no_less_in_all(count: int, one_bps: float, other_bps: float) -> None:
    wanted = [slot(f"v{i}") for i in range(count)]
    smaller, larger = sorted((one_bps, other_bps))

    def given(budget_bps: float) -> float:
        return total(Allocator().allocate(budget_bps, wanted, False, 0.0))

    assert given(smaller) <= given(larger) * (1 + 1e-9)


def test_a_hundred_slots_of_twelve_steps_are_bounded_work() -> None:
    steps = tuple(Step(n // 3, -1, n % 3, 1e4 * (n + 1), 2**40, 2**40, 10.0 * (n % 3)) for n in range(12))
    wanted = [slot(f"v{i}", steps) for i in range(100)]
    allocator = Allocator()
    began = process_time()
    for tick in range(10):
        allocator.allocate(3e6, wanted, False, tick / 10)
    assert process_time() - began < 5.0


def test_what_was_given_while_nothing_was_known_holds_nobody_back() -> None:
    allocator = Allocator()
    wanted = [slot("a", SCREEN), slot("b", SCREEN)]
    assert reasons(allocator.allocate(inf, wanted, False, 5.0)) == {"a": "full", "b": "full"}
    assert layers(allocator.allocate(300e3, wanted, False, 5.1)) == {"a": 0, "b": None}
    assert allocator.most_bps == pytest.approx(1.6e6 * HEADROOM)
    assert layers(allocator.allocate(600e3, wanted, False, 5.2)) == {"a": 0, "b": 0}
