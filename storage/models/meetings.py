"""Rooms, their meetings, and who was there."""

from typing import Annotated
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.model import Key, Model, Name, Number
from storage.models.topics import TopicKey

SessionKey = Annotated[
    UUID, mapped_column(Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True)
]


class User(Model):
    """An identity, the same in every meeting, and the name it last had."""

    __tablename__ = "users"

    identity: Mapped[Key]
    name: Mapped[Name]
    seen_at: Mapped[Number]


class Room(Model):
    """A room's name, which outlives its meetings."""

    __tablename__ = "rooms"

    name: Mapped[Key]
    created_at: Mapped[Number]


class Ban(Model):
    """An identity that may not come into a room any more."""

    __tablename__ = "bans"

    room: Mapped[str] = mapped_column(Text, ForeignKey("rooms.name", ondelete="CASCADE"), primary_key=True)
    identity: Mapped[Key]
    at: Mapped[Number]


class Session(Model):
    """One meeting of a room. `meeting` is the ``rm_…`` of the protocol, `node` who held it.

    `status` is ``active``, ``ended``, or ``lost`` if the node died; `max_participants` the places it had,
    `peak_participants` the most people at one time.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "room", "created_at", "id"), Index(None, "node", "status"))

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    room: Mapped[str] = mapped_column(Text, ForeignKey("rooms.name", ondelete="CASCADE"))
    meeting: Mapped[Name]
    node: Mapped[Name]
    status: Mapped[Name]
    created_at: Mapped[Number]
    ended_at: Mapped[Number | None]
    max_participants: Mapped[int]
    peak_participants: Mapped[int]


class SessionParticipant(Model):
    """Somebody in a meeting: once, however often they came."""

    __tablename__ = "session_participants"

    session: Mapped[SessionKey]
    identity: Mapped[str] = mapped_column(Text, ForeignKey("users.identity"), primary_key=True)
    name: Mapped[Name]
    role: Mapped[Name]
    joined_at: Mapped[Number]
    last_active_at: Mapped[Number]


class SessionTopic(Model):
    """A document or board that was open in a meeting."""

    __tablename__ = "session_topics"
    __table_args__ = (Index(None, "topic"),)

    session: Mapped[SessionKey]
    topic: Mapped[TopicKey]
