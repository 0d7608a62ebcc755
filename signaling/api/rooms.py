"""Rooms over HTTP: lists, making, changing and ending them, what goes on in one."""

import time
from http import HTTPStatus
from typing import Any

from aiohttp import web

from signaling.api.body import page, read_changes, read_object
from signaling.api.caller import Callers
from signaling.api.endpoint import COUNT, FLAG, PAGED, TEXT, Endpoint, one, page_of, ref
from signaling.audit import Concerned
from signaling.driver import SignalingDriver
from signaling.problems import Problem, json_response
from signaling.room import Room

ACT_OF_FIELD = {
    "locked": ("lock", "locked"),
    "lobby": ("lobby", "enabled"),
    "max_participants": ("limit", "max_participants"),
}
"""What can be changed of a room: field → the `moderate` action that does it, and its field."""

CHANGES = {"locked": FLAG, "lobby": FLAG, "max_participants": COUNT}


class RoomEndpoints:
    """Everything about rooms as a whole."""

    def __init__(self, driver: SignalingDriver, callers: Callers) -> None:
        self._driver = driver
        self._registry = driver.rooms.registry
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        at, room = "/rooms/{name}", ref("Room")
        return [
            Endpoint(
                "GET",
                "/rooms",
                self.list_rooms,
                "The open rooms, by name",
                "admin",
                {200: page_of("rooms", room)},
                PAGED,
            ),
            Endpoint(
                "POST",
                "/rooms",
                self.create_room,
                "Open a room; 200 if it is open already, which changes nothing",
                "admin",
                {201: room, 200: room},
                body={"name": TEXT} | CHANGES,
                required=("name",),
            ),
            Endpoint("GET", at, self.get_room, "One room", "room", {200: room}),
            Endpoint("PATCH", at, self.change_room, "Change it", "moderate", {200: room}, body=CHANGES),
            Endpoint("DELETE", at, self.end_room, "Everybody out", "admin", {204: None}),
            Endpoint(
                "GET",
                at + "/bans",
                self.list_bans,
                "The identities that may not come back",
                "moderate",
                {200: page_of("identities", TEXT)},
                PAGED,
            ),
            Endpoint(
                "DELETE",
                at + "/bans/{identity}",
                self.lift_ban,
                "Let somebody come back",
                "moderate",
                {204: None},
            ),
            Endpoint(
                "GET",
                at + "/stats",
                self.room_stats,
                "How many are in it, and what is published",
                "room",
                {
                    200: one(
                        participants={"type": "integer"},
                        waiting={"type": "integer"},
                        tracks={"type": "array", "items": ref("Track")},
                    )
                },
            ),
        ]

    async def list_rooms(self, request: web.Request) -> web.Response:
        """The open rooms, by name."""
        self._callers.administrator(request)
        names, after = page(request, self._registry.names())
        rooms = [_describe(room) for name in names if (room := self._registry.named(name))]
        return json_response({"rooms": rooms, "after": after})

    async def create_room(self, request: web.Request) -> web.Response:
        """`{name, …}`: open a room; the one that is open already is answered as it is."""
        subject = self._callers.administrator(request)
        body = await read_object(request)
        longest = self._driver.rooms.node.settings.limits.name
        name = body.get("name")
        if not isinstance(name, str) or not 0 < len(name) <= longest:
            raise Problem("bad_message", f"name: from 1 to {longest} characters")
        room = self._registry.named(name)
        if room is not None:
            return json_response(_describe(room))
        now = time.monotonic()
        room = self._registry.create(name, now)
        try:
            self._callers.moderate(room, subject, _acts(body))
        except Problem:
            room.keep_record(now, over=True)
            self._registry.forget(room)
            raise
        room.audit("create", subject, now)
        return json_response(_describe(room), HTTPStatus.CREATED)

    async def get_room(self, request: web.Request) -> web.Response:
        """One room."""
        return json_response(_describe(self._callers.member(request)[0]))

    async def change_room(self, request: web.Request) -> web.Response:
        """Lock it, open its lobby, limit its places."""
        room, subject = self._callers.moderator(request, "change")
        body = await read_changes(request, CHANGES)
        self._callers.moderate(room, subject, _acts(body))
        self._driver.pump()
        return json_response(_describe(room))

    async def end_room(self, request: web.Request) -> web.Response:
        """Everybody out."""
        subject = self._callers.administrator(request)
        self._callers.moderate(self._callers.open_room(request), subject, [{"action": "end"}])
        self._driver.pump()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def list_bans(self, request: web.Request) -> web.Response:
        """The identities that may not come back."""
        self._callers.host_to_be(request, "bans")
        bans = self._driver.rooms.node.bans
        identities, after = page(request, bans.of(request.match_info["name"]))
        return json_response({"identities": identities, "after": after})

    async def lift_ban(self, request: web.Request) -> web.Response:
        """Let somebody come back."""
        subject = self._callers.host_to_be(request, "unban")
        room, identity = request.match_info["name"], request.match_info["identity"]
        node = self._driver.rooms.node
        if not node.bans.lift(room, identity):
            raise Problem("not_found", "no such ban")
        node.records.unban(room, identity)
        at = node.unix_ms(time.monotonic())
        node.audit.done(at, room, "unban", subject, Concerned(identity))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def room_stats(self, request: web.Request) -> web.Response:
        """What is published and who is there."""
        room, _ = self._callers.member(request)
        tracks = [
            track.describe()
            for track in room.tracks.values()
            if not room.participants[track.participant].hidden
        ]
        waiting = len(room.admission.lobby)
        return json_response({"participants": room.audience.count(), "waiting": waiting, "tracks": tracks})


def _acts(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"action": action, field: body[name]}
        for name, (action, field) in ACT_OF_FIELD.items()
        if name in body
    ]


def _describe(room: Room) -> dict[str, Any]:
    return room.describe() | {"participants": room.audience.count()}
