"""The HTTP API under `/api/v1` (PROTOCOL.md 1 and 4), as far as it goes."""

import secrets
import time
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from config.settings import Settings
from signaling.driver import SignalingDriver
from signaling.json_text import NotJson, read_json
from signaling.moderation import remove
from signaling.origin import is_loopback_host, is_same_origin
from signaling.permissions import Action, Role, Subject, allowed
from signaling.problems import Problem, json_response
from signaling.room import Room
from signaling.tokens import TokenClaims, TokenRefused, issue_token, read_token

PREFIX = "/api/v1"
TOKEN_TTL_S = 6 * 3_600.0
PAGE = 100
"""Entries of a list where `limit` does not say; it may say up to `MAX_PAGE`."""
MAX_PAGE = 1_000

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match",
    "Access-Control-Expose-Headers": "ETag, Location, Link",
    "Access-Control-Max-Age": "86400",
}
"""Any origin, never credentials: the token is the authority."""


@web.middleware
async def answers_for_any_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as problems, CORS headers on the API; `dev-token` is for our own page only."""
    if not request.path.startswith(PREFIX):
        return await handler(request)
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(status=204, headers=CORS)
    try:
        response = await handler(request)
    except Problem as problem:
        response = problem.response()
    except web.HTTPRequestEntityTooLarge:
        response = Problem("too_large", "the body is too large").response()
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = "not_found" if error.status == 404 else "bad_message"
        response = Problem(code, error.reason).response()
    if not request.path.startswith(f"{PREFIX}/dev-token"):
        response.headers.update(CORS)
    return response


class HttpApi:
    """The endpoints of a node."""

    def __init__(self, settings: Settings, driver: SignalingDriver) -> None:
        self._settings = settings
        self._driver = driver
        self._registry = driver.rooms.registry

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        routes = [
            web.post(f"{PREFIX}/rooms/{{name}}/guest", self.guest),
            web.get(f"{PREFIX}/rooms", self.list_rooms),
            web.post(f"{PREFIX}/rooms", self.create_room),
            web.get(f"{PREFIX}/rooms/{{name}}", self.get_room),
            web.delete(f"{PREFIX}/rooms/{{name}}", self.end_room),
            web.get(f"{PREFIX}/rooms/{{name}}/participants", self.list_participants),
            web.delete(f"{PREFIX}/rooms/{{name}}/participants/{{id}}", self.remove_participant),
            web.get(f"{PREFIX}/rooms/{{name}}/stats", self.room_stats),
        ]
        if self._settings.dev:
            routes.append(web.get(f"{PREFIX}/dev-token", self.dev_token))
        return routes

    # --- tokens ------------------------------------------------------------------------------------------

    async def dev_token(self, request: web.Request) -> web.Response:
        """`?room=&name=&identity=&role=`: a token for the asking, in development."""
        if not self._settings.insecure_dev and not (
            is_same_origin(request.headers) and is_loopback_host(request.host)
        ):
            raise Problem("forbidden", "only for this machine's own page")
        query = request.query
        try:
            role = Role(query.get("role", Role.PARTICIPANT))
        except ValueError:
            raise Problem("bad_message", "role: unknown") from None
        room = self._name(query.get("room", ""), "room")
        identity = query.get("identity") or _guest_identity()
        return self._token(room=room, identity=identity, name=query.get("name", ""), role=role)

    async def guest(self, request: web.Request) -> web.Response:
        """`{name}`: a token for who enters by the link alone."""
        if not self._settings.rooms.guests:
            raise Problem("forbidden", "this server takes no guests")
        body = await _read_object(request)
        name = body.get("name", "")
        if not isinstance(name, str):
            raise Problem("bad_message", "name: must be a string")
        room = self._name(request.match_info["name"], "room")
        makes_it = self._registry.named(room) is None
        role = Role.HOST if self._settings.dev and makes_it else Role.PARTICIPANT
        return self._token(room=room, identity=_guest_identity(), name=name, role=role)

    def _token(self, *, room: str, identity: str, name: str, role: Role) -> web.Response:
        limits = self._settings.limits
        key, secret = next(iter(self._settings.keys.items()))
        now_wall = time.time()
        token = issue_token(
            key,
            secret,
            identity=identity,
            now_wall=now_wall,
            ttl_s=TOKEN_TTL_S,
            room=room,
            name=name,
            role=role,
        )
        try:
            read_token(token, self._settings.keys, now_wall, limits=limits)  # what we give must be accepted
        except TokenRefused as error:
            raise Problem("bad_message", error.message) from error
        return json_response({"token": token})

    # --- rooms -------------------------------------------------------------------------------------------

    async def list_rooms(self, request: web.Request) -> web.Response:
        """The open rooms, by name."""
        self._administer(request)
        page, after = _page(request, self._registry.names())
        rooms = [self._describe(room) for name in page if (room := self._registry.named(name))]
        return json_response({"rooms": rooms, "after": after})

    async def create_room(self, request: web.Request) -> web.Response:
        """`{name}`: open a room; the one that is open already is answered as it is."""
        self._administer(request)
        body = await _read_object(request)
        name = self._name(body.get("name"), "name")
        room = self._registry.named(name)
        if room is not None:
            return json_response(self._describe(room))
        room = self._registry.create(name, time.monotonic())
        return json_response(self._describe(room), HTTPStatus.CREATED)

    async def get_room(self, request: web.Request) -> web.Response:
        """One room."""
        return json_response(self._describe(self._member_of(request)[0]))

    async def end_room(self, request: web.Request) -> web.Response:
        """Everybody out."""
        self._administer(request)
        self._open_room(request).end("ended", time.monotonic())
        self._driver.pump()
        return web.Response(status=204)

    async def list_participants(self, request: web.Request) -> web.Response:
        """Who is in it, save the hidden."""
        room, _ = self._member_of(request)
        visible = {member.id: member for member in room.participants.values() if not member.hidden}
        page, after = _page(request, sorted(visible))
        return json_response({"participants": [visible[key].describe() for key in page], "after": after})

    async def remove_participant(self, request: web.Request) -> web.Response:
        """Out of the meeting, as `moderate remove`."""
        room, subject = self._member_of(request)
        if not allowed(subject, Action.MODERATE):
            raise Problem("forbidden", "needs the grant moderate")
        target = room.participants.get(request.match_info["id"])
        if target is None:
            raise Problem("not_found", "no such participant")
        remove(room, target, time.monotonic())
        self._driver.pump()
        return web.Response(status=204)

    async def room_stats(self, request: web.Request) -> web.Response:
        """What is published and who is there."""
        room, _ = self._member_of(request)
        tracks = [
            track.describe()
            for track in room.tracks.values()
            if not room.participants[track.participant].hidden
        ]
        return json_response({"participants": room.audience.count(), "tracks": tracks})

    # --- who asks ----------------------------------------------------------------------------------------

    def _claims(self, request: web.Request) -> TokenClaims:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer":
            raise Problem("unauthorised", "needs a Bearer token")
        try:
            return read_token(token.strip(), self._settings.keys, time.time(), limits=self._settings.limits)
        except TokenRefused as error:
            raise Problem("unauthorised", error.message) from error

    def _administer(self, request: web.Request) -> None:
        claims = self._claims(request)
        if not allowed(Subject(claims.identity, admin=claims.admin), Action.ADMINISTER):
            raise Problem("forbidden", "needs an admin token")

    def _member_of(self, request: web.Request) -> tuple[Room, Subject]:
        """The room named, and the bearer as it is in there: what the meeting decided beats the token."""
        claims = self._claims(request)
        if not claims.admin and not claims.admits_to(request.match_info["name"]):
            raise Problem("forbidden", "the token is for another room")
        room = self._open_room(request)
        subject = room.admission.subject_of(claims, "")
        return room, Subject(subject.identity, "", subject.role, subject.grants, admin=claims.admin)

    def _open_room(self, request: web.Request) -> Room:
        room = self._registry.named(request.match_info["name"])
        if room is None:
            raise Problem("not_found", "no such room")
        return room

    def _describe(self, room: Room) -> dict[str, Any]:
        return room.describe() | {"participants": room.audience.count()}

    def _name(self, value: object, what: str) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= self._settings.limits.name:
            raise Problem("bad_message", f"{what}: from 1 to {self._settings.limits.name} characters")
        return value


def _guest_identity() -> str:
    return f"guest-{secrets.token_hex(8)}"


async def _read_object(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = read_json(raw) if raw else {}
    except NotJson:
        raise Problem("bad_message", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Problem("bad_message", "the body must be an object")
    return body


def _page(request: web.Request, keys: list[str]) -> tuple[list[str], str | None]:
    """One page of sorted keys, and the key to ask for the next one `after`."""
    limit_text = request.query.get("limit", str(PAGE))
    if not (limit_text.isascii() and limit_text.isdigit() and 0 < int(limit_text[:6]) <= MAX_PAGE):
        raise Problem("bad_message", f"limit: from 1 to {MAX_PAGE}")
    after = request.query.get("after", "")
    rest = [key for key in keys if key > after]
    page = rest[: int(limit_text)]
    return page, page[-1] if len(rest) > len(page) else None
