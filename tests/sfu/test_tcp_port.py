"""ICE-TCP over real sockets of loopback."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest

from sfu.drops import DropReason, Drops
from sfu.framing import MAX_FRAME_BYTES, frame
from sfu.tcp_port import MAX_CONNECTIONS, MAX_PER_ADDRESS, MAX_WAITING_BYTES, TcpPath, TcpPort

DEADLINE_S = 10.0


class Host:
    """A listening port that keeps who says hello."""

    def __init__(self, check_every_s: float = 10.0) -> None:
        self.drops = Drops()
        self.got: list[tuple[bytes, TcpPath]] = []
        self.kept: set[TcpPath] = set()
        self.gone: list[TcpPath] = []
        self._changed = asyncio.Event()
        self.port = TcpPort(
            clock=time.monotonic,
            receive=self._receive,
            keep=self.kept.__contains__,
            turn=lambda _: self._changed.set(),
            lost=self._lost,
            drops=self.drops,
            check_every_s=check_every_s,
        )

    async def listen(self) -> "Host":
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.number = probe.getsockname()[1]
        await self.port.listen("127.0.0.1", self.number)
        return self

    def _receive(self, datagram: bytes, path: TcpPath, now: float) -> None:
        self.got.append((datagram, path))
        if datagram.startswith(b"hello"):
            self.kept.add(path)

    def _lost(self, path: TcpPath, now: float) -> None:
        self.gone.append(path)
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the loop does; fails after the deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def connect(self, limit: int = 1 << 16) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.number, limit=limit)

    async def hello(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, TcpPath]:
        """A client that is kept."""
        reader, writer = await self.connect()
        count = len(self.got)
        writer.write(frame(b"hello"))
        await self.until(lambda: len(self.got) > count)
        return reader, writer, self.got[-1][1]


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))


async def end_of(reader: asyncio.StreamReader) -> None:
    """Wait for the connection's end."""
    async with asyncio.timeout(DEADLINE_S):
        try:
            while await reader.read(65_536):
                pass
        except ConnectionResetError:
            return


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    made = await Host().listen()
    yield made
    await made.port.close()


async def test_datagrams_are_framed_both_ways(host: Host) -> None:
    reader, writer, path = await host.hello()
    writer.write(frame(b"one") + frame(b"two"))
    await host.until(lambda: len(host.got) == 3)
    assert [data for data, _ in host.got] == [b"hello", b"one", b"two"]
    assert path.reliable
    assert path.remote == writer.get_extra_info("sockname")
    path.send([b"answer", bytes(1200)])
    assert [await read_frame(reader), await read_frame(reader)] == [b"answer", bytes(1200)]
    writer.close()
    await host.until(lambda: host.gone == [path])


async def test_stream_cut_anywhere_gives_the_same_datagrams(host: Host) -> None:
    _, writer, _ = await host.hello()
    for byte in frame(b"slowly") + frame(b"but surely"):
        writer.write(bytes((byte,)))
        await writer.drain()
    await host.until(lambda: len(host.got) == 3)
    assert [data for data, _ in host.got[1:]] == [b"slowly", b"but surely"]
    writer.close()


async def test_bad_length_is_counted_and_ends_the_connection(host: Host) -> None:
    reader, writer, path = await host.hello()
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    await end_of(reader)
    await host.until(lambda: host.gone == [path])
    assert host.drops == {DropReason.FRAMING: 1}
    assert int.from_bytes(b"GE", "big") > MAX_FRAME_BYTES
    writer.close()


async def test_connection_without_a_valid_check_is_closed() -> None:
    host = await Host(check_every_s=0.02).listen()
    reader, writer = await host.connect()
    writer.write(frame(b"who"))
    await end_of(reader)
    writer.close()
    await host.port.close()


async def test_connection_whose_peer_is_gone_is_closed() -> None:
    host = await Host(check_every_s=0.02).listen()
    reader, writer, path = await host.hello()
    path.send([b"still here"])
    assert await read_frame(reader) == b"still here"
    host.kept.clear()
    await end_of(reader)
    await host.until(lambda: host.gone == [path])
    writer.close()
    await host.port.close()


async def test_connections_of_one_address_and_altogether_are_bounded(host: Host) -> None:
    def path(number: int) -> TcpPath:
        made = TcpPath(host.port)
        made.remote = (f"192.0.2.{number % 250}" if number >= MAX_PER_ADDRESS else "198.51.100.1", number)
        return made

    same = [path(number) for number in range(MAX_PER_ADDRESS)]
    assert all(host.port.admit(one) for one in same)
    one_more = TcpPath(host.port)
    one_more.remote = ("198.51.100.1", 9)
    assert not host.port.admit(one_more)
    others = [path(number) for number in range(MAX_PER_ADDRESS, MAX_CONNECTIONS)]
    assert all(host.port.admit(one) for one in others)
    last = TcpPath(host.port)
    last.remote = ("203.0.113.1", 9)
    assert not host.port.admit(last)
    assert host.drops == {DropReason.ICE_TOO_MANY_PATHS: 2}
    host.port.lost(same[0])
    assert host.port.admit(last)


async def test_backed_up_connection_is_congested_until_it_has_drained(host: Host) -> None:
    reader, writer, path = await host.hello()
    assert not path.congested
    sent = 0
    while not path.congested:
        path.send([bytes(1200)] * 20)
        sent += 20
    assert host.drops == {}
    for _ in range(sent):
        await read_frame(reader)
    assert not path.congested
    writer.close()


async def test_connection_that_takes_nothing_is_ended(host: Host) -> None:
    _, writer, path = await host.hello()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    sent = 0
    while DropReason.OUTBOX_AGE not in host.drops:
        path.send([bytes(60_000)])
        sent += 60_002
    assert sent > MAX_WAITING_BYTES
    await host.until(lambda: host.gone == [path])
    path.send([b"a", b"b"])
    assert host.drops[DropReason.SEND_ERROR] == 2
    writer.close()


async def test_closing_the_port_ends_its_connections() -> None:
    host = await Host().listen()
    reader, writer, _ = await host.hello()
    await host.port.close()
    await end_of(reader)
    writer.close()
