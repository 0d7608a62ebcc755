"""Who is told, outside of the meetings, of what happens in them: webhooks."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

EventName = Literal[
    "room_started",
    "room_finished",
    "participant_joined",
    "participant_left",
    "track_published",
    "track_unpublished",
    "recording_started",
    "recording_finished",
    "document_changed",
    "board_changed",
]


class Told(Protocol):
    """Takes events; nothing may wait."""

    def event(self, name: EventName, room: str, meeting: str, about: Mapping[str, Any]) -> None:
        """Something happened in a room: `meeting` is the ``rm_…`` of it, "" where that is not known."""


class NobodyTold:
    """Where no webhooks are configured."""

    def event(self, name: EventName, room: str, meeting: str, about: Mapping[str, Any]) -> None:
        """See `Told`."""
