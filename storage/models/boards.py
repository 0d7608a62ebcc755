"""Boards: their change log and snapshots."""

from typing import Annotated

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.change_log import ChangeOf, SnapshotOf, TitledTopic
from storage.models.model import Model

BoardKey = Annotated[str, mapped_column(Text, ForeignKey("boards.id", ondelete="CASCADE"), primary_key=True)]


class Board(TitledTopic, Model):
    """A board."""

    __tablename__ = "boards"
    __table_args__ = (Index(None, "room", "id"),)


class BoardChange(ChangeOf, Model):
    """One version; `body` is the list of its entries."""

    __tablename__ = "board_changes"

    topic: Mapped[BoardKey]


class BoardSnapshot(SnapshotOf, Model):
    """The whole content at a version."""

    __tablename__ = "board_snapshots"

    topic: Mapped[BoardKey]
