"""Documents on a channel: every message, and what is no message."""

from typing import Any

from tests.datachannels.table import UNIX_MS, Seat, Table

AT = UNIX_MS + 100_000


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
