"""Recordings, and what webhooks still have to be told."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from storage.models.model import Key, Model, Name, Number


class Recording(Model):
    """One recording of a meeting. `place` says where its files are: ``folder`` or ``bucket``; `files` and
    `problems` are JSON."""

    __tablename__ = "recordings"
    __table_args__ = (Index(None, "room", "started_at", "id"), Index(None, "node", "state"))

    id: Mapped[Key]
    room: Mapped[Name]
    meeting: Mapped[Name]
    node: Mapped[Name]
    state: Mapped[Name]
    started_by: Mapped[Name]
    started_by_name: Mapped[Name]
    started_at: Mapped[Number]
    ended_at: Mapped[Number | None]
    duration_ms: Mapped[Number]
    octets: Mapped[Number]
    place: Mapped[Name]
    layout: Mapped[Name]
    files: Mapped[Name]
    problems: Mapped[Name]


class Film(Model):
    """A film that was made of a recording, by its name there. `place` is not always that of the recording."""

    __tablename__ = "films"

    recording: Mapped[Key]
    film: Mapped[Key]
    octets: Mapped[Number]
    place: Mapped[Name]


class WebhookEvent(Model):
    """One event that one receiver has not taken yet; `node` tells it."""

    __tablename__ = "webhook_events"
    __table_args__ = (Index(None, "node", "url", "at", "id"),)

    id: Mapped[Key]
    at: Mapped[Number]
    node: Mapped[Name]
    url: Mapped[Name]
    body: Mapped[Name]
