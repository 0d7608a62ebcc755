"""Boards: their change log and snapshots."""

from typing import Annotated

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.model import Model, Name, Number
from storage.models.topics import TopicKey

BoardKey = Annotated[str, mapped_column(Text, ForeignKey("boards.id", ondelete="CASCADE"), primary_key=True)]


class Board(Model):
    """A board; its version is its topic's."""

    __tablename__ = "boards"
    __table_args__ = (Index(None, "room", "id"),)

    id: Mapped[TopicKey]
    room: Mapped[Name]
    title: Mapped[Name]
    owner: Mapped[Name]
    created_at: Mapped[Number]


class BoardChange(Model):
    """One version; `body` is the list of its entries."""

    __tablename__ = "board_changes"

    topic: Mapped[BoardKey]
    version: Mapped[Number] = mapped_column(primary_key=True)
    identity: Mapped[Name]
    name: Mapped[Name]
    at: Mapped[Number]
    client: Mapped[Name]
    seq: Mapped[Number]
    body: Mapped[Name]


class BoardSnapshot(Model):
    """The whole content at a version."""

    __tablename__ = "board_snapshots"

    topic: Mapped[BoardKey]
    version: Mapped[Number] = mapped_column(primary_key=True)
    body: Mapped[Name]
