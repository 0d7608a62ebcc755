"""Heads and receipts: what chats, documents and boards are asked alike."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from datachannels.repositories import Change, ChatMessage, Receipt
from storage.models import ReceiptRow, TopicRow
from storage.models.model import table_of
from storage.reader import Reader
from storage.write import Into, Row, Rows

_RECEIPTS = Into(table_of(ReceiptRow))


def receipt_rows(topic: str, receipts: Iterable[Receipt]) -> Rows:
    """Receipts as rows; one that is there already is a second owner's work."""
    return Rows(_RECEIPTS, [receipt_row(topic, one) for one in receipts])


def receipt_row(topic: str, receipt: Receipt) -> Row:
    """One of them."""
    return {
        "topic": topic,
        "identity": receipt.identity,
        "client": receipt.client,
        "seq": receipt.seq,
        "version": receipt.version,
        "made": receipt.made,
    }


def receipt_of(change: Change | ChatMessage) -> Receipt:
    """The receipt of a change that takes a version."""
    made = change.id if isinstance(change, ChatMessage) else ""
    return Receipt(change.author.identity, change.client, change.seq, change.version, made)


async def read_version(reader: Reader, topic: str) -> int | None:
    """The head of a topic in storage."""

    def query(connection: Connection) -> int | None:
        return connection.scalar(select(TopicRow.version).where(TopicRow.id == topic))

    return await reader.read(query)


async def read_receipt(reader: Reader, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
    """See `datachannels.repositories.Receipts`."""

    def query(connection: Connection) -> Receipt | None:
        row = connection.execute(
            select(ReceiptRow.version, ReceiptRow.made).where(
                ReceiptRow.topic == topic,
                ReceiptRow.identity == identity,
                ReceiptRow.client == client,
                ReceiptRow.seq == seq,
            )
        ).first()
        return None if row is None else Receipt(identity, client, seq, row.version, row.made)

    return await reader.read(query)


async def read_last_seq(reader: Reader, topic: str, identity: str, client: str) -> int:
    """See `datachannels.repositories.Receipts`."""

    def query(connection: Connection) -> int:
        last = select(func.max(ReceiptRow.seq)).where(
            ReceiptRow.topic == topic, ReceiptRow.identity == identity, ReceiptRow.client == client
        )
        return connection.scalar(last) or 0

    return await reader.read(query)
