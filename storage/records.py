"""What is kept of meetings, as plain values. Times are UTC milliseconds since 1970."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class SessionStatus(StrEnum):
    """What became of a meeting; `LOST`: its node died."""

    ACTIVE = "active"
    ENDED = "ended"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One meeting of a room. `meeting` is the ``rm_…`` of the protocol, `node` who holds it.

    `max_participants` is the places it had, `peak_participants` the most people at one time.
    """

    id: UUID
    room: str
    meeting: str
    node: str
    created_at: int
    max_participants: int
    peak_participants: int = 0
    status: SessionStatus = SessionStatus.ACTIVE
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody in a meeting: an identity, once; `joined_at` is when they first came."""

    identity: str
    name: str
    role: str
    joined_at: int
    last_active_at: int
