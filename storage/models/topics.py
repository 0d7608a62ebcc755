"""What chats, documents and boards have in common: heads, receipts, who may do what."""

from typing import Annotated

from sqlalchemy import BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.model import Key, Model, Name, Number

TopicKey = Annotated[str, mapped_column(Text, ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True)]
OfTopic = Annotated[str, mapped_column(Text, ForeignKey("topics.id", ondelete="CASCADE"))]


class StoreRow(Model):
    """One row: what this database is. `epoch` changes when history was lost (a restored backup)."""

    __tablename__ = "store"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[Name]


class TopicRow(Model):
    """The head of a topic. Raising it from the version a writer believes is what fences two owners."""

    __tablename__ = "topics"

    id: Mapped[Key]
    version: Mapped[Number]


class ReceiptRow(Model):
    """Which messages of a client are in; kept as long as the topic."""

    __tablename__ = "receipts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy's own declaration

    topic: Mapped[TopicKey]
    identity: Mapped[Key]
    client: Mapped[Key]
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    version: Mapped[Number]
    made: Mapped[Name]


class AccessRow(Model):
    """What an identity may do to a topic: owner, editor, commenter, viewer."""

    __tablename__ = "access"

    topic: Mapped[TopicKey]
    identity: Mapped[Key]
    role: Mapped[Name]
    at: Mapped[Number]


class ShareLinkRow(Model):
    """Lets whoever has it at a topic, until it is deleted here or over."""

    __tablename__ = "share_links"
    __table_args__ = (Index(None, "topic"),)

    id: Mapped[Key]
    topic: Mapped[OfTopic]
    role: Mapped[Name]
    made_by: Mapped[Name]
    at: Mapped[Number]
    expires_at: Mapped[Number | None]
