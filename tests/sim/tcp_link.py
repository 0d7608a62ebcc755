"""A TCP link in front of a real server that dies silently or breaks with a reset, for real browsers."""

import asyncio
import socket
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.sim.simulation import Address

CHUNK_BYTES = 65_536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, 0 s


class TcpLink:
    """A link between clients and `server`; an async context manager.

    `server` may be set later, as a server has to be told the link's address first. While the link is dead
    nothing passes and nothing is said: bytes wait, new connections open but stay silent, as a browser sees it
    when its packets are lost (save that loopback completes the handshake).
    """

    def __init__(self, server: Address | None = None, host: str = "127.0.0.1") -> None:
        self.server = server
        self._host = host
        self._listener: asyncio.Server | None = None
        self._alive = asyncio.Event()
        self._alive.set()
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> Address:
        """Where clients connect to. Raises RuntimeError outside the context."""
        if self._listener is None:
            raise RuntimeError("the link is not open")
        host, port = self._listener.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, self._host, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._listener is not None:
            self._listener.close()
        await self.reset()

    async def reset(self) -> None:
        """Break every connection there is; new ones are welcome."""
        carrying = list(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def die(self) -> None:
        """Let nothing pass from now on."""
        self._alive.clear()

    def revive(self) -> None:
        """Pass on what waits, and what comes."""
        self._alive.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        try:
            await self._alive.wait()
            if self.server is None:
                _reset(writers)
                return
            far_reader, far_writer = await asyncio.open_connection(*self.server)
            writers.append(far_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass(reader, far_writer))
                group.create_task(self._pass(far_reader, writer))
        except* OSError:
            _reset(writers)
        except* asyncio.CancelledError:
            _reset(writers)
            raise
        finally:
            for one in writers:
                one.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            await self._alive.wait()
            writer.write(data)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()


def _reset(writers: list[asyncio.StreamWriter]) -> None:
    for writer in writers:
        with suppress(OSError):
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        writer.transport.abort()
