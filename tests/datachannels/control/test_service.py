"""Remote control between people at a table: asking, giving, using, ending."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from datachannels.control.messages import DEFAULT_TTL_MS
from datachannels.control.service import PER_S
from datachannels.control.track_control import MAX_ASKED, REQUEST_S
from datachannels.services import FLOOD_FACTOR
from datachannels.tracks import SharedTrack
from tests.datachannels.table import UNIX_MS, Seat, Table

BOTH = ["pointer", "keyboard"]
REQUEST = {"t": "request", "track": "tr_1", "scope": BOTH}
DOWN = {"t": "input", "track": "tr_1", "kind": "down", "x": 0.5, "y": 0.25, "button": 0}
KEY = {"t": "input", "track": "tr_1", "kind": "key", "code": "KeyA", "key": "a", "down": True}
MOVE = {"t": "move", "track": "tr_1", "x": 0.5, "y": 0.25}
REVOKE = {"t": "revoke", "track": "tr_1"}


class Scene:
    """Anna shares a whole screen, the others look; the agent is told apart by its name."""

    def __init__(self, *names: str, surface: str | None = "monitor") -> None:
        self.table = Table()
        self.anna = self.table.sit("anna", "control")
        self.seats = [self.table.sit(name, "control") for name in names]
        self.show(surface)

    def show(self, surface: str | None, source: str = "screen", track: str = "tr_1") -> None:
        owner = self.anna.person
        self.table.node.tracks.put(SharedTrack(track, owner.meeting, owner.id, source, surface))

    def pair(self) -> Seat:
        """An agent of the track."""
        agent = self.table.sit(self.table.person("agent", hidden=True, listed=False), "control")
        track = self.table.node.tracks.find("tr_1")
        assert track is not None
        self.table.control.attach_agent(track, agent.person.id)
        assert self.anna.take() == [{"t": "agent", "track": "tr_1", "connected": True}]
        return agent

    def give(self, seat: Seat, **fields: Any) -> Any:
        """Ask and be given; what all are told."""
        seat.send(REQUEST)
        self.anna.send(grant(seat, **fields))
        (told,) = seat.take("granted")
        for one in (self.anna, *self.seats):
            one.take()
        return told


def grant(seat: Seat, **fields: Any) -> dict[str, Any]:
    return {"t": "grant", "track": "tr_1", "participant": seat.person.id, "scope": BOTH} | fields


def refused(seat: Seat, message: dict[str, Any]) -> str:
    answer = seat.ask(message | {"id": 7})
    assert (answer["t"], answer["re"]) == ("error", 7)
    return str(answer["code"])


def test_asked_given_used_and_taken_back() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    agent = scene.pair()
    bert.send(REQUEST)
    asked = {"t": "requested", "track": "tr_1", "participant": bert.person.id, "scope": BOTH}
    assert (scene.anna.take(), carol.take(), agent.take()) == ([asked], [], [])
    scene.anna.send(grant(bert, ttl_ms=60_000))
    until = UNIX_MS + int((scene.table.now + 60) * 1000)
    granted = asked | {"t": "granted", "name": "Bert", "expires_at": until}
    for seat in (scene.anna, bert, carol, agent):
        assert seat.take() == [granted]
    bert.send(DOWN)
    assert scene.anna.take() == agent.take() == [DOWN | {"participant": bert.person.id}]
    assert carol.take() == []
    scene.anna.send(REVOKE)
    revoked = {
        "t": "revoked",
        "track": "tr_1",
        "participant": bert.person.id,
        "reason": "revoked",
        "by": scene.anna.person.id,
    }
    for seat in (scene.anna, bert, carol, agent):
        assert seat.take() == [revoked]
    assert refused(bert, DOWN) == "forbidden"
    assert (scene.anna.take(), agent.take()) == ([], [])
    assert scene.table.audited == [
        {
            "action": "grant_control",
            "by": "anna",
            "about": "bert",
            "track": "tr_1",
            "scope": BOTH,
            "ttl_ms": 60_000,
        },
        {
            "action": "revoke_control",
            "by": "anna",
            "about": "bert",
            "track": "tr_1",
            "reason": "revoked",
            "inputs": {"down": 1},
        },
    ]


def test_control_may_be_given_for_a_moment() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    bert.send(REQUEST)
    scene.anna.send(grant(bert, ttl_ms=200))
    assert bert.take()[-1]["t"] == "granted"
    scene.table.advance(0.3)
    assert [one["reason"] for one in bert.take()] == ["expired"]


def test_moves_go_to_the_sharer_and_the_agent_and_only_while_held() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    agent = scene.pair()
    live = {seat: scene.table.sit(seat.person, "live") for seat in (scene.anna, bert, carol, agent)}
    live[bert].send(MOVE)
    assert [one["code"] for one in live[bert].take()] == ["forbidden"]
    scene.give(bert)
    for _ in range(3):
        live[bert].send(MOVE)
        scene.table.advance(0.1)
        move = MOVE | {"participant": bert.person.id}
        assert live[scene.anna].take() == live[agent].take() == [move]
    assert live[carol].take() == []
    live[carol].send(MOVE)
    assert [one["code"] for one in live[carol].take()] == ["forbidden"]
    live[carol].send({"t": "pointer", "track": "tr_1", "x": 0, "y": 0})
    scene.table.advance(0.1)
    assert live[agent].take() == []
    bert.send(REVOKE)
    live[bert].send(MOVE)
    assert [one["code"] for one in live[bert].take("error")] == ["forbidden"]


@pytest.mark.parametrize("who", ["sharer", "holder", "moderator", "agent"])
def test_revoked_at_once_by_those_who_may(who: str) -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    agent = scene.pair()
    scene.give(bert)
    assert refused(carol, REVOKE) == "forbidden"
    carol.person.allowed.add("revoke_control")
    {"sharer": scene.anna, "holder": bert, "moderator": carol, "agent": agent}[who].send(REVOKE)
    assert [one["reason"] for one in bert.take("revoked")] == ["revoked"]
    assert refused(bert, DOWN) == "forbidden"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("time", "expired"),
        ("holder's channel", "left"),
        ("sharer's channel", "left"),
        ("holder away", "away"),
        ("sharer away", "away"),
        ("track", "ended"),
        ("surface", "surface"),
        ("grant", "forbidden"),
        ("slow", "left"),
    ],
)
def test_control_ends_with_what_it_stands_on(how: str, reason: str) -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    agent = scene.pair()
    scene.give(bert)
    agent.take()
    tracks = scene.table.node.tracks
    match how:
        case "time":
            scene.table.advance(DEFAULT_TTL_MS / 1000 - 0.01)
            assert carol.take() == []
            scene.table.advance(0.02)
        case "holder's channel":
            bert.lose()
        case "sharer's channel":
            scene.anna.lose()
        case "holder away":
            tracks.away(bert.person.id)
        case "sharer away":
            tracks.away(scene.anna.person.id)
        case "track":
            tracks.end("tr_1")
        case "surface":
            scene.show("window")
        case "grant":
            bert.person.forbidden.add("request_control")
            bert.send(DOWN)
            assert [one["code"] for one in bert.take("error")] == ["forbidden"]
        case _:
            scene.table.services.slow(bert.number)
    assert [one["reason"] for one in carol.take("revoked")] == [reason]
    assert [one["t"] for one in agent.take()] == ["revoked"]
    scene.table.advance(0.1)
    assert [one.get("reason") for one in scene.table.audited] == [None, reason]


def test_a_second_channel_of_the_holder_keeps_control() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    again = scene.table.sit(bert.person, "control")
    scene.give(bert)
    bert.lose()
    again.take()
    again.send(DOWN)
    assert (again.take(), len(scene.anna.take("input"))) == ([], 1)


def test_one_holds_and_a_grant_to_another_hands_over() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    agent = scene.pair()
    scene.give(bert)
    assert refused(bert, REQUEST) == "conflict"
    assert refused(carol, DOWN) == "forbidden"
    agent.take()
    scene.give(carol)
    assert [(one["t"], one["participant"]) for one in agent.take()] == [
        ("revoked", bert.person.id),
        ("granted", carol.person.id),
    ]
    assert refused(bert, DOWN) == "forbidden"


def test_a_request_stands_for_half_a_minute() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    bert.send(REQUEST)
    scene.table.advance(REQUEST_S - 0.01)
    assert bert.take() == []
    scene.table.advance(0.02)
    denied = {"t": "denied", "track": "tr_1", "participant": bert.person.id, "reason": "timeout"}
    assert (bert.take(), scene.anna.take("denied")) == ([denied], [denied])
    assert refused(scene.anna, grant(bert)) == "conflict"


@pytest.mark.parametrize("how", ["denied", "withdrawn", "left", "ended", "away"])
def test_who_asks_is_told_no_and_the_prompt_goes(how: str) -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    bert.send(REQUEST)
    match how:
        case "denied":
            scene.anna.send({"t": "deny", "track": "tr_1", "participant": bert.person.id})
        case "withdrawn":
            bert.send(REVOKE)
        case "left":
            bert.lose()
        case "ended":
            scene.table.node.tracks.end("tr_1")
        case _:
            scene.table.node.tracks.away(bert.person.id)
    assert [one["reason"] for one in scene.anna.take("denied")] == [how]
    assert scene.table.audited == []


def test_nothing_is_given_that_was_not_asked_for() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    assert refused(scene.anna, grant(bert)) == "conflict"
    bert.send(REQUEST | {"scope": ["pointer"]})
    assert refused(scene.anna, grant(bert)) == "bad_message"
    for seat in (bert, carol):
        assert refused(seat, grant(bert, scope=["pointer"])) == "forbidden"
    bert.person.forbidden.add("request_control")
    assert refused(scene.anna, grant(bert, scope=["pointer"])) == "conflict"
    bert.person.forbidden.clear()
    bert.send(REQUEST)
    scene.anna.send(grant(bert, scope=["pointer"]))
    assert bert.take("granted")[0]["scope"] == ["pointer"]
    assert refused(bert, KEY) == "forbidden"
    assert scene.anna.take("input") == []


def test_who_may_not_ask() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    assert refused(scene.anna, REQUEST) == "conflict"
    bert.person.forbidden.add("request_control")
    assert refused(bert, REQUEST) == "forbidden"
    bert.person.forbidden.clear()
    bert.person.hidden = True
    assert refused(bert, REQUEST) == "forbidden"
    bert.person.hidden = False
    scene.anna.lose()
    assert refused(bert, REQUEST) == "unavailable"
    other = scene.table.sit(scene.table.person("dora", meeting="rm_2"), "control")
    assert refused(other, REQUEST) == "not_found"


def test_only_a_whole_screen_is_typed_on() -> None:
    scene = Scene("bert", surface="window")
    (bert,) = scene.seats
    assert refused(bert, REQUEST | {"scope": ["keyboard"]}) == "conflict"
    bert.send(REQUEST)
    assert scene.anna.take("requested")[0]["scope"] == ["pointer"]
    assert refused(scene.anna, grant(bert, scope=["keyboard"])) == "bad_message"
    scene.anna.send(grant(bert))
    assert bert.take("granted")[0]["scope"] == ["pointer"]
    assert refused(bert, KEY) == "forbidden"
    assert refused(scene.anna, {"t": "agent", "track": "tr_1"}) == "conflict"
    scene.show("monitor", "camera", "tr_2")
    assert refused(bert, REQUEST | {"track": "tr_2"}) == "not_found"


def test_not_everybody_can_wait_at_once() -> None:
    scene = Scene(*(f"p{number}" for number in range(MAX_ASKED + 1)))
    for seat in scene.seats[:-1]:
        seat.send(REQUEST)
    assert refused(scene.seats[-1], REQUEST) == "rate_limited"
    scene.seats[0].send(REQUEST)
    assert scene.seats[0].take() == []
    scene.table.advance(REQUEST_S + 1)
    scene.seats[-1].send(REQUEST)
    assert scene.seats[-1].take() == []


def test_who_opens_hears_how_things_stand() -> None:
    scene = Scene("bert", "carol", "dora")
    bert, carol, dora = scene.seats
    agent = scene.pair()
    granted = scene.give(bert)
    carol.send(REQUEST)
    scene.anna.take()
    for seat in (dora, scene.anna, agent):
        seat.take()
        seat.send({"t": "open"})
    assert dora.take() == agent.take() == [granted]
    assert [one["t"] for one in scene.anna.take()] == ["granted", "requested", "agent"]


def test_what_the_agent_says_of_its_pause_is_told_to_sharer_and_holder() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    agent = scene.pair()
    scene.give(bert)
    paused = {"t": "paused", "track": "tr_1", "paused": True}
    agent.send(paused)
    assert (scene.anna.take(), bert.take(), carol.take()) == ([paused], [paused], [])
    assert refused(bert, paused) == "forbidden"


def test_an_agent_hears_of_its_own_track_alone() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    stranger = scene.table.sit(scene.table.person("other", hidden=True, listed=False), "control")
    other = SharedTrack("tr_2", "rm_1", bert.person.id, "screen", "monitor")
    scene.table.node.tracks.put(other)
    scene.table.control.attach_agent(other, stranger.person.id)
    scene.give(bert)
    bert.send(DOWN)
    bert.send(REVOKE)
    stranger.send({"t": "open"})
    assert stranger.take() == []
    assert refused(stranger, REVOKE) == "forbidden"


BAD_INPUT = [
    {"kind": "hover"},
    {"kind": None},
    {"kind": ["down"]},
    {"x": -0.001},
    {"x": 1.001},
    {"x": "0.5"},
    {"x": None},
    {"y": True},
    {"button": 5},
    {"button": -1},
    {"button": 0.5},
    {"kind": "wheel", "dy": 10_001},
    {"kind": "wheel", "dx": "1"},
    {"kind": "key"},
    {"kind": "key", "code": "Key A", "key": "a", "down": True},
    {"kind": "key", "code": "x" * 33, "key": "a", "down": True},
    {"kind": "key", "code": "KeyA", "key": "\u0007", "down": True},
    {"kind": "key", "code": "KeyA", "key": "", "down": True},
    {"kind": "key", "code": "KeyA", "key": "a", "down": "yes"},
    {"kind": "key", "code": "KeyA", "key": "a", "down": True, "modifiers": ["Hyper"]},
    {"kind": "text"},
    {"kind": "text", "text": ""},
    {"kind": "text", "text": "x" * 1_001},
    {"kind": "text", "text": "\x1b[31m"},
    {"kind": "text", "text": 5},
    {"track": "tr_9"},
    {"track": 5},
]


@pytest.mark.parametrize("changes", BAD_INPUT)
def test_what_is_no_input_reaches_nobody_even_from_the_holder(changes: dict[str, Any]) -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    agent = scene.pair()
    scene.give(bert)
    agent.take()
    message = {name: value for name, value in (DOWN | changes).items() if value is not None}
    assert refused(bert, message) in ("bad_message", "too_large", "not_found")
    assert (scene.anna.take(), agent.take()) == ([], [])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_reach_nobody(number: str) -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    agent = scene.pair()
    scene.give(bert)
    agent.take()
    bert.send_text(f'{{"t":"input","track":"tr_1","kind":"down","x":{number},"y":0,"button":0}}')
    assert agent.take("input") == scene.anna.take("input") == []


def test_others_ids_are_worth_nothing() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    stranger = scene.table.sit(scene.table.person("dora", meeting="rm_2"), "control")
    scene.table.node.tracks.put(SharedTrack("tr_2", "rm_2", stranger.person.id, "screen", "monitor"))
    agent = scene.pair()
    scene.give(bert)
    agent.take()
    for message in (DOWN, REVOKE, {"t": "paused", "track": "tr_1", "paused": True}):
        assert refused(stranger, message) == "not_found"
        assert refused(bert, message | {"track": "tr_2"}) == "not_found"
    # Whom a message names is not asked: who says it is known.
    assert refused(carol, DOWN | {"participant": bert.person.id}) == "forbidden"
    assert refused(carol, REVOKE | {"participant": scene.anna.person.id}) == "forbidden"
    assert refused(scene.anna, grant(stranger)) == "conflict"
    assert refused(agent, REQUEST) == "forbidden"
    assert (agent.take(), stranger.take()) == ([], [])


@pytest.mark.parametrize(
    "said",
    [
        REQUEST | {"scope": []},
        REQUEST | {"scope": ["everything"]},
        REQUEST | {"scope": "pointer"},
        REQUEST | {"scope": ["pointer"] * 3},
        {"t": "grant", "track": "tr_1", "participant": "x", "scope": BOTH, "ttl_ms": 0},
        {"t": "grant", "track": "tr_1", "scope": BOTH},
        {"t": "deny", "track": "tr_1"},
        {"t": "paused", "track": "tr_1", "paused": 1},
        {"t": "nonsense"},
        {"track": "tr_1"},
    ],
)
def test_what_is_no_request_is_refused(said: dict[str, Any]) -> None:
    assert refused(Scene("bert").seats[0], said) in ("bad_message", "too_large")


@pytest.mark.parametrize(
    "said",
    [
        DOWN,
        DOWN | {"modifiers": ["Control"]},
        {"t": "input", "track": "tr_1", "kind": "up", "x": 0, "y": 1, "button": 4},
        {"t": "input", "track": "tr_1", "kind": "wheel", "x": 1, "y": 0, "dx": 0, "dy": -120.5},
        KEY | {"modifiers": []},
        KEY | {"modifiers": ["Control", "Shift"], "key": "ArrowLeft", "code": "ArrowLeft", "down": False},
        {"t": "input", "track": "tr_1", "kind": "text", "text": "こんにちは\n👋"},
    ],
)
def test_every_kind_of_input_arrives_as_it_was_said(said: dict[str, Any]) -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    scene.give(bert)
    bert.send(said)
    assert scene.anna.take() == [said | {"participant": bert.person.id}]


def test_ten_thousand_inputs_a_second_cost_the_channel_and_so_control() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    agent = scene.pair()
    scene.give(bert)
    agent.take()
    for _ in range(10_000):
        bert.send(DOWN)
    assert bert.closed
    passed = agent.take()
    assert len([one for one in passed if one["t"] == "input"]) <= PER_S + 1 < PER_S * FLOOD_FACTOR
    assert [one["t"] for one in passed if one["t"] != "input"] == ["revoked"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)
NAMES = ["open", "request", "grant", "deny", "input", "revoke", "agent", "paused"]
FIELDS = st.sampled_from(
    ["track", "kind", "x", "y", "button", "scope", "participant", "ttl_ms", "code", "key", "down", "id"]
)


@given(st.sampled_from(NAMES), st.dictionaries(FIELDS, JSON), st.booleans())
def test_whatever_is_said_is_done_or_refused(name: str, changes: dict[str, Any], sharer: bool) -> None:
    scene = Scene("bert")
    agent = scene.pair()
    seat = scene.anna if sharer else scene.seats[0]
    seat.send(DOWN | REQUEST | changes | {"t": name})
    assert agent.take("input") == []


class Control(RuleBasedStateMachine):
    """Anybody says anything at any time; the agent must only ever obey the one whom the sharer chose."""

    @initialize()
    def begin(self) -> None:
        self.scene = Scene("bert", "carol", "dora")
        self.agent = self.scene.pair()
        self.allowed: tuple[int, list[str], float] | None = None
        self.asked: dict[int, tuple[list[str], float]] = {}

    def holds(self, who: int, kind: str) -> bool:
        return (
            self.allowed is not None
            and self.allowed[0] == who
            and kind in self.allowed[1]
            and self.scene.table.now < self.allowed[2]
        )

    @rule(who=st.integers(0, 2), scope=st.sampled_from([["pointer"], ["keyboard"], BOTH]))
    def request(self, who: int, scope: list[str]) -> None:
        held = self.allowed is not None and self.allowed[0] == who
        if not (held and self.allowed is not None and self.scene.table.now < self.allowed[2]):
            self.asked[who] = (scope, self.scene.table.now + REQUEST_S)
        self.scene.seats[who].send(REQUEST | {"scope": scope})

    @rule(
        who=st.integers(0, 2), scope=st.sampled_from([["pointer"], BOTH]), ttl_ms=st.integers(1_000, 90_000)
    )
    def grant(self, who: int, scope: list[str], ttl_ms: int) -> None:
        now = self.scene.table.now
        asked, until = self.asked.get(who, ([], 0.0))
        self.scene.anna.send(grant(self.scene.seats[who], scope=scope, ttl_ms=ttl_ms))
        if now < until and set(scope) <= set(asked):
            del self.asked[who]
            self.allowed = (who, scope, now + ttl_ms / 1000)

    @rule(who=st.integers(0, 2))
    def deny(self, who: int) -> None:
        participant = self.scene.seats[who].person.id
        self.scene.anna.send({"t": "deny", "track": "tr_1", "participant": participant})
        self.asked.pop(who, None)

    @rule()
    def sharer_revokes(self) -> None:
        self.scene.anna.send(REVOKE)
        self.allowed = None

    @rule(who=st.integers(0, 2))
    def viewer_revokes(self, who: int) -> None:
        self.scene.seats[who].send(REVOKE)
        if self.asked.get(who, ([], 0.0))[1] > self.scene.table.now:
            del self.asked[who]
        elif self.allowed is not None and self.allowed[0] == who:
            self.allowed = None

    @rule(who=st.integers(0, 2))
    def goes_away(self, who: int) -> None:
        self.scene.table.node.tracks.away(self.scene.seats[who].person.id)
        self.asked.pop(who, None)
        if self.allowed is not None and self.allowed[0] == who:
            self.allowed = None

    @rule(seconds=st.floats(0.5, 40))
    def waits(self, seconds: float) -> None:
        self.scene.table.advance(seconds)

    @rule(who=st.integers(0, 2), message=st.sampled_from([(DOWN, "pointer"), (KEY, "keyboard")]))
    def uses(self, who: int, message: tuple[dict[str, Any], str]) -> None:
        self.agent.take()
        said, kind = message
        self.scene.seats[who].send(said)
        assert len(self.agent.take("input")) == self.holds(who, kind)

    @rule()
    @precondition(lambda self: self.allowed is not None)
    def screen_changes(self) -> None:
        self.scene.show("window")
        self.scene.show("monitor")
        self.allowed = None
        self.asked.clear()

    @invariant()
    def nobody_is_told_of_two_holders(self) -> None:
        if not hasattr(self, "scene"):
            return
        told = [one["t"] for one in self.scene.seats[0].inbox if one["t"] in ("granted", "revoked")]
        assert all(first != second for first, second in pairwise(told))


TestControl = Control.TestCase
TestControl.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
