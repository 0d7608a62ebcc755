"""The signaling WebSocket, `GET /rtc`: frames in and out, liveness, close codes (PROTOCOL.md 2)."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode, WSMsgType, web

from signaling.close_codes import CloseCode
from signaling.driver import SignalingDriver
from signaling.socket_queue import SocketQueue, Taken

SUBPROTOCOL = "sfumato.v1"
OVERSIZE_FACTOR = 4
"""Messages up to this many times `limits.message_bytes` are read to their end, so that the close is heard."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a socket may be silent or not read."""

    ping_every_s: float = 8.0
    silence_s: float = 20.0
    close_s: float = 4.0
    """How long a close may wait for its answer before the connection is cut."""

    queued_bytes: int = 8 * 1024 * 1024
    """A client that does not read: `joined` of a room of a thousand is below a megabyte."""

    channel_bytes: int = 1024 * 1024
    channel_wait_s: float = 5.0
    """How far behind it may be with data-channel messages, as on a channel (`sfu.sctp.message_queue`)."""


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

    def __init__(
        self,
        frames: Frames,
        transport: asyncio.Transport | None,
        driver: SignalingDriver,
        patience: Patience,
    ) -> None:
        self._frames = frames
        self._transport = transport
        self._patience = patience
        self._driver = driver
        self._queue = SocketQueue(patience.queued_bytes, patience.channel_bytes, patience.channel_wait_s)
        self._wake = asyncio.Event()
        self._closing: tuple[int, str] | None = None
        self._said: int | None = None
        """The code of the close frame that was sent."""

        self._heard_at = time.monotonic()
        self._session = driver.open(self)

    def queue(self, data: bytes, *, channel: bool) -> None:
        """See `signaling.driver.Socket`."""
        if self._closing is not None:
            return
        taken = self._queue.put(data, time.monotonic(), channel=channel)
        if taken is Taken.FULL:
            self._queue.clear()
            self.finish(CloseCode.TOO_MANY, "messages are not read")
        elif taken is Taken.SLOW:
            asyncio.get_running_loop().call_soon(self._driver.slow, self._session)
        else:
            self._wake.set()

    def finish(self, code: int, reason: str) -> None:
        """See `signaling.driver.Socket`."""
        if self._closing is None:
            self._closing = (code, reason)
            self._wake.set()
            # A peer that reads nothing keeps the writer, and with it the close, waiting for good.
            asyncio.get_running_loop().call_later(self._patience.close_s, self._cut)

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

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
            if self._transport is not None:
                self._transport.close()

    async def _read(self) -> None:
        """Until the peer's close, which answers ours or asks for one; after ours nothing else counts."""
        while not self._frames.closed:
            message = await self._frames.receive()
            self._heard_at = time.monotonic()
            if message.type is WSMsgType.TEXT:
                self._driver.received(self._session, message.data)
            elif message.type is WSMsgType.BINARY:
                self._driver.received_binary(self._session)
            elif message.type is WSMsgType.PING:
                if self._closing is None:
                    await self._frames.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                # Most answer with the same code (RFC 6455 §5.5.1), aiohttp's client with 1000.
                answered = message.type is WSMsgType.CLOSE and message.data in {self._said, WSCloseCode.OK}
                if self._said is not None and answered:
                    self._driver.close_heard(self._session, self._said)
                return

    async def _write(self) -> None:
        try:
            while self._closing is None or self._queue:
                while (data := self._queue.take()) is not None:
                    await self._frames.send_frame(data, WSMsgType.TEXT)
                if self._closing is None:
                    self._wake.clear()
                    await self._wake.wait()
            code, reason = self._closing or (CloseCode.LEFT, "")
            self._said = code
            # Not `close`: aiohttp's ends the connection right behind its frame, and a client in the middle of
            # sending then has a reset (RFC 6455 §7.1.1), and never learns that it was removed.
            await self._frames.send_frame(code.to_bytes(2, "big") + reason.encode(), WSMsgType.CLOSE)
        except ConnectionError:
            self._queue.clear()

    async def _ping(self) -> None:
        ping_at = time.monotonic() + self._patience.ping_every_s
        try:
            while True:
                silent_at = self._heard_at + self._patience.silence_s
                await asyncio.sleep(max(0.0, min(ping_at, silent_at) - time.monotonic()))
                now = time.monotonic()
                if now >= self._heard_at + self._patience.silence_s:
                    # Nobody is there to hear a close frame.
                    self._driver.lost(self._session)
                    self._cut()
                    return
                if self._closing is not None:
                    return
                if now >= ping_at:
                    ping_at += self._patience.ping_every_s
                    await self._send_ping()
        except ConnectionError:
            self.finish(CloseCode.LEFT, "")

    async def _send_ping(self) -> None:
        """Waits no longer than the peer may be silent: behind a full buffer a ping stays."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.silence_s):
                await self._frames.ping()


def routes(driver: SignalingDriver, message_bytes: int, patience: Patience) -> list[web.RouteDef]:
    """The WebSocket's route."""

    async def rtc(request: web.Request) -> web.StreamResponse:
        frames = Frames(
            protocols=(SUBPROTOCOL,),
            autoping=False,
            autoclose=False,
            timeout=patience.close_s,
            max_msg_size=message_bytes * OVERSIZE_FACTOR,
            compress=False,
        )
        await frames.prepare(request)
        await WebSocket(frames, request.transport, driver, patience).run()
        return frames

    return [web.get("/rtc", rtc)]
