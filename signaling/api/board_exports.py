"""Whole boards as files for other programs, and such files onto boards."""

import time
from base64 import b64decode
from collections.abc import AsyncIterator
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
from aiohttp import hdrs, web

from config.settings import Settings
from datachannels.kinds import BOARDS
from datachannels.refusals import RequestRefused
from datachannels.repositories import Topic
from datachannels.whiteboard.board import FIRST_PAGE
from datachannels.whiteboard.convert import OWN, Task
from datachannels.whiteboard.picture import HEAD_BYTES, read_picture
from datachannels.whiteboard.render import Job
from datachannels.whiteboard.service import BoardService
from signaling.api.answer import KEY, answered, problem_of, repeat_key
from signaling.api.boards import content_of
from signaling.api.endpoint import COUNT, TEXT, Endpoint, one
from signaling.api.topic_caller import Asked, TopicCallers
from signaling.api.versioned import VERSION, as_file, asked_version, of_version, unchanged
from signaling.board_processes import BoardProcesses, ProcessFailed, TooManyProcesses
from signaling.identifiers import new_identifier
from signaling.node import SignalingNode
from signaling.permissions import Action
from signaling.problems import Problem, json_response
from storage.files import FileRefused, StoredFiles

MAX_IMPORT_BYTES = 32 * 1024 * 1024
RETRY_MS = 5_000

TYPES = {
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
}


class BoardExportEndpoints:
    """Exports and imports."""

    def __init__(
        self,
        settings: Settings,
        boards: BoardService,
        files: StoredFiles,
        callers: TopicCallers,
        node: SignalingNode,
    ) -> None:
        self._settings = settings
        self._boards = boards
        self._files = files
        self._callers = callers
        self._node = node
        self._processes = BoardProcesses()

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        page = {**TEXT, "description": "one page; without it the first, in a PDF all"}
        return [
            Endpoint(
                "GET",
                "/boards/{id}/export",
                self.export_board,
                "A page for other programs, to be kept as a file; the version is the ETag",
                "room or share link",
                {200: {"type": "string", "format": "binary"}},
                {"format": {"enum": list(TYPES), "default": "svg"}, "version": VERSION, "page": page},
            ),
            Endpoint(
                "POST",
                "/boards/{id}/import",
                self.import_board,
                "Put an exported JSON, a drawing of Excalidraw's or a picture, which is the body, on a board",
                "draw",
                {200: one(elements={"type": "integer"}, version=COUNT)},
                {"page": {**TEXT, "default": FIRST_PAGE}},
            ),
        ]

    async def export_board(self, request: web.Request) -> web.Response:
        """`?format=&version=&page=`."""
        asked = await self._callers.named(request, BOARDS)
        form = request.query.get("format", "svg")
        if form not in TYPES:
            raise Problem("bad_message", f"format: one of {', '.join(TYPES)}")
        version = asked_version(request, "version") or asked.topic.version
        if (answer := unchanged(request, version)) is not None:
            return answer
        content = await content_of(self._boards, asked.topic, version)
        if form == "json":
            body = await self._own(asked.topic, version, content)
        else:
            body = await self._drawn(asked.topic, form, request.query.get("page", ""), content)
        response = web.Response(body=body, content_type=TYPES[form])
        response.headers[hdrs.CONTENT_DISPOSITION] = as_file(asked.topic.title, "board", form)
        response.headers["Content-Security-Policy"] = "default-src 'none'; img-src data:; sandbox"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return of_version(response, version)

    async def _drawn(self, topic: Topic, form: str, page: str, content: bytes) -> bytes:
        pages = orjson.loads(content[: content.index(b',"elements":[')] + b"}")["pages"]
        if page and not any(one["id"] == page and not one.get("deleted") for one in pages):
            raise Problem("not_found", "there is no such page")
        return await self._rendered(topic, form, content, page)

    async def _own(self, topic: Topic, version: int, content: bytes) -> bytes:
        """With its pictures, so that it can be put on a board anywhere."""
        head = orjson.dumps({"type": OWN, "title": topic.title, "version": version})
        files = b"{}"
        if b'"file":' in content:
            files = await self._rendered(topic, "files", content)
        return head[:-1] + b"," + content[1:-1] + b',"files":' + files + b"}"

    async def _rendered(self, topic: Topic, form: str, content: bytes, page: str = "") -> bytes:
        job = Job(form, topic.title, str(self._files.folder(topic.room)), page)
        try:
            return await self._processes.render(job, content)
        except TooManyProcesses as error:
            raise Problem("rate_limited", str(error), RETRY_MS) from error
        except ProcessFailed as error:
            raise Problem("unavailable", f"cannot be drawn: {error}") from error

    async def import_board(self, request: web.Request) -> web.Response:
        """`?page=`."""
        await self._drawer(request)
        body = await _body(request)
        asked = await self._drawer(request)  # who may not any more, since it began, does not
        page, key = request.query.get("page", FIRST_PAGE), repeat_key(request)
        try:
            picture = read_picture(body[:HEAD_BYTES])
        except RequestRefused:
            again = sha256(f"{asked.member.identity} {key}".encode()) if KEY in request.headers else None
            prefix = await self._prefix(asked.topic) if again is None else f"im_{again.hexdigest()[:8]}."
            lines = await self._converted(prefix, page, body)
        else:
            shown = {"type": "image", "page": page, "file": sha256(body).hexdigest()}
            props = shown | {"box": [0, 0, picture.width, picture.height, 0]}
            put = {"op": "put", "id": new_identifier("im", self._node.random), "props": props}
            await self._keep(asked.topic, body)
            lines = [{"changes": [put]}]
        return json_response(await self._put(asked, lines, key))

    async def _drawer(self, request: web.Request) -> Asked:
        """Who may draw on the board named."""
        asked = await self._callers.named(request, BOARDS)
        role = await self._callers.role(asked)
        if not asked.member.may(Action.EDIT_BOARD, time.monotonic(), asked.topic.owner, role):
            raise Problem("forbidden", "may not draw here")
        return asked

    async def _prefix(self, topic: Topic) -> str:
        """What makes the ids of a drawing new on a board that has elements.

        What may be sent again cannot ask the board: the first time would have changed it, and with the ids
        where one submit ends and which elements are done.
        """
        content = await content_of(self._boards, topic, topic.version)
        empty = content.endswith(b'"elements":[]}')
        return "" if empty else new_identifier("im", self._node.random)[:11] + "."

    async def _converted(self, prefix: str, page: str, body: bytes) -> list[dict[str, Any]]:
        limits = self._settings.limits
        task = Task(prefix, page, limits.board_elements, limits.stroke_points)
        try:
            lines = [orjson.loads(line) for line in await self._processes.convert(task, body)]
        except TooManyProcesses as error:
            raise Problem("rate_limited", str(error), RETRY_MS) from error
        except ProcessFailed as error:
            raise Problem("bad_message", f"cannot be read: {error}") from error
        if lines and "error" in lines[0]:
            raise Problem(lines[0]["error"], lines[0]["message"])
        return lines

    async def _put(self, asked: Asked, lines: list[dict[str, Any]], key: str) -> dict[str, int]:
        """One submit after the other, each done once however often the whole is asked."""
        count, version = 0, asked.topic.version
        for number, line in enumerate(lines):
            if "file" in line:
                await self._keep(asked.topic, b64decode(line["file"]))
                continue
            message = {"t": "submit", "changes": line["changes"]}
            ask = partial(self._boards.visit, asked.topic.id, asked.member, message, f"{key}-{number}")
            version = (await answered(ask))["version"]
            count += sum([change["op"] == "put" for change in line["changes"]])
        return {"elements": count, "version": version}

    async def _keep(self, topic: Topic, data: bytes) -> None:
        """A picture that came with a drawing."""
        try:
            read_picture(data[:HEAD_BYTES])
            await self._files.put(
                topic.room,
                sha256(data).hexdigest(),
                _whole(data),
                self._settings.limits.file_bytes,
                self._settings.storage.room_file_bytes,
            )
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        except FileRefused as refusal:
            raise Problem(refusal.code, str(refusal)) from refusal
        except OSError as error:
            raise Problem("unavailable", "the file cannot be kept now") from error


async def _body(request: web.Request) -> bytes:
    """More than other requests may have, but not without end."""
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_chunked(64 * 1024):
        size += len(part)
        if size > MAX_IMPORT_BYTES:
            raise Problem("too_large", f"at most {MAX_IMPORT_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
