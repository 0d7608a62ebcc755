"""The link on real sockets. Times are never asserted, only what arrives, in which order and from where."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from tests.sim.udp_link import UdpLink, UdpSocket, obey

DEADLINE_S = 20  # generous: reached only if something is broken


class Echo:
    """A server that sends everything back and remembers who sent what."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []
        self._socket = UdpSocket("127.0.0.1", self._receive)
        self.address = self._socket.address
        self.close = self._socket.close

    def _receive(self, data: bytes, address: tuple[str, int]) -> None:
        self.heard.append((data, address))
        self._socket.send(data, address)

    def addresses(self) -> set[tuple[str, int]]:
        return {address for _, address in self.heard}


class Client:
    """A client that sends to the link and waits for what comes back."""

    def __init__(self, link: UdpLink) -> None:
        self._received: asyncio.Queue[bytes] = asyncio.Queue()
        self._link = link
        self._socket = UdpSocket("127.0.0.1", lambda data, _: self._received.put_nowait(data))
        self.close = self._socket.close

    def send(self, *datagrams: bytes) -> None:
        for datagram in datagrams:
            self._socket.send(datagram, self._link.address)

    async def receive(self, count: int) -> list[bytes]:
        async with asyncio.timeout(DEADLINE_S):
            return [await self._received.get() for _ in range(count)]


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until `condition` holds."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - sockets turn the loop, there is no event to wait for
            await asyncio.sleep(0)


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
async def link(echo: Echo) -> AsyncIterator[UdpLink]:
    async with UdpLink(echo.address, seed=1) as opened:
        yield opened


@pytest.fixture
async def client(link: UdpLink) -> AsyncIterator[Client]:
    made = Client(link)
    yield made
    made.close()


def numbered(count: int, start: int = 0) -> list[bytes]:
    return [b"%04d" % n for n in range(start, start + count)]


async def test_datagrams_go_both_ways_in_order(link, echo, client):
    client.send(*numbered(200))
    assert await client.receive(200) == numbered(200)
    assert [data for data, _ in echo.heard] == numbered(200)
    assert len(link.clients) == 1


async def test_a_delayed_link_keeps_the_order(link, client):
    link.up.delay_ms, link.up.jitter_ms, link.down.delay_ms = 20, 30, 5
    client.send(*numbered(100))
    assert await client.receive(100) == numbered(100)


async def test_each_client_has_an_address_of_its_own_at_the_server(link, echo, client):
    other = Client(link)
    client.send(b"one")
    other.send(b"other")
    assert await client.receive(1) == [b"one"]
    assert await other.receive(1) == [b"other"]
    assert len(echo.addresses()) == 2
    other.close()


async def test_each_direction_loses_by_its_own_model(link, echo, client):
    link.up.loss, link.down.loss = 0.25, 0.5
    client.send(*numbered(400))
    await until(lambda: link.up.offered == 400)
    arrived = 400 - link.up.lost
    await until(lambda: link.down.offered == arrived)
    returned = await client.receive(arrived - link.down.lost)
    assert link.up.lost / 400 == pytest.approx(0.25, abs=0.08)
    assert link.down.lost / arrived == pytest.approx(0.5, abs=0.1)
    assert len(echo.heard) == arrived
    assert len(returned) == len(set(returned))


async def test_duplicates_arrive_twice(link, client):
    link.up.duplicate = 1.0
    client.send(b"x")
    assert await client.receive(2) == [b"x", b"x"]


async def test_a_cut_loses_everything_and_then_the_link_is_as_before(link, echo, client):
    link.cut(0.2)
    client.send(*numbered(50))
    await until(lambda: link.up.offered == 50)
    assert link.up.lost == 50
    offered = 50
    while not echo.heard:
        client.send(b"again")
        offered += 1
        await until(lambda expected=offered: link.up.offered == expected)
        if link.up.lost < offered:
            await until(lambda: bool(echo.heard))
    assert {data for data, _ in echo.heard} == {b"again"}
    assert (await client.receive(1)) == [b"again"]


async def test_after_rebind_the_server_sees_a_new_address_and_answers_arrive(link, echo, client):
    client.send(b"before")
    assert await client.receive(1) == [b"before"]
    link.rebind()
    client.send(b"after")
    assert await client.receive(1) == [b"after"]
    assert len(echo.addresses()) == 2


async def test_the_server_may_become_known_later(echo):
    async with UdpLink() as link:
        client = Client(link)
        client.send(b"too early")
        await until(lambda: link.dropped_early == 1)
        link.server = echo.address
        client.send(b"in time")
        assert await client.receive(1) == [b"in time"]
        client.close()


async def test_a_closed_server_is_loss_and_not_an_error(link, echo, client):
    echo.close()
    client.send(*numbered(5))
    await until(lambda: link.up.offered == 5)
    client.send(*numbered(5))
    await until(lambda: link.up.offered == 10)


async def test_the_address_is_only_known_while_open():
    with pytest.raises(RuntimeError, match="not open"):
        _ = UdpLink().address


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("up loss 0.1\n", "ok"),
        ("down delay_ms 40", "ok"),
        ("down rate_bps 1e6", "ok"),
        ("down queue_bytes 20000", "ok"),
        ("cut 10", "ok"),
        ("rebind", "ok"),
        ("up colour 3", "not understood: up colour 3"),
        ("up loss much", "not understood: up loss much"),
        ("", "not understood: "),
    ],
)
async def test_the_program_obeys_lines(link, line, answer):
    assert obey(link, line) == answer


async def test_the_program_carries_datagrams(echo):
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.sim.udp_link", "--server", "{}:{}".format(*echo.address)),
        *("--set", "up", "duplicate", "1"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    received: asyncio.Queue[bytes] = asyncio.Queue()
    async with asyncio.timeout(DEADLINE_S):
        ready, _, address = (await program.stdout.readline()).decode().partition(" ")
        host, _, port = address.strip().rpartition(":")
        client = UdpSocket("127.0.0.1", lambda data, _: received.put_nowait(data))
        client.send(b"x", (host, int(port)))
        assert (ready, await received.get(), await received.get()) == ("ready", b"x", b"x")
        program.stdin.write(b"up duplicate 0\n")
        assert await program.stdout.readline() == b"ok\n"
        program.stdin.close()
        assert await program.wait() == 0
    client.close()
