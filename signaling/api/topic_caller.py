"""Who asks over HTTP for a document or board: somebody of its room, or whoever has a share link to it."""

import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from datachannels.kinds import Kind
from datachannels.repositories import Access, AccessRepository, Topic
from signaling.api.caller import Callers
from signaling.api.stored import stored
from signaling.display_name import display_name
from signaling.kept_topics import KeptTopics
from signaling.link_holder import subject_of
from signaling.node import SignalingNode
from signaling.permissions import Action, Subject, allowed, work_of
from signaling.problems import Problem
from signaling.tokens import ANY_ROOM, Shared, TokenClaims


@dataclass(frozen=True, slots=True)
class HttpMember:
    """`datachannels.member.Member` outside a meeting; `at_most` is what a share link makes of its bearer."""

    node: SignalingNode
    subject: Subject
    name: str
    room: str
    at_most: Access = "owner"
    id: str = ""
    meeting: str = ""
    hidden: bool = False
    listed: bool = False

    @property
    def identity(self) -> str:
        """See `Member`."""
        return self.subject.identity

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """See `Member`; a refusal is kept."""
        if self.could(Action(action), owner, role):
            return True
        at = self.node.unix_ms(now)
        self.node.audit.refused(at, self.room, action, self.subject, "forbidden", now)
        return False

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """See `Member`: there are no tracks here."""
        return False

    def could(self, action: Action, owner: str = "", role: str = "") -> bool:
        """As `may`, of somebody who does not ask for it yet."""
        return allowed(self.subject, action, work_of(owner, role, self.at_most))


@dataclass(frozen=True, slots=True)
class Asked:
    """A document or board, and who asks for it."""

    topic: Topic
    member: HttpMember


class TopicCallers:
    """Everything raises `Problem`. What somebody may not know of is ``not_found``."""

    def __init__(
        self, node: SignalingNode, callers: Callers, topics: KeptTopics, access: AccessRepository
    ) -> None:
        self._node = node
        self._callers = callers
        self._topics = topics
        self._access = access

    def in_room(self, request: web.Request) -> HttpMember:
        """Somebody of the room named, who may look in."""
        claims = self._callers.personal(request)
        room = request.match_info["name"]
        return self._member(claims, self._callers.subject_in(claims, room), room)

    def bearer(self, request: web.Request) -> TokenClaims:
        """The claims of the token; nobody is told without one what is there and what is not."""
        claims = self._callers.bearer(request)
        if claims is None:
            raise Problem("unauthorised", "needs a Bearer token")
        return claims

    async def at(self, request: web.Request, topic: str) -> Asked:
        """Who asks for the document or board `topic`, and may read it."""
        claims = self.bearer(request)
        if claims.shared is not None:
            return await self._by_link(claims, claims.shared, topic)
        claims = self._callers.personal(request)
        with stored():
            found = await self._topics.describe(topic)
        if found is None or not (claims.admin or claims.admits_to(found.room)):
            raise Problem("not_found", "there is no such document or board")
        return Asked(found, self._member(claims, self._callers.subject_in(claims, found.room), found.room))

    async def named(self, request: web.Request, kind: Kind) -> Asked:
        """As `at`, of the one of a kind that the address names."""
        topic = request.match_info["id"]
        self.bearer(request)
        if not kind.names(topic):
            raise Problem("not_found", "there is no such document or board")
        return await self.at(request, topic)

    async def at_files(self, request: web.Request) -> HttpMember:
        """Somebody of the room whose files the token opens; one for any room says which by `?room=`."""
        claims = self._callers.bearer(request)
        if claims is not None and claims.shared is not None:
            return (await self._by_link(claims, claims.shared, claims.shared.topic)).member
        claims = self._callers.personal(request)
        room = request.query.get("room", claims.room)
        if not room or room == ANY_ROOM:
            raise Problem("bad_message", "room: which?")
        return self._member(claims, self._callers.subject_in(claims, room), room)

    async def managed(self, request: web.Request, kind: Kind) -> Asked:
        """As `named`, by somebody who may say who has access."""
        asked = await self.named(request, kind)
        role = await self.role(asked)
        if not asked.member.may(Action.MANAGE_TOPIC, time.monotonic(), asked.topic.owner, role):
            raise Problem("forbidden", "only for the owner")
        return asked

    def audit(self, asked: Asked, action: str, **detail: Any) -> None:
        """Who asked has done something that others may want to know of later."""
        at = self._node.unix_ms(time.monotonic())
        about = {"topic": asked.topic.id, **detail}
        self._node.audit.done(at, asked.topic.room, action, asked.member.subject, detail=about)

    async def role(self, asked: Asked) -> str:
        """What the access list says of who asks, "" if nothing."""
        with stored():
            return (await self._access.roles(asked.topic.id)).get(asked.member.identity, "")

    async def _by_link(self, claims: TokenClaims, shared: Shared, topic: str) -> Asked:
        if shared.topic != topic:
            raise Problem("not_found", "there is no such document or board")
        with stored():
            found = await self._topics.shared(shared.link)
        now_ms = self._node.unix_ms(time.monotonic())
        if found is None or found[1].id != topic or (found[0].expires_at or now_ms + 1) <= now_ms:
            raise Problem("unauthorised", "the link is not in force any more")
        link, described = found
        name = display_name(claims.name, "Guest")
        subject = subject_of(claims.identity, link.role)
        return Asked(described, HttpMember(self._node, subject, name, described.room, link.role))

    def _member(self, claims: TokenClaims, subject: Subject, room: str) -> HttpMember:
        return HttpMember(self._node, subject, display_name(claims.name, display_name(claims.identity)), room)
