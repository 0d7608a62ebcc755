"""Boards over HTTP, what only they have: templates and content. Exports are in `board_exports`."""

import orjson
from aiohttp import web

from datachannels.kinds import BOARDS
from datachannels.repositories import Topic
from datachannels.whiteboard.service import BoardService
from datachannels.whiteboard.templates import TEMPLATES
from signaling.api.endpoint import TEXT, Endpoint, Schema, one
from signaling.api.stored import stored
from signaling.api.topic_caller import TopicCallers
from signaling.api.topics import TopicFacts
from signaling.api.versioned import VERSION, asked_version, compressed, of_version, unchanged
from signaling.permissions import Action
from signaling.problems import Problem

JSON = "application/json"

OBJECTS: Schema = {"type": "array", "items": {"type": "object"}}

BOARD_FACTS = TopicFacts(
    BOARDS,
    "board",
    OBJECTS,
    {"template": {"enum": list(TEMPLATES)}},
    "with a template on it",
    "draw",
    {"owner": Action.MANAGE_TOPIC, "editor": Action.EDIT_BOARD},
    of="board_",
)


class BoardEndpoints:
    """What only boards have, but exports and imports."""

    def __init__(self, boards: BoardService, callers: TopicCallers) -> None:
        self._boards = boards
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
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
                "/boards/{id}/content",
                self.get_content,
                "A version with all its pages; the version is the ETag",
                "room or share link",
                {200: one(pages=OBJECTS, elements=OBJECTS)},
                {"version": VERSION},
                operation="get_board_content",
            ),
        ]

    async def list_templates(self, request: web.Request) -> web.Response:
        """All of them, with what is on them: for a picture of each."""
        told = [
            {"id": one.id, "title": one.title, "elements": list(one.elements)} for one in TEMPLATES.values()
        ]
        return compressed(web.Response(body=orjson.dumps({"templates": told}), content_type=JSON))

    async def get_content(self, request: web.Request) -> web.Response:
        """`?version=`: what a snapshot refers to."""
        asked = await self._callers.named(request, BOARDS)
        version = asked_version(request, "version") or asked.topic.version
        if (answer := unchanged(request, version)) is not None:
            return answer
        content = await content_of(self._boards, asked.topic, version)
        return of_version(web.Response(body=content, content_type=JSON), version)


async def content_of(boards: BoardService, topic: Topic, version: int) -> bytes:
    """`pages` and `elements` of a version. Raises `Problem`."""
    if version > topic.version:
        raise Problem("not_found", f"there is no version {version}")
    with stored():
        content = await boards.content(topic.id, version)
    if content is None:
        raise Problem("stale", f"version {version} is no longer kept")
    return content
