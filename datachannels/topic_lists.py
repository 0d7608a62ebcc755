"""Which documents and boards a room has, as everybody in it is told (`room.documents`, `room.boards`)."""

from typing import Literal, Protocol

TopicKind = Literal["documents", "boards"]

MAX_TOPICS = 500
"""Of one kind in one room: their names are part of the room object."""


class TopicLists(Protocol):
    """The lists of all rooms that are open; a room that is not has none."""

    def put(self, kind: TopicKind, room: str, topic: str, title: str) -> None:
        """There is a new one, or one has another title."""

    def remove(self, kind: TopicKind, room: str, topic: str) -> None:
        """One was deleted."""
