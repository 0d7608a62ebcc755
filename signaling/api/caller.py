"""Who calls the API, and what they are in the room they name."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aiohttp import hdrs, web

from datachannels.refusals import RequestRefused
from signaling.admission import Admission
from signaling.moderation import Case, moderate
from signaling.permissions import Action, Subject, allowed
from signaling.problems import Problem
from signaling.requests import Frame, Moderate
from signaling.room import Room
from signaling.rooms import Rooms
from signaling.tokens import TokenClaims, TokenRefused, read_token


class Callers:
    """Judges the `Authorization` of requests to a node. Everything raises `Problem`."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._settings = rooms.node.settings

    def bearer(self, request: web.Request) -> TokenClaims | None:
        """The claims of the token, None without one."""
        header = request.headers.get(hdrs.AUTHORIZATION)
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise Problem("unauthorised", "needs a Bearer token")
        try:
            claims = read_token(token.strip(), self._settings.keys, time.time(), limits=self._settings.limits)
        except TokenRefused as error:
            raise Problem("unauthorised", error.message) from error
        if claims.agent:
            raise Problem("forbidden", "an agent has nothing to ask here")
        return claims

    def administrator(self, request: web.Request) -> Subject:
        """The bearer, who may use every endpoint."""
        claims = self.personal(request)
        subject = Subject(claims.identity, admin=claims.admin)
        if not allowed(subject, Action.ADMINISTER):
            raise Problem("forbidden", "needs an admin token")
        return subject

    def member(self, request: web.Request) -> tuple[Room, Subject]:
        """The room named, and the bearer as it is in there: what the meeting decided beats the token."""
        claims = self.personal(request)
        if not claims.admin and not claims.admits_to(request.match_info["name"]):
            raise Problem("forbidden", "the token is for another room")
        room = self.open_room(request)
        if not claims.admin and not room.admission.may_look_in(claims, room.participants.values()):
            raise Problem("forbidden", "not admitted to this room")
        return room, replace(room.admission.subject_of(claims, ""), admin=claims.admin)

    def reader(self, request: web.Request) -> str:
        """The bearer's identity, who may read what is kept of the room named, whether or not it is open."""
        return self.subject_in(self.personal(request), request.match_info["name"]).identity

    def subject_in(self, claims: TokenClaims, name: str) -> Subject:
        """The bearer as it is in a room, open or not, of which it may read what is kept."""
        if claims.admin:
            return Subject(claims.identity, "", claims.role, dict(claims.grants), admin=True)
        if not claims.admits_to(name):
            raise Problem("forbidden", "the token is for another room")
        node, room = self._rooms.node, self._rooms.registry.named(name)
        if room is not None:
            admission, members = room.admission, list(room.participants.values())
        else:
            admission, members = Admission(name, node.bans, self._settings.rooms, self._settings.limits), []
        if not admission.may_look_in(claims, members):
            raise Problem("forbidden", "not admitted to this room")
        return admission.subject_of(claims, "")

    def moderator(self, request: web.Request, action: str) -> tuple[Room, Subject]:
        """As `member`, and may moderate; a refusal is kept."""
        room, subject = self.member(request)
        if not allowed(subject, Action.MODERATE):
            room.audit_refusal(action, subject, "forbidden", time.monotonic())
            raise Problem("forbidden", "needs the grant moderate")
        return room, subject

    def host_to_be(self, request: web.Request, action: str) -> Subject:
        """The bearer, who moderates the room named: as it is in there, or as it will be once it opens."""
        if self._rooms.registry.named(request.match_info["name"]) is not None:
            return self.moderator(request, action)[1]
        subject = self.subject_in(self.personal(request), request.match_info["name"])
        if not allowed(subject, Action.MODERATE):
            raise Problem("forbidden", "needs the grant moderate")
        return subject

    def open_room(self, request: web.Request) -> Room:
        """The room named."""
        room = self._rooms.registry.named(request.match_info["name"])
        if room is None:
            raise Problem("not_found", "no such room")
        return room

    def moderate(self, room: Room, by: Subject, acts: Iterable[dict[str, Any]]) -> None:
        """What `moderate` requests of a socket would do: all are read before the first is done."""
        entrance = self._rooms.entrance
        try:
            requests = [entrance.requests.read(Frame("moderate", None, act)) for act in acts]
            for request in requests:
                if isinstance(request, Moderate):
                    moderate(Case(room, by, request, entrance, time.monotonic()))
        except RequestRefused as refusal:
            raise Problem(refusal.code, refusal.message) from refusal

    def personal(self, request: web.Request) -> TokenClaims:
        """The claims of a token that is somebody's."""
        claims = self.bearer(request)
        if claims is None:
            raise Problem("unauthorised", "needs a Bearer token")
        if claims.link:
            raise Problem("forbidden", "a link is no token of somebody: exchange it at /guest")
        return claims
