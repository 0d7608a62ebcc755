"""What documents and boards have in common in the database: themselves, their changes, their snapshots."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Table, and_, delete, select, update

from datachannels.repositories import Author, Change, Head, Receipt, Snapshot, Topic
from storage.group_commit import GroupCommit
from storage.models import TopicRow
from storage.models.model import table_of
from storage.reader import Reader
from storage.receipts import read_last_seq, read_receipt, receipt_of, receipt_rows
from storage.write import Existing, Into, Raise, Row, Rows, Write

_TOPICS = table_of(TopicRow)

FORGOTTEN = 1_000
"""Changes that go at once; others wait for the transaction."""


@dataclass(frozen=True, slots=True)
class LogTables:
    """Where one kind of topic is kept."""

    topics: Table
    changes: Table
    snapshots: Table


class StoredLog:
    """`datachannels.repositories.ChangeLog` on three tables."""

    def __init__(self, commits: GroupCommit, reader: Reader, epoch: str, tables: LogTables) -> None:
        self._commits = commits
        self._reader = reader
        self._epoch = epoch
        self._tables = tables

    def create(self, topic: Topic, first: Change) -> Awaitable[None]:
        """See `ChangeLog`."""
        itself: Row = {
            "id": topic.id,
            "room": topic.room,
            "title": topic.title,
            "owner": topic.owner,
            "created_at": topic.created_at,
        }
        rows = [Rows(Into(self._tables.topics), [itself]), *self.change_rows(topic.id, [first])]
        return self._commits.put(Write(rows, Raise(topic.id, 0, 1)))

    async def load(self, topic: str) -> Head | None:
        """See `ChangeLog`."""
        found = await self.describe(topic)
        return None if found is None else Head(self._epoch, found.version)

    async def describe(self, topic: str) -> Topic | None:
        """See `ChangeLog`."""
        wanted = self._described().where(self._tables.topics.c.id == topic)

        def query(connection: Connection) -> Topic | None:
            row = connection.execute(wanted).mappings().first()
            return None if row is None else _topic(row)

        return await self._reader.read(query)

    async def of_room(self, room: str, after: str, limit: int) -> list[Topic]:
        """See `ChangeLog`."""
        itself = self._tables.topics
        wanted = (
            self._described()
            .where(itself.c.room == room, itself.c.id > after)
            .order_by(itself.c.id)
            .limit(limit)
        )

        def query(connection: Connection) -> list[Topic]:
            return [_topic(row) for row in connection.execute(wanted).mappings()]

        return await self._reader.read(query)

    async def changes(self, topic: str, first: int, last: int) -> list[Change]:
        """See `ChangeLog`."""
        log = self._tables.changes
        wanted = (
            select(log)
            .where(log.c.topic == topic, log.c.version.between(first, last))
            .order_by(log.c.version)
        )

        def query(connection: Connection) -> list[Change]:
            return [
                Change(
                    row.version,
                    Author(row.identity, row.name),
                    row.at,
                    row.client,
                    row.seq,
                    row.body,
                )
                for row in connection.execute(wanted)
            ]

        return await self._reader.read(query)

    async def snapshot(self, topic: str, version: int) -> Snapshot | None:
        """See `ChangeLog`."""
        kept = self._tables.snapshots
        wanted = (
            select(kept.c.version, kept.c.body)
            .where(kept.c.topic == topic, kept.c.version <= version)
            .order_by(kept.c.version.desc())
            .limit(1)
        )

        def query(connection: Connection) -> Snapshot | None:
            row = connection.execute(wanted).first()
            return None if row is None else Snapshot(row.version, row.body)

        return await self._reader.read(query)

    def save_snapshot(self, topic: str, snapshot: Snapshot) -> Awaitable[None]:
        """See `ChangeLog`."""
        row: Row = {"topic": topic, "version": snapshot.version, "body": snapshot.body}
        return self._commits.put(Write([Rows(Into(self._tables.snapshots, Existing.REPLACE), [row])]))

    def forget_before(self, topic: str, version: int) -> Awaitable[None]:
        """See `ChangeLog`; the receipts stay. What is more than `FORGOTTEN` goes with the next call."""
        log, kept = self._tables.changes, self._tables.snapshots
        old = select(log.c.version).where(log.c.topic == topic, log.c.version <= version)
        oldest = old.order_by(log.c.version).limit(FORGOTTEN)
        statements = [
            delete(log).where(log.c.topic == topic, log.c.version.in_(oldest)),
            delete(kept).where(kept.c.topic == topic, kept.c.version < version),
        ]
        return self._commits.put(Write(statements=statements))

    def rename(self, topic: str, title: str) -> Awaitable[None]:
        """See `ChangeLog`."""
        itself = self._tables.topics
        renamed = update(itself).where(itself.c.id == topic).values(title=title)
        return self._commits.put(Write(statements=[renamed]))

    def delete(self, topic: str) -> Awaitable[None]:
        """See `ChangeLog`; what belongs to it goes by its foreign keys."""
        return self._commits.put(Write(statements=[delete(_TOPICS).where(_TOPICS.c.id == topic)]))

    async def receipt(self, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
        """See `Receipts`."""
        return await read_receipt(self._reader, topic, identity, client, seq)

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        """See `Receipts`."""
        return await read_last_seq(self._reader, topic, identity, client)

    def _described(self) -> Select[Any]:
        """Topics with their version, and the time of the change that made it."""
        itself, log = self._tables.topics, self._tables.changes
        newest = and_(log.c.topic == itself.c.id, log.c.version == _TOPICS.c.version)
        return (
            select(itself, _TOPICS.c.version, log.c.at.label("updated_at"))
            .join_from(itself, _TOPICS, _TOPICS.c.id == itself.c.id)
            .join(log, newest)
        )

    def change_rows(self, topic: str, changes: Sequence[Change]) -> list[Rows]:
        """Changes and their receipts."""
        return [
            Rows(
                Into(self._tables.changes),
                [
                    {
                        "topic": topic,
                        "version": one.version,
                        "identity": one.author.identity,
                        "name": one.author.name,
                        "at": one.at,
                        "client": one.client,
                        "seq": one.seq,
                        "body": one.body,
                    }
                    for one in changes
                ],
            ),
            receipt_rows(topic, map(receipt_of, changes)),
        ]


def _topic(row: RowMapping) -> Topic:
    return Topic(
        row["id"],
        row["room"],
        row["title"],
        row["owner"],
        row["created_at"],
        row["updated_at"],
        row["version"],
    )
