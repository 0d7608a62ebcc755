"""The TCP link passes bytes both ways, keeps them while it is dead, and breaks connections when told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.sim.tcp_link import TcpLink


@pytest.fixture
async def link() -> AsyncIterator[TcpLink]:
    """A link in front of a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1_024):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    async with TcpLink((host, port)) as opened:
        yield opened
    server.close()


async def test_bytes_pass_both_ways_and_the_end_does_too(link: TcpLink) -> None:
    reader, writer = await asyncio.open_connection(*link.address)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()


async def test_what_is_sent_over_a_dead_link_arrives_when_it_revives(link: TcpLink) -> None:
    reader, writer = await asyncio.open_connection(*link.address)
    writer.write(b"before")
    await reader.readexactly(6)
    link.die()
    writer.write(b"during")
    answer = asyncio.create_task(reader.readexactly(6))
    new_reader, new_writer = await asyncio.open_connection(*link.address)
    new_writer.write(b"another")
    assert not answer.done()
    link.revive()
    assert await answer == b"during"
    assert await new_reader.readexactly(7) == b"another"
    for one in (writer, new_writer):
        one.close()


async def test_a_reset_breaks_what_is_open_and_takes_what_is_new(link: TcpLink) -> None:
    reader, writer = await asyncio.open_connection(*link.address)
    writer.write(b"hello")
    await reader.readexactly(5)
    await link.reset()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    reader, writer = await asyncio.open_connection(*link.address)
    writer.write(b"again")
    assert await reader.readexactly(5) == b"again"
    writer.close()


async def test_a_link_without_a_server_closes_what_comes() -> None:
    async with TcpLink() as link:
        reader, writer = await asyncio.open_connection(*link.address)
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()
