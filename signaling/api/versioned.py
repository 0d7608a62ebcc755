"""Answers about a version of a document or board."""

from http import HTTPStatus
from urllib.parse import quote

from aiohttp import hdrs, web

from datachannels.repositories import Topic
from signaling.api.endpoint import COUNT, Schema
from signaling.problems import Problem

VERSION: Schema = {**COUNT, "description": "an old version; without it the newest"}

COMPRESSED_BYTES = 1_024
"""What is longer goes out compressed, by another thread."""

MAX_DIGITS = 15
"""Of a version: what JavaScript's numbers keep exactly."""


def described(topic: Topic) -> dict[str, str | int]:
    """A document or board as lists show it."""
    return {
        "id": topic.id,
        "title": topic.title,
        "room": topic.room,
        "owner": topic.owner,
        "created_at": topic.created_at,
        "updated_at": topic.updated_at,
        "version": topic.version,
    }


def asked_version(request: web.Request, name: str) -> int | None:
    """That of the query, None if it does not say. Raises `Problem`."""
    text = request.query.get(name)
    return None if text is None else version_of(text, name)


def version_of(text: str, name: str) -> int:
    """A version as it stands in an address. Raises `Problem`."""
    digits = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    if not digits or int(text) < 1:
        raise Problem("bad_message", f"{name}: no version")
    return int(text)


def etag(version: int) -> str:
    """Of a version's content."""
    return f'"{version}"'


def unchanged(request: web.Request, version: int) -> web.Response | None:
    """The answer to whoever has this version (RFC 9110 §13.1.2), None to others."""
    if request.headers.get(hdrs.IF_NONE_MATCH) != etag(version):
        return None
    return web.Response(status=HTTPStatus.NOT_MODIFIED, headers={hdrs.ETAG: etag(version)})


def of_version(response: web.Response, version: int) -> web.Response:
    """With the version as its ETag, compressed where that is worth it."""
    response.headers[hdrs.ETAG] = etag(version)
    return compressed(response)


def compressed(response: web.Response) -> web.Response:
    """To be asked for again each time; compressed where that is worth it."""
    response.headers[hdrs.CACHE_CONTROL] = "no-cache"
    if isinstance(response.body, bytes) and len(response.body) > COMPRESSED_BYTES:
        response.enable_compression()
    return response


def as_file(title: str, name: str, extension: str) -> str:
    """A download by its title, or by `name` (RFC 6266, RFC 8187)."""
    return (
        f"attachment; filename=\"{name}.{extension}\"; filename*=UTF-8''{quote(title, safe='')}.{extension}"
    )
