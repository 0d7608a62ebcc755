"""A participant without a socket: its requests come by HTTP, and what it is told goes nowhere.

It goes through the same session as everybody, so it may no more and no less than a client on a WebSocket.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import orjson

from datachannels.refusals import RequestRefused
from signaling.close_codes import CloseCode
from signaling.driver import SignalingDriver

ANSWER_S: Final = 15.0

CODES: Final = {
    CloseCode.BAD_TOKEN: "unauthorised",
    CloseCode.NOT_ALLOWED: "forbidden",
    CloseCode.NO_SUCH_ROOM: "not_found",
    CloseCode.TOO_LARGE: "too_large",
    CloseCode.LOCKED: "forbidden",
    CloseCode.TOO_MANY: "rate_limited",
    CloseCode.DRAINING: "unavailable",
}
"""Why a session ended, as HTTP says it."""


class HttpPeer:
    """A `signaling.driver.Socket`. `on_gone` is called once, when the participant is no more."""

    def __init__(self, driver: SignalingDriver, on_gone: Callable[[], None]) -> None:
        self.gone = False
        self._driver = driver
        self._on_gone = on_gone
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = driver.open(self)

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """A request and its reply. Raises `RequestRefused`."""
        if self.gone:
            raise RequestRefused("not_found", "it has ended")
        self._number += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        number = self._number
        self._answers[number] = answer
        request = orjson.dumps({"type": kind, "id": number, **fields}).decode()
        self._driver.received(self._session, request)
        try:
            reply = await asyncio.wait_for(answer, ANSWER_S)
        except TimeoutError:
            raise RequestRefused("unavailable", "no answer in time") from None
        finally:
            self._answers.pop(number, None)
        if reply["type"] == "error":
            raise RequestRefused(reply["code"], reply["message"])
        return reply

    def leave(self) -> None:
        """The participant goes."""
        if not self.gone:
            self._driver.received(self._session, '{"type":"leave"}')

    def queue(self, data: bytes, *, channel: bool) -> None:
        """See `Socket`."""
        if channel:
            return
        message = orjson.loads(data)
        answer = self._answers.get(message.get("id"))
        if answer is not None and not answer.done():
            answer.set_result(message)
        elif message["type"] == "pc_closed":
            asyncio.get_running_loop().call_soon(self.leave)  # there is nothing else it is here for
        elif message["type"] == "waiting":
            refused = {"type": "error", "code": "forbidden", "message": "the room has a lobby"}
            for waiting in self._answers.values():
                if not waiting.done():
                    waiting.set_result(refused)
            asyncio.get_running_loop().call_soon(self.leave)

    def finish(self, code: int, reason: str) -> None:
        """See `Socket`."""
        if self.gone:
            return
        self.gone = True
        said = CODES.get(CloseCode(code), "bad_message")
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result({"type": "error", "code": said, "message": reason})
        asyncio.get_running_loop().call_soon(self._driver.lost, self._session)
        self._on_gone()
