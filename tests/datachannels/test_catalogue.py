"""Documents and boards alike: making, renaming, deleting them, and who may."""

from typing import Any

import pytest

from datachannels.catalogue import CREATED_AT_ONCE_S, CREATED_PER_S, Catalogue
from datachannels.kinds import BOARDS, DOCUMENTS, Kind
from datachannels.topic_lists import MAX_TOPICS
from tests.datachannels.table import Asked, Person, Seat, Table

LABELS = {DOCUMENTS: "documents", BOARDS: "whiteboard"}


def catalogue(table: Table, kind: Kind) -> Catalogue[Any]:
    return table.document_service.catalogue if kind is DOCUMENTS else table.board_service.catalogue


def made(table: Table, kind: Kind, owner: Person) -> str:
    """A new one."""
    answer = table.sit(owner, LABELS[kind]).ask({"t": "create", "title": "Plan"})
    topic: str = answer[kind.field]["id"]
    return topic


def opened(table: Table, kind: Kind, topic: str, who: str) -> Seat:
    """Somebody with it open."""
    seat = table.sit(who, LABELS[kind])
    seat.open(who, None, **{kind.field: topic})
    return seat


pytestmark = pytest.mark.parametrize("kind", [DOCUMENTS, BOARDS], ids=lambda kind: kind.name)


def test_a_new_one_has_an_id_of_its_kind_and_is_in_the_lists(kind: Kind) -> None:
    table = Table()
    created = table.sit("ada", LABELS[kind]).ask({"t": "create", "title": "Plan"})
    topic = created[kind.field]["id"]
    assert kind.names(topic)
    assert created == {"t": "created", kind.field: {"id": topic, "title": "Plan", "version": 1}}
    assert table.lists.told == [(kind.name, "r", topic, "Plan")]


def test_it_is_renamed_and_deleted_by_whom_it_belongs_to(kind: Kind) -> None:
    table, asked = Table(), Asked()
    owner = table.person("ada")
    topic = made(table, kind, owner)
    bert, cleo = (opened(table, kind, topic, who) for who in ("bert", "cleo"))
    at = catalogue(table, kind)
    at.rename(topic, owner, {"title": "Other"}, asked, table.now)
    table.settle()
    assert asked.answers.pop() == {"t": "renamed", kind.field: {"id": topic, "title": "Other", "version": 1}}
    bert.person.forbidden.add("manage_topic")
    at.rename(topic, bert.person, {"title": "Mine"}, asked, table.now)
    at.delete(topic, bert.person, asked, table.now)
    table.settle()
    assert [answer["code"] for answer in asked.answers] == ["forbidden", "forbidden"]
    at.delete(topic, table.person("eve", room="s"), asked, table.now)
    table.settle()
    assert asked.answers[-1]["code"] == "not_found"
    for seat in (bert, cleo):
        seat.take()
    at.delete(topic, owner, asked, table.now)
    table.settle()
    assert asked.answers[-1] == {"t": "deleted"}
    gone = {"t": "closed", kind.field: topic, "reason": "deleted"}
    assert (bert.take(), cleo.take()) == ([gone], [gone])
    assert bert.open("bert", None, **{kind.field: topic})["code"] == "not_found"
    assert table.lists.told[1:] == [(kind.name, "r", topic, "Other"), (kind.name, "r", topic)]


def test_with_one_key_it_is_made_once(kind: Kind) -> None:
    table, asked = Table(), Asked()
    for _ in range(2):
        catalogue(table, kind).create(table.person("zoe"), {"title": "Plan"}, "key", asked, table.now)
        table.settle()
    first, second = asked.answers
    assert first == second
    assert len(table.lists.told) == 2
    assert len({told[2] for told in table.lists.told}) == 1


def test_the_last_one_that_a_room_takes_is_found_again_by_its_key(kind: Kind) -> None:
    table, asked = Table(), Asked()
    at, zoe = catalogue(table, kind), table.person("zoe")
    for number in range(MAX_TOPICS - 1):
        at.create(zoe, {"title": f"{number}"}, "", Asked(), table.now)
    table.settle()
    for _ in range(2):
        at.create(zoe, {"title": "Plan"}, "key", asked, table.now)
        table.settle()
    assert [answer["t"] for answer in asked.answers] == ["created", "created"]
    assert asked.answers[0] == asked.answers[1]


def test_so_many_may_be_made_at_once_and_kept_in_a_room(kind: Kind) -> None:
    table = Table()
    ada = table.sit("ada", LABELS[kind])
    at_once = int(CREATED_AT_ONCE_S * CREATED_PER_S)
    answers = [ada.ask({"t": "create", "title": f"{number}"}) for number in range(at_once + 1)]
    assert [one["t"] for one in answers] == ["created"] * at_once + ["error"]
    assert answers[-1]["code"] == "rate_limited"
    for number in range(at_once, MAX_TOPICS):
        catalogue(table, kind).create(ada.person, {"title": f"{number}"}, "", Asked(), table.now)
    table.settle()
    table.advance(20.0)
    assert ada.ask({"t": "create", "title": "one more"})["code"] == "too_large"
