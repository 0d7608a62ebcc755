"""Ways to get a token: in development, as a guest, by an invite link."""

import secrets
import time
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from config.settings import Settings
from signaling.api.body import read_object
from signaling.api.caller import Callers
from signaling.api.endpoint import ROLE, TEXT, TIME, Endpoint, one
from signaling.api.link_ttl import TTL, link_ttl
from signaling.driver import SignalingDriver
from signaling.identifiers import new_identifier
from signaling.origin import is_loopback_host, is_same_origin
from signaling.permissions import Role
from signaling.problems import Problem, json_response
from signaling.tokens import ANY_ROOM, TokenRefused, issue_token, read_token

TOKEN_TTL_S = 6 * 3_600.0
LINK_TTL = "24h"
MAX_LINK_TTL_S = 30 * 86_400
"""A link cannot be called back, so it ends by itself."""


class TokenEndpoints:
    """Everything that gives out tokens."""

    def __init__(self, settings: Settings, driver: SignalingDriver, callers: Callers) -> None:
        self._settings = settings
        self._rooms = driver.rooms
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are; `dev-token` only where a node is tried out."""
        token = one(token=TEXT)
        endpoints = [
            Endpoint(
                "POST",
                "/rooms/{name}/guest",
                self.guest,
                "A token for who enters by a link alone",
                None,
                {200: token},
                body={"name": TEXT},
            ),
            Endpoint(
                "POST",
                "/rooms/{name}/links",
                self.make_link,
                "An invite link, for any number of people; the room need not be open yet",
                "moderate",
                {201: one(token=TEXT, url=TEXT, expires_at=TIME)},
                body={"role": ROLE, "ttl": TTL},
            ),
        ]
        if self._settings.dev:
            query = {"room": TEXT, "name": TEXT, "identity": TEXT, "role": ROLE}
            summary = "A token for the asking, in development"
            endpoints.append(
                Endpoint("GET", "/dev-token", self.dev_token, summary, None, {200: token}, query)
            )
        return endpoints

    async def dev_token(self, request: web.Request) -> web.Response:
        """`?room=&name=&identity=&role=`: a token for the asking, in development."""
        if not self._settings.insecure_dev and not (
            is_same_origin(request.headers) and is_loopback_host(request.host)
        ):
            raise Problem("forbidden", "only for this machine's own page")
        query = request.query
        room = self._room_name(query.get("room", ""), "room")
        role = _role(query["role"]) if "role" in query else self._newcomers_role(room)
        identity = query.get("identity") or _guest_identity()
        token = self._token(room=room, identity=identity, name=query.get("name", ""), role=role)
        return json_response({"token": token})

    async def guest(self, request: web.Request) -> web.Response:
        """`{name}`: a token for who enters by the link alone, or for the bearer of an invite link."""
        body = await read_object(request)
        name = body.get("name", "")
        if not isinstance(name, str):
            raise Problem("bad_message", "name: must be a string")
        room = self._room_name(request.match_info["name"], "room")
        role = self._guest_role(request, room)
        return json_response(
            {"token": self._token(room=room, identity=_guest_identity(), name=name, role=role)}
        )

    async def make_link(self, request: web.Request) -> web.Response:
        """`{role, ttl}`: an invite link and the token in it."""
        subject = self._callers.host_to_be(request, "link")
        room = self._room_name(request.match_info["name"], "room")
        body = await read_object(request)
        role, ttl_s = (
            _role(body.get("role", "participant")),
            link_ttl(body.get("ttl", LINK_TTL), MAX_LINK_TTL_S),
        )
        node, now = self._rooms.node, time.monotonic()
        identity = new_identifier("link", node.random)
        token = self._token(room=room, identity=identity, role=role, ttl_s=ttl_s, link=True)
        detail = {"link": identity, "role": role.value, "ttl_s": ttl_s}
        node.audit.done(node.unix_ms(now), room, "link", subject, detail=detail)
        at = self._settings.http.public_url or f"{request.scheme}://{request.host}"
        made = {
            "token": token,
            "url": f"{at}/r/{quote(room, safe='')}#token={token}",
            "expires_at": node.unix_ms(now + ttl_s),
        }
        return json_response(made, HTTPStatus.CREATED)

    def _guest_role(self, request: web.Request, room: str) -> Role:
        claims = self._callers.bearer(request)
        if claims is not None and claims.link:
            if not claims.admits_to(room):
                raise Problem("forbidden", "the link is for another room")
            return claims.role
        if not self._settings.rooms.guests:
            raise Problem("forbidden", "this server takes no guests without an invite link")
        return self._newcomers_role(room)

    def _newcomers_role(self, name: str) -> Role:
        """In development whoever comes into an empty room is its host: nobody else is there to be."""
        room = self._rooms.registry.named(name)
        empty = room is None or not room.participants
        return Role.HOST if self._settings.dev and empty else Role.PARTICIPANT

    def _token(
        self,
        *,
        room: str,
        identity: str,
        role: Role,
        name: str = "",
        ttl_s: float = TOKEN_TTL_S,
        link: bool = False,
    ) -> str:
        key, secret = next(iter(self._settings.keys.items()))
        now_wall = time.time()
        token = issue_token(
            key,
            secret,
            identity=identity,
            now_wall=now_wall,
            ttl_s=ttl_s,
            room=room,
            name=name,
            role=role,
            link=link,
        )
        try:
            # What we give must be accepted.
            read_token(token, self._settings.keys, now_wall, limits=self._settings.limits)
        except TokenRefused as error:
            raise Problem("bad_message", error.message) from error
        return token

    def _room_name(self, value: object, what: str) -> str:
        if not isinstance(value, str) or not 0 < len(value) <= self._settings.limits.name:
            raise Problem("bad_message", f"{what}: from 1 to {self._settings.limits.name} characters")
        if value == ANY_ROOM:
            raise Problem("bad_message", f"{what}: {ANY_ROOM} stands for every room")
        return value


def _role(value: object) -> Role:
    try:
        return Role(str(value))
    except ValueError:
        raise Problem("bad_message", "role: unknown") from None


def _guest_identity() -> str:
    return f"guest-{secrets.token_hex(8)}"
