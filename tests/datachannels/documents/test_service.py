"""Documents on a channel: every message, and what is no message."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Limits
from datachannels.documents.requests import write_shapes
from datachannels.documents.shown import DocumentAt
from tests.datachannels.documents.driving import done
from tests.datachannels.table import UNIX_MS, Asked, Seat, Table

AT = UNIX_MS + 100_000
WRITES = write_shapes(Limits())


def insert(text: str, at: int = 0, **attributes: Any) -> dict[str, Any]:
    """A delta that inserts text."""
    op: dict[str, Any] = {"insert": text}
    if attributes:
        op["attributes"] = attributes
    return {"ops": [*([{"retain": at}] if at else []), op]}


def make(table: Table, text: str = "", title: str = "Notes") -> str:
    """A new document."""
    seat = table.sit("maker", "documents")
    answer = seat.ask({"t": "create", "title": title, **({"delta": insert(text)} if text else {})})
    doc: str = answer["doc"]["id"]
    seat.lose()
    return doc


def opened(table: Table, doc: str, who: str, **fields: Any) -> Seat:
    """Somebody with the document open."""
    seat = table.sit(who, "documents")
    seat.open(who, doc=doc, **fields)
    seat.take()
    return seat


def two(text: str = "") -> tuple[Table, str, Seat, Seat]:
    """Anna and Bert with a document open."""
    table = Table()
    doc = make(table, text)
    return table, doc, opened(table, doc, "anna"), opened(table, doc, "bert")


def say(seat: Seat, message: dict[str, Any]) -> list[Any]:
    """Everything a message is answered by, when all is stored."""
    seat.take()
    seat.send(message)
    seat.table.settle()
    return seat.take()


def submit(doc: str, seq: int, base: int, delta: Any, **fields: Any) -> dict[str, Any]:
    return {"t": "submit", "doc": doc, "seq": seq, "base": base, "delta": delta, **fields}


# --- the messages ------------------------------------------------------------------------------------------


def test_what_is_written_has_all_the_protocol_names() -> None:
    table = Table()
    anna, bert = table.sit("anna", "documents"), table.sit("bert", "documents")
    created = anna.ask({"t": "create", "id": 1, "title": "Plan", "delta": insert("hi")})
    doc = created["doc"]["id"]
    assert created == {"t": "created", "re": 1, "doc": {"id": doc, "title": "Plan", "version": 1}}
    snapshot = {
        "doc": doc,
        "epoch": "e1",
        "version": 1,
        "seq": 0,
        "delta": {"ops": [{"insert": "hi\n"}]},
        "comments": [],
        "reviews": [],
    }
    assert anna.open("a", doc=doc, id=2) == {"t": "snapshot", "re": 2, **snapshot}
    assert bert.open("b", doc=doc) == {"t": "snapshot", **snapshot}
    ack = anna.ask(submit(doc, 1, 1, insert("!", 2), id=3))
    assert ack == {"t": "ack", "re": 3, "doc": doc, "seq": 1, "version": 2}
    change = {
        "version": 2,
        "author": {"identity": "anna", "name": "Anna"},
        "at": AT,
        "client": "a",
        "seq": 1,
        "delta": insert("!", 2),
    }
    assert bert.take() == [{"t": "change", "doc": doc, **change}]
    assert bert.open("b", version=1, doc=doc, epoch="e1") == {
        "t": "changes",
        "doc": doc,
        "epoch": "e1",
        "version": 2,
        "seq": 0,
        "changes": [change],
        "comments": [],
        "reviews": [],
    }


def test_a_change_is_transformed_over_what_came_since_its_base() -> None:
    table, doc, anna, bert = two("abc")
    assert anna.ask(submit(doc, 1, 1, insert("A", 1)))["version"] == 2
    bert.take()
    assert bert.ask(submit(doc, 1, 1, insert("B", 1)))["version"] == 3
    (change,) = anna.take("change")
    assert change["delta"] == insert("B", 2)
    assert table.sit("carol", "documents").open("c", doc=doc)["delta"] == insert("aABbc\n")


def test_nothing_is_told_before_it_is_stored() -> None:
    table, doc, anna, bert = two()
    anna.send(submit(doc, 1, 1, insert("x")))
    table.work.run_all()
    assert (anna.take(), bert.take()) == ([], [])
    carol = table.sit("carol", "documents")
    assert carol.raw == []
    table.settle()
    assert [one["t"] for one in anna.take() + bert.take()] == ["ack", "change"]


def test_a_submit_sent_again_is_acknowledged_and_applied_once() -> None:
    table, doc, anna, bert = two()
    first = anna.ask(submit(doc, 1, 1, insert("x")))
    assert anna.ask(submit(doc, 1, 1, insert("other"))) == first
    assert len(bert.take("change")) == 1
    anna.lose()
    again = table.sit(table.person("anna"), "documents")
    assert again.open("anna", version=1, doc=doc)["seq"] == 1
    assert again.ask(submit(doc, 1, 1, insert("other"))) == first


def test_one_change_of_a_client_is_on_its_way_at_a_time() -> None:
    table, doc, anna, _ = two()
    anna.send(submit(doc, 1, 1, insert("x")))
    anna.send(submit(doc, 2, 1, insert("y")))
    table.settle()
    assert [(one["t"], one["seq"], one.get("code")) for one in anna.take()] == [
        ("error", 2, "conflict"),
        ("ack", 1, None),
    ]


def test_a_restore_while_a_submit_is_on_its_way_is_a_conflict() -> None:
    table, doc, anna, _ = two()
    anna.send(submit(doc, 1, 1, insert("x")))
    anna.send({"t": "restore", "doc": doc, "version": 1, "seq": 2})
    table.work.run_all()
    assert [one["code"] for one in anna.take()] == ["conflict"]


def test_a_restore_does_not_wait_for_a_submit_on_its_way() -> None:
    table, doc, anna, _ = two()
    anna.send(submit(doc, 1, 1, insert("x")))
    anna.send({"t": "restore", "doc": doc, "version": 1, "seq": 2})
    table.documents.commit()
    table.settle()
    assert [one.get("code", one["t"]) for one in anna.take()] == ["conflict", "ack"]


def test_a_restore_is_a_change_that_its_author_hears_before_the_ack() -> None:
    table, doc, anna, bert = two("old")
    anna.ask(submit(doc, 1, 1, {"ops": [{"delete": 3}, {"insert": "new"}]}))
    bert.take()
    anna.send({"t": "restore", "doc": doc, "version": 1, "seq": 2, "id": 9})
    table.settle()
    change, ack = anna.take()
    assert (change["t"], change["version"], change["client"], change["seq"]) == ("change", 3, "anna", 2)
    assert ack == {"t": "ack", "re": 9, "doc": doc, "seq": 2, "version": 3}
    assert bert.take() == [change]
    assert table.sit("carol", "documents").open("c", doc=doc)["delta"] == insert("old\n")


LONG = [{"insert": f"line {number} ", "attributes": {"color": f"#{number:06x}"}} for number in range(900)]


@pytest.mark.parametrize("typed", [0, 1, 9])
def test_a_wholly_different_version_is_restored_also_while_others_type(typed: int) -> None:
    table = Table()
    doc = make(table)
    anna, bert = opened(table, doc, "anna"), opened(table, doc, "bert")
    assert anna.ask(submit(doc, 1, 1, {"ops": LONG}))["version"] == 2
    length = fetched(table, doc, None).content.length
    assert anna.ask(submit(doc, 2, 2, {"ops": [{"delete": length - 1}]}))["version"] == 3
    bert.take()
    anna.send({"t": "restore", "doc": doc, "version": 2, "seq": 3})
    for _ in range(10):  # until the comparison has begun
        table.work.step()
    for seq in range(1, typed + 1):
        bert.send(submit(doc, seq, fetched(table, doc, None).version, insert("B")))
        for _ in range(6):
            table.work.step()
            table.documents.commit()
    table.settle()
    assert sorted(one["t"] for one in anna.take()) == ["ack"] + ["change"] * (typed + 1)
    written = fetched(table, doc, None)
    assert written.version == 4 + typed
    assert written.content.text() == "B" * typed + "".join(str(op["insert"]) for op in LONG) + "\n"
    assert anna.ask(submit(doc, 4, 4 + typed, insert("on ")))["t"] == "ack"


def test_a_change_of_which_nothing_is_left_is_a_version() -> None:
    _table, doc, anna, bert = two("abc")
    anna.ask(submit(doc, 1, 1, {"ops": [{"delete": 3}]}))
    bert.take()
    assert bert.ask(submit(doc, 1, 1, {"ops": [{"delete": 3}]}))["version"] == 3
    assert [one["delta"] for one in anna.take("change")] == [{"ops": []}]


def test_viewers_add_no_versions() -> None:
    table, doc, _, _ = two()
    for number in range(5):
        opened(table, doc, f"viewer{number}")
    assert len(table.documents.kept[doc].log) == 1


def test_a_base_too_long_ago_is_answered_with_what_came_since() -> None:
    table = Table(Limits(base_window=2))
    doc = make(table)
    anna, bert = opened(table, doc, "anna"), opened(table, doc, "bert")
    for seq in (1, 2, 3):
        anna.ask(submit(doc, seq, seq, insert("x")))
    bert.take()
    behind = bert.ask(submit(doc, 1, 1, insert("b"), id=5))
    assert (behind["t"], behind["re"], behind["version"], behind["seq"]) == ("changes", 5, 4, 0)
    assert [one["version"] for one in behind["changes"]] == [2, 3, 4]
    assert bert.ask(submit(doc, 1, 4, insert("b")))["version"] == 5


def test_a_base_before_the_kept_history_is_stale_and_one_of_the_future_a_conflict() -> None:
    table = Table(Limits(base_window=2, history=2))
    doc = make(table)
    anna = opened(table, doc, "anna")
    for seq in range(1, 6):
        anna.ask(submit(doc, seq, seq, insert("x")))
    codes = [anna.ask(submit(doc, 6, base, insert("y")))["code"] for base in (0, 1, 3, 7, 10**9)]
    assert codes == ["stale", "stale", "stale", "conflict", "conflict"]
    assert anna.ask(submit(doc, 6, 5, insert("y")))["version"] == 7


def test_history_gives_changes_with_authors_and_says_where_it_stops() -> None:
    _table, doc, anna, bert = two()
    for seq in (1, 2, 3):
        anna.ask(submit(doc, seq, seq, insert("x")))
    answer = bert.ask({"t": "history", "doc": doc, "from": 2, "to": 3, "id": 4})
    assert [answer[name] for name in ("t", "re", "doc", "from", "to")] == ["history", 4, doc, 2, 3]
    assert [(one["version"], one["author"]["name"]) for one in answer["changes"]] == [
        (2, "Anna"),
        (3, "Anna"),
    ]
    beyond = bert.ask({"t": "history", "doc": doc, "from": 4, "to": 99})
    assert (beyond["to"], len(beyond["changes"])) == (4, 1)
    assert bert.ask({"t": "history", "doc": doc, "from": 5, "to": 9})["changes"] == []
    assert bert.ask({"t": "history", "doc": doc, "from": 3, "to": 2})["changes"] == []


def test_a_history_longer_than_a_message_stops_early() -> None:
    _table, doc, anna, _ = two()
    for seq in (1, 2, 3):
        anna.ask(submit(doc, seq, seq, insert("x" * 20_000)))
    answer = anna.ask({"t": "history", "doc": doc, "from": 1, "to": 4})
    assert answer["to"] == 3
    assert max(map(len, anna.raw)) < 64 * 1024


# --- what is long ------------------------------------------------------------------------------------------


def fetched(table: Table, doc: str, version: int | None) -> DocumentAt:
    """What a snapshot's url gives."""
    found = done(table.document_service.read("r", doc, version))
    assert isinstance(found, DocumentAt)
    return found


def test_a_long_snapshot_is_fetched_as_it_was_when_it_was_told_of() -> None:
    table, doc, anna, _ = two("word " * 12_000)
    say(anna, comment(doc, 1, index=5))
    snapshot = table.sit("carol", "documents").open("c", doc=doc)
    assert snapshot == {
        "t": "snapshot",
        "doc": doc,
        "epoch": "e1",
        "version": 1,
        "seq": 0,
        "url": f"/api/v1/documents/{doc}/content?version=1",
    }
    anna.ask(submit(doc, 2, 1, insert("new ")))
    told = orjson.loads(done(fetched(table, doc, 1).encoded()))
    assert told["delta"] == insert("word " * 12_000 + "\n")
    assert [(one["index"], one["quote"]) for one in told["comments"]] == [(5, "word")]
    now = fetched(table, doc, None)
    assert (now.version, [one.index for one in now.comments]) == (2, [9])


def test_an_old_version_is_read_with_the_comments_it_had() -> None:
    table, doc, anna, _ = two("some words")
    say(anna, comment(doc, 1, index=5, length=5, text="!"))
    anna.ask(submit(doc, 2, 1, insert("and ")))
    say(anna, comment(doc, 3, base=2, length=3, text="?"))
    old, new = fetched(table, doc, 1), fetched(table, doc, 2)
    assert [(one.text, one.index) for one in old.comments] == [("!", 5)]
    assert [(one.text, one.index) for one in new.comments] == [("!", 9), ("?", 0)]


def test_changes_longer_than_a_message_are_a_snapshot() -> None:
    table, doc, anna, _ = two()
    for seq in (1, 2, 3):
        anna.ask(submit(doc, seq, seq, insert("x" * 20_000)))
    assert table.sit("carol", "documents").open("c", version=1, doc=doc)["t"] == "snapshot"
    assert table.sit("carol", "documents").open("c", version=3, doc=doc)["t"] == "changes"


def test_one_long_change_says_where_it_is() -> None:
    _table, doc, anna, bert = two()
    anna.ask(submit(doc, 1, 1, insert("x" * 60_000)))
    (change,) = bert.take("change")
    assert change["url"] == f"/api/v1/documents/{doc}/changes/2"
    assert "delta" not in change


def test_a_change_of_many_ops_is_read_in_slices_and_what_follows_waits() -> None:
    table, doc, anna, _bert = two()
    ops = [{"insert": "ab", "attributes": {"color": f"#{number:06x}"}} for number in range(1_000)]
    anna.send(submit(doc, 1, 1, {"ops": ops}))
    anna.send({"t": "comment", "doc": doc, "base": 2, "seq": 2, "index": 0, "length": 4, "text": "!"})
    assert table.documents.writes == []
    table.settle()
    assert [one["seq"] for one in anna.take("ack")] == [1, 2]
    assert fetched(table, doc, None).content.length == 2_001
    bad = [*ops, {"insert": "x", "retain": 1}]
    assert anna.ask(submit(doc, 3, 2, {"ops": bad}))["code"] == "bad_message"
    assert anna.ask(submit(doc, 3, 2, insert("fine")))["t"] == "ack"


# --- comments and reviews ----------------------------------------------------------------------------------


def comment(doc: str, seq: int, **fields: Any) -> dict[str, Any]:
    whole = {"t": "comment", "doc": doc, "seq": seq, "base": 1, "index": 0, "length": 4, "text": "why?"}
    return whole | fields


def test_a_comment_is_told_to_everybody_before_its_ack() -> None:
    table, doc, anna, bert = two("some words")
    anna.send(comment(doc, 1, id=2))
    table.settle()
    event, ack = anna.take()
    made = event["comment"]
    assert ack == {"t": "ack", "re": 2, "doc": doc, "seq": 1, "version": 1, "comment": made["id"]}
    assert made == {
        "id": made["id"],
        "thread": made["id"],
        "author": {"identity": "anna", "name": "Anna"},
        "text": "why?",
        "index": 0,
        "length": 4,
        "quote": "some",
        "state": "open",
        "at": AT,
        "updated_at": AT,
    }
    assert bert.take() == [event]
    assert table.sit("carol", "documents").open("c", doc=doc)["comments"] == [made]


def test_a_comment_made_to_an_older_version_stands_on_the_same_words() -> None:
    table, doc, anna, bert = two("some words")
    anna.ask(submit(doc, 1, 1, insert("and ")))
    bert.send(comment(doc, 1, index=5, length=5))
    table.settle()
    (event,) = bert.take("comment")
    assert (event["comment"]["index"], event["comment"]["quote"]) == (9, "words")


def test_a_change_that_detaches_a_comment_is_told_first_and_the_author_is_acked_between() -> None:
    table, doc, anna, bert = two("some words")
    say(anna, comment(doc, 1))
    bert.take()
    anna.send(submit(doc, 2, 1, {"ops": [{"delete": 4}]}))
    table.settle()
    assert [one["t"] for one in anna.take()] == ["ack", "comment"]
    change, told = bert.take()
    assert (change["t"], told["comment"]["state"], told["comment"]["length"]) == ("change", "detached", 0)
    bert.send(submit(doc, 1, 2, insert("some")))
    table.settle()
    assert [one["comment"]["state"] for one in anna.take("comment")] == ["open"]


def test_comments_are_answered_resolved_and_deleted() -> None:
    table, doc, anna, bert = two("some words")
    anna.send(comment(doc, 1))
    table.settle()
    name = anna.take("comment")[0]["comment"]["id"]
    bert.send(comment(doc, 1, text="because", thread=name))
    bert.send({"t": "comment_update", "doc": doc, "seq": 2, "comment": name, "resolved": True})
    anna.send({"t": "comment_update", "doc": doc, "seq": 2, "comment": name, "text": "why, then?"})
    anna.send({"t": "comment_delete", "doc": doc, "seq": 3, "comment": name})
    table.settle()
    told = [one["comment"] for one in bert.take("comment")]
    assert [(one["thread"], one["text"], one["state"]) for one in told[1:]] == [
        (name, "because", "open"),
        (name, "why?", "resolved"),
        (name, "why, then?", "resolved"),
        (name, "why, then?", "deleted"),
    ]
    left = table.sit("carol", "documents").open("c", doc=doc)["comments"]
    assert [one["text"] for one in left] == ["because"]


def test_a_review_is_asked_for_and_judged_by_its_reviewer_alone() -> None:
    table, doc, anna, bert = two()
    deadline = AT + 60_000
    anna.send(
        {"t": "review_request", "doc": doc, "seq": 1, "reviewer": "bert", "deadline_at": deadline, "id": 3}
    )
    table.settle()
    event, ack = anna.take()
    review = event["review"]
    assert ack == {"t": "ack", "re": 3, "doc": doc, "seq": 1, "version": 1, "review": review["id"]}
    assert review == {
        "id": review["id"],
        "reviewer": "bert",
        "requested_by": {"identity": "anna", "name": "Anna"},
        "status": "pending",
        "note": "",
        "deadline_at": deadline,
        "version": 1,
        "at": AT,
        "completed_at": None,
    }
    verdict = {"t": "review_update", "doc": doc, "review": review["id"], "status": "approved", "note": "good"}
    assert anna.ask(verdict | {"seq": 2})["code"] == "forbidden"
    anna.ask(submit(doc, 2, 1, insert("x")))
    bert.send(verdict | {"seq": 1})
    table.settle()
    (told,) = anna.take("review")
    judged = review | {"status": "approved", "note": "good", "version": 2, "completed_at": AT}
    assert told["review"] == judged
    assert table.sit("carol", "documents").open("c", doc=doc)["reviews"] == [judged]


# --- what is kept ------------------------------------------------------------------------------------------


def test_every_hundredth_version_is_kept_whole_and_old_changes_go() -> None:
    table = Table(Limits(base_window=10, history=10))
    doc = make(table, "some words")
    anna = opened(table, doc, "anna")
    say(anna, comment(doc, 1, index=5, length=5))
    for seq in range(2, 452):
        table.advance(0.1)
        anna.ask(submit(doc, seq, seq - 1, insert("x")))
    kept = table.documents.kept[doc]
    assert [one.version for one in kept.snapshots] == [200, 300, 400]
    assert (kept.first, kept.receipts["anna", "anna", 2].version) == (201, 2)
    table.advance(2.0)
    anna.lose()
    table.advance(2.0)
    again = opened(table, doc, "anna", version=None)
    now = fetched(table, doc, None)
    assert (now.version, now.content.length) == (451, 461)
    assert [(one.index, one.quote) for one in now.comments] == [(455, "words")]
    assert again.ask({"t": "history", "doc": doc, "from": 200, "to": 300})["code"] == "stale"
    assert again.ask({"t": "history", "doc": doc, "from": 201, "to": 202})["t"] == "history"
    assert fetched(table, doc, 250).content.length == 260
    assert again.ask({"t": "restore", "doc": doc, "version": 100, "seq": 452})["code"] == "stale"
    assert again.open("anna", version=150, doc=doc)["t"] == "snapshot"


def test_of_a_long_history_few_versions_are_kept_whole() -> None:
    table = Table(Limits(base_window=10))
    doc = make(table)
    anna = opened(table, doc, "anna")
    for seq in range(1, 2_450):
        if not seq % 100:
            table.advance(10.0)
        anna.send(submit(doc, seq, seq, insert("x")))
        table.work.run_all()
        table.documents.commit()
        table.work.run_all()
    table.settle()
    kept = table.documents.kept[doc]
    assert [one.version for one in kept.snapshots] == [1_000, 2_000, 2_100, 2_200, 2_300, 2_400]
    assert kept.first == 1
    for version in (1, 900, 1_999, 2_250):
        assert fetched(table, doc, version).content.length == version


def test_a_failed_commit_leaves_no_trace_and_is_sent_again() -> None:
    table, doc, anna, bert = two("some words")
    anna.send(submit(doc, 1, 1, insert("x")))
    bert.send(comment(doc, 1, base=1))
    table.work.run_all()
    table.documents.fail()
    table.settle()
    assert [one["code"] for one in anna.take() + bert.take()] == ["unavailable", "unavailable"]
    table.advance(2.0)
    assert anna.ask(submit(doc, 1, 1, insert("y")))["version"] == 2
    assert [one["delta"] for one in bert.take("change")] == [insert("y")]
    assert fetched(table, doc, None).comments == []


def test_comment_that_was_stored_and_reported_as_failed_is_told_all_the_same() -> None:
    table, doc, anna, bert = two("some words")
    anna.send(comment(doc, 1, base=1))
    table.work.run_all()
    table.documents.fail(stored=1)
    table.settle()
    told = anna.take(), bert.take()
    assert [[one["t"] for one in seat] for seat in told] == [["error", "snapshot"], ["snapshot"]]
    for *_, snapshot in told:
        assert [one["quote"] for one in snapshot["comments"]] == [fetched(table, doc, None).comments[0].quote]
    ack = anna.ask(comment(doc, 1, base=1))
    assert (ack["t"], ack["comment"]) == ("ack", snapshot["comments"][0]["id"])


# --- rooms, titles, access ---------------------------------------------------------------------------------


def test_a_new_document_is_listed_and_opened_in_its_room_alone() -> None:
    table = Table()
    doc = make(table, title="Plan")
    assert table.lists.told == [("documents", "r", doc, "Plan")]
    stranger = table.sit(table.person("eve", room="s", meeting="rm_2"), "documents")
    assert stranger.open("e", doc=doc, id=1) == {
        "t": "error",
        "re": 1,
        "doc": doc,
        "code": "not_found",
        "message": "there is no such topic",
    }
    history = {"t": "history", "doc": doc, "from": 1, "to": 1}
    assert stranger.ask(history)["code"] == "not_found"
    assert stranger.ask(submit(doc, 1, 1, insert("x")))["code"] == "conflict"


def test_what_is_on_its_way_when_a_document_is_deleted_is_refused() -> None:
    table, doc, anna, _ = two()
    table.document_service.catalogue.delete(doc, table.person("maker"), Asked(), table.now)
    table.work.run_all()
    anna.send(submit(doc, 1, 1, insert("x")))
    table.settle()
    assert [one["t"] for one in anna.take()] in (["closed", "error"], ["error", "closed"])
    assert doc not in table.documents.kept


def test_a_document_that_is_deleted_while_it_is_read_does_not_come_back() -> None:
    table = Table()
    ops = [{"insert": "b", "attributes": {"bold": bool(index % 2)}} for index in range(1_000)]
    doc = table.sit("maker", "documents").ask({"t": "create", "title": "Long", "delta": {"ops": ops}})
    doc = doc["doc"]["id"]
    anna, bert = table.sit("anna", "documents"), table.sit("bert", "documents")
    anna.send({"t": "open", "doc": doc, "client": "c", "version": None})
    table.document_service.catalogue.delete(doc, table.person("maker"), Asked(), table.now)
    table.work.step()
    table.documents.commit()
    table.settle()
    assert [one["t"] for one in anna.take()] == ["closed"]
    assert bert.open("b", doc=doc)["code"] == "not_found"


def test_the_access_list_counts_from_the_next_message_on() -> None:
    table, doc, anna, _ = two()
    anna.ask(submit(doc, 1, 1, insert("x")))
    table.access.said[doc] = {"anna": "viewer"}
    done(table.document_service.catalogue.access_changed(doc))
    assert anna.ask(submit(doc, 2, 2, insert("x")))["code"] == "forbidden"
    table.access.said[doc] = {}
    done(table.document_service.catalogue.access_changed(doc))
    assert anna.ask(submit(doc, 2, 2, insert("x")))["t"] == "ack"
    assert anna.person.role == ""
    owner = table.sit(table.person("maker"), "documents")
    owner.open("m", doc=doc)
    owner.ask(submit(doc, 1, 3, insert("x")))
    assert owner.person.role == "owner"


def test_a_request_is_done_once_however_often_it_is_made() -> None:
    table, doc, anna, _ = two("some words")
    asked = Asked()
    said = {"t": "comment", "base": 1, "index": 0, "length": 4, "text": "over HTTP"}
    for _ in range(2):
        table.document_service.visit(doc, table.person("zoe"), said, "key-1", asked, table.now)
        table.settle()
    first, second = asked.answers
    assert first == second
    assert (first["t"], first["comment"][:3]) == ("ack", "co_")
    assert [one["comment"]["text"] for one in anna.take("comment")] == ["over HTTP"]
    assert len(table.documents.kept[doc].comments) == 1
    table.document_service.visit("do_none", table.person("zoe"), said, "key-2", asked, table.now)
    table.settle()
    assert asked.answers[-1]["code"] == "not_found"


# --- what is wrong -----------------------------------------------------------------------------------------

OPS: dict[str, tuple[Any, str]] = {
    "no ops": ({}, "bad_message"),
    "ops that are no list": ({"ops": {"insert": "x"}}, "bad_message"),
    "an unknown action": ({"ops": [{"replace": "x"}]}, "bad_message"),
    "an unknown field": ({"ops": [{"insert": "x", "mark": 1}]}, "bad_message"),
    "two actions": ({"ops": [{"insert": "x", "delete": 1}]}, "bad_message"),
    "a negative length": ({"ops": [{"retain": -1}]}, "bad_message"),
    "a length of zero": ({"ops": [{"delete": 0}]}, "bad_message"),
    "a fraction": ({"ops": [{"delete": 1.5}]}, "bad_message"),
    "a boolean": ({"ops": [{"retain": True}]}, "bad_message"),
    "an enormous length": ({"ops": [{"delete": 2**52}]}, "bad_message"),
    "a length that is text": ({"ops": [{"delete": "1"}]}, "bad_message"),
    "nothing but a retain beyond the end": ({"ops": [{"retain": 20}]}, "bad_message"),
    "a retain beyond the end at its end": ({"ops": [{"insert": "x"}, {"retain": 20}]}, "bad_message"),
    "beyond the end": ({"ops": [{"retain": 20}, {"insert": "x"}]}, "bad_message"),
    "half an emoji deleted": ({"ops": [{"retain": 1}, {"delete": 1}]}, "bad_message"),
    "a place inside an emoji": ({"ops": [{"retain": 2}, {"insert": "x"}]}, "bad_message"),
    "the last line break": ({"ops": [{"retain": 8}, {"delete": 1}]}, "bad_message"),
    "an empty insert": ({"ops": [{"insert": ""}]}, "bad_message"),
    "a null insert": ({"ops": [{"insert": None}]}, "bad_message"),
    "an embed of two keys": ({"ops": [{"insert": {"a": 1, "b": 2}}]}, "bad_message"),
    "empty attributes": ({"ops": [{"insert": "x", "attributes": {}}]}, "bad_message"),
    "a formatted delete": ({"ops": [{"delete": 1, "attributes": {"bold": True}}]}, "bad_message"),
    "null in an insert": ({"ops": [{"insert": "x", "attributes": {"bold": None}}]}, "bad_message"),
    "a script for a link": (insert("x", link="javascript:alert(1)"), "bad_message"),
    "a hidden script": (insert("x", link=" java\tscript:alert(1)"), "bad_message"),
    "data for an image": ({"ops": [{"insert": {"image": "data:image/svg+xml,x"}}]}, "bad_message"),
    "more text than a document has": (insert("x" * 3_000), "too_large"),
}


@pytest.mark.parametrize("what", sorted(OPS))
def test_a_change_that_is_none_is_answered_to_its_author_alone(what: str) -> None:
    delta, code = OPS[what]
    table = Table(Limits(document_units=2_000))
    doc = make(table, "a😀bcdef")
    anna, bert = opened(table, doc, "anna"), opened(table, doc, "bert")
    answer = anna.ask(submit(doc, 1, 1, delta, id=7))
    assert (answer["t"], answer["code"], answer["re"], answer["seq"]) == ("error", code, 7, 1)
    assert (bert.take(), len(table.documents.kept[doc].log)) == ([], 1)
    assert anna.ask(submit(doc, 1, 1, insert("fine")))["version"] == 2


MESSAGES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown message": ({"t": "nope"}, "bad_message"),
    "no name": ({}, "bad_message"),
    "a document that is no name": ({"t": "open", "doc": "../x", "client": "c"}, "bad_message"),
    "no document": ({"t": "open", "client": "c"}, "bad_message"),
    "a document that is not there": ({"t": "open", "doc": "do_0", "client": "c"}, "not_found"),
    "an open without a client": ({"t": "open"}, "bad_message"),
    "a version that is none": ({"t": "open", "client": "c", "version": -1}, "bad_message"),
    "no seq": ({"t": "submit", "base": 1, "delta": {"ops": []}}, "bad_message"),
    "seq zero": ({"t": "submit", "base": 1, "seq": 0, "delta": {"ops": []}}, "bad_message"),
    "a gap": ({"t": "submit", "base": 1, "seq": 2, "delta": {"ops": []}}, "conflict"),
    "no base": ({"t": "submit", "seq": 1, "delta": {"ops": []}}, "bad_message"),
    "no delta": ({"t": "submit", "seq": 1, "base": 1}, "bad_message"),
    "no title": ({"t": "create"}, "bad_message"),
    "a blank title": ({"t": "create", "title": "  "}, "bad_message"),
    "a long title": ({"t": "create", "title": "x" * 257}, "too_large"),
    "a new document that changes": (
        {"t": "create", "title": "x", "delta": {"ops": [{"delete": 1}]}},
        "bad_message",
    ),
    "a version of the future": ({"t": "restore", "version": 9, "seq": 1}, "not_found"),
    "version zero": ({"t": "restore", "version": 0, "seq": 1}, "not_found"),
    "history backwards": ({"t": "history", "from": 5, "to": 2}, "bad_message"),
    "history from zero": ({"t": "history", "from": 0, "to": 2}, "bad_message"),
    "a comment on nothing": (comment("", 1, length=0), "bad_message"),
    "a comment beyond the end": (comment("", 1, index=100), "bad_message"),
    "a comment far beyond the end": (comment("", 1, index=2**52), "bad_message"),
    "a comment on half an emoji": (comment("", 1, index=2, length=1), "bad_message"),
    "a comment of the future": (comment("", 1, base=7), "conflict"),
    "a comment without words": (comment("", 1, text=" "), "bad_message"),
    "a long comment": (comment("", 1, text="x" * 10_001), "too_large"),
    "an answer to nothing": (comment("", 1, thread="co_0"), "not_found"),
    "no such comment": ({"t": "comment_delete", "seq": 1, "comment": "co_0"}, "not_found"),
    "nothing new": ({"t": "comment_update", "seq": 1, "comment": "co_0"}, "bad_message"),
    "no reviewer": ({"t": "review_request", "seq": 1}, "bad_message"),
    "a deadline in the past": (
        {"t": "review_request", "seq": 1, "reviewer": "b", "deadline_at": AT - 1},
        "bad_message",
    ),
    "no such review": (
        {"t": "review_update", "seq": 1, "review": "rv_0", "status": "approved"},
        "not_found",
    ),
    "an unknown status": (
        {"t": "review_update", "seq": 1, "review": "rv_0", "status": "great"},
        "bad_message",
    ),
}


@pytest.mark.parametrize("what", sorted(MESSAGES))
def test_a_message_that_is_none_is_answered_to_its_sender_alone(what: str) -> None:
    message, code = MESSAGES[what]
    table, doc, anna, bert = two("a😀bcdef")
    if message.get("t") != "create" and what != "no document":
        message = {**message, "doc": message.get("doc") or doc}
    answer = anna.ask({**message, "id": 7})
    assert (answer["t"], answer["code"], answer["re"]) == ("error", code, 7)
    assert isinstance(answer["message"], str)
    assert (bert.take(), anna.closed, len(table.documents.kept[doc].log)) == ([], False, 1)


FORBIDDEN: dict[str, dict[str, Any]] = {
    "edit_document": submit("", 1, 1, insert("x")),
    "comment": comment("", 1),
    "request_review": {"t": "review_request", "seq": 1, "reviewer": "bert"},
    "open_topic": {"t": "open", "client": "c"},
}


@pytest.mark.parametrize("action", sorted(FORBIDDEN))
def test_who_may_not_is_told_so(action: str) -> None:
    table, doc, anna, bert = two("some words")
    anna.person.forbidden.add(action)
    assert anna.ask({**FORBIDDEN[action], "doc": doc})["code"] == "forbidden"
    assert (bert.take(), table.documents.writes) == ([], [])


def test_a_viewer_neither_creates_nor_restores_but_reads_history() -> None:
    _table, doc, anna, _ = two()
    anna.person.forbidden |= {"edit_document", "comment"}
    assert anna.ask({"t": "create", "title": "x"})["code"] == "forbidden"
    assert anna.ask({"t": "restore", "doc": doc, "version": 1, "seq": 1})["code"] == "forbidden"
    assert anna.ask({"t": "history", "doc": doc, "from": 1, "to": 1})["t"] == "history"


def test_others_comments_are_changed_by_nobody_who_may_not() -> None:
    table, doc, anna, bert = two("some words")
    anna.send(comment(doc, 1))
    table.settle()
    name = anna.take("comment")[0]["comment"]["id"]
    bert.person.forbidden.add("edit_comment")
    for message in ({"t": "comment_update", "text": "mine"}, {"t": "comment_delete"}):
        assert bert.ask({**message, "doc": doc, "seq": 1, "comment": name})["code"] == "forbidden"
    resolving = {"t": "comment_update", "doc": doc, "seq": 1, "comment": name, "resolved": True}
    bert.send(resolving)
    table.settle()
    assert [one["t"] for one in bert.take()] == ["comment", "ack"]


def test_a_change_needs_the_document_open_on_this_channel() -> None:
    table, doc, anna, _ = two()
    anna.send({"t": "close", "doc": doc})
    assert anna.ask(submit(doc, 1, 1, insert("x")))["code"] == "conflict"
    assert table.sit("carol", "documents").ask(submit(doc, 1, 1, insert("x")))["code"] == "conflict"


def test_ten_megabytes_of_text_are_too_large() -> None:
    _table, doc, anna, _ = two()
    answer = anna.ask(submit(doc, 1, 1, insert("x" * 10_000_000), id=4))
    assert (answer["code"], answer["re"]) == ("too_large", 4)
    assert anna.ask(submit(doc, 1, 1, insert("x")))["version"] == 2


def test_a_thousand_opens_a_second_are_refused_and_others_go_on() -> None:
    table, doc, anna, bert = two()
    anna.take()
    for number in range(450):
        anna.send({"t": "open", "doc": doc, "client": f"c{number}", "version": None})
    table.settle()
    codes = {one.get("code") for one in anna.take()}
    assert "rate_limited" in codes
    assert bert.ask(submit(doc, 1, 1, insert("x")))["version"] == 2
    for _ in range(600):
        anna.send({"t": "open", "doc": doc, "client": "c", "version": None})
    assert anna.closed


def test_many_changes_of_thousands_of_ops_wait_and_others_go_on() -> None:
    table, doc, anna, bert = two()
    ops = [{"insert": {"n": number}} for number in range(1_800)]
    answers = [anna.ask(submit(doc, seq, seq, {"ops": ops})) for seq in range(1, 10)]
    assert [one["t"] for one in answers] == ["ack"] * 8 + ["error"]
    assert (answers[8]["code"], answers[8]["retry_ms"]) == ("rate_limited", 400)
    assert bert.ask(submit(doc, 1, 9, insert("x")))["t"] == "ack"
    table.advance(0.5)
    assert anna.ask(submit(doc, 9, 9, {"ops": ops}))["t"] in ("ack", "changes")


def test_documents_nobody_has_open_leave_the_memory() -> None:
    table, doc, anna, bert = two()
    for seat in (anna, bert):
        seat.lose()
    table.advance(2.0)
    reads = len(table.documents.reads)
    opened(table, doc, "carol")
    assert len(table.documents.reads) > reads


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted({name for fields, _ in MESSAGES.values() for name in fields} | {"ops", "delta", "resolved"})


@given(
    name=st.sampled_from([*sorted(WRITES), "create", "open", "close", "history"]),
    fields=st.dictionaries(st.sampled_from(FIELDS), values, max_size=6),
)
def test_any_message_is_answered_or_done_and_harms_nobody(name: str, fields: dict[str, Any]) -> None:
    table, doc, anna, bert = two("some words")
    try:
        text = orjson.dumps({"seq": 1, "base": 1, "doc": doc, **fields, "t": name}).decode()
    except (TypeError, orjson.JSONEncodeError):
        text = "{}"
    anna.send_text(text)
    table.settle()
    assert bert.ask({"t": "history", "doc": doc, "from": 1, "to": 1})["t"] == "history"


def test_a_history_of_many_small_changes_is_no_longer_than_a_message() -> None:
    table, doc, anna, bert = two()
    for version in range(1, 201):
        anna.send(submit(doc, version, version, insert("x" * 215)))
        table.settle()
        table.advance(0.1)
    bert.raw.clear()
    history = bert.ask({"t": "history", "doc": doc, "from": 2, "to": 201})
    assert len(bert.raw[0]) <= Limits().data_message_bytes
    assert [one["version"] for one in history["changes"]] == list(range(2, history["to"] + 1))
    assert bert.ask({"t": "history", "doc": doc, "from": history["to"] + 1, "to": 201})["to"] == 201
