"""The label `whiteboard`: opening, submitting, what others are told, and what is refused."""

from typing import Any

import pytest

from config.settings import Limits
from datachannels.refusals import RequestRefused
from tests.datachannels.table import Asked, Person, Table
from tests.datachannels.whiteboard.board_table import BOARD, BoardTable

RECT = {"op": "put", "id": "e1", "props": {"type": "rect", "box": [0, 0, 10, 10, 0], "z": "a0"}}
ADA = {"identity": "ada", "name": "Ada"}


def test_new_board_is_told_of_and_opens_empty() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    created = ada.ask({"t": "create", "id": 7, "title": "Plans"})
    board = created["board"]["id"]
    assert created == {"t": "created", "re": 7, "board": {"id": board, "title": "Plans", "version": 1}}
    assert table.lists.told == [("boards", "r", board, "Plans")]
    snapshot = ada.open(board=board)
    assert (snapshot["t"], snapshot["version"], snapshot["seq"]) == ("snapshot", 1, 0)
    assert snapshot["pages"] == [{"id": "p1", "title": "", "z": ""}]
    assert snapshot["elements"] == []


def test_template_is_on_the_new_board() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    board = ada.ask({"t": "create", "title": "Retro", "template": "retro"})["board"]["id"]
    elements = ada.open(board=board)["elements"]
    assert {one["type"] for one in elements} == {"rect", "text", "sticky"}
    assert all(one["author"] == ADA and one["page"] == "p1" for one in elements)


def test_submitted_change_is_acknowledged_and_told_to_others() -> None:
    table = BoardTable()
    ada, bob = table.sit("ada"), table.sit("bob")
    ada.open()
    bob.open()
    ack = ada.submit(1, RECT)
    assert ack == {"t": "ack", "board": BOARD, "seq": 1, "version": 2, "ignored": []}
    (change,) = bob.take()
    assert {name: change[name] for name in ("t", "board", "version", "author", "client", "seq")} == {
        "t": "change",
        "board": BOARD,
        "version": 2,
        "author": ADA,
        "client": "c",
        "seq": 1,
    }
    assert change["changes"] == [RECT | {"props": {**RECT["props"], "page": "p1", "author": ADA}}]  # type: ignore[dict-item]


def test_nothing_is_said_of_a_change_before_it_is_stored() -> None:
    table = BoardTable()
    ada, bob = table.sit("ada"), table.sit("bob")
    ada.open()
    bob.open()
    bob.take()
    ada.take()
    ada.send({"t": "submit", "board": BOARD, "seq": 1, "changes": [RECT]})
    table.work.run_all()
    assert (ada.take(), bob.take()) == ([], [])
    late = table.sit("cleo")
    late.send({"t": "open", "board": BOARD, "client": "c", "version": None})
    table.work.run_all()
    assert late.take()[0]["elements"] == []
    table.settle()
    assert [one["t"] for one in late.take()] == ["change"]


def test_many_submits_are_in_flight_and_acknowledged_in_order() -> None:
    table = BoardTable(Limits(in_flight=32))
    ada = table.sit("ada")
    ada.open()
    for seq in range(1, 34):
        ada.send(
            {"t": "submit", "board": BOARD, "seq": seq, "changes": [table.put("e1", type="rect", w=seq)]}
        )
    (refused,) = ada.take()
    assert (refused["code"], refused["seq"]) == ("rate_limited", 33)
    table.settle()
    assert [one["seq"] for one in ada.take("ack")] == list(range(1, 33))


def test_resent_change_is_acknowledged_again_and_applied_once() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    first = ada.submit(1, RECT, {"op": "delete", "id": "nothing"})
    assert ada.submit(1, {"not": "read"}) == first
    assert len(table.boards.kept[BOARD].log) == 2


def test_resent_change_is_recognised_after_a_restart() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    first = ada.submit(1, RECT)
    ada.submit(2, {"op": "delete", "id": "e1"})
    nothing = {"op": "delete", "id": "nothing"}
    mixed = [nothing, {"op": "restore", "id": "e1"}, table.put("e1", text="back"), nothing]
    second = ada.submit(3, *mixed)
    assert (second["ignored"], second["ignored_at"]) == (["nothing", "nothing"], [0, 3])
    again = BoardTable(boards=table.boards)
    ada = again.sit("ada")
    assert ada.open(version=1)["seq"] == 3
    assert ada.submit(1, RECT) == first
    assert ada.submit(3, *mixed) == second
    assert ada.submit(3, 7, {"id": 8})["restored"] == second["restored"]


def test_who_comes_back_gets_what_it_lacks() -> None:
    table = BoardTable()
    ada, bob = table.sit("ada"), table.sit("bob")
    ada.open()
    ada.submit(1, RECT)
    ada.submit(2, table.put("e1", text="hello"))
    changes = bob.open(version=2, epoch="e1")
    assert (changes["t"], changes["version"]) == ("changes", 3)
    assert [one["changes"] for one in changes["changes"]] == [[table.put("e1", text="hello")]]
    assert bob.open(version=3, epoch="e1")["changes"] == []
    assert bob.open(version=9, epoch="e1")["t"] == "snapshot"
    assert bob.open(version=2, epoch="another")["t"] == "snapshot"


def test_long_snapshot_is_fetched_and_is_that_version() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    points = [0, 0, 128] + [5, -5, 0] * 3_000
    for seq in range(1, 4):
        ada.submit(seq, table.put(f"e{seq}", type="stroke", points=points))
    snapshot = table.sit("bob").open()
    assert snapshot["url"] == f"/api/v1/boards/{BOARD}/content?version=4"
    assert "elements" not in snapshot
    ada.submit(4, {"op": "delete", "id": "e1"})
    assert [one["id"] for one in table.content(4)["elements"]] == ["e1", "e2", "e3"]
    assert [one["id"] for one in table.content(5)["elements"]] == ["e2", "e3"]
    assert table.content(1)["elements"] == []


def test_long_change_says_where_it_is() -> None:
    table = BoardTable()
    ada, bob = table.sit("ada"), table.sit("bob")
    ada.open()
    bob.open()
    bob.take()
    points = [0, 0, 128] + [123, -123, 10] * 4_900
    assert ada.submit(1, table.put("e1", type="stroke", points=points))["version"] == 2
    (change,) = bob.take()
    assert change["url"] == f"/api/v1/boards/{BOARD}/changes/2"
    assert "changes" not in change
    ada.submit(2, {"op": "delete", "id": "e1"})
    restored = ada.submit(3, {"op": "restore", "id": "e1"})
    assert restored["url"] == f"/api/v1/boards/{BOARD}/changes/4"
    assert "restored" not in restored


def test_deleted_element_is_restored_as_it_was() -> None:
    table = BoardTable()
    ada, bob = table.sit("ada"), table.sit("bob")
    ada.open()
    bob.open()
    ada.submit(1, RECT)
    ada.submit(2, {"op": "delete", "id": "e1"})
    assert bob.submit(1, table.put("e1", text="too late"))["ignored"] == ["e1"]
    bob.take()
    whole = {**RECT["props"], "page": "p1", "author": ADA}  # type: ignore[dict-item]
    ack = ada.submit(3, {"op": "restore", "id": "e1"})
    assert ack["restored"] == [{"id": "e1", "props": whole}]
    (change,) = bob.take("change")
    assert change["changes"] == [{"op": "restore", "id": "e1", "props": whole}]


def test_long_change_is_read_in_turns_and_keeps_its_place() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    many = [table.put(f"e{n}", type="rect") for n in range(500)]
    for seq, changes in ((1, many), (2, [table.put("e1", text="after")]), (3, [*many, {"op": "?"}])):
        ada.send({"t": "submit", "board": BOARD, "seq": seq, "changes": changes})
    table.settle()
    answers = sorted(ada.take(), key=lambda one: one["seq"])
    assert [(one["t"], one["seq"]) for one in answers] == [("ack", 1), ("ack", 2), ("error", 3)]
    assert answers[2]["code"] == "bad_message"
    elements = {one["id"]: one for one in table.content(3)["elements"]}
    assert (len(elements), elements["e1"]["text"]) == (500, "after")


def test_failed_commit_is_sent_again() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    for seq in (1, 2):
        ada.send({"t": "submit", "board": BOARD, "seq": seq, "changes": [table.put(f"e{seq}", type="rect")]})
    table.work.run_all()
    ada.take()
    table.boards.fail(stored=1)
    table.settle()
    taken = ada.take()
    assert [one["code"] for one in taken if one["t"] == "error"] == ["unavailable", "unavailable"]
    (snapshot,) = [one for one in taken if one["t"] == "snapshot"]
    assert (snapshot["version"], snapshot["seq"]) == (2, 1)
    assert [one["id"] for one in snapshot["elements"]] == ["e1"]
    assert ada.submit(2, table.put("e2", type="rect"))["version"] == 3


def test_board_is_the_same_after_it_was_read_again() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    for seq in range(1, 230):
        table.advance(0.1)
        ada.submit(seq, table.put(f"e{seq % 7}", type="text", text=f"n{seq} ü🙂", style={"size": seq}))
    ada.submit(230, {"op": "delete", "id": "e3"}, {"op": "page", "id": "p2", "title": "Two", "z": "a1"})
    assert [one.version for one in table.boards.kept[BOARD].snapshots] == [100, 200]
    snapshot = ada.open()
    again = BoardTable(boards=table.boards)
    assert again.sit("ada").open() == snapshot
    for version in (1, 99, 100, 101, 231):
        assert again.content(version) == table.content(version)
    seat = again.sit("bob")
    seat.open()
    assert seat.submit(1, {"op": "restore", "id": "e3"})["restored"][0]["props"]["text"] == "n227 ü🙂"


def test_board_of_another_room_is_not_there() -> None:
    table = BoardTable()
    stranger = table.sit(Person("pa_x", "eve", "Eve", room="s"))
    assert stranger.open()["code"] == "not_found"
    assert stranger.open(board="bo_none")["code"] == "not_found"


def test_change_needs_the_board_open() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    assert ada.submit(1, RECT)["code"] == "conflict"
    ada.open()
    ada.send({"t": "close", "board": BOARD})
    assert ada.submit(1, RECT)["code"] == "conflict"


def test_who_may_not_draw_is_refused_and_nothing_is_stored() -> None:
    table = BoardTable()
    viewer = table.sit(Person("pa_v", "eve", "Eve", forbidden={"edit_board"}))
    assert viewer.open()["t"] == "snapshot"
    assert viewer.submit(1, RECT)["code"] == "forbidden"
    assert viewer.ask({"t": "create", "title": "Mine"})["code"] == "forbidden"
    assert len(table.boards.kept[BOARD].log) == 1
    viewer.person.forbidden.clear()
    assert viewer.submit(1, RECT)["version"] == 2


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"t": "open", "board": "../etc", "client": "c"}, "bad_message"),
        ({"t": "open", "board": 7, "client": "c"}, "bad_message"),
        ({"t": "open", "client": "c"}, "bad_message"),
        ({"t": "open", "board": BOARD, "client": "c" * 65}, "bad_message"),
        ({"t": "create", "title": ""}, "bad_message"),
        ({"t": "create", "title": "x" * 10_000}, "too_large"),
        ({"t": "create", "title": "x", "template": "none"}, "not_found"),
        ({"t": "create", "title": "x", "template": "../retro"}, "not_found"),
        ({"t": "submit", "board": BOARD, "changes": []}, "bad_message"),
        ({"t": "draw", "board": BOARD}, "bad_message"),
    ],
)
def test_bad_request_is_answered_to_its_sender_alone(message: Any, code: str) -> None:
    table = BoardTable()
    ada, bob = table.sit("ada"), table.sit("bob")
    bob.open()
    bob.take()
    answer = ada.ask(message)
    assert answer["code"] in {code, "too_large"}
    assert bob.take() == []


def test_request_without_a_channel_is_done_once_for_its_key() -> None:
    table = BoardTable()
    bob = table.sit("bob")
    bob.open()
    bob.take()
    for _ in range(2):
        asked = Asked()
        message = {"t": "submit", "changes": [RECT]}
        table.board_service.visit(BOARD, Person("", "ada", "Ada"), message, "key", asked, table.now)
        table.settle()
        assert [(one["t"], one["version"]) for one in asked.answers] == [("ack", 2)]
    assert len(bob.take("change")) == 1
    with pytest.raises(RequestRefused):
        table.board_service.visit(BOARD, Person("", "ada", "Ada"), {"t": "open"}, "key", Asked(), table.now)


def test_live_strokes_are_for_those_who_have_the_board_open() -> None:
    table = BoardTable()
    ada, bob, cleo = (table.sit(who) for who in ("ada", "bob", "cleo"))
    ada.open()
    bob.open()
    assert table.node.watchers.of("rm_1", BOARD) == {ada.person.id, bob.person.id}
    bob.send({"t": "close", "board": BOARD})
    cleo.open()
    assert table.node.watchers.of("rm_1", BOARD) == {ada.person.id, cleo.person.id}


def test_many_small_elements_restored_at_once_are_fetched() -> None:
    table = Table()
    ada = table.sit("ada", "whiteboard")
    board = ada.ask({"t": "create", "title": "Plan"})["board"]["id"]
    table.topic = {"board": board}
    ada.open()
    names = [f"{number:04}{'x' * 58}" for number in range(600)]
    for seq, some in enumerate((names[:200], names[200:400], names[400:])):
        ada.submit(2 * seq + 1, *[{"op": "put", "id": name, "props": {"type": "rect"}} for name in some])
        ada.submit(2 * seq + 2, *[{"op": "delete", "id": name} for name in some])
    ada.raw.clear()
    ack = ada.submit(7, *[{"op": "restore", "id": name} for name in names])
    assert (ack["t"], "url" in ack, "restored" in ack) == ("ack", True, False)
    assert len(ada.raw[0]) <= Limits().data_message_bytes
