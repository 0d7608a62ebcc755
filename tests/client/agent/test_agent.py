"""What an agent does with messages and time, on a screen of paper."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from client.agent.agent import Agent, Message
from client.agent.hands import AT_ONCE, MAX_HELD, MAX_NOTCHES, MAX_TEXT, PAUSE_S, SETTLE_S, SILENCE_S
from client.agent.injector import Own
from client.agent.upper_hand import ESCAPES_WITHIN_S, GOES_ON_AFTER_S
from tests.client.agent.paper_screen import PaperScreen

TRACK = "tr_1"


class Desk:
    """An agent at a screen, at a time."""

    def __init__(self, *, missing: str = "", foreign: str = "", allow_system_keys: bool = False) -> None:
        self.now = 100.0
        self.screen = PaperScreen(missing, foreign)
        self.agent = Agent(self.screen, TRACK, allow_system_keys=allow_system_keys)

    def give(self, holder: str = "pa_b", scope: tuple[str, ...] = ("pointer", "keyboard")) -> None:
        about = {"track": TRACK, "participant": holder, "name": "Bert", "scope": list(scope)}
        granted = {"t": "granted", **about}
        self.agent.hear("control", granted, self.now)

    def revoke(self) -> None:
        said = {"t": "revoked", "track": TRACK, "participant": "pa_b", "reason": "revoked"}
        self.agent.hear("control", said, self.now)

    def input(self, kind: str, holder: str = "pa_b", **fields: Any) -> list[tuple[Any, ...]]:
        """Says it, and gives what was done."""
        self.screen.take()
        message = {"t": "input", "track": TRACK, "participant": holder, "kind": kind, **fields}
        self.agent.hear("control", message, self.now)
        return self.screen.take()

    def move(self, x: float, y: float, holder: str = "pa_b") -> list[tuple[Any, ...]]:
        self.screen.take()
        self.agent.hear(
            "live", {"t": "move", "track": TRACK, "participant": holder, "x": x, "y": y}, self.now
        )
        return self.screen.take()

    def down(self, button: int = 0, **fields: Any) -> list[tuple[Any, ...]]:
        return self.input("down", x=0.5, y=0.5, button=button, **fields)

    def up(self, button: int = 0, **fields: Any) -> list[tuple[Any, ...]]:
        return self.input("up", x=0.5, y=0.5, button=button, **fields)

    def key(self, code: str, key: str, down: bool = True, **fields: Any) -> list[tuple[Any, ...]]:
        return self.input("key", code=code, key=key, down=down, **fields)

    def own(self, *done: Own) -> None:
        for one in done:
            self.agent.own(one, self.now)

    def wait(self, seconds: float) -> list[tuple[Any, ...]]:
        """Time passes; what was done meanwhile."""
        self.screen.take()
        until = self.now + seconds
        while (due := self.agent.next_timeout()) is not None and due <= until:
            self.now = max(self.now, due)
            self.agent.handle_timeout(self.now)
        self.now = until
        return self.screen.take()

    def said(self) -> list[Message]:
        said, self.agent.messages = self.agent.messages, []
        return said


AT = ("move", 0.5, 0.5)


def test_what_the_holder_does_is_done() -> None:
    desk = Desk()
    desk.agent.picture = (1280, 720)
    desk.give()
    assert "Bert has control: pointer and keyboard, on paper (1280×720)" in desk.agent.words[-1]
    assert desk.move(0.25, 1) == [("move", 0.25, 1)]
    assert desk.down(1) == [AT, ("button", 1, True)]
    assert desk.up(1) == [AT, ("button", 1, False)]
    assert desk.key("KeyA", "A") == [("press", "A")]
    assert desk.key("KeyA", "a", down=False) == [("release", "A")]
    assert desk.input("text", text="é\n") == [("type", "é"), ("type", "Enter")]
    assert desk.input("wheel", x=0.5, y=0.5, dx=0, dy=-240) == [AT, ("scroll", 0, -2)]


def test_several_moves_may_come_at_once() -> None:
    desk = Desk()
    desk.give()
    move = {"t": "move", "track": TRACK, "participant": "pa_b"}
    others = [{"t": "stroke"}, {**move, "track": "tr_2", "x": 0, "y": 0}, 5, None]
    desk.agent.hear("live", [{**move, "x": 0.1, "y": 0.2}, *others, {**move, "x": 0.3, "y": 0.4}], desk.now)
    assert desk.screen.take() == [("move", 0.1, 0.2), ("move", 0.3, 0.4)]


def test_nothing_is_done_for_anybody_else_before_or_after_or_beyond_the_scope() -> None:
    desk = Desk()
    assert desk.down() == desk.move(0, 0) == []
    desk.give(scope=("pointer",))
    assert desk.down(holder="pa_c") == desk.move(0, 0, holder="pa_c") == []
    assert desk.key("KeyA", "a") == desk.input("text", text="a") == []
    assert desk.input("down", x=0, y=0, button=0, track="tr_2") == []
    assert desk.down() != []
    desk.give("pa_c", scope=("keyboard",))
    assert (desk.down(holder="pa_c"), desk.move(0, 0, holder="pa_c")) == ([], [])
    assert desk.key("KeyA", "a") == []
    assert desk.key("KeyA", "a", holder="pa_c") == [("press", "a")]
    desk.revoke()
    assert desk.screen.held == set()
    assert desk.key("KeyA", "a", holder="pa_c") == desk.down() == desk.wait(10) == []


@pytest.mark.parametrize(
    "how", ["revoked", "handed over", "lost", "ended here", "escape", "own input", "silence"]
)
def test_what_is_held_is_let_go_of_when_control_ends_or_rests(how: str) -> None:
    desk = Desk()
    desk.give()
    desk.down()
    desk.key("ShiftLeft", "Shift")
    desk.key("KeyA", "A")
    desk.input("text", text="x" * 100)
    assert desk.screen.held == {0, "ShiftLeft", "A"}
    match how:
        case "revoked":
            desk.revoke()
        case "handed over":
            desk.give("pa_c")
        case "lost":
            desk.agent.lost()
        case "ended here":
            desk.agent.end("enough")
            assert desk.said() == [{"t": "revoke", "track": TRACK}]
        case "escape":
            desk.own(Own.ESCAPE, Own.ESCAPE, Own.ESCAPE)
            assert desk.said()[-1] == {"t": "revoke", "track": TRACK}
        case "own input":
            desk.own(Own.USED)
        case _:
            desk.wait(100 / AT_ONCE * PAUSE_S + SILENCE_S + 0.1)
    assert desk.screen.held == set()
    assert desk.wait(10) == []
    # What comes up afterwards was not down.
    assert [act for act in desk.up() if act[0] == "button"] == desk.key("KeyA", "A", down=False) == []


def test_whoever_goes_on_saying_something_keeps_holding() -> None:
    desk = Desk()
    desk.give()
    desk.down()
    for _ in range(10):
        assert desk.wait(SILENCE_S - 0.01) == []
        desk.move(0.5, 0.5)
    desk.key("KeyA", "a")
    for _ in range(10):
        assert desk.wait(SILENCE_S - 0.01) == []
        assert desk.key("KeyA", "a") == []  # a key that repeats
    assert desk.screen.held == {0, "a"}
    assert desk.wait(SILENCE_S) == [("release", "a"), ("button", 0, False)]


def test_own_input_pauses_until_there_was_none_for_a_while() -> None:
    desk = Desk()
    desk.own(Own.USED, Own.ESCAPE)
    assert (desk.said(), desk.agent.words) == ([], [])
    desk.give()
    desk.own(Own.USED, Own.USED)
    paused = {"t": "paused", "track": TRACK, "paused": True}
    assert desk.said() == [paused]
    assert desk.down() == desk.move(0, 0) == desk.input("text", text="a") == []
    desk.wait(GOES_ON_AFTER_S - 0.1)
    desk.own(Own.OTHER_KEY)
    desk.wait(GOES_ON_AFTER_S - 0.1)
    assert (desk.said(), desk.down()) == ([], [])
    desk.wait(0.2)
    assert (desk.said(), desk.down()) == ([paused | {"paused": False}], [AT, ("button", 0, True)])
    desk.own(Own.USED)
    desk.revoke()
    desk.give()
    assert desk.down() == [AT, ("button", 0, True)]


@pytest.mark.parametrize(
    ("done", "ends"),
    [
        ([(Own.ESCAPE, 0.3)] * 3, True),
        ([(Own.ESCAPE, 0.3)] * 2, False),
        ([(Own.ESCAPE, ESCAPES_WITHIN_S)] * 5, False),
        ([(Own.ESCAPE, 0.1), (Own.ESCAPE, 0.1), (Own.OTHER_KEY, 0.1), (Own.ESCAPE, 0.1)], False),
        ([(Own.ESCAPE, 0.1), (Own.USED, 0.1), (Own.ESCAPE, 0.1), (Own.USED, 0.1), (Own.ESCAPE, 0.1)], True),
        ([(Own.ESCAPE, 5.0), (Own.ESCAPE, 0.1), (Own.ESCAPE, 0.1), (Own.ESCAPE, 0.1)], True),
    ],
)
def test_escape_three_times_in_a_row_ends_it(done: list[tuple[Own, float]], ends: bool) -> None:
    desk = Desk()
    desk.give()
    for own, seconds in done:
        desk.own(own)
        desk.wait(seconds)
    assert ({"t": "revoke", "track": TRACK} in desk.said()) == ends
    assert desk.agent.controlled != ends


def test_keys_of_the_system_are_refused_unless_they_are_allowed() -> None:
    desk = Desk()
    desk.give()
    desk.key("AltLeft", "Alt")
    assert desk.key("Tab", "Tab") == desk.key("Tab", "Tab") == []
    assert [line for line in desk.agent.words if "Alt+Tab" in line] == desk.agent.words[-1:]
    desk.key("AltLeft", "Alt", down=False)
    assert desk.key("Tab", "Tab") == [("press", "Tab")]
    assert desk.key("AltLeft", "Alt") == desk.key("MetaLeft", "Meta") == []
    desk = Desk(allow_system_keys=True)
    desk.give()
    desk.key("AltLeft", "Alt")
    assert desk.key("Tab", "Tab") == [("press", "Tab")]
    assert desk.key("MetaLeft", "Meta") == [("press", "MetaLeft")]


def test_the_control_that_windows_makes_of_alt_gr_is_not_held() -> None:
    desk = Desk()
    desk.give()
    desk.key("ControlLeft", "Control")
    assert desk.key("AltRight", "AltGraph") == [("release", "ControlLeft")]
    assert desk.key("KeyQ", "@") == [("press", "@")]
    assert desk.key("ControlLeft", "Control", down=False) == []


def test_a_long_text_is_typed_bit_by_bit_and_keys_wait_for_it() -> None:
    desk = Desk()
    desk.give()
    text = "".join(chr(0x4E00 + n) for n in range(3 * AT_ONCE))
    acts = desk.input("text", text=text)
    assert len(acts) == AT_ONCE
    assert desk.key("Enter", "Enter") == desk.key("Enter", "Enter", down=False) == []
    assert desk.input("text", text="!") == []
    acts += desk.wait(PAUSE_S * 4 + 0.001)
    assert acts == [("type", one) for one in text] + [("press", "Enter"), ("release", "Enter"), ("type", "!")]
    for _ in range(10):
        desk.input("text", text="y" * 1_000)
    assert len(desk.wait(60)) <= MAX_TEXT
    desk.input("text", text="y" * 1_000)
    desk.revoke()
    assert desk.wait(60) == []


def test_keys_are_made_for_characters_before_they_are_pressed() -> None:
    desk = Desk(foreign="äß世界")
    desk.give()
    assert desk.input("text", text="aäb") == [("make", "ä")]
    assert desk.wait(SETTLE_S) == [("type", "a"), ("type", "ä"), ("type", "b")]
    desk.wait(1)
    assert desk.input("text", text="ä") == [("type", "ä")]
    assert desk.key("Minus", "ß") == [("make", "ß")]
    assert desk.key("Minus", "ß", down=False) == []
    assert desk.wait(1) == [("press", "ß"), ("release", "ß")]
    desk.input("text", text="世")
    desk.input("text", text="界")
    assert desk.wait(1) == [("type", "世"), ("make", "界"), ("type", "界")]


def test_what_a_keyboard_cannot_do_is_not_held() -> None:
    desk = Desk(missing="я")
    desk.give()
    desk.key("KeyZ", "я")
    desk.key("KeyZ", "я", down=False)
    assert desk.screen.held == set()


def test_nobody_holds_more_keys_than_there_are_fingers() -> None:
    desk = Desk()
    desk.give()
    for number in range(100):
        desk.key(f"Code{number}", chr(0x4E00 + number))
    assert len(desk.screen.held) == MAX_HELD


@pytest.mark.parametrize(
    ("events", "notches"),
    [
        ([(0, 40)] * 5, [(0, 1), (0, 1)]),
        ([(0, 40), (0, -40)], []),
        ([(-250, 100)], [(-2, 1)]),
        ([(0, 10_000)] * 2, [(0, MAX_NOTCHES)] * 2),
    ],
)
def test_pixels_of_the_wheel_are_notches(
    events: list[tuple[int, int]], notches: list[tuple[int, int]]
) -> None:
    desk = Desk()
    desk.give()
    acts = [act for dx, dy in events for act in desk.input("wheel", x=0.5, y=0.5, dx=dx, dy=dy)]
    assert [act[1:] for act in acts if act[0] == "scroll"] == notches


def test_what_the_server_says_else_changes_nothing() -> None:
    desk = Desk()
    desk.give()
    error = {"t": "error", "code": "x", "message": "no"}
    said: list[Any] = [error, {"t": "agent", "track": TRACK}, {}, "x", 5, [[]]]
    for data in said:
        desk.agent.hear("control", data, desk.now)
    assert (desk.screen.take(), desk.agent.controlled) == ([], True)
    assert "no" in desk.agent.words[-1]


CODES = st.sampled_from(
    [("KeyA", "a"), ("KeyB", "B"), ("ShiftLeft", "Shift"), ("AltLeft", "Alt"), ("Tab", "Tab"), ("KeyC", "a")]
)
WHO = st.sampled_from(["pa_b", "pa_c"])


class Control(RuleBasedStateMachine):
    """Anything happens at any time; only the holder's hands are on the screen, and only while they move."""

    @initialize(missing=st.sampled_from(["", "B"]))
    def begin(self, missing: str) -> None:
        self.desk = Desk(missing=missing)
        self.holder: str | None = None
        self.scope: tuple[str, ...] = ()
        self.used_at: float | None = None
        self.heard_at = 0.0
        self.typing = 0

    def acts(self, who: str, needs: str, done: list[tuple[Any, ...]]) -> None:
        obeyed = who == self.holder and needs in self.scope and self.used_at is None
        assert obeyed or done == []
        if obeyed:
            self.heard_at = self.desk.now

    @rule(who=WHO, scope=st.sampled_from([("pointer",), ("keyboard",), ("pointer", "keyboard")]))
    def granted(self, who: str, scope: tuple[str, ...]) -> None:
        self.desk.give(who, scope)
        assert self.desk.screen.held == set()
        self.holder, self.scope, self.used_at = who, scope, None

    @rule(how=st.sampled_from(["revoked", "lost", "end"]))
    def over(self, how: str) -> None:
        self.desk.revoke() if how == "revoked" else None
        self.desk.agent.lost() if how == "lost" else None
        self.desk.agent.end("enough") if how == "end" else None
        self.holder = None

    @rule(who=WHO, button=st.integers(0, 4), down=st.booleans())
    def button(self, who: str, button: int, down: bool) -> None:
        self.acts(who, "pointer", self.desk.input("down" if down else "up", who, x=0, y=1, button=button))

    @rule(who=WHO)
    def move(self, who: str) -> None:
        self.acts(who, "pointer", self.desk.move(0, 0, who))

    @rule(who=WHO, code=CODES, down=st.booleans())
    def key(self, who: str, code: tuple[str, str], down: bool) -> None:
        self.acts(who, "keyboard", self.desk.key(*code, down=down, holder=who))

    @rule(who=WHO, length=st.integers(1, 40))
    def text(self, who: str, length: int) -> None:
        self.acts(who, "keyboard", self.desk.input("text", who, text="x" * length))

    @rule(done=st.sampled_from(list(Own)))
    def own(self, done: Own) -> None:
        self.desk.own(done)
        if not self.desk.agent.controlled:
            self.holder = None
        if self.holder is not None:
            self.used_at = self.desk.now

    @rule(seconds=st.floats(0, 3))
    def waits(self, seconds: float) -> None:
        done = self.desk.wait(seconds)
        assert self.holder is not None or done == []
        if self.used_at is not None and self.desk.now >= self.used_at + GOES_ON_AFTER_S:
            self.used_at = None

    @invariant()
    def nothing_is_held_by_nobody(self) -> None:
        if not hasattr(self, "desk"):
            return
        desk = self.desk
        if self.holder is None or self.used_at is not None:
            assert desk.screen.held == set()
        typed_s = 41 * 40 / AT_ONCE * PAUSE_S
        if desk.now > self.heard_at + SILENCE_S + typed_s:
            assert desk.screen.held == set()
        assert not {"AltLeft", "Tab"} <= desk.screen.held


TestControl = Control.TestCase
TestControl.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
