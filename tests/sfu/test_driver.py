"""A node on real ports of loopback."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from config.settings import Limits, MediaSettings
from sfu.driver import MediaDriver
from sfu.drops import DropReason
from sfu.framing import frame
from sfu.identifiers import PeerId
from sfu.messages import Answered, ApplyOffer, Event, OpenPeer
from sfu.stun import StunClass, parse_message, write_check, write_success
from tests.sfu.sdp.offers import offer, slots

DEADLINE_S = 10.0


class Client(asyncio.DatagramProtocol):
    """A UDP socket of the loop."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received.put_nowait(data)

    async def next(self) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            return await self.received.get()


@asynccontextmanager
async def started(**settings: object) -> AsyncIterator[tuple[MediaDriver, list[Event]]]:
    events: list[Event] = []
    values: dict[str, object] = {"host": "127.0.0.1", "port": 0} | settings
    driver = MediaDriver(MediaSettings(**values), Limits(), events.append)  # type: ignore[arg-type]
    await driver.start()
    try:
        yield driver, events
    finally:
        await driver.close()


@asynccontextmanager
async def client_of(driver: MediaDriver) -> AsyncIterator[tuple[Client, asyncio.DatagramTransport]]:
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        Client, remote_addr=driver.media_address
    )
    try:
        yield client, transport
    finally:
        transport.close()


def answer(driver: MediaDriver, events: list[Event]) -> str:
    """Open a peer with slots; the SDP of its answer."""
    driver.handle(OpenPeer(PeerId("p")))
    driver.handle(ApplyOffer(PeerId("p"), 1, offer(*slots(1)), ()))
    answered = events[-1]
    assert isinstance(answered, Answered)
    return answered.sdp


def check(sdp: str, pwd: str | None = None) -> bytes:
    said = dict(
        line[2:].split(":", 1)
        for line in sdp.split("\r\n")
        if line.startswith(("a=ice-ufrag:", "a=ice-pwd:"))
    )
    username, key = f"{said['ice-ufrag']}:abcd", pwd or said["ice-pwd"]
    return write_check(b"transaction!", username, key.encode(), 1, 2, controlling=True, use_candidate=True)


async def test_udp_and_tcp_are_announced_on_one_number() -> None:
    async with started() as (driver, events):
        host, port = driver.media_address
        candidates = [line for line in answer(driver, events).split("\r\n") if line.startswith("a=candidate")]
        assert len(candidates) == 2
        assert all(f" {host} {port} typ host" in line for line in candidates)
        assert {line.split()[2].lower() for line in candidates} == {"udp", "tcp"}


async def test_without_tcp_only_udp_is_announced_and_open() -> None:
    async with started(tcp=False) as (driver, events):
        assert "tcptype" not in answer(driver, events)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*driver.media_address)


async def test_check_over_udp_is_answered_and_counted() -> None:
    async with started() as (driver, events), client_of(driver) as (client, transport):
        transport.sendto(check(answer(driver, events), pwd="wrong"))
        transport.sendto(check(answer(driver, events)))
        reply = parse_message(await client.next())
        assert reply.message_class is StunClass.SUCCESS
        counters = driver.counters()
        assert (counters.received, counters.sends, counters.peers) == (2, 1, 1)
        assert counters.drops == {DropReason.STUN_INTEGRITY: 1}


async def test_check_over_tcp_is_answered_and_a_closed_connection_forgotten() -> None:
    async with started() as (driver, events):
        reader, writer = await asyncio.open_connection(*driver.media_address)
        writer.write(frame(check(answer(driver, events))))
        async with asyncio.timeout(DEADLINE_S):
            size = int.from_bytes(await reader.readexactly(2), "big")
            assert parse_message(await reader.readexactly(size)).message_class is StunClass.SUCCESS
            writer.write(b"\xff\xff")
            assert await reader.read() == b""
        assert driver.counters().drops == {DropReason.FRAMING: 1}
        writer.close()


async def test_mapped_address_a_stun_server_tells_is_announced() -> None:
    class StunServer(asyncio.DatagramProtocol):
        transport: asyncio.DatagramTransport

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast(asyncio.DatagramTransport, transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            transaction = parse_message(data).transaction_id
            self.transport.sendto(write_success(bytes(12), ("203.0.113.1", 1), None), addr)  # not ours
            self.transport.sendto(b"\x01\x01\x00\x00" + data[4:20], addr)  # without an address
            self.transport.sendto(write_success(transaction, ("203.0.113.9", 4321), None), addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        StunServer, local_addr=("127.0.0.1", 0)
    )
    number = transport.get_extra_info("sockname")[1]
    async with started(announce=(f"stun:127.0.0.1:{number}",)) as (driver, events):
        assert " 203.0.113.9 4321 typ host" in answer(driver, events)
    transport.close()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_taken_port_is_an_error_and_leaves_nothing_open(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            async with started(port=number):
                pass
    async with started(port=number) as (driver, _):
        assert driver.media_address == ("127.0.0.1", number)
