"""The signaling WebSocket of a client (PROTOCOL.md 2): requests with their replies, and events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

SUBPROTOCOL = "sfumato.v1"
MAX_MESSAGE_BYTES = 16 << 20
REPLY_TIMEOUT_S = 20.0

Message = dict[str, Any]


class RequestRefused(Exception):
    """The server answered ``error``; `code` is one of PROTOCOL.md's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class SessionClosed(Exception):
    """The socket is closed; `code` is the close code (PROTOCOL.md 2), `reason` what the server said."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


class Session:
    """An open socket; made by `open_session`. `on_event` is called for each event before it is queued."""

    def __init__(
        self, url: str, http: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse
    ) -> None:
        self.on_event: Callable[[Message], None] = lambda event: None
        self.closed: SessionClosed | None = None
        self._url = url
        self._http = http
        self._socket = socket
        self._number = 0
        self._replies: dict[int, asyncio.Future[Message]] = {}
        self._events: asyncio.Queue[Message | None] = asyncio.Queue()
        self._saying: asyncio.Queue[Message] = asyncio.Queue()
        self._sayer: asyncio.Task[None] | None = None
        self._reader = asyncio.create_task(self._read())

    async def request(self, kind: str, **fields: Any) -> Message:
        """Send a request and wait for its reply.

        Raises:
            RequestRefused: the reply is an error.
            SessionClosed: the socket closed before the reply came.
            TimeoutError: none came in time.
        """
        if self.closed is not None:
            raise self.closed
        self._number += 1
        number = self._number
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._replies[number] = reply
        try:
            await self._send({"type": kind, "id": number, **fields})
            async with asyncio.timeout(REPLY_TIMEOUT_S):
                message = await reply
        finally:
            del self._replies[number]
        if message["type"] == "error":
            raise RequestRefused(str(message.get("code", "")), str(message.get("message", "")))
        return message

    def say(self, kind: str, **fields: Any) -> None:
        """Send a message that has no reply, after those said before; lost if the socket closes."""
        self._saying.put_nowait({"type": kind, **fields})
        if self._sayer is None:
            self._sayer = asyncio.create_task(self._say_all())

    async def _say_all(self) -> None:
        with suppress(SessionClosed):
            while True:
                await self._send(await self._saying.get())

    async def fetch(self, path: str, token: str) -> Message:
        """The JSON object at a path of the server. Raises aiohttp.ClientError."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self._http.get(self._url + path, headers=headers, raise_for_status=True) as response:
            body: Message = orjson.loads(await response.read())
            return body

    async def _send(self, message: Message) -> None:
        try:
            await self._socket.send_str(orjson.dumps(message).decode())
        except ConnectionError:
            raise self.closed or SessionClosed(1006) from None

    async def events(self) -> AsyncIterator[Message]:
        """Events as they come, until the socket closes."""
        while (event := await self._events.get()) is not None:
            yield event
        self._events.put_nowait(None)  # for whoever asks again

    async def next_event(self, *kinds: str) -> Message:
        """The next event, of one of `kinds` if any are named (others are passed over). SessionClosed."""
        async for event in self.events():
            if not kinds or event["type"] in kinds:
                return event
        raise self.closed or SessionClosed(1006)

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(orjson.loads(message.data))
        finally:
            # aiohttp keeps the close code of a frame that came, else 1006 (RFC 6455 §7.1.5).
            self.closed = SessionClosed(self._socket.close_code or 1006)
            for reply in self._replies.values():
                if not reply.done():
                    reply.set_exception(self.closed)
            self._events.put_nowait(None)

    def _take(self, message: Message) -> None:
        number = message.get("id")
        if number is None:
            self.on_event(message)
            self._events.put_nowait(message)
            return
        reply = self._replies.get(number)
        if reply is not None and not reply.done():
            reply.set_result(message)

    async def close(self, code: int = 1000) -> None:
        """Close the socket without leaving the meeting: the server waits `limits.grace_ms` for a resume."""
        if self._sayer is not None:
            self._sayer.cancel()
        await self._socket.close(code=code)
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._http.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def open_session(url: str, *, verify_tls: bool = True) -> Session:
    """Open the signaling socket of the server at `url` (``http(s)://host:port``).

    Raises aiohttp.ClientError if it cannot be reached.
    """
    http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=verify_tls))
    try:
        socket = await http.ws_connect(
            f"{url.rstrip('/')}/rtc", protocols=(SUBPROTOCOL,), max_msg_size=MAX_MESSAGE_BYTES
        )
    except BaseException:
        await http.close()
        raise
    return Session(url.rstrip("/"), http, socket)


async def dev_token(
    url: str, room: str, name: str, identity: str | None = None, role: str = "participant"
) -> str:
    """A token from a server started with ``--dev``. aiohttp.ClientError if it gives none."""
    query = {"room": room, "name": name, "identity": identity or name, "role": role}
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{url.rstrip('/')}/api/v1/dev-token", params=query, raise_for_status=True) as response,
    ):
        token: str = (await response.json())["token"]
        return token
