"""Channels, labels, rates: what holds for every service."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Limits
from datachannels.channel import CHANNELS_PER_MEMBER
from tests.datachannels.table import Table


@pytest.mark.parametrize("label", ["", "Chat", "nope", "x" * 10_000])
def test_a_label_that_is_none_is_not_accepted(label: str) -> None:
    assert not Table().sit("anna", label).accepted


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "nan",
        '{"t":"open"',
        "[" * 33 + "]" * 33,
        '{"id":9007199254740992}',
        '{"t":"\\ud800}',
        '"\\ud800' + "x" * 65_536 + '"',
        "\ud800",
    ],
)
def test_what_is_binary_or_not_json_closes_the_channel(text: str | None) -> None:
    table = Table()
    anna = table.sit("anna")
    anna.send_text(text)
    assert anna.closed
    anna.send({"t": "open", "client": "c"})
    table.settle()
    assert anna.take() == []


@pytest.mark.parametrize("half", ["\ud83d", "\ude00\ud83d"])
def test_half_a_surrogate_pair_is_refused_and_the_channel_stays(half: str) -> None:
    anna = Table().sit("anna", "documents")
    delta = {"ops": [{"insert": half}]}
    anna.send_text(json.dumps({"t": "submit", "id": 5, "doc": "do_1", "base": 1, "seq": 4, "delta": delta}))
    anna.send_text(json.dumps({"t": half, "doc": half}))
    first, second = anna.take()
    assert (first["code"], first["re"], first["seq"], first["doc"]) == ("bad_message", 5, 4, "do_1")
    assert (second["code"], "doc" in second) == ("bad_message", False)
    assert not anna.closed


def test_a_message_above_the_limit_is_too_large_and_names_its_numbers() -> None:
    table = Table()
    anna = table.sit("anna")
    for text in ("x" * 65_536, "€" * 22_000):
        answer = anna.ask({"t": "say", "seq": 4, "id": 5, "text": text})
        assert (answer["code"], answer["seq"], answer["re"]) == ("too_large", 4, 5)


def test_too_many_messages_are_refused_with_a_time_to_wait() -> None:
    table = Table(Limits(messages_per_s=10))
    anna = table.sit("anna")
    anna.open()
    for number in range(1, 11):
        anna.say(number)
    (refused,) = anna.take("error")
    assert (refused["code"], refused["seq"]) == ("rate_limited", 10)
    table.advance(refused["retry_ms"] / 1000 + 0.001)
    anna.say(10)
    table.settle()
    assert [m["seq"] for m in anna.take("ack")] == list(range(1, 11))


def test_more_channels_give_no_more_messages() -> None:
    table = Table(Limits(messages_per_s=10))
    first = table.sit("anna")
    second = table.sit(first.person)
    for seat in (first, second):
        for _ in range(8):
            seat.send({"t": "close"})
    assert (len(first.take()), len(second.take())) == (0, 6)


def test_a_flood_closes_the_channel_of_who_floods_alone() -> None:
    table = Table(Limits(messages_per_s=10))
    anna, bert = table.sit("anna"), table.sit("bert")
    for _ in range(60):
        anna.send({"t": "nope"})
    assert anna.closed
    assert len(anna.take()) == 50
    assert bert.open("b")["t"] == "snapshot"


def test_one_participant_has_so_many_channels() -> None:
    table = Table()
    person = table.person("anna")
    seats = [table.sit(person) for _ in range(CHANNELS_PER_MEMBER + 1)]
    assert [seat.accepted for seat in seats] == [True] * CHANNELS_PER_MEMBER + [False]
    seats[0].lose()
    assert table.sit(person).accepted


def test_who_has_left_hears_nothing_and_is_not_heard() -> None:
    table = Table()
    anna, bert = table.sit("anna"), table.sit("bert")
    anna.open("a")
    bert.open("b")
    table.services.left(bert.person.id)
    bert.take()
    bert.say(1)
    anna.say(1)
    table.settle()
    assert bert.take() == []
    assert table.services.open_channels == 1


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["open", "say", "react", "close", "cursor", "typing", "pointer", "stroke", "viewport"]
FIELDS = [
    "id",
    "seq",
    "client",
    "version",
    "epoch",
    "text",
    "to",
    "emoji",
    "doc",
    "topic",
    "points",
    "x",
    "y",
]
messages = st.builds(
    lambda name, fields: {"t": name, **fields},
    st.sampled_from(NAMES) | values,
    st.dictionaries(st.sampled_from(FIELDS), values, max_size=6),
)


@given(label=st.sampled_from(["chat", "live"]), message=messages | values)
def test_any_json_is_answered_or_done_and_never_raises(label: str, message: Any) -> None:
    table = Table()
    seat = table.sit("anna", label)
    try:
        text = orjson.dumps(message).decode()
    except (TypeError, orjson.JSONEncodeError):
        text = "[]"
    seat.send_text(text)
    table.settle()
    assert all(isinstance(one, dict) for one in seat.take())


@given(label=st.sampled_from(["chat", "live"]), text=st.text(max_size=60))
def test_any_text_is_answered_or_closes_the_channel(label: str, text: str) -> None:
    table = Table()
    seat = table.sit("anna", label)
    seat.send_text(text)
    answers = seat.take()
    assert all(answer["code"] == "bad_message" for answer in answers)
