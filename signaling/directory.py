"""Where things live on the node: whose this peer, this track, this resume secret is.

Events from the media side name a peer or a track only, and who comes back shows a secret only.
"""

from dataclasses import dataclass, field
from typing import NewType

from sfu.identifiers import PeerId, TrackId
from signaling.departed import Departed

RoomId = NewType("RoomId", str)
"""One meeting of a room, ``rm_…``; the room's name outlives it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A participant and its room."""

    room: RoomId
    participant: str


@dataclass(frozen=True, slots=True)
class Directory:
    """Rooms enter what is theirs and take it out again."""

    peers: dict[PeerId, Member] = field(default_factory=dict)
    resumes: dict[str, Member] = field(default_factory=dict)
    tracks: dict[TrackId, RoomId] = field(default_factory=dict)
    departed: Departed = field(default_factory=Departed)
