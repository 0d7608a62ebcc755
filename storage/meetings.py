"""Meetings in the database: sessions of rooms, who was in them, who is banned."""

from collections.abc import Awaitable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, tuple_, update

from storage.group_commit import GroupCommit
from storage.models import Ban, Room, Session, SessionParticipant, SessionTopic, User
from storage.models.model import table_of
from storage.reader import Reader
from storage.records import Attendance, SessionRecord, SessionStatus
from storage.write import Existing, Into, Row, Rows, Write

_SESSIONS = table_of(Session)
_PARTICIPANTS = table_of(SessionParticipant)
_TOPICS = table_of(SessionTopic)
_BANS = table_of(Ban)

_INTO_ROOMS = Into(table_of(Room), Existing.KEEP)
_INTO_USERS = Into(table_of(User), Existing.REPLACE)
_INTO_SESSIONS = Into(_SESSIONS, Existing.REPLACE, fixed=("created_at",))
_INTO_PARTICIPANTS = Into(_PARTICIPANTS, Existing.REPLACE, fixed=("joined_at",))
_INTO_TOPICS = Into(_TOPICS, Existing.KEEP)
_INTO_BANS = Into(_BANS, Existing.KEEP)


class StoredMeetings:
    """Writes are queued at once, in the order of calls; they are done when committed."""

    def __init__(self, commits: GroupCommit, reader: Reader) -> None:
        self._commits = commits
        self._reader = reader

    # --- what happens ------------------------------------------------------------------------------------

    def put_session(self, record: SessionRecord) -> Awaitable[None]:
        """A meeting as it is now."""
        room: Row = {"name": record.room, "created_at": record.created_at}
        row: Row = {
            "id": record.id,
            "room": record.room,
            "meeting": record.meeting,
            "node": record.node,
            "status": record.status,
            "created_at": record.created_at,
            "ended_at": record.ended_at,
            "max_participants": record.max_participants,
            "peak_participants": record.peak_participants,
        }
        return self._commits.put(Write([Rows(_INTO_ROOMS, [room]), Rows(_INTO_SESSIONS, [row])]))

    def put_participants(self, session: UUID, people: Sequence[Attendance]) -> Awaitable[None]:
        """People of a meeting that is stored, as they are now; each identity once."""
        users: list[Row] = [
            {"identity": one.identity, "name": one.name, "seen_at": one.last_active_at} for one in people
        ]
        rows: list[Row] = [
            {
                "session": session,
                "identity": one.identity,
                "name": one.name,
                "role": one.role,
                "joined_at": one.joined_at,
                "last_active_at": one.last_active_at,
            }
            for one in people
        ]
        return self._commits.put(Write([Rows(_INTO_USERS, users), Rows(_INTO_PARTICIPANTS, rows)]))

    def put_topic(self, session: UUID, topic: str) -> Awaitable[None]:
        """A document or board was open in a meeting."""
        row: Row = {"session": session, "topic": topic}
        return self._commits.put(Write([Rows(_INTO_TOPICS, [row])]))

    def lose_sessions(self, node: str) -> Awaitable[None]:
        """A node starts: what it had open when it died is over; since when, its people's last act says."""
        seen = (
            select(func.max(_PARTICIPANTS.c.last_active_at))
            .where(_PARTICIPANTS.c.session == _SESSIONS.c.id)
            .scalar_subquery()
        )
        lost = (
            update(_SESSIONS)
            .where(_SESSIONS.c.node == node, _SESSIONS.c.status == SessionStatus.ACTIVE)
            .values(status=SessionStatus.LOST, ended_at=func.coalesce(seen, _SESSIONS.c.created_at))
        )
        return self._commits.put(Write(statements=[lost]))

    def ban(self, room: str, identity: str, at: int) -> Awaitable[None]:
        """Out of a room, its later meetings too."""
        rows = Rows(_INTO_ROOMS, [{"name": room, "created_at": at}])
        ban: Row = {"room": room, "identity": identity, "at": at}
        return self._commits.put(Write([rows, Rows(_INTO_BANS, [ban])]))

    def unban(self, room: str, identity: str) -> Awaitable[None]:
        """May come back."""
        gone = delete(_BANS).where(_BANS.c.room == room, _BANS.c.identity == identity)
        return self._commits.put(Write(statements=[gone]))

    # --- what was ----------------------------------------------------------------------------------------

    async def bans(self) -> list[tuple[str, str]]:
        """All of them: room and identity."""

        def query(connection: Connection) -> list[tuple[str, str]]:
            return [(row.room, row.identity) for row in connection.execute(select(_BANS))]

        return await self._reader.read(query)

    async def sessions(self, room: str, after: UUID | None, limit: int) -> list[SessionRecord]:
        """Meetings of a room, the newest first; those older than the session `after`."""
        order = (_SESSIONS.c.created_at, _SESSIONS.c.id)
        wanted = select(_SESSIONS).where(_SESSIONS.c.room == room)
        if after is not None:
            mark = select(*order).where(_SESSIONS.c.id == after)
            wanted = wanted.where(tuple_(*order) < mark.scalar_subquery())
        wanted = wanted.order_by(*(column.desc() for column in order)).limit(limit)

        def query(connection: Connection) -> list[SessionRecord]:
            return [_session(row) for row in connection.execute(wanted)]

        return await self._reader.read(query)

    async def session(self, session: UUID) -> SessionRecord | None:
        """One meeting."""

        def query(connection: Connection) -> SessionRecord | None:
            row = connection.execute(select(_SESSIONS).where(_SESSIONS.c.id == session)).first()
            return None if row is None else _session(row)

        return await self._reader.read(query)

    async def participants(self, session: UUID, after: str, limit: int) -> list[Attendance]:
        """Who was there, by identity, above the identity `after`."""
        wanted = (
            select(_PARTICIPANTS)
            .where(_PARTICIPANTS.c.session == session, _PARTICIPANTS.c.identity > after)
            .order_by(_PARTICIPANTS.c.identity)
            .limit(limit)
        )

        def query(connection: Connection) -> list[Attendance]:
            return [
                Attendance(row.identity, row.name, row.role, row.joined_at, row.last_active_at)
                for row in connection.execute(wanted)
            ]

        return await self._reader.read(query)

    async def topics(self, session: UUID) -> list[str]:
        """The documents and boards that were open in it."""
        wanted = select(_TOPICS.c.topic).where(_TOPICS.c.session == session).order_by(_TOPICS.c.topic)

        def query(connection: Connection) -> list[str]:
            return list(connection.scalars(wanted))

        return await self._reader.read(query)


def _session(row: Any) -> SessionRecord:
    return SessionRecord(
        row.id,
        row.room,
        row.meeting,
        row.node,
        row.created_at,
        row.max_participants,
        row.peak_participants,
        SessionStatus(row.status),
        row.ended_at,
    )
