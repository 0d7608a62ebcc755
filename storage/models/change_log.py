"""The columns that the tables of documents and of boards have in common."""

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.model import Name, Number
from storage.models.topics import TopicKey


class TitledTopic:
    """A document or board; its version is its topic's."""

    id: Mapped[TopicKey]
    room: Mapped[Name]
    title: Mapped[Name]
    owner: Mapped[Name]
    created_at: Mapped[Number]


class ChangeOf:
    """One version of the `topic` that a table adds; `body` is JSON."""

    version: Mapped[Number] = mapped_column(primary_key=True)
    identity: Mapped[Name]
    name: Mapped[Name]
    at: Mapped[Number]
    client: Mapped[Name]
    seq: Mapped[Number]
    body: Mapped[Name]


class SnapshotOf:
    """The whole content of the `topic` at a version, so that a load need not read the log from its start."""

    version: Mapped[Number] = mapped_column(primary_key=True)
    body: Mapped[Name]
