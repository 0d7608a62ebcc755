"""Chat's messages, both ways, and what is no message."""

from typing import Any

import orjson
import pytest

from config.settings import Limits
from tests.datachannels.table import UNIX_MS, Seat, Table

OPEN = {"t": "open", "client": "c"}


def opened() -> tuple[Table, Seat]:
    table = Table()
    anna = table.sit("anna")
    anna.open()
    return table, anna


def test_what_is_said_has_all_the_protocol_names() -> None:
    table = Table()
    anna, bert = table.sit("anna"), table.sit("bert")
    assert anna.open("a", id=1) == {
        "t": "snapshot",
        "re": 1,
        "epoch": "e1",
        "version": 0,
        "seq": 0,
        "messages": [],
    }
    bert.open("b")
    bert.take()
    ack = anna.ask({"t": "say", "id": 2, "seq": 1, "text": "hello", "later": "fields are ignored"})
    assert ack == {
        "t": "ack",
        "re": 2,
        "seq": 1,
        "version": 1,
        "message": ack["message"],
        "at": UNIX_MS + 100_000,
    }
    message = {
        "version": 1,
        "message": ack["message"],
        "from": "anna",
        "name": "Anna",
        "text": "hello",
        "at": UNIX_MS + 100_000,
        "client": "a",
        "seq": 1,
    }
    assert bert.take() == [{"t": "message", **message}]
    assert table.sit("carol").open("c")["messages"] == [message]


def test_a_broadcast_is_one_encoding_for_everybody() -> None:
    table, anna = opened()
    others = [table.sit(name) for name in ("bert", "carol")]
    for seat in others:
        seat.open(seat.person.identity)
    anna.say(1)
    table.settle()
    first, second = (seat.raw[-1] for seat in others)
    assert first is second


def test_a_private_message_is_for_two_identities_on_all_their_clients() -> None:
    table = Table()
    names = ["anna", "bert", "bert", "carol"]
    seats = [table.sit(name) for name in names]
    for number, seat in enumerate(seats):
        seat.open(f"c{number}")
        seat.take()
    seats[0].say(1, "between us", to="bert")
    seats[0].say(2, "to all")
    table.settle()
    heard = [[m["version"] for m in seat.take("message")] for seat in seats]
    assert heard == [[], [1, 2], [1, 2], [2]]
    read = [[m["version"] for m in seat.open(f"c{n}")["messages"]] for n, seat in enumerate(seats)]
    assert read == [[1, 2], [1, 2], [1, 2], [2]]


def test_a_private_message_to_a_participant_is_for_their_identity() -> None:
    table = Table()
    anna, bert, carol = (table.sit(name) for name in ("anna", "bert", "carol"))
    for seat in (anna, bert, carol):
        seat.open(seat.person.identity)
        seat.take()
    anna.say(1, "between us", to=bert.person.id)
    table.settle()
    assert [one["to"] for one in bert.take("message")] == ["bert"]
    assert carol.take("message") == []


def test_a_reaction_goes_to_all_the_sender_too_and_is_not_kept() -> None:
    table, anna = opened()
    bert = table.sit("bert")
    anna.take()
    bert.send({"t": "react", "emoji": "👍🏽"})
    expected = {"t": "reaction", "participant": bert.person.id, "emoji": "👍🏽"}
    assert (anna.take(), bert.take()) == ([expected], [expected])
    assert table.chat.writes == []


def test_a_reaction_stays_in_its_meeting() -> None:
    table, anna = opened()
    anna.take()
    table.sit(table.person("bert", room="s", meeting="rm_2")).send({"t": "react", "emoji": "!"})
    assert anna.take() == []


def test_reactions_are_rarer_than_messages() -> None:
    table, anna = opened()
    anna.take()
    for _ in range(20):
        anna.send({"t": "react", "emoji": "🎉"})
    answers = anna.take()
    assert [m["t"] for m in answers].count("reaction") == 10
    assert {m.get("code") for m in answers} == {None, "rate_limited"}
    table.advance(1.0)
    anna.send({"t": "react", "emoji": "🎉"})
    assert [m["t"] for m in anna.take()] == ["reaction"]


def test_one_who_is_not_shown_does_not_react() -> None:
    table = Table()
    ghost = table.sit(table.person("ghost", hidden=True))
    ghost.send({"t": "react", "emoji": "👻"})
    assert [m["code"] for m in ghost.take()] == ["forbidden"]


def test_a_snapshot_is_the_last_messages() -> None:
    table = Table(Limits(chat=3))
    anna = table.sit("anna")
    anna.open()
    for seq in range(1, 6):
        anna.say(seq)
    table.settle()
    bert = table.sit("bert")
    assert [m["version"] for m in bert.open("b")["messages"]] == [3, 4, 5]
    news = bert.open("b", version=2)
    assert (news["t"], [m["version"] for m in news["messages"]]) == ("changes", [3, 4, 5])
    assert bert.open("b", version=1)["t"] == "snapshot"


def test_a_long_snapshot_is_fetched_and_long_changes_are_a_snapshot() -> None:
    table = Table()
    anna = table.sit(table.person("anna", room="a room/b"))
    anna.open()
    for seq in range(1, 21):
        anna.say(seq, "x" * 4_000)
    table.settle()
    for version in (None, 0):
        answer = table.sit(anna.person).open("b", version=version, id=3)
        assert answer == {
            "t": "snapshot",
            "re": 3,
            "epoch": "e1",
            "version": 20,
            "seq": 0,
            "url": "/api/v1/rooms/a%20room%2Fb/chat?version=20",
        }


def test_rooms_have_chats_of_their_own() -> None:
    table, anna = opened()
    bert = table.sit(table.person("bert", room="s", meeting="rm_2"))
    assert bert.open("b")["version"] == 0
    anna.say(1)
    table.settle()
    assert bert.take("message") == []


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({}, "bad_message"),
        ({"t": 1}, "bad_message"),
        ({"t": "nope"}, "bad_message"),
        ({"t": ["say"]}, "bad_message"),
        ({"t": "open"}, "bad_message"),
        ({"t": "open", "client": ""}, "bad_message"),
        ({"t": "open", "client": 5}, "bad_message"),
        ({"t": "open", "client": "ü"}, "bad_message"),
        ({"t": "open", "client": "a\n"}, "bad_message"),
        ({"t": "open", "client": "x" * 65}, "too_large"),
        ({**OPEN, "version": -1}, "bad_message"),
        ({**OPEN, "version": 1.5}, "bad_message"),
        ({**OPEN, "version": True}, "bad_message"),
        ({**OPEN, "epoch": 7}, "bad_message"),
        ({**OPEN, "epoch": "e" * 65}, "too_large"),
        ({"t": "say", "text": "no seq"}, "bad_message"),
        ({"t": "say", "seq": 0, "text": "x"}, "bad_message"),
        ({"t": "say", "seq": "1", "text": "x"}, "bad_message"),
        ({"t": "say", "seq": True, "text": "x"}, "bad_message"),
        ({"t": "say", "seq": 1}, "bad_message"),
        ({"t": "say", "seq": 1, "text": ""}, "bad_message"),
        ({"t": "say", "seq": 1, "text": " \n\t"}, "bad_message"),
        ({"t": "say", "seq": 1, "text": "a\0b"}, "bad_message"),
        ({"t": "say", "seq": 1, "text": {"x": 1}}, "bad_message"),
        ({"t": "say", "seq": 1, "text": "x" * 4_001}, "too_large"),
        ({"t": "say", "seq": 1, "text": "😀" * 2_001}, "too_large"),
        ({"t": "say", "seq": 1, "text": "x", "to": ""}, "bad_message"),
        ({"t": "say", "seq": 1, "text": "x", "to": "\0"}, "bad_message"),
        ({"t": "say", "seq": 1, "text": "x", "to": ["bert"]}, "bad_message"),
        ({"t": "say", "seq": 1, "text": "x", "to": "b" * 257}, "too_large"),
        ({"t": "react"}, "bad_message"),
        ({"t": "react", "emoji": ""}, "bad_message"),
        ({"t": "react", "emoji": "a b"}, "bad_message"),
        ({"t": "react", "emoji": "\x1b"}, "bad_message"),
        ({"t": "react", "emoji": "😀" * 17}, "too_large"),
        ([], "bad_message"),
        ([{"t": "react", "emoji": "x"}], "bad_message"),
        (5, "bad_message"),
        ("say", "bad_message"),
        (None, "bad_message"),
    ],
)
def test_what_is_no_message_is_answered_to_its_sender_alone(message: Any, code: str) -> None:
    table, anna = opened()
    bert = table.sit("bert")
    bert.open("b")
    anna.take()
    bert.take()
    anna.send(message)
    table.settle()
    (answer,) = anna.take()
    assert (answer["t"], answer["code"]) == ("error", code)
    assert isinstance(answer["message"], str)
    assert (bert.take(), table.chat.stored, anna.closed) == ([], {}, False)


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"id": 7}, {"re": 7}),
        ({"id": 0, "seq": 3}, {"re": 0, "seq": 3}),
        ({"id": "7", "seq": "3"}, {}),
        ({"id": 1.5, "seq": None}, {}),
        ({"id": True}, {}),
    ],
)
def test_an_error_says_to_which_message_it_belongs(extra: dict[str, Any], told: dict[str, Any]) -> None:
    _, anna = opened()
    answer = anna.ask({"t": "nope", **extra})
    assert {name: value for name, value in answer.items() if name in ("re", "seq")} == told


def test_a_client_name_of_a_megabyte_is_too_large() -> None:
    _, anna = opened()
    answer = anna.ask({"t": "open", "id": 1, "client": "x" * 1_000_000})
    assert (answer["code"], answer["re"]) == ("too_large", 1)


def test_an_epoch_of_the_past_gets_everything_anew() -> None:
    table, anna = opened()
    anna.say(1)
    table.settle()
    assert table.sit("bert").open("b", version=1, epoch="e0")["t"] == "snapshot"


def test_a_forbidden_message_is_not_said() -> None:
    table, anna = opened()
    anna.person.forbidden.add("say")
    assert anna.ask({"t": "say", "seq": 1, "text": "x"})["code"] == "forbidden"
    assert anna.ask({"t": "react", "emoji": "x"})["code"] == "forbidden"
    assert table.chat.stored == {}


def test_operations_are_measured_once_they_are_stored() -> None:
    table, anna = opened()
    anna.say(1)
    table.work.run_all()
    assert table.observed == []
    table.settle()
    assert table.observed == ["say"]


def test_a_reader_that_never_reads_is_given_snapshots_and_nothing_piles_up() -> None:
    table, anna = opened()
    bert = table.sit("bert")
    bert.open("b")
    for seq in range(1, 60):
        anna.say(seq)
        table.settle()
        table.services.slow(bert.number)
        table.work.run_all()
        table.advance(0.05)
    last = orjson.loads(bert.raw[-1])
    assert (last["t"], last["version"]) == ("snapshot", 59)


def test_chats_nobody_uses_leave_the_memory() -> None:
    table, anna = opened()
    anna.say(1)
    anna.lose()
    table.settle()
    table.advance(2.0)
    loads = table.chat.loads
    table.sit("bert").open("b")
    assert table.chat.loads == loads + 1
