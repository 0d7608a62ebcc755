import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from quality.loudest import HOLD_S, MARGIN, STAY_S, Loudest

TICK_S = 0.1


def run(
    loudest: Loudest[str], levels: dict[str, float], begin: float, seconds: float
) -> list[tuple[float, tuple[str, ...]]]:
    """The choice at each tick, where it changed."""
    changes: list[tuple[float, tuple[str, ...]]] = []
    for tick in range(round(seconds / TICK_S)):
        now = begin + tick * TICK_S
        chosen = loudest.update(levels, now)
        if not changes or changes[-1][1] != chosen:
            changes.append((now, chosen))
    return changes


def test_all_are_chosen_where_there_are_places() -> None:
    assert set(Loudest[str](3).update({"a": 0.0, "b": 0.1}, 0.0)) == {"a", "b"}


def test_places_are_filled_by_the_loudest_and_ties_by_order() -> None:
    assert set(Loudest[str](2).update({"a": 0.0, "b": 0.1, "c": 0.2}, 0.0)) == {"b", "c"}
    assert set(Loudest[str](2).update({"c": 0.0, "a": 0.0, "b": 0.0}, 0.0)) == {"c", "a"}


def test_no_places_is_nobody() -> None:
    loudest = Loudest[str](0)
    assert loudest.update({"a": 0.5}, 0.0) == ()
    assert loudest.update({"a": 0.5}, 1.0) == ()


def test_a_newcomer_takes_the_place_of_the_quietest_after_the_hold() -> None:
    loudest = Loudest[str](2)
    loudest.update({"a": 0.1, "b": 0.02, "c": 0.0}, 0.0)
    changes = run(loudest, {"a": 0.1, "b": 0.0, "c": 0.1}, 10.0, 2.0)
    assert [set(chosen) for _, chosen in changes] == [{"a", "b"}, {"a", "c"}]
    assert HOLD_S <= changes[1][0] - 10.0 <= HOLD_S + 2 * TICK_S


def test_a_cough_takes_nobodys_place() -> None:
    loudest = Loudest[str](1)
    loudest.update({"a": 0.05, "b": 0.0}, 0.0)
    loudest.update({"a": 0.05, "b": 0.9}, 10.0)
    assert loudest.update({"a": 0.05, "b": 0.9}, 10.0 + HOLD_S / 2) == ("a",)
    assert loudest.update({"a": 0.05, "b": 0.01}, 10.2) == ("a",)
    # The next one begins to count anew.
    assert loudest.update({"a": 0.05, "b": 0.9}, 10.3) == ("a",)


def test_a_little_louder_is_not_enough() -> None:
    loudest = Loudest[str](1)
    loudest.update({"a": 0.1, "b": 0.0}, 0.0)
    changes = run(loudest, {"a": 0.1, "b": 0.1 * MARGIN}, 1.0, 10.0)
    assert [chosen for _, chosen in changes] == [("a",)]


def test_who_leaves_frees_the_place_at_once() -> None:
    loudest = Loudest[str](1)
    loudest.update({"a": 0.5, "b": 0.0, "c": 0.01}, 0.0)
    assert loudest.update({"b": 0.0, "c": 0.01}, 0.1) == ("c",)


def test_fewer_places_keep_the_loudest() -> None:
    loudest = Loudest[str](3)
    levels = {"a": 0.1, "b": 0.3, "c": 0.2}
    loudest.update(levels, 0.0)
    loudest.places = 1
    assert loudest.update(levels, 0.1) == ("b",)
    loudest.places = 3
    assert set(loudest.update(levels, 0.2)) == {"a", "b", "c"}


def test_two_who_shout_in_turn_do_not_flap() -> None:
    loudest = Loudest[str](1)
    seen = []
    for tick in range(200):
        loud = tick % 4 < 2
        seen.append(loudest.update({"a": 0.4 if loud else 0.01, "b": 0.01 if loud else 0.4}, tick * TICK_S))
    assert set(seen) == {("a",)}


@given(st.integers(0, 1 << 32), st.integers(0, 4), st.integers(0, 8))
def test_the_choice_is_full_calm_and_repeatable(seed: int, places: int, people: int) -> None:
    def play() -> list[frozenset[str]]:
        draw = random.Random(seed)
        loudest = Loudest[str](places)
        names = [f"p{number}" for number in range(people)]
        return [
            frozenset(
                loudest.update({name: draw.choice((0.0, 0.01, 0.1, 0.8)) for name in names}, tick * 0.05)
            )
            for tick in range(100)
        ]

    choices = play()
    assert all(len(choice) == min(places, people) for choice in choices)
    assert play() == choices
    entered: dict[str, float] = {}
    for tick, (before, after) in enumerate(itertools.pairwise(choices), 1):
        for name in before - after:
            assert name not in entered or tick * 0.05 - entered[name] >= STAY_S - 1e-9
        for name in after - before:
            entered[name] = tick * 0.05


@given(st.integers(0, 1 << 32))
def test_who_stays_clearly_loudest_is_chosen_in_the_end(seed: int) -> None:
    draw = random.Random(seed)
    loudest = Loudest[str](2)
    for tick in range(20):
        loudest.update({name: draw.random() for name in "abcdef"}, tick * TICK_S)
    winners = set(draw.sample("abcdef", 2))
    levels = {name: 0.9 if name in winners else draw.uniform(0, 0.4) for name in "abcdef"}
    assert set(run(loudest, levels, 2.0, 3.0)[-1][1]) == winners
