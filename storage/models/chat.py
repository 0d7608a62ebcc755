"""Chat: one log a room."""

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.model import Model, Name, Number
from storage.models.topics import TopicKey


class ChatRow(Model):
    """One message; with `to_identity` it is for that identity only."""

    __tablename__ = "chat_messages"

    topic: Mapped[TopicKey]
    version: Mapped[Number] = mapped_column(primary_key=True)
    id: Mapped[Name]
    identity: Mapped[Name]
    name: Mapped[Name]
    at: Mapped[Number]
    client: Mapped[Name]
    seq: Mapped[Number]
    text: Mapped[Name]
    to_identity: Mapped[Name | None]
