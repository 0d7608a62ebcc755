"""Every query the repositories make has an index."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, event

from datachannels.repositories import Notes, ShareLink, Snapshot
from storage.engine import is_sqlite, open_engine
from storage.models import Model
from storage.records import Attendance, SessionRecord
from storage.store import Store
from tests.storage.samples import change, message, opened, topic
from tests.storage.test_audit import ENTRY
from tests.storage.test_documents import COMMENT, REVIEW

WHOLE = {"bans", "store"}
"""Tables that are read whole, at start."""

SCANS = {"Seq Scan", "Index Scan", "Index Only Scan"}

Statement = tuple[str, Any]


@pytest.fixture
def statements() -> Iterator[list[Statement]]:
    """What is sent to a database, with the first parameters."""
    seen: list[Statement] = []

    def see(_c: object, _r: object, sql: str, parameters: Any, _x: object, many: bool) -> None:
        seen.append((sql, parameters[0] if many else parameters))

    event.listen(Engine, "before_cursor_execute", see)
    yield seen
    event.remove(Engine, "before_cursor_execute", see)


async def ask_everything(store: Store) -> None:
    """Each call of each repository, once at least."""
    chat, documents, access, meetings = store.chat, store.documents, store.access, store.meetings
    await chat.append("r", 0, [message(1)])
    await chat.append("r", 1, [message(2)])
    await chat.load("r")
    await chat.history("r", "anna", 0, 10)
    await chat.history("r", "anna", 0, 10, before=2, newest=True)
    await chat.receipt("r", "anna", "c", 1)
    await chat.last_seq("r", "anna", "c")
    for log, name in ((documents, "do_1"), (store.boards, "bo_1")):
        await log.create(topic(name), change(1))
        await log.append(name, 1, [change(2)])
        await log.load(name)
        await log.of_room("r", "", 10)
        await log.changes(name, 1, 9)
        await log.save_snapshot(name, Snapshot(1, "1"))
        await log.snapshot(name, 9)
        await log.rename(name, "x")
        await log.receipt(name, "anna", "c", 1)
    await documents.append("do_1", 2, [], Notes([COMMENT], [REVIEW]))
    await documents.comments("do_1")
    await documents.reviews("do_1")
    await documents.topic_of_comment("co_1")
    await documents.topic_of_review("rv_1")
    await access.grant("do_1", "bert", "viewer", 1)
    await access.roles("do_1")
    await access.grant("do_1", "bert", None, 1)
    await access.add_link(ShareLink("li_1", "do_1", "viewer", "anna", 1, None))
    await access.links("do_1")
    await access.link("li_1")
    await access.revoke_link("li_1")
    session = SessionRecord(UUID(int=1), "r", "rm_1", "node", 1, 50)
    await meetings.put_session(session)
    await meetings.put_participants(session.id, [Attendance("anna", "Anna", "host", 1, 1)])
    await meetings.put_topic(session.id, "do_1")
    await meetings.sessions("r", None, 10)
    await meetings.sessions("r", session.id, 10)
    await meetings.session(session.id)
    await meetings.participants(session.id, "", 10)
    await meetings.topics(session.id)
    await meetings.lose_sessions("node")
    await meetings.ban("r", "bert", 1)
    await meetings.unban("r", "bert")
    await meetings.bans()
    await store.audit.put(**ENTRY)
    await store.audit.of_room("r", 0, 10)
    await documents.delete("do_1")


def scans(connection: Connection, sqlite: bool, statement: Statement) -> list[str]:
    """The tables that a statement reads from end to end."""
    sql, parameters = statement
    if sqlite:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", parameters)
        return [row.detail.split()[1] for row in plan if row.detail.startswith("SCAN")]
    (found,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {sql}", parameters).one()
    nodes = [one["Plan"] for one in found]
    tables = []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        # An index read without a condition is the table read whole, in order.
        if "Relation Name" in node and "Index Cond" not in node and node["Node Type"] in SCANS:
            tables.append(node["Relation Name"])
    return tables


async def test_no_query_reads_a_table_from_end_to_end(url: str, statements: list[Statement]) -> None:
    async with opened(url) as store:
        statements.clear()
        await ask_everything(store)
        asked = [one for one in statements if one[0].split()[0] in ("SELECT", "UPDATE", "DELETE")]
    assert len(asked) > 40
    engine = open_engine(url)
    with engine.connect() as connection:
        if not is_sqlite(engine):
            # Tables of a few rows are faster to read whole: where there is no index it still has to.
            connection.exec_driver_sql("SET enable_seqscan = off")
        read_whole = {
            (sql, table)
            for sql, parameters in asked
            for table in scans(connection, is_sqlite(engine), (sql, parameters))
            if table not in WHOLE
        }
    engine.dispose()
    assert read_whole == set()


def test_what_goes_with_a_row_it_refers_to_is_found_by_an_index() -> None:
    for table in Model.metadata.sorted_tables:
        indexes = [[c.name for c in table.primary_key.columns]]
        indexes += [[c.name for c in index.columns] for index in table.indexes]
        for constraint in table.foreign_key_constraints:
            if constraint.ondelete == "CASCADE":
                names = [c.name for c in constraint.columns]
                assert any(index[: len(names)] == names for index in indexes), (table.name, names)


async def test_a_query_without_an_index_is_seen(url: str) -> None:
    async with opened(url):
        engine = open_engine(url)
        with engine.connect() as connection:
            if not is_sqlite(engine):
                connection.exec_driver_sql("SET enable_seqscan = off")
            statement = ("SELECT topic FROM comments WHERE text = 'x'", ())
            assert scans(connection, is_sqlite(engine), statement) == ["comments"]
        engine.dispose()
