"""Pictures on boards: put and fetched by the SHA-256 of what is in them."""

import re
import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web

from config.settings import Settings
from datachannels.refusals import RequestRefused
from datachannels.whiteboard.picture import HEAD_BYTES, Picture, read_picture
from signaling.api.answer import problem_of
from signaling.api.endpoint import COUNT, TEXT, Endpoint, one
from signaling.api.topic_caller import TopicCallers
from signaling.permissions import Action
from signaling.problems import Problem, json_response
from storage.files import FileRefused, StoredFiles

PART_BYTES = 64 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")

SANDBOX = {
    hdrs.CACHE_CONTROL: "private, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Whatever it is, it is a picture: opened by itself it can do nothing."""


class FileEndpoints:
    """Files of rooms."""

    def __init__(self, settings: Settings, files: StoredFiles, callers: TopicCallers) -> None:
        self._settings = settings
        self._files = files
        self._callers = callers

    def endpoints(self) -> list[Endpoint]:
        """Where they are."""
        room = {"room": {**TEXT, "description": "for a token that is for any room"}}
        picture = one(sha256=TEXT, type=TEXT, bytes=COUNT, width=COUNT, height=COUNT)
        return [
            Endpoint(
                "PUT",
                "/files/{sha256}",
                self.put_file,
                "A PNG, JPEG, GIF or WebP as the body, under its own SHA-256",
                "draw",
                {200: picture, 201: picture},
                room,
            ),
            Endpoint(
                "GET",
                "/files/{sha256}",
                self.get_file,
                "It, as what it is, whatever it was sent as",
                "room or share link",
                {200: {"type": "string", "format": "binary"}},
                room,
            ),
        ]

    async def put_file(self, request: web.Request) -> web.Response:
        """Judged by its first bytes, before it is kept, and by its digest."""
        member = await self._callers.at_files(request)
        if not member.may(Action.EDIT_BOARD, time.monotonic()):
            raise Problem("forbidden", "needs the grant draw")
        digest = _digest(request)
        most = self._settings.limits.file_bytes
        if (request.content_length or 0) > most:
            raise Problem("too_large", f"at most {most} bytes")
        known = self._files.find(member.room, digest)
        if known is not None:
            return json_response(_described(known, _looked_at(known)))
        head = await _head(request)
        _judged(head)
        parts = _parts(head, request)
        room_most = self._settings.storage.room_file_bytes
        try:
            path = await self._files.put(member.room, digest, parts, most, room_most)
        except FileRefused as refusal:
            raise Problem(refusal.code, str(refusal)) from refusal
        except OSError as error:
            raise Problem("unavailable", "the file cannot be kept now") from error
        return json_response(_described(path, _judged(head)), HTTPStatus.CREATED)

    async def get_file(self, request: web.Request) -> web.StreamResponse:
        """With ranges, and what it is from its bytes."""
        member = await self._callers.at_files(request)
        path = self._files.find(member.room, _digest(request))
        if path is None:
            raise Problem("not_found", "there is no such file")
        return web.FileResponse(path, headers={hdrs.CONTENT_TYPE: _looked_at(path).type, **SANDBOX})


def _digest(request: web.Request) -> str:
    digest = request.match_info["sha256"]
    if _DIGEST.fullmatch(digest) is None:
        raise Problem("bad_message", "sha256: 64 hexadecimal digits")
    return digest


def _judged(head: bytes) -> Picture:
    try:
        return read_picture(head)
    except RequestRefused as refusal:
        raise problem_of(refusal) from refusal


def _looked_at(path: Path) -> Picture:
    with path.open("rb") as file:
        return _judged(file.read(HEAD_BYTES))


def _described(path: Path, picture: Picture) -> dict[str, Any]:
    return {
        "sha256": path.name,
        "type": picture.type,
        "bytes": path.stat().st_size,
        "width": picture.width,
        "height": picture.height,
    }


async def _head(request: web.Request) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES:
        part = await request.content.read(HEAD_BYTES - len(head))
        if not part:
            break
        head += part
    return head


async def _parts(head: bytes, request: web.Request) -> AsyncIterator[bytes]:
    yield head
    async for part in request.content.iter_chunked(PART_BYTES):
        yield part
