"""Documents: their change log, snapshots, comments and reviews."""

from typing import Annotated

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.change_log import ChangeOf, SnapshotOf, TitledTopic
from storage.models.model import Key, Model, Name, Number

DocumentKey = Annotated[
    str, mapped_column(Text, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
]
OfDocument = Annotated[str, mapped_column(Text, ForeignKey("documents.id", ondelete="CASCADE"))]


class Document(TitledTopic, Model):
    """A document."""

    __tablename__ = "documents"
    __table_args__ = (Index(None, "room", "id"),)


class DocumentChange(ChangeOf, Model):
    """One version; `body` is its delta."""

    __tablename__ = "document_changes"

    topic: Mapped[DocumentKey]


class DocumentSnapshot(SnapshotOf, Model):
    """The whole content at a version."""

    __tablename__ = "document_snapshots"

    topic: Mapped[DocumentKey]


class CommentRow(Model):
    """A comment as it is now; `anchor` is where it stands: index, length, the version of these."""

    __tablename__ = "comments"
    __table_args__ = (Index(None, "topic", "at", "id"),)

    id: Mapped[Key]
    topic: Mapped[OfDocument]
    thread: Mapped[Name]
    identity: Mapped[Name]
    name: Mapped[Name]
    text: Mapped[Name]
    anchor: Mapped[Name]
    quote: Mapped[Name]
    state: Mapped[Name]
    at: Mapped[Number]
    updated_at: Mapped[Number]


class ReviewRow(Model):
    """A review as it is now; `version` is what it judges."""

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "topic", "at", "id"),)

    id: Mapped[Key]
    topic: Mapped[OfDocument]
    reviewer: Mapped[Name]
    requested_by: Mapped[Name]
    requested_by_name: Mapped[Name]
    status: Mapped[Name]
    note: Mapped[Name]
    deadline_at: Mapped[Number | None]
    version: Mapped[Number]
    at: Mapped[Number]
    completed_at: Mapped[Number | None]
