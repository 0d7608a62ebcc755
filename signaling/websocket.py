"""The signaling WebSocket, `GET /rtc`: frames in and out, liveness, close codes (PROTOCOL.md 2)."""

import asyncio
import time
from collections import deque

from aiohttp import WSCloseCode, WSMsgType, web

from signaling.close_codes import CloseCode
from signaling.driver import SignalingDriver

SUBPROTOCOL = "sfumato.v1"
PING_EVERY_S = 8.0
SILENCE_S = 20.0
CLOSE_TIMEOUT_S = 2.0
MAX_QUEUED_BYTES = 8 * 1024 * 1024
"""A client that does not read: `joined` of a room of a thousand is below a megabyte."""

OVERSIZE_FACTOR = 4
"""Messages up to this many times `limits.message_bytes` are read to their end, so that the close is heard."""


class Frames(web.WebSocketResponse):
    """Says 4413 where aiohttp would say 1009, and 4400 for text that is not UTF-8 (1007)."""

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        """Close with the protocol's code."""
        if code == WSCloseCode.MESSAGE_TOO_BIG:
            code = CloseCode.TOO_LARGE
        elif code == WSCloseCode.INVALID_TEXT:
            code = CloseCode.BAD_MESSAGE
        return await super().close(code=code, message=message, drain=drain)


class WebSocket:
    """One socket: a reader that passes messages on, a writer that empties a bounded queue."""

    def __init__(self, frames: Frames, driver: SignalingDriver) -> None:
        self._frames = frames
        self._driver = driver
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._heard_at = time.monotonic()
        self._session = driver.open(self)

    def queue(self, data: bytes) -> None:
        """See `signaling.driver.Socket`."""
        if self._closing is not None:
            return
        self._queued_bytes += len(data)
        if self._queued_bytes > MAX_QUEUED_BYTES:
            self._queue.clear()
            self.finish(CloseCode.TOO_MANY, "messages are not read")
            return
        self._queue.append(data)
        self._wake.set()

    def finish(self, code: int, reason: str) -> None:
        """See `signaling.driver.Socket`."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake.set()

    async def run(self) -> None:
        """Until the socket is closed, by whichever side."""
        writer = asyncio.create_task(self._write())
        pinger = asyncio.create_task(self._ping())
        try:
            await self._read()
        finally:
            self._driver.lost(self._session)
            self.finish(CloseCode.LEFT, "")
            pinger.cancel()
            await asyncio.gather(writer, pinger, return_exceptions=True)

    async def _read(self) -> None:
        while not self._frames.closed:
            message = await self._frames.receive()
            self._heard_at = time.monotonic()
            if message.type is WSMsgType.TEXT:
                self._driver.received(self._session, message.data)
            elif message.type is WSMsgType.BINARY:
                self._driver.received_binary(self._session)
            elif message.type is WSMsgType.PING:
                await self._frames.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                return

    async def _write(self) -> None:
        try:
            while self._closing is None or self._queue:
                while self._queue:
                    data = self._queue.popleft()
                    await self._frames.send_frame(data, WSMsgType.TEXT)
                    self._queued_bytes -= len(data)
                if self._closing is None:
                    self._wake.clear()
                    await self._wake.wait()
            code, reason = self._closing or (CloseCode.LEFT, "")
            await self._frames.close(code=code, message=reason.encode())
        except ConnectionError:
            self._queue.clear()

    async def _ping(self) -> None:
        try:
            while True:
                await asyncio.sleep(PING_EVERY_S)
                if time.monotonic() - self._heard_at > SILENCE_S - PING_EVERY_S:
                    await asyncio.sleep(self._heard_at + SILENCE_S - time.monotonic())
                if time.monotonic() - self._heard_at >= SILENCE_S:
                    # Nobody is there to hear a close frame: the reader ends when the transport does.
                    self._driver.lost(self._session)
                    self.finish(CloseCode.LEFT, "silent")
                    return
                await self._frames.ping()
        except ConnectionError:
            self.finish(CloseCode.LEFT, "")


def routes(driver: SignalingDriver, message_bytes: int) -> list[web.RouteDef]:
    """The WebSocket's route."""

    async def rtc(request: web.Request) -> web.StreamResponse:
        frames = Frames(
            protocols=(SUBPROTOCOL,),
            autoping=False,
            timeout=CLOSE_TIMEOUT_S,
            max_msg_size=message_bytes * OVERSIZE_FACTOR,
            compress=False,
        )
        await frames.prepare(request)
        await WebSocket(frames, driver).run()
        return frames

    return [web.get("/rtc", rtc)]
