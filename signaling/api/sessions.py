"""Meetings that were, over HTTP: the sessions of a room, and who was in them."""

from typing import Any
from uuid import UUID

from aiohttp import web

from signaling.api.body import first_of, page_bounds
from signaling.api.caller import Callers
from signaling.api.endpoint import PAGED, TEXT, Endpoint, one, page_of, ref
from signaling.api.stored import stored
from signaling.problems import Problem, json_response
from storage.records import Attendance, SessionRecord
from storage.store import Store


class SessionEndpoints:
    """Everything about meetings as they are kept."""

    def __init__(self, store: Store, callers: Callers) -> None:
        self._meetings = store.meetings
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        at = "/rooms/{name}/sessions"
        return [
            Endpoint(
                "GET",
                at,
                self.list_sessions,
                "The meetings of a room, the newest first",
                "admin",
                {200: page_of("sessions", ref("Session"))},
                PAGED,
            ),
            Endpoint(
                "GET",
                at + "/{session}",
                self.get_session,
                "One meeting, with the documents and boards that were open in it",
                "admin",
                {200: {"allOf": [ref("Session"), one(topics={"type": "array", "items": TEXT})]}},
            ),
            Endpoint(
                "GET",
                at + "/{session}/participants",
                self.list_attendance,
                "Who was in it, by identity",
                "admin",
                {200: page_of("participants", ref("Attendance"))},
                PAGED,
            ),
        ]

    async def list_sessions(self, request: web.Request) -> web.Response:
        """The meetings of a room, the newest first."""
        self._callers.administrator(request)
        limit, after = page_bounds(request)
        mark = _uuid(after) if after else None
        if after and mark is None:
            raise Problem("bad_message", "after: no session")
        with stored():
            found = await self._meetings.sessions(request.match_info["name"], mark, limit + 1)
        part, more = first_of(found, limit, lambda record: str(record.id))
        return json_response({"sessions": [_session(one) for one in part], "after": more})

    async def get_session(self, request: web.Request) -> web.Response:
        """One meeting."""
        record = await self._named(request)
        with stored():
            topics = await self._meetings.topics(record.id)
        return json_response(_session(record) | {"topics": topics})

    async def list_attendance(self, request: web.Request) -> web.Response:
        """Who was in it."""
        record = await self._named(request)
        limit, after = page_bounds(request)
        with stored():
            found = await self._meetings.participants(record.id, after, limit + 1)
        part, more = first_of(found, limit, lambda one: one.identity)
        return json_response({"participants": [_attendance(one) for one in part], "after": more})

    async def _named(self, request: web.Request) -> SessionRecord:
        self._callers.administrator(request)
        number = _uuid(request.match_info["session"])
        record = None
        if number is not None:
            with stored():
                record = await self._meetings.session(number)
        if record is None or record.room != request.match_info["name"]:
            raise Problem("not_found", "no such session")
        return record


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _session(record: SessionRecord) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "room": record.room,
        "meeting": record.meeting,
        "status": record.status.value,
        "created_at": record.created_at,
        "ended_at": record.ended_at,
        "max_participants": record.max_participants,
        "peak_participants": record.peak_participants,
    }


def _attendance(one: Attendance) -> dict[str, Any]:
    return {
        "identity": one.identity,
        "name": one.name,
        "role": one.role,
        "joined_at": one.joined_at,
        "last_active_at": one.last_active_at,
    }
