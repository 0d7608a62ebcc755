"""Who looks at what, as the others are told."""

from typing import Any

import pytest

from config.settings import Limits
from signaling.permissions import Role
from tests.signaling.meeting import Client, Meeting


def told(client: Client) -> list[dict[str, Any]]:
    """The looks a client was told since the last call, oldest first."""
    return [look for message in client.take("looking") for look in message["participants"]]


def test_all_are_told_who_looks_at_what_at_most_twice_a_second() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    screen = anna.publish("screen")["screen"]
    told(anna)
    for at in ("do_1", None, screen):
        assert bert.ask("look", at=at)["type"] == "ok"
    meeting.advance(1)
    assert told(anna) == told(bert) == [{"participant": bert.id, "at": screen}]
    bert.ask("look", at="bo_1")
    meeting.advance(0.2)
    assert told(anna) == told(bert) == [{"participant": bert.id, "at": "bo_1"}]
    anna.ask("look", at="bo_1")
    bert.ask("look", at=None)
    meeting.advance(0.2)
    assert told(anna) == []
    meeting.advance(0.3)
    assert told(anna) == [{"participant": anna.id, "at": "bo_1"}, {"participant": bert.id, "at": None}]
    anna.ask("look", at="bo_1")
    meeting.advance(1)
    assert told(anna) == []


@pytest.mark.parametrize(
    ("at", "code"),
    [("tr_none", "not_found"), ("x", "not_found"), ("", "bad_message"), (7, "bad_message")],
)
def test_a_look_at_nothing_that_there_is_is_refused(at: Any, code: str) -> None:
    meeting = Meeting()
    anna = meeting.join("anna")
    assert anna.ask("look", at=at)["code"] == code
    assert anna.ask("look")["code"] == "bad_message"


def test_who_comes_later_or_comes_back_is_told_all_looks() -> None:
    meeting = Meeting()
    anna, bert = meeting.join("anna"), meeting.join("bert")
    screen = anna.publish("screen")["screen"]
    bert.ask("look", at=screen)
    meeting.advance(1)
    look = {"participant": bert.id, "at": screen}
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("carl")})
    assert told(late) == [look]
    anna.drop()
    back = meeting.client()
    back.send({"type": "join", "token": meeting.token("anna"), "resume": anna.resume})
    assert told(back) == [look]


def test_a_look_ends_with_who_looks_and_with_the_track() -> None:
    meeting = Meeting()
    anna, bert, carl = meeting.join("anna"), meeting.join("bert"), meeting.join("carl")
    screen = anna.publish("screen")["screen"]
    bert.ask("look", at=screen)
    carl.ask("look", at="do_1")
    meeting.advance(1)
    carl.request("leave")
    anna.ask("unpublish", track=screen)
    meeting.advance(1)
    late = meeting.client()
    late.send({"type": "join", "token": meeting.token("dora")})
    assert told(late) == []


def test_nobody_is_told_of_who_is_hidden_and_nothing_in_a_large_room() -> None:
    meeting = Meeting(limits=Limits(roster=2))
    anna = meeting.join("anna")
    ghost = meeting.join("ghost", Role.HOST, grants={"hidden": True})
    ghost.ask("look", at="do_1")
    meeting.advance(1)
    assert told(anna) == []
    for name in ("bert", "carl"):
        meeting.join(name)
    anna.ask("look", at="do_1")
    meeting.advance(1)
    assert told(ghost) == told(anna) == []
