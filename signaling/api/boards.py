"""Boards over HTTP: lists, templates, making and deleting them, their content and changes."""

import time
from http import HTTPStatus

import orjson
from aiohttp import hdrs, web

from datachannels.json_text import MAX_INTEGER
from datachannels.refusals import RequestRefused
from datachannels.repositories import BoardRepository, Change, Topic
from datachannels.whiteboard.content import described as described_change
from datachannels.whiteboard.service import BoardService
from datachannels.whiteboard.templates import TEMPLATES
from signaling.api.answer import HttpReply, problem_of, repeat_key
from signaling.api.body import page_bounds, read_changes, read_object
from signaling.api.endpoint import COUNT, PAGED, TEXT, Endpoint, Schema, one, page_of, ref
from signaling.api.stored import stored
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.api.versioned import (
    asked_version,
    compressed,
    described,
    etag,
    of_version,
    version_of,
)
from signaling.permissions import Action
from signaling.problems import Problem, json_response

JSON = "application/json"

CHANGES = 200
CHANGES_BYTES = 1024 * 1024
"""Of one answer; a single change may be longer."""

OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}
VERSION: Schema = {**COUNT, "description": "an old version; without it the newest"}


class BoardEndpoints:
    """Everything about boards but exports, imports and who has access."""

    def __init__(self, boards: BoardService, repository: BoardRepository, callers: TopicCallers) -> None:
        self._boards = boards
        self._repository = repository
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        room, at, board = "/rooms/{name}/boards", "/boards/{id}", ref("Board")
        changes = {"type": "array", "items": ref("BoardChange")}
        template = one(id=TEXT, title=TEXT, elements=OBJECTS)
        return [
            Endpoint(
                "GET",
                "/board-templates",
                self.list_templates,
                "What a new board may begin with",
                None,
                {200: one(templates={"type": "array", "items": template})},
            ),
            Endpoint(
                "GET",
                room,
                self.list_boards,
                "The boards of a room, by id; it need not be open",
                "room",
                {200: page_of("boards", board)},
                PAGED,
            ),
            Endpoint(
                "POST",
                room,
                self.create_board,
                "A new board, empty or with a template on it",
                "draw",
                {201: board},
                body={"title": TEXT, "template": {"enum": list(TEMPLATES)}},
                required=("title",),
            ),
            Endpoint(
                "GET",
                at,
                self.get_board,
                "One board; `access` is what the caller is to it",
                "room or share link",
                {200: {"allOf": [board, one(access=ref("Access"))]}},
            ),
            Endpoint(
                "PATCH", at, self.rename_board, "Another title", "owner", {200: board}, body={"title": TEXT}
            ),
            Endpoint("DELETE", at, self.delete_board, "It goes for good", "owner", {204: None}),
            Endpoint(
                "GET",
                at + "/content",
                self.get_content,
                "A version with all its pages; the version is the ETag",
                "room or share link",
                {200: one(pages=OBJECTS, elements=OBJECTS)},
                {"version": VERSION},
                operation="get_board_content",
            ),
            Endpoint(
                "GET",
                at + "/changes",
                self.list_changes,
                "Versions `from` to `to`, or as many as are given at once",
                "room or share link",
                {200: one(**{"from": COUNT, "to": COUNT, "changes": changes})},
                {"from": COUNT, "to": COUNT},
                operation="list_board_changes",
            ),
            Endpoint(
                "GET",
                at + "/changes/{version}",
                self.get_change,
                "What one version changed",
                "room or share link",
                {200: one(changes=OBJECTS)},
                operation="get_board_change",
            ),
        ]

    async def list_templates(self, request: web.Request) -> web.Response:
        """All of them, with what is on them: for a picture of each."""
        told = [
            {"id": one.id, "title": one.title, "elements": list(one.elements)} for one in TEMPLATES.values()
        ]
        return compressed(web.Response(body=orjson.dumps({"templates": told}), content_type=JSON))

    async def list_boards(self, request: web.Request) -> web.Response:
        """The boards of a room."""
        member = self._callers.in_room(request)
        limit, after = page_bounds(request)
        with stored():
            found = await self._repository.of_room(member.room, after, limit + 1)
        more = found[limit - 1].id if len(found) > limit else None
        return json_response({"boards": [described(topic) for topic in found[:limit]], "after": more})

    async def create_board(self, request: web.Request) -> web.Response:
        """`{title, template?}`: a new one, of whoever asks."""
        member = self._callers.in_room(request)
        body, reply = await read_object(request), HttpReply()
        try:
            self._boards.create(member, body, repeat_key(request), reply, time.monotonic())
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        made = (await reply.fields())["board"]["id"]
        response = json_response(described(await self._described(made)), HTTPStatus.CREATED)
        response.headers[hdrs.LOCATION] = f"/api/v1/boards/{made}"
        return response

    async def get_board(self, request: web.Request) -> web.Response:
        """One of them."""
        asked = await self._asked(request)
        return json_response(described(asked.topic) | {"access": await self._access(asked)})

    async def rename_board(self, request: web.Request) -> web.Response:
        """`{title}`."""
        asked = await self._asked(request)
        title = (await read_changes(request, {"title"}))["title"]
        reply = HttpReply()
        try:
            self._boards.rename(asked.topic.id, asked.member, title, reply, time.monotonic())
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        await reply.fields()
        return json_response(described(await self._described(asked.topic.id)))

    async def delete_board(self, request: web.Request) -> web.Response:
        """For good."""
        asked, reply = await self._asked(request), HttpReply()
        try:
            self._boards.delete(asked.topic.id, asked.member, reply, time.monotonic())
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        await reply.fields()
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def get_content(self, request: web.Request) -> web.Response:
        """`?version=`: what a snapshot refers to."""
        asked = await self._asked(request)
        version = asked_version(request, "version") or asked.topic.version
        if request.headers.get(hdrs.IF_NONE_MATCH) == etag(version):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={hdrs.ETAG: etag(version)})
        content = await self.content(asked.topic, version)
        return of_version(web.Response(body=content, content_type=JSON), version)

    async def content(self, topic: Topic, version: int) -> bytes:
        """`pages` and `elements` of a version. Raises `Problem`."""
        if version > topic.version:
            raise Problem("not_found", f"there is no version {version}")
        with stored():
            content = await self._boards.content(topic.id, version)
        if content is None:
            raise Problem("stale", f"version {version} is no longer kept")
        return content

    async def list_changes(self, request: web.Request) -> web.Response:
        """`?from=&to=`."""
        asked = await self._asked(request)
        first, last = asked_version(request, "from") or 1, asked_version(request, "to") or MAX_INTEGER - 1
        if last < first:
            raise Problem("bad_message", "to is before from")
        changes = _some(await self._changes(asked.topic, first, last))
        told = {
            "from": first,
            "to": first + len(changes) - 1,
            "changes": [described_change(one) for one in changes],
        }
        return compressed(web.Response(body=orjson.dumps(told), content_type=JSON))

    async def get_change(self, request: web.Request) -> web.Response:
        """What a long `change` refers to."""
        asked = await self._asked(request)
        version = version_of(request.match_info["version"], "version")
        changes = await self._changes(asked.topic, version, version)
        if not changes:
            raise Problem("not_found", "there is no such version")
        told = orjson.dumps({"changes": orjson.Fragment(changes[0].body)})
        return compressed(web.Response(body=told, content_type=JSON))

    async def _asked(self, request: web.Request) -> Asked:
        board = request.match_info["id"]
        if not board.startswith("bo_"):
            raise Problem("not_found", "there is no such board")
        return await self._callers.at(request, board)

    async def _described(self, board: str) -> Topic:
        with stored():
            topic = await self._repository.describe(board)
        if topic is None:
            raise Problem("not_found", "there is no such board")
        return topic

    async def _access(self, asked: Asked) -> str:
        """What the caller is to a board, all in all."""
        owner, role = asked.topic.owner, await self._callers.role(asked)
        if asked.member.could(Action.MANAGE_TOPIC, owner, role):
            return "owner"
        return "editor" if asked.member.could(Action.EDIT_BOARD, owner, role) else "viewer"

    async def _changes(self, topic: Topic, first: int, last: int) -> list[Change]:
        with stored():
            changes = await self._repository.changes(topic.id, first, min(last, first + CHANGES - 1))
        if first <= topic.version and (not changes or changes[0].version != first):
            raise Problem("stale", f"version {first} is no longer kept")
        return changes


def _some(changes: list[Change]) -> list[Change]:
    """As many as one answer holds."""
    size = 0
    for count, change in enumerate(changes):
        size += len(change.body)
        if count and size > CHANGES_BYTES:
            return changes[:count]
    return changes
