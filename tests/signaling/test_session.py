from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import Limits
from signaling.close_codes import CloseCode
from signaling.permissions import Role
from signaling.session import MAX_REASON_BYTES, shortened
from tests.signaling.meeting import Meeting

BEFORE_JOIN = [
    pytest.param("", 4400, id="nothing"),
    pytest.param("{", 4400, id="not JSON"),
    pytest.param("[]", 4400, id="not an object"),
    pytest.param("3", 4400, id="a number"),
    pytest.param("{}", 4400, id="no type"),
    pytest.param('{"type":"ping"}', 4400, id="before join"),
    pytest.param('{"type":"fly"}', 4400, id="unknown before join"),
    pytest.param('{"type":"join"}', 4400, id="join without token"),
    pytest.param('{"type":"join","token":7}', 4400, id="token that is no string"),
    pytest.param('{"type":"join","token":"x.y.z"}', 4401, id="token that is none"),
    pytest.param('{"type":"join","id":"one","token":"x"}', 4400, id="id that is no number"),
    pytest.param('{"type":"\ud800"}', 4400, id="lone surrogate"),
    pytest.param('{"a":' * 40 + "1" + "}" * 40, 4400, id="too deep"),
    pytest.param('{"a":9007199254740992}', 4400, id="number too big"),
    pytest.param('{"a":' + "9" * 400 + "}", 4400, id="number far too big"),
    pytest.param('{"a":NaN}', 4400, id="not a number"),
    pytest.param('{"a":"' + "é" * 1_000 + '"}', 4413, id="too large in bytes"),
]


@pytest.mark.parametrize(("text", "code"), BEFORE_JOIN)
def test_first_message_must_be_a_good_join(text: str, code: int) -> None:
    meeting = Meeting(Limits(message_bytes=2_000))
    client = meeting.client()
    client.send_text(text)
    assert client.closed is not None
    assert client.closed[0] == code
    assert client.inbox == []


AFTER_JOIN: list[Any] = [
    ({"type": "fly"}, "bad_message"),
    ({"type": 3}, "bad_message"),
    ({}, "bad_message"),
    ({"type": "join", "token": "x"}, "conflict"),
    ({"type": "mute"}, "bad_message"),
    ({"type": "mute", "track": "x", "muted": 1}, "bad_message"),
    ({"type": "mute", "track": "x", "muted": True}, "not_found"),
    ({"type": "view", "mode": "odd"}, "bad_message"),
    ({"type": "view", "mode": "auto", "slots": {}}, "bad_message"),
    ({"type": "view", "mode": "auto", "slots": [{"mid": "a", "width": -1}]}, "bad_message"),
    ({"type": "view", "mode": "auto", "slots": [{"mid": "a", "width": True}]}, "bad_message"),
    ({"type": "view", "mode": "auto", "slots": [{"mid": "a", "width": 1.5}]}, "bad_message"),
    ({"type": "view", "mode": "auto", "pin": ["tr_x"]}, "not_found"),
    ({"type": "offer"}, "bad_message"),
    ({"type": "offer", "sdp": "x" * 1_000}, "too_large"),
    ({"type": "offer", "sdp": "v=0"}, "bad_message"),
    ({"type": "offer", "sdp": "", "tracks": [{"mid": "0", "source": "cat"}]}, "bad_message"),
    ({"type": "offer", "sdp": "", "tracks": [{"mid": "0", "source": "camera"}] * 2}, "bad_message"),
    (
        {
            "type": "offer",
            "sdp": "",
            "tracks": [{"mid": "0", "source": "camera"}, {"mid": "1", "source": "camera"}],
        },
        "bad_message",
    ),
    ({"type": "update", "name": "n" * 200}, "too_large"),
    ({"type": "update", "hand": "up"}, "bad_message"),
    ({"type": "unpublish", "track": "tr_x"}, "not_found"),
    ({"type": "moderate", "action": "dance"}, "bad_message"),
    ({"type": "channel", "label": "chat"}, "bad_message"),
]


@pytest.mark.parametrize(("message", "code"), AFTER_JOIN)
def test_wrong_content_is_an_error_and_the_socket_stays(message: dict[str, Any], code: str) -> None:
    meeting = Meeting(Limits(sdp_bytes=500))
    client = meeting.join("anna")
    client.send(message | {"id": 5})
    assert [(reply["type"], reply["code"]) for reply in client.inbox if reply["id"] == 5] == [("error", code)]
    client.take()
    client.send({"type": "ping", "id": 6})
    assert client.inbox == [{"type": "pong", "id": 6}]


@pytest.mark.parametrize("text", ["{", "[1]", '{"a":9007199254740992}'])
def test_what_is_no_message_closes_a_joined_socket_too(text: str) -> None:
    meeting = Meeting()
    client, other = meeting.join("anna"), meeting.join("bert")
    other.take()
    client.send_text(text)
    assert client.closed is not None
    assert client.closed[0] == 4400
    assert other.take("participant_updated")[0]["participant"]["state"] == "away"


def test_binary_message_closes() -> None:
    meeting = Meeting()
    client = meeting.join("anna")
    client.session.receive_binary(meeting.now)
    meeting.pump()
    assert client.closed == (4400, "binary")


def test_id_of_wrong_type_is_an_error_without_id() -> None:
    meeting = Meeting()
    client = meeting.join("anna")
    client.send({"type": "ping", "id": "one"})
    (error,) = client.inbox
    assert (error["type"], error["code"]) == ("error", "bad_message")
    assert "id" not in error


def test_unknown_fields_are_ignored() -> None:
    meeting = Meeting()
    client = meeting.join("anna")
    client.send({"type": "update", "id": 1, "hand": True, "colour": "red"})
    assert client.inbox[-1] == {"type": "ok", "id": 1}


def test_request_without_id_has_no_ok() -> None:
    meeting = Meeting()
    client = meeting.join("anna")
    client.send({"type": "update", "hand": True})
    assert [message["type"] for message in client.inbox] == ["participant_updated"]


def test_messages_above_the_rate_are_refused_and_a_flood_closes() -> None:
    meeting = Meeting(Limits(messages_per_s=10))
    client = meeting.join("anna")
    for number in range(12):
        client.send({"type": "ping", "id": number})
    assert [reply["type"] for reply in client.inbox] == ["pong"] * 10 + ["error"] * 2
    assert client.inbox[-1]["code"] == "rate_limited"
    meeting.advance(1)
    client.take()
    assert client.ask("ping")["type"] == "pong"
    for number in range(60):
        client.send({"type": "ping", "id": number})
    assert client.closed is not None
    assert client.closed[0] == 4429


def test_a_channel_message_above_the_rate_is_refused_on_its_channel() -> None:
    meeting = Meeting(Limits(messages_per_s=10))
    client = meeting.join("anna")
    for _ in range(10):
        client.send({"type": "ping"})
    client.take()
    said = {"t": "submit", "doc": "do_1", "seq": 4, "id": 5}
    client.send({"type": "channel", "label": "documents", "data": said})
    (refused,) = client.take()
    assert (refused["type"], refused["label"]) == ("channel", "documents")
    error = refused["data"]
    assert (error["t"], error["code"], error["re"], error["seq"]) == ("error", "rate_limited", 5, 4)
    assert (error["doc"], error["retry_ms"]) == ("do_1", 100)


def test_requests_behind_an_unanswered_one_are_bounded() -> None:
    meeting = Meeting(Limits(in_flight=3))
    client = meeting.join("anna")
    client.begin_offer()
    for _ in range(4):
        client.request("ping")
    assert [message["code"] for message in client.inbox] == ["rate_limited"]
    meeting.answer(meeting.last_offer())
    assert [message["type"] for message in client.inbox] == ["error", "answer", "pong", "pong", "pong"]


def test_socket_that_does_not_join_is_closed_after_ten_seconds() -> None:
    meeting = Meeting()
    silent = meeting.client()
    meeting.advance(9)
    later = meeting.client()
    meeting.advance(2)
    assert silent.closed is not None
    assert silent.closed[0] == 4408
    assert later.closed is None


def test_close_reasons_fit_their_frame() -> None:
    assert len(shortened("ä" * 100).encode()) <= MAX_REASON_BYTES
    assert shortened("short") == "short"


CODES = {int(code) for code in CloseCode}


@settings(max_examples=150, deadline=None)
@given(texts=st.lists(st.text(max_size=60), max_size=5))
def test_any_text_is_answered_or_closes(texts: list[str]) -> None:
    meeting = Meeting()
    client = meeting.join("anna")
    for text in texts:
        client.send_text(text)
    assert client.closed is None or client.closed[0] in CODES
    assert all(message["type"] == "error" for message in client.inbox)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=6), values, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["offer", "view", "mute", "unpublish", "update", "moderate", "stats", "channel", "ping", "leave", "join"]
)
FIELDS = st.sampled_from(
    ["sdp", "tracks", "mode", "pin", "slots", "track", "muted", "name", "hand", "action", "participant",
     "grants", "role", "label", "data", "mid", "width", "source", "token", "locked", "enabled", "ban",
     "max_participants", "room"]
)  # fmt: skip
VALUES = (
    JSON
    | st.sampled_from(
        [
            "auto",
            "manual",
            "set_role",
            "set_grants",
            "remove",
            "lock",
            "camera",
            "chat",
            "host",
            "lobby",
            "limit",
            "admit",
            "deny",
            "move",
            "lower_hand",
            "mute_all",
        ]
    )
    | st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=3)
)


@settings(max_examples=200, deadline=None)
@given(
    requests=st.lists(st.tuples(NAMES, st.dictionaries(FIELDS, VALUES, max_size=4)), max_size=4),
    role=st.sampled_from([Role.PARTICIPANT, Role.HOST]),
)
def test_any_content_is_answered_or_closes(requests: list[tuple[str, dict[str, Any]]], role: Role) -> None:
    meeting = Meeting()
    client, other = meeting.join("anna", role), meeting.join("bert")
    for number, (name, fields) in enumerate(requests):
        client.send_text(orjson.dumps({**fields, "type": name, "id": number}).decode())
    assert client.closed is None or client.closed[0] in CODES
    assert other.ask("ping")["type"] == "pong"
