"""What outlives a meeting, as the core tells it to a `Records`: who met when, who is banned."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

from signaling.participant import Participant
from storage.records import Attendance, SessionRecord, SessionStatus

SEEN_S = 60.0
"""How often it is kept who is still there: what is not known of a meeting whose node dies."""


class Records(Protocol):
    """What keeps them; nothing may wait."""

    def session(self, record: SessionRecord) -> None:
        """A meeting as it is now."""

    def participants(self, session: UUID, people: Sequence[Attendance]) -> None:
        """People of a meeting that was told of before, as they are now."""

    def topic(self, session: UUID, topic: str) -> None:
        """A document or board that was open in a meeting that was told of before."""

    def ban(self, room: str, identity: str, at: int) -> None:
        """Out of a room, its later meetings too."""

    def unban(self, room: str, identity: str) -> None:
        """May come back."""


class NoRecords:
    """Keeps nothing."""

    def session(self, record: SessionRecord) -> None:
        """See `Records`."""

    def participants(self, session: UUID, people: Sequence[Attendance]) -> None:
        """See `Records`."""

    def topic(self, session: UUID, topic: str) -> None:
        """See `Records`."""

    def ban(self, room: str, identity: str, at: int) -> None:
        """See `Records`."""

    def unban(self, room: str, identity: str) -> None:
        """See `Records`."""


class MeetingRecord:
    """The record of one meeting, from its begin; times are UTC milliseconds, `now` monotonic seconds."""

    def __init__(self, records: Records, begun: SessionRecord, now: float) -> None:
        self._records = records
        self._session = begun
        self._due = now + SEEN_S
        self._topics: set[str] = set()
        records.session(begun)

    @property
    def id(self) -> UUID:
        """The session's."""
        return self._session.id

    @property
    def topics(self) -> frozenset[str]:
        """The documents and boards that were open in it."""
        return frozenset(self._topics)

    def entered(self, participant: Participant, inside: int) -> None:
        """Somebody is in, one of so many."""
        if inside > self._session.peak_participants:
            self._session = replace(self._session, peak_participants=inside)
        self._records.participants(self.id, [attendance(participant, participant.joined_at_ms)])

    def left(self, participant: Participant, at: int) -> None:
        """Somebody is gone."""
        self._records.participants(self.id, [attendance(participant, at)])

    def seen(self, inside: Sequence[Participant], places: int, at: int, now: float) -> None:
        """Who is there, once a minute."""
        if now < self._due:
            return
        self._due = now + SEEN_S
        self._session = replace(self._session, max_participants=places)
        self._records.session(self._session)
        people = {one.subject.identity: attendance(one, at) for one in inside}
        if people:
            self._records.participants(self.id, list(people.values()))

    def opened(self, topic: str) -> None:
        """A document or board is open; a second time says nothing."""
        if topic not in self._topics:
            self._topics.add(topic)
            self._records.topic(self.id, topic)

    def ended(self, places: int, at: int) -> bool:
        """The meeting is over; a second time says nothing, and is false."""
        if self._session.ended_at is not None:
            return False
        self._session = replace(
            self._session, max_participants=places, status=SessionStatus.ENDED, ended_at=at
        )
        self._records.session(self._session)
        return True


def attendance(participant: Participant, at: int) -> Attendance:
    """A participant as they are kept."""
    return Attendance(
        participant.subject.identity,
        participant.name,
        participant.subject.role.value,
        participant.joined_at_ms,
        at,
    )
