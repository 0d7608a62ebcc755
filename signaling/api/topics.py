"""Documents and boards over HTTP, what is alike: lists, making, renaming and deleting them, their changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import hdrs, web

from datachannels.catalogue import Catalogue
from datachannels.json_text import MAX_INTEGER
from datachannels.kinds import Kind
from datachannels.repositories import Access, Change, ChangeLog, Topic
from signaling.api.answer import answered, given, repeat_key
from signaling.api.body import first_of, page_bounds, read_changes, read_object
from signaling.api.endpoint import COUNT, PAGED, TEXT, Endpoint, Schema, one, page_of, ref
from signaling.api.stored import stored
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.api.versioned import asked_version, compressed, described, version_of
from signaling.permissions import Action
from signaling.problems import Problem, json_response

CHANGES_BYTES = 1024 * 1024
"""Of one answer; a single change may be longer."""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What the API says of one kind.

    `word` is that for one of them, `holds` the schema of what a change holds; `begins` says what a new one
    may begin with, `with_what` in words; `grant` is what making one needs. `access` maps what the caller may
    be, the most first, to what that allows. `of` stands in names of operations on what is in one.
    """

    kind: Kind
    word: str
    holds: Schema
    begins: Mapping[str, Schema]
    with_what: str
    grant: str
    access: Mapping[Access, Action]
    of: str = ""


class TopicEndpoints:
    """Of one kind."""

    def __init__(
        self, facts: TopicFacts, catalogue: Catalogue[Any], log: ChangeLog, callers: TopicCallers
    ) -> None:
        self._facts = facts
        self._kind = facts.kind
        self._catalogue = catalogue
        self._log = log
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        facts, word, many = self._facts, self._facts.word, self._kind.name
        room, at, schema = f"/rooms/{{name}}/{many}", f"/{many}/{{id}}", ref(word.title())
        changes = {"type": "array", "items": ref(f"{word.title()}Change")}
        return [
            Endpoint(
                "GET",
                room,
                self.list_topics,
                f"The {many} of a room, by id; it need not be open",
                "room",
                {200: page_of(many, schema)},
                PAGED,
                operation=f"list_{many}",
            ),
            Endpoint(
                "POST",
                room,
                self.create_topic,
                f"A new {word}, empty or {facts.with_what}",
                facts.grant,
                {201: schema},
                body={"title": TEXT, **facts.begins},
                required=("title",),
                operation=f"create_{word}",
            ),
            Endpoint(
                "GET",
                at,
                self.get_topic,
                f"One {word}; `access` is what the caller is to it",
                "room or share link",
                {200: {"allOf": [schema, one(access=ref("Access"))]}},
                operation=f"get_{word}",
            ),
            Endpoint(
                "PATCH",
                at,
                self.rename_topic,
                "Another title",
                "owner",
                {200: schema},
                body={"title": TEXT},
                operation=f"rename_{word}",
            ),
            Endpoint(
                "DELETE",
                at,
                self.delete_topic,
                "It goes for good",
                "owner",
                {204: None},
                operation=f"delete_{word}",
            ),
            Endpoint(
                "GET",
                f"{at}/changes",
                self.list_changes,
                "Versions `from` to `to`, or as many as are given at once",
                "room or share link",
                {200: one(**{"from": COUNT, "to": COUNT, "changes": changes})},
                {"from": COUNT, "to": COUNT},
                operation=f"list_{facts.of}changes",
            ),
            Endpoint(
                "GET",
                f"{at}/changes/{{version}}",
                self.get_change,
                "What one version changed",
                "room or share link",
                {200: one(**{self._kind.body: facts.holds})},
                operation=f"get_{facts.of}change",
            ),
        ]

    async def list_topics(self, request: web.Request) -> web.Response:
        """Those of a room."""
        member = self._callers.in_room(request)
        limit, after = page_bounds(request)
        with stored():
            found = await self._log.of_room(member.room, after, limit + 1)
        part, more = first_of(found, limit, lambda topic: topic.id)
        return json_response({self._kind.name: list(map(described, part)), "after": more})

    async def create_topic(self, request: web.Request) -> web.Response:
        """`{title, …}`: a new one, of whoever asks."""
        member, body = self._callers.in_room(request), await read_object(request)
        made = await answered(partial(self._catalogue.create, member, body, repeat_key(request)))
        topic = await self._described(made[self._kind.field]["id"])
        response = json_response(described(topic), HTTPStatus.CREATED)
        response.headers[hdrs.LOCATION] = f"/api/v1/{self._kind.name}/{topic.id}"
        return response

    async def get_topic(self, request: web.Request) -> web.Response:
        """One of them."""
        asked = await self._callers.named(request, self._kind)
        owner, role = asked.topic.owner, await self._callers.role(asked)
        may = (
            access for access, action in self._facts.access.items() if asked.member.could(action, owner, role)
        )
        return json_response(described(asked.topic) | {"access": next(may, "viewer")})

    async def rename_topic(self, request: web.Request) -> web.Response:
        """`{title}`."""
        asked = await self._callers.named(request, self._kind)
        body = await read_changes(request, {"title"})
        await answered(partial(self._catalogue.rename, asked.topic.id, asked.member, body))
        return json_response(described(await self._described(asked.topic.id)))

    async def delete_topic(self, request: web.Request) -> web.Response:
        """For good."""
        asked = await self._callers.named(request, self._kind)
        await answered(partial(self._catalogue.delete, asked.topic.id, asked.member))
        self._callers.audit(asked, "delete", title=asked.topic.title)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def list_changes(self, request: web.Request) -> web.Response:
        """`?from=&to=`."""
        asked = await self._callers.named(request, self._kind)
        first, last = asked_version(request, "from") or 1, asked_version(request, "to") or MAX_INTEGER - 1
        if last < first:
            raise Problem("bad_message", "to is before from")
        changes = _some(await self._changes(asked, first, last))
        told = {
            "from": first,
            "to": first + len(changes) - 1,
            "changes": list(map(self._kind.described, changes)),
        }
        return compressed(web.Response(body=orjson.dumps(told), content_type="application/json"))

    async def get_change(self, request: web.Request) -> web.Response:
        """What a long `change` refers to."""
        asked = await self._callers.named(request, self._kind)
        version = version_of(request.match_info["version"], "version")
        changes = await self._changes(asked, version, version)
        if not changes:
            raise Problem("not_found", "there is no such version")
        told = orjson.dumps({self._kind.body: orjson.Fragment(changes[0].body)})
        return compressed(web.Response(body=told, content_type="application/json"))

    async def _access(self, asked: Asked) -> Access:
        """What the caller is to it, all in all."""
        owner, role = asked.topic.owner, await self._callers.role(asked)
        for access, action in self._facts.access.items():
            if asked.member.could(action, owner, role):
                return access
        return "viewer"

    async def _described(self, topic: str) -> Topic:
        with stored():
            found = await self._log.describe(topic)
        if found is None:
            raise Problem("not_found", "there is no such document or board")
        return found

    async def _changes(self, asked: Asked, first: int, last: int) -> list[Change]:
        with stored():
            return given(await self._catalogue.changes(asked.topic.room, asked.topic.id, first, last))


def _some(changes: Sequence[Change]) -> Sequence[Change]:
    """As many as one answer holds."""
    size = 0
    for count, change in enumerate(changes):
        size += len(change.body)
        if count and size > CHANGES_BYTES:
            return changes[:count]
    return changes
