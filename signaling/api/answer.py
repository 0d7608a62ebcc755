"""Messages of data channels asked over HTTP: what answers them, and what makes them harmless to repeat."""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, TypeVar

from aiohttp import web

from datachannels.refusals import RequestRefused
from signaling.problems import Problem

T = TypeVar("T")

ANSWER_S = 15.0
"""A database that takes longer is not there."""

KEY = "Idempotency-Key"
MAX_KEY = 256


class HttpReply:
    """`datachannels.envelope.Reply` to a request that waits for it."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[Mapping[str, Any] | RequestRefused] = (
            asyncio.get_running_loop().create_future()
        )

    def send(self, name: str, fields: Mapping[str, Any]) -> None:
        """See `Reply`."""
        if not self._answer.done():
            self._answer.set_result(fields)

    def refuse(self, refusal: RequestRefused) -> None:
        """See `Reply`."""
        if not self._answer.done():
            self._answer.set_result(refusal)

    async def fields(self) -> Mapping[str, Any]:
        """What was answered. Raises `Problem`."""
        try:
            answer = await asyncio.wait_for(self._answer, ANSWER_S)
        except TimeoutError:
            raise Problem("unavailable", "not stored in time; perhaps it is all the same") from None
        return given(answer)


async def answered(ask: Callable[[HttpReply, float], None]) -> Mapping[str, Any]:
    """What a service answers to what `ask` asks it, with a reply and the time. Raises `Problem`."""
    reply = HttpReply()
    try:
        ask(reply, time.monotonic())
    except RequestRefused as refusal:
        raise problem_of(refusal) from refusal
    return await reply.fields()


def given(found: T | RequestRefused) -> T:
    """What was found. Raises `Problem`."""
    if isinstance(found, RequestRefused):
        raise problem_of(found)
    return found


def problem_of(refusal: RequestRefused) -> Problem:
    """The same over HTTP."""
    return Problem(refusal.code, refusal.message, refusal.retry_ms)


def repeat_key(request: web.Request) -> str:
    """What tells this request from others of the same identity: the same if it is sent again and says so.

    Raises `Problem`.
    """
    key = request.headers.get(KEY, "")
    if len(key) > MAX_KEY:
        raise Problem("bad_message", f"{KEY}: at most {MAX_KEY} characters")
    if not key:
        return f"once-{secrets.token_hex(16)}"
    # Of this request alone, and nothing a client on a channel is called.
    return "http-" + sha256(f"{request.method} {request.path} {key}".encode()).hexdigest()[:40]


def repeated_identifier(request: web.Request, prefix: str, identity: str) -> str | None:
    """What this request makes is called so each time it is sent, if it says that it may be sent again.

    Raises `Problem`.
    """
    if not request.headers.get(KEY):
        return None
    return f"{prefix}_" + sha256(f"{identity} {repeat_key(request)}".encode()).hexdigest()[:32]
