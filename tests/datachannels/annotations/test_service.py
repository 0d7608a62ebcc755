"""Marks on what is shared: who may draw, who sees it, what stays."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.annotations.marks import MAX_BYTES, MAX_MARKS
from datachannels.annotations.service import MEETING_BYTES, SNAPSHOT_BYTES
from datachannels.tracks import SharedTrack
from tests.datachannels.table import Person, Seat, Table

PEN = {"tool": "pen", "color": "#ff0000", "width": 0.01, "points": [0.1, 0.2, 0.3, 0.4], "done": True}


def draw(mark: str = "m", track: str = "tr_1", **changes: Any) -> dict[str, Any]:
    fields = PEN | changes
    return {"t": "draw", "track": track, "mark": mark} | {k: v for k, v in fields.items() if v is not None}


class Scene:
    """Anna shares her screen; who sits down looks at it."""

    def __init__(self, *names: str, opened: bool = True) -> None:
        self.table = Table()
        self.anna = self.table.sit("anna", "annotations")
        self.publish()
        self.seats = [self.table.sit(name, "annotations") for name in names]
        for seat in (self.anna, *self.seats) if opened else ():
            seat.ask({"t": "open"})

    def publish(self, track: str = "tr_1", source: str = "screen", who: Person | None = None) -> None:
        owner = who or self.anna.person
        self.table.node.tracks.put(SharedTrack(track, owner.meeting, owner.id, source, "monitor"))

    def marks(self, track: str = "tr_1", who: str = "late") -> list[dict[str, Any]]:
        """What somebody sees who comes now."""
        seat = self.table.sit(who, "annotations")
        seat.send({"t": "open"})
        snapshot, *beyond = seat.take()
        (shown,) = [one for one in snapshot["tracks"] if one["track"] == track]
        seat.lose()
        return [*shown["marks"], *beyond]


def refused(seat: Seat, message: dict[str, Any]) -> str:
    """The code of the refusal, which names the track and the request."""
    answer = seat.ask(message | {"id": 7})
    assert (answer["t"], answer["re"]) == ("error", 7)
    assert answer.get("track") == message.get("track")
    return str(answer["code"])


def test_a_mark_grows_on_every_other_screen_and_is_there_for_who_comes_later() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    for points in ([0.1, 0.2], [0.1, 0.2, 0.5, 0.5]):
        bert.send(draw(points=points, done=len(points) == 4))
        told = {**draw(points=points, done=len(points) == 4), "participant": bert.person.id}
        assert carol.take() == scene.anna.take() == [told]
    assert bert.take() == []
    (mark,) = scene.marks()
    assert (mark["mark"], mark["participant"], mark["points"]) == ("m", bert.person.id, [0.1, 0.2, 0.5, 0.5])


def test_marks_of_two_with_one_id_are_two() -> None:
    scene = Scene("bert", "carol")
    for seat in scene.seats:
        seat.send(draw())
    assert [mark["participant"] for mark in scene.marks()] == [seat.person.id for seat in scene.seats]
    scene.seats[0].send({"t": "erase", "track": "tr_1", "mark": "m"})
    assert [mark["participant"] for mark in scene.marks()] == [scene.seats[1].person.id]
    assert scene.seats[1].take("erase")[0]["participant"] == scene.seats[0].person.id


def test_what_fades_is_shown_and_not_kept() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    bert.send(draw())
    bert.send(draw(fade_ms=2_000))
    assert [mark.get("fade_ms") for mark in scene.anna.take("draw")] == [None, 2_000]
    assert scene.marks() == []


@pytest.mark.parametrize(
    ("tool", "fields"),
    [
        ("pen", {"points": [0, 1]}),
        ("pen", {"text": "of no use"}),
        ("highlighter", {}),
        ("arrow", {}),
        ("arrow", {"points": [0.1, 0.2]}),
        ("rect", {}),
        ("rect", {"points": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}),
        ("text", {"points": [1, 1], "text": "hier <b>"}),
        ("text", {"points": [0, 0, 1, 1], "text": "in a box"}),
        ("stamp", {"points": [0.5, 0.5], "text": "👍"}),
        ("stamp", {}),
    ],
)
def test_every_tool_draws(tool: str, fields: dict[str, Any]) -> None:
    scene = Scene("bert")
    scene.seats[0].send(draw(tool=tool, **fields))
    assert [mark["tool"] for mark in scene.anna.take("draw")] == [tool]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mark": ""}, "bad_message"),
        ({"mark": "x" * 65}, "too_large"),
        ({"mark": 1}, "bad_message"),
        ({"tool": "laser"}, "bad_message"),
        ({"tool": None}, "bad_message"),
        ({"color": "red"}, "bad_message"),
        ({"color": "#ff0000ff"}, "bad_message"),
        ({"color": 7}, "bad_message"),
        ({"color": "#ff00\u0660\u0660"}, "bad_message"),
        ({"width": -0.1}, "bad_message"),
        ({"width": 1.5}, "bad_message"),
        ({"points": []}, "bad_message"),
        ({"points": [0.1]}, "bad_message"),
        ({"points": [0.1, 0.2, 0.3]}, "bad_message"),
        ({"points": [1.0001, 0.2]}, "bad_message"),
        ({"points": [-0.0001, 0.2]}, "bad_message"),
        ({"points": [1e308, 0.2]}, "bad_message"),
        ({"points": ["NaN", 0.2]}, "bad_message"),
        ({"points": [True, 0.2]}, "bad_message"),
        ({"points": [[0.1, 0.2]]}, "bad_message"),
        ({"points": [0] * 10_002}, "too_large"),
        ({"tool": "text", "points": [0, 0], "text": "x" * 501}, "too_large"),
        ({"fade_ms": 0}, "bad_message"),
        ({"fade_ms": 1e9}, "bad_message"),
        ({"done": 1}, "bad_message"),
        ({"track": "tr_2"}, "not_found"),
        ({"track": None}, "bad_message"),
        ({"t": "scribble"}, "bad_message"),
        ({"t": "erase", "mark": None}, "bad_message"),
        ({"t": "clear", "scope": "some"}, "bad_message"),
        ({"t": "allow", "who": "some"}, "bad_message"),
        ({"t": "allow", "who": [1]}, "bad_message"),
        ({"t": "allow", "who": ["x"] * 1_001}, "too_large"),
    ],
)
def test_what_is_no_request_is_told_to_its_sender_alone(changes: dict[str, Any], code: str) -> None:
    scene = Scene("bert")
    message = {name: value for name, value in (draw() | changes).items() if value is not None}
    assert refused(scene.seats[0], message) == code
    assert (scene.anna.take(), scene.marks()) == ([], [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)
FIELDS = st.sampled_from([*draw(), "text", "fade_ms", "who", "scope", "participant", "id"])


@given(st.sampled_from(["open", "close", "draw", "erase", "clear", "allow"]), st.dictionaries(FIELDS, JSON))
def test_whatever_is_said_is_drawn_or_refused(name: str, changes: dict[str, Any]) -> None:
    scene = Scene("bert")
    scene.seats[0].send(draw() | {"who": "all", "scope": "own"} | changes | {"t": name})
    for mark in scene.marks():
        assert all(0 <= value <= 1 for value in mark["points"])


def test_the_sharer_says_who_may_draw_and_it_holds_from_then_on() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    bert.send(draw())
    scene.anna.send({"t": "allow", "track": "tr_1", "who": [carol.person.id]})
    assert bert.take("allow")[0]["who"] == [carol.person.id]
    carol.send(draw())
    # What he has drawn stays, and he cannot change it any more.
    for message in (
        draw(),
        draw("another"),
        {"t": "erase", "track": "tr_1", "mark": "m"},
        {"t": "clear", "track": "tr_1", "scope": "own"},
    ):
        assert refused(bert, message) == "forbidden"
    assert len(scene.marks()) == 2
    scene.anna.send({"t": "allow", "track": "tr_1", "who": "none"})
    assert refused(carol, draw()) == "forbidden"
    scene.anna.send(draw("own"))
    assert [mark["mark"] for mark in scene.marks()] == ["m", "m", "own"]
    scene.anna.send({"t": "allow", "track": "tr_1", "who": "all"})
    bert.take()
    bert.send({"t": "erase", "track": "tr_1", "mark": "m"})
    assert (bert.take("error"), len(scene.marks())) == ([], 2)


def test_who_lacks_the_grant_or_is_not_shown_does_not_draw() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    bert.person.forbidden.add("annotate")
    assert refused(bert, draw()) == "forbidden"
    bert.person.forbidden.clear()
    bert.person.hidden = True
    assert refused(bert, draw()) == "forbidden"
    bert.person.hidden = False
    bert.send(draw())
    assert len(scene.marks()) == 1


def test_a_mark_is_erased_by_its_name_alone() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    carol.send(draw())
    erase = {"t": "erase", "track": "tr_1", "mark": "m"}
    assert refused(bert, erase) == "forbidden"
    bert.send(draw())
    bert.send(erase)
    assert [mark["participant"] for mark in scene.marks()] == [carol.person.id]
    bert.person.allowed.add("clear_marks")
    scene.anna.take()
    bert.send(erase)
    assert [one["participant"] for one in scene.anna.take("erase")] == [carol.person.id]
    assert scene.marks() == []


def test_all_marks_are_for_the_sharer_and_moderators_to_clear() -> None:
    scene = Scene("bert", "carol")
    bert, carol = scene.seats
    for seat in (bert, carol):
        seat.send(draw())
    everything = {"t": "clear", "track": "tr_1", "scope": "all"}
    theirs = {"t": "erase", "track": "tr_1", "mark": "m", "participant": carol.person.id}
    for message in (everything, theirs, {"t": "allow", "track": "tr_1", "who": "none"}):
        assert refused(bert, message) == "forbidden"
    bert.send({"t": "clear", "track": "tr_1", "scope": "own"})
    assert [mark["participant"] for mark in scene.marks()] == [carol.person.id]
    bert.send(draw())
    bert.person.allowed.add("clear_marks")
    bert.send(theirs)
    assert [mark["participant"] for mark in scene.marks()] == [bert.person.id]
    carol.take()
    scene.anna.send(everything)
    assert carol.take() == [everything | {"participant": scene.anna.person.id}]
    assert scene.marks() == []


def test_a_track_begins_clean_and_takes_its_marks_with_it() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    scene.publish("tr_2", "camera")
    scene.publish("tr_3", "microphone")
    shown = {"track": "tr_2", "allowed": "all", "marks": []}
    assert bert.take() == [{"t": "snapshot", "tracks": [shown]}]
    bert.send(draw(track="tr_2"))
    assert refused(bert, draw(track="tr_3")) == "not_found"
    scene.table.node.tracks.end("tr_2")
    assert refused(bert, draw(track="tr_2")) == "not_found"
    scene.publish("tr_2", "camera")
    assert scene.marks("tr_2") == []


def test_what_shows_something_else_is_clean_again() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    bert.send(draw())
    owner = scene.anna.person
    scene.table.node.tracks.put(SharedTrack("tr_1", owner.meeting, owner.id, "screen", "window"))
    assert bert.take("clear") == [{"t": "clear", "track": "tr_1", "scope": "all"}]
    assert scene.marks() == []


def test_marks_stay_in_their_meeting_and_with_those_who_look() -> None:
    scene = Scene("bert")
    carol = scene.table.sit("carol", "annotations")
    other = scene.table.sit(scene.table.person("dora", meeting="rm_2"), "annotations")
    assert other.ask({"t": "open"})["tracks"] == []
    assert refused(other, draw()) == "not_found"
    scene.seats[0].send(draw())
    assert (other.take(), carol.take()) == ([], [])
    carol.send({"t": "open", "id": 3})
    (snapshot,) = carol.take()
    assert (snapshot["re"], len(snapshot["tracks"][0]["marks"])) == (3, 1)
    carol.send({"t": "close"})
    scene.seats[0].send(draw("n"))
    assert carol.take() == []


def test_what_is_drawn_is_bounded_and_more_than_a_message_follows_it() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    long = draw(points=[0.12345] * 4_000)
    taken = 0
    while (code := bert_draws(scene, bert, long | {"mark": f"m{taken}"})) == "":
        taken += 1
    assert code == "too_large"
    seat = scene.table.sit("late", "annotations")
    seat.send({"t": "open"})
    snapshot, *beyond = seat.take()
    assert len(snapshot["tracks"][0]["marks"]) + len(beyond) == taken
    assert max(map(len, seat.raw)) < SNAPSHOT_BYTES + 4_096
    assert sum(map(len, seat.raw)) < MAX_BYTES + 16_384 < MEETING_BYTES
    # One that is there may be replaced by one that is no longer.
    assert bert_draws(scene, bert, long | {"mark": "m0"}) == ""
    scene.anna.send({"t": "clear", "track": "tr_1", "scope": "all"})
    for number in range(MAX_MARKS):
        assert bert_draws(scene, bert, draw(f"n{number}")) == ""
    assert bert_draws(scene, bert, draw("one more")) == "too_large"


def bert_draws(scene: Scene, bert: Seat, message: dict[str, Any]) -> str:
    """The code of the refusal, empty for none; in his own good time."""
    bert.take()
    bert.send(message)
    scene.table.advance(1.0)
    errors = bert.take("error")
    return str(errors[0]["code"]) if errors else ""


def test_who_draws_too_much_at_once_is_told_when_to_go_on() -> None:
    scene = Scene("bert")
    (bert,) = scene.seats
    for _ in range(10):
        bert.send(draw(points=[0.12345] * 6_000))
    errors = bert.take("error")
    assert {error["code"] for error in errors} == {"rate_limited"}
    assert all(0 < error["retry_ms"] <= 1_000 for error in errors)
    assert len(scene.anna.take("draw")) == 10 - len(errors)
