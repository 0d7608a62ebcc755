"""Who may do what to a document or board, and its share links, over HTTP."""

import asyncio
import time
from http import HTTPStatus
from typing import Any

from aiohttp import web

from config.settings import HttpSettings
from datachannels.catalogue import Catalogue
from datachannels.repositories import Access, AccessRepository, ShareLink
from signaling.api.answer import repeated_identifier
from signaling.api.body import read_object
from signaling.api.endpoint import TEXT, Endpoint, one, ref
from signaling.api.link_ttl import TTL, link_ttl
from signaling.api.stored import stored
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.driver import SignalingDriver
from signaling.identifiers import new_identifier
from signaling.permissions import ACCESS
from signaling.problems import Problem, json_response
from signaling.tokens import MAX_IDENTITY, Shared, issue_token

MAX_ROLES = 1_000
MAX_LINKS = 100
"""Of one document or board."""

LINK_TTL = "30d"
MAX_LINK_TTL_S = 365 * 86_400
"""They can be revoked, so they may be good for long."""

LINK_ACCESS: tuple[Access, ...] = ("viewer", "commenter", "editor")
"""Nobody becomes an owner by having an address."""

PAGES = {"documents": "d", "boards": "b"}
"""Where the page of each kind is."""


class AccessEndpoints:
    """Of the topics of a catalogue."""

    def __init__(
        self,
        catalogue: Catalogue[Any],
        access: AccessRepository,
        callers: TopicCallers,
        driver: SignalingDriver,
    ) -> None:
        self._catalogue = catalogue
        self._kind = catalogue.kind
        self._access = access
        self._callers = callers
        self._driver = driver
        self._node = driver.rooms.node

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        at, of = f"/{self._kind.name}/{{id}}", f"of_{self._kind.name}"
        roles = {"type": "object", "additionalProperties": ref("Access")}
        access = one(owner=TEXT, roles=roles)
        return [
            Endpoint(
                "GET",
                f"{at}/access",
                self.get_access,
                "What is said of identities; members of the room of whom nothing is said are editors",
                "owner",
                {200: access},
                operation=f"get_access_{of}",
            ),
            Endpoint(
                "PUT",
                f"{at}/access",
                self.put_access,
                "Say it anew, of all of them; the owner stays one",
                "owner",
                {200: access},
                body={"roles": roles},
                required=("roles",),
                operation=f"put_access_{of}",
            ),
            Endpoint(
                "POST",
                f"{at}/links",
                self.share,
                "A share link, which opens this and nothing else to whoever has it",
                "owner",
                {201: ref("ShareLink")},
                body={"role": {"enum": list(LINK_ACCESS)}, "ttl": {**TTL, "default": LINK_TTL}},
                operation=f"make_share_link_{of}",
            ),
            Endpoint(
                "GET",
                f"{at}/links",
                self.list_links,
                "Its share links, the oldest first; those that are over too",
                "owner",
                {200: one(links={"type": "array", "items": ref("ShareLink")})},
                operation=f"list_share_links_{of}",
            ),
            Endpoint(
                "DELETE",
                f"{at}/links/{{link}}",
                self.revoke,
                "A share link opens nothing any more; whoever came by it goes",
                "owner",
                {204: None},
                operation=f"revoke_share_link_{of}",
            ),
        ]

    async def get_access(self, request: web.Request) -> web.Response:
        """The list."""
        return await self._listed(await self._callers.managed(request, self._kind))

    async def put_access(self, request: web.Request) -> web.Response:
        """`{roles: {identity: role}}`."""
        asked = await self._callers.managed(request, self._kind)
        wanted = _roles((await read_object(request)).get("roles"), asked.topic.owner)
        at, topic = self._now_ms(), asked.topic.id
        with stored():
            known = await self._access.roles(topic)
            changes = {
                identity: wanted.get(identity)
                for identity in {**known, **wanted}
                if known.get(identity) != wanted.get(identity)
            }
            # Queued in one turn, so in one transaction.
            await asyncio.gather(*[self._access.grant(topic, who, role, at) for who, role in changes.items()])
            await self._catalogue.access_changed(topic)
        if changes:
            self._callers.audit(asked, "access", roles=changes)
        return await self._listed(asked)

    async def share(self, request: web.Request) -> web.Response:
        """`{role, ttl}`."""
        asked = await self._callers.managed(request, self._kind)
        body = await read_object(request)
        role = next((one for one in LINK_ACCESS if one == body.get("role")), None)
        if role is None:
            raise Problem("bad_message", f"role: one of {', '.join(LINK_ACCESS)}")
        ttl_s = link_ttl(body.get("ttl", LINK_TTL), MAX_LINK_TTL_S)
        at = self._now_ms()
        made_by = asked.member.identity
        link_id = repeated_identifier(request, "li", made_by) or new_identifier("li", self._node.random)
        link = ShareLink(link_id, asked.topic.id, role, made_by, at, at + 1_000 * ttl_s)
        with stored():
            if (made := await self._access.link(link_id)) is not None:
                return json_response(self._described(request, made), HTTPStatus.CREATED)
            if len(await self._access.links(asked.topic.id)) >= MAX_LINKS:
                raise Problem("too_large", f"at most {MAX_LINKS} share links: revoke one")
            await self._access.add_link(link)
        self._callers.audit(asked, "share", link=link.id, role=role, ttl_s=ttl_s)
        return json_response(self._described(request, link), HTTPStatus.CREATED)

    async def list_links(self, request: web.Request) -> web.Response:
        """All of them."""
        asked = await self._callers.managed(request, self._kind)
        with stored():
            links = await self._access.links(asked.topic.id)
        return json_response({"links": [self._described(request, link) for link in links]})

    async def revoke(self, request: web.Request) -> web.Response:
        """One of them."""
        asked, link_id = await self._callers.managed(request, self._kind), request.match_info["link"]
        with stored():
            link = await self._access.link(link_id)
            if link is None or link.topic != asked.topic.id:
                raise Problem("not_found", "no such share link")
            await self._access.revoke_link(link_id)
        self._driver.rooms.entrance.links.revoked(link_id)
        self._callers.audit(asked, "revoke", link=link_id)
        self._driver.pump()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _listed(self, asked: Asked) -> web.Response:
        with stored():
            roles = await self._access.roles(asked.topic.id)
        return json_response({"owner": asked.topic.owner, "roles": dict(sorted(roles.items()))})

    def _described(self, request: web.Request, link: ShareLink) -> dict[str, Any]:
        token = self._token(link)
        at = _public_url(self._node.settings.http, request)
        return {
            "id": link.id,
            "role": link.role,
            "made_by": link.made_by,
            "at": link.at,
            "expires_at": link.expires_at,
            "token": token,
            "url": f"{at}/{PAGES[self._kind.name]}/{link.topic}#token={token}",
        }

    def _token(self, link: ShareLink) -> str:
        """The same as long as the key is: it says nothing but what is stored of the link."""
        key, secret = next(iter(self._node.settings.keys.items()))
        began_s = link.at / 1_000
        ends_s = began_s + MAX_LINK_TTL_S if link.expires_at is None else link.expires_at / 1_000
        return issue_token(
            key,
            secret,
            identity=link.id,
            now_wall=began_s,
            ttl_s=ends_s - began_s,
            link=True,
            shared=Shared(link.topic, link.role, link.id),
        )

    def _now_ms(self) -> int:
        return self._node.unix_ms(time.monotonic())


def _roles(value: object, owner: str) -> dict[str, Access]:
    if not isinstance(value, dict):
        raise Problem("bad_message", "roles: must be an object")
    if len(value) > MAX_ROLES:
        raise Problem("too_large", f"roles: at most {MAX_ROLES}")
    roles: dict[str, Access] = {}
    for identity, said in value.items():
        role = next((one for one in ACCESS if one == said), None)
        if role is None or not 0 < len(identity) <= MAX_IDENTITY or "\0" in identity:
            raise Problem("bad_message", f"roles: one of {', '.join(ACCESS)} by identity")
        if identity == owner and role != "owner":
            raise Problem("bad_message", "roles: the owner stays one")
        roles[identity] = role
    return roles


def _public_url(http: HttpSettings, request: web.Request) -> str:
    return http.public_url or f"{request.scheme}://{request.host}"
