"""Chat in the database."""

from collections.abc import Awaitable, Sequence

from sqlalchemy import Connection, or_, select

from datachannels.repositories import Author, ChatMessage, Head, Receipt
from storage.group_commit import GroupCommit
from storage.models import ChatRow
from storage.models.model import table_of
from storage.reader import Reader
from storage.receipts import read_last_seq, read_receipt, read_version, receipt_of, receipt_rows
from storage.write import Into, Raise, Row, Rows, Write

_MESSAGES = table_of(ChatRow)


class StoredChat:
    """`datachannels.repositories.ChatRepository`; a room named like a document is another topic."""

    def __init__(self, commits: GroupCommit, reader: Reader, epoch: str) -> None:
        self._commits = commits
        self._reader = reader
        self._epoch = epoch

    async def load(self, topic: str) -> Head:
        """See `ChatRepository`."""
        return Head(self._epoch, await read_version(self._reader, _key(topic)) or 0)

    def append(self, topic: str, head: int, messages: Sequence[ChatMessage]) -> Awaitable[None]:
        """See `ChatRepository`."""
        key = _key(topic)
        rows = Rows(Into(_MESSAGES), [_row(key, one) for one in messages])
        receipts = receipt_rows(key, map(receipt_of, messages))
        return self._commits.put(Write([rows, receipts], Raise(key, head, head + len(messages))))

    async def history(
        self,
        topic: str,
        identity: str,
        after: int,
        limit: int,
        *,
        before: int | None = None,
        newest: bool = False,
    ) -> list[ChatMessage]:
        """See `ChatRepository`."""
        wanted = (
            select(_MESSAGES)
            .where(
                _MESSAGES.c.topic == _key(topic),
                _MESSAGES.c.version > after,
                or_(
                    _MESSAGES.c.to_identity.is_(None),
                    _MESSAGES.c.to_identity == identity,
                    _MESSAGES.c.identity == identity,
                ),
            )
            .order_by(_MESSAGES.c.version.desc() if newest else _MESSAGES.c.version)
            .limit(limit)
        )
        if before is not None:
            wanted = wanted.where(_MESSAGES.c.version < before)

        def query(connection: Connection) -> list[ChatMessage]:
            found = [
                ChatMessage(
                    row.version,
                    row.id,
                    Author(row.identity, row.name),
                    row.at,
                    row.client,
                    row.seq,
                    row.text,
                    row.to_identity,
                )
                for row in connection.execute(wanted)
            ]
            return found[::-1] if newest else found

        return await self._reader.read(query)

    async def receipt(self, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
        """See `Receipts`."""
        return await read_receipt(self._reader, _key(topic), identity, client, seq)

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        """See `Receipts`."""
        return await read_last_seq(self._reader, _key(topic), identity, client)


def _key(room: str) -> str:
    return f"chat:{room}"


def _row(key: str, message: ChatMessage) -> Row:
    return {
        "topic": key,
        "version": message.version,
        "id": message.id,
        "identity": message.author.identity,
        "name": message.author.name,
        "at": message.at,
        "client": message.client,
        "seq": message.seq,
        "text": message.text,
        "to_identity": message.to,
    }
