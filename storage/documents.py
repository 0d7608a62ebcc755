"""Documents, their comments and reviews in the database."""

from collections.abc import Awaitable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select

from datachannels.repositories import NOTHING, Author, Change, Comment, Notes, Review
from storage.change_log import LogTables, StoredLog
from storage.group_commit import GroupCommit
from storage.models import CommentRow, Document, DocumentChange, DocumentSnapshot, ReviewRow
from storage.models.model import table_of
from storage.reader import Reader
from storage.receipts import receipt_rows
from storage.write import Existing, Into, Raise, Row, Rows, Write

_TABLES = LogTables(table_of(Document), table_of(DocumentChange), table_of(DocumentSnapshot))
_COMMENTS = table_of(CommentRow)
_REVIEWS = table_of(ReviewRow)


class StoredDocuments(StoredLog):
    """`datachannels.repositories.DocumentRepository`."""

    def __init__(self, commits: GroupCommit, reader: Reader, epoch: str) -> None:
        super().__init__(commits, reader, epoch, _TABLES)

    def append(
        self, topic: str, head: int, changes: Sequence[Change], notes: Notes = NOTHING
    ) -> Awaitable[None]:
        """See `DocumentRepository`."""
        rows = [
            *self.change_rows(topic, changes),
            Rows(Into(_COMMENTS, Existing.REPLACE), [_comment_row(topic, one) for one in notes.comments]),
            Rows(Into(_REVIEWS, Existing.REPLACE), [_review_row(topic, one) for one in notes.reviews]),
            receipt_rows(topic, notes.receipts),
        ]
        return self._commits.put(Write(rows, Raise(topic, head, head + len(changes))))

    def thin_snapshots(self, topic: str, below: int, every: int) -> Awaitable[None]:
        """See `DocumentRepository`."""
        kept = _TABLES.snapshots
        between = delete(kept).where(
            kept.c.topic == topic, kept.c.version < below, kept.c.version % every != 0
        )
        return self._commits.put(Write(statements=[between]))

    async def comments(self, topic: str) -> list[Comment]:
        """See `DocumentRepository`."""
        wanted = (
            select(_COMMENTS)
            .where(_COMMENTS.c.topic == topic, _COMMENTS.c.state != "deleted")
            .order_by(_COMMENTS.c.at, _COMMENTS.c.id)
        )

        def query(connection: Connection) -> list[Comment]:
            return [_comment(row) for row in connection.execute(wanted)]

        return await self._reader.read(query)

    async def reviews(self, topic: str) -> list[Review]:
        """See `DocumentRepository`."""
        wanted = select(_REVIEWS).where(_REVIEWS.c.topic == topic).order_by(_REVIEWS.c.at, _REVIEWS.c.id)

        def query(connection: Connection) -> list[Review]:
            return [_review(row) for row in connection.execute(wanted)]

        return await self._reader.read(query)

    async def topic_of_comment(self, comment: str) -> str | None:
        """See `DocumentRepository`."""
        return await self._reader.read(
            lambda connection: connection.scalar(select(_COMMENTS.c.topic).where(_COMMENTS.c.id == comment))
        )

    async def topic_of_review(self, review: str) -> str | None:
        """See `DocumentRepository`."""
        return await self._reader.read(
            lambda connection: connection.scalar(select(_REVIEWS.c.topic).where(_REVIEWS.c.id == review))
        )


def _comment_row(topic: str, comment: Comment) -> Row:
    anchor = {"index": comment.index, "length": comment.length, "version": comment.anchored_at}
    return {
        "id": comment.id,
        "topic": topic,
        "thread": comment.thread,
        "identity": comment.author.identity,
        "name": comment.author.name,
        "text": comment.text,
        "anchor": orjson.dumps(anchor).decode(),
        "quote": comment.quote,
        "state": comment.state,
        "at": comment.at,
        "updated_at": comment.updated_at,
    }


def _comment(row: Any) -> Comment:
    anchor = orjson.loads(row.anchor)
    return Comment(
        row.id,
        row.thread,
        Author(row.identity, row.name),
        row.text,
        anchor["index"],
        anchor["length"],
        anchor["version"],
        row.quote,
        row.state,
        row.at,
        row.updated_at,
    )


def _review_row(topic: str, review: Review) -> Row:
    return {
        "id": review.id,
        "topic": topic,
        "reviewer": review.reviewer,
        "requested_by": review.requested_by.identity,
        "requested_by_name": review.requested_by.name,
        "status": review.status,
        "note": review.note,
        "deadline_at": review.deadline_at,
        "version": review.version,
        "at": review.at,
        "completed_at": review.completed_at,
    }


def _review(row: Any) -> Review:
    return Review(
        row.id,
        row.reviewer,
        Author(row.requested_by, row.requested_by_name),
        row.status,
        row.note,
        row.deadline_at,
        row.version,
        row.at,
        row.completed_at,
    )
