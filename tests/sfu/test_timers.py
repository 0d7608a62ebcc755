from dataclasses import dataclass, field
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from sfu.timers import Timers


@dataclass(eq=False)
class Sleeper:
    """Notes when it was woken; may want to be woken again at once."""

    timers: Timers
    again: list[float] = field(default_factory=list)
    woken: list[float] = field(default_factory=list)
    wake_at: float = inf

    def handle_timeout(self, now: float) -> None:
        self.woken.append(now)
        if self.again:
            self.timers.arm(self, self.again.pop(0))


def test_nobody_armed_nothing_is_due() -> None:
    timers = Timers()
    timers.fire(100.0)
    assert timers.next_timeout() is None


def test_each_is_woken_once_when_its_deadline_has_come() -> None:
    timers = Timers()
    early, late = Sleeper(timers), Sleeper(timers)
    timers.arm(late, 2.0)
    timers.arm(early, 1.0)
    assert timers.next_timeout() == 1.0
    timers.fire(0.5)
    assert (early.woken, late.woken) == ([], [])
    timers.fire(1.5)
    timers.fire(1.6)
    assert (early.woken, late.woken) == ([1.5], [])
    assert timers.next_timeout() == 2.0


def test_earlier_deadline_supersedes_and_a_later_one_is_ignored() -> None:
    timers = Timers()
    sleeper = Sleeper(timers)
    timers.arm(sleeper, 2.0)
    timers.arm(sleeper, 3.0)
    timers.arm(sleeper, 1.0)
    timers.fire(1.0)
    timers.fire(5.0)
    assert sleeper.woken == [1.0]


def test_woken_sleeper_arms_anew() -> None:
    timers = Timers()
    sleeper = Sleeper(timers, again=[2.0])
    timers.arm(sleeper, 1.0)
    timers.fire(1.0)
    assert timers.next_timeout() == 2.0
    timers.fire(2.0)
    assert sleeper.woken == [1.0, 2.0]


def test_deadline_armed_in_the_past_fires_in_the_next_call_so_that_others_get_their_turn() -> None:
    timers = Timers()
    greedy, other = Sleeper(timers, again=[0.5, 0.5]), Sleeper(timers)
    timers.arm(greedy, 1.0)
    timers.arm(other, 1.0)
    timers.fire(1.0)
    assert (greedy.woken, other.woken) == ([1.0], [1.0])
    assert timers.next_timeout() == 0.5
    timers.fire(1.0)
    assert greedy.woken == [1.0, 1.0]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 100)), max_size=60))
def test_everybody_is_woken_not_later_than_wished(wishes: list[tuple[int, float]]) -> None:
    timers = Timers()
    sleepers = [Sleeper(timers) for _ in range(4)]
    wanted: dict[int, float] = {}
    for who, at in wishes:
        timers.arm(sleepers[who], at)
        wanted[who] = min(at, wanted.get(who, inf))
    while (due := timers.next_timeout()) is not None:
        timers.fire(due)
    assert {who: sleeper.woken for who, sleeper in enumerate(sleepers) if sleeper.woken} == {
        who: [at] for who, at in wanted.items()
    }
