"""What comes in with an HTTP request: JSON objects, pages of lists."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from aiohttp import web

from datachannels.json_text import NotJson, TooManyValues, read_json
from signaling.problems import Problem

T = TypeVar("T")

PAGE = 100
"""Entries of a list where `limit` does not say; it may say up to `MAX_PAGE`."""
MAX_PAGE = 1_000


async def read_body(request: web.Request) -> bytes:
    """All of it. Raises `Problem` where it is too much, or not coded as its headers say."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem("too_large", "the body is too large") from None
    except web.RequestPayloadError:
        raise undecodable() from None


def undecodable() -> Problem:
    """Of a body that is not what its Content-Encoding says (RFC 9110 §8.4)."""
    return Problem("bad_message", "the body is not coded as its headers say")


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body; nothing counts as ``{}``. Raises `Problem`."""
    raw = await read_body(request)
    try:
        body = read_json(raw) if raw else {}
    except TooManyValues as error:
        raise Problem("too_large", str(error)) from None
    except NotJson:
        raise Problem("bad_message", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise Problem("bad_message", "the body must be an object")
    return body


async def read_changes(request: web.Request, known: Collection[str]) -> dict[str, Any]:
    """The `known` fields of a PATCH, at least one; others are ignored. Raises `Problem`."""
    body = await read_object(request)
    changes = {name: value for name, value in body.items() if name in known}
    if not changes:
        raise Problem("bad_message", f"may change: {', '.join(sorted(known))}")
    return changes


def page_bounds(request: web.Request) -> tuple[int, str]:
    """How many entries of a list, and after which key, empty: from the first. Raises `Problem`."""
    limit_text = request.query.get("limit", str(PAGE))
    digits = limit_text.isascii() and limit_text.isdigit() and len(limit_text) <= 6
    if not digits or not 0 < int(limit_text) <= MAX_PAGE:
        raise Problem("bad_message", f"limit: from 1 to {MAX_PAGE}")
    return int(limit_text), request.query.get("after", "")


def first_of(found: Sequence[T], limit: int, key: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """The page of what was read, one more than `limit`, and the key to ask for the next one `after`."""
    return found[:limit], key(found[limit - 1]) if len(found) > limit else None


def page(request: web.Request, keys: list[str]) -> tuple[list[str], str | None]:
    """One page of sorted keys, and the key to ask for the next one `after`. Raises `Problem`."""
    limit, after = page_bounds(request)
    rest = [key for key in keys if key > after]
    part = rest[:limit]
    return part, part[-1] if len(rest) > len(part) else None


def part_of(
    request: web.Request, entries: Sequence[T], key: Callable[[T], str]
) -> tuple[Sequence[T], str | None]:
    """One page of entries in an order of their own, and the key to ask for the next one `after`.

    Raises `Problem`, also where the entry to begin after is gone.
    """
    limit, after = page_bounds(request)
    keys = [key(entry) for entry in entries]
    if after and after not in keys:
        raise Problem("bad_message", "after: is not there")
    start = keys.index(after) + 1 if after else 0
    part = entries[start : start + limit]
    return part, key(part[-1]) if start + len(part) < len(entries) else None
