"""The UDP port over real sockets of loopback."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from sfu.drops import DropReason, Drops
from sfu.udp_port import MAX_SEGMENT_BYTES, MAX_SEGMENTS, UdpPath, UdpPort

DEADLINE_S = 10.0


class Host:
    """A port that remembers everybody who says hello, and a client's socket."""

    def __init__(self, address: str = "127.0.0.1", *, gso: bool = True) -> None:
        self.drops = Drops()
        self.got: list[tuple[bytes, UdpPath, float]] = []
        self.turns: list[float] = []
        self.kept: set[UdpPath] = set()
        self._arrived = asyncio.Event()
        self.port = UdpPort(
            address,
            0,
            clock=time.monotonic,
            receive=self._receive,
            keep=self.kept.__contains__,
            turn=self._turn,
            drops=self.drops,
            buffer_bytes=1 << 20,
            gso=gso,
        )
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.client = socket.socket(family, socket.SOCK_DGRAM)
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.client.settimeout(DEADLINE_S)
        self.client.connect(self.port.address)

    def _receive(self, datagram: bytes, path: UdpPath, now: float) -> None:
        self.got.append((datagram, path, now))
        if datagram.startswith(b"hello"):
            self.kept.add(path)

    def _turn(self, now: float) -> None:
        self.turns.append(now)
        self._arrived.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what the loop does; fails after the deadline."""
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                self._arrived.clear()
                await self._arrived.wait()

    async def hello(self) -> UdpPath:
        """Introduce the client; its path."""
        self.client.send(b"hello")
        await self.until(lambda: bool(self.got))
        return self.got[-1][1]

    def received(self, count: int) -> list[bytes]:
        """So many datagrams as the client gets them."""
        return [self.client.recv(65_535) for _ in range(count)]


@asynccontextmanager
async def hosting(address: str = "127.0.0.1", *, gso: bool = True) -> AsyncIterator[Host]:
    made = Host(address, gso=gso)
    try:
        yield made
    finally:
        made.port.close()
        made.client.close()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with hosting() as made:
        yield made


async def test_datagrams_come_with_their_path_and_the_time_of_arrival(host: Host) -> None:
    path = await host.hello()
    host.client.send(b"again")
    await host.until(lambda: len(host.got) == 2)
    assert [(data, at) for data, at, _ in host.got] == [(b"hello", path), (b"again", path)]
    assert path.remote == host.client.getsockname()
    assert host.got[0][2] < host.got[1][2]
    assert host.port.received == 2


async def test_time_of_arrival_is_that_of_the_kernel_not_of_the_wake_up(host: Host) -> None:
    await host.hello()
    # The kernel begins to stamp a moment after a first socket asks for it; until then it stamps when read.
    await host.until(lambda: bool(host.client.send(b"again")) and host.got[-1][2] < host.turns[-1])


async def test_stranger_nobody_keeps_is_a_new_path_each_time(host: Host) -> None:
    host.client.send(b"who")
    await host.until(lambda: len(host.got) == 1)
    host.client.send(b"who")
    await host.until(lambda: len(host.got) == 2)
    assert host.got[0][1] is not host.got[1][1]


async def test_empty_datagram_is_passed_on_to_be_counted(host: Host) -> None:
    host.client.send(b"")
    await host.until(lambda: len(host.got) == 1)
    assert host.got[0][0] == b""


async def test_largest_datagram_is_read_whole(host: Host) -> None:
    host.client.send(bytes(65_507))
    await host.until(lambda: len(host.got) == 1)
    assert len(host.got[0][0]) == 65_507


async def test_a_batch_ends_with_one_turn(host: Host) -> None:
    await host.hello()
    turns = len(host.turns)
    for number in range(20):
        host.client.send(bytes((number,)))
    await host.until(lambda: len(host.got) == 21)
    assert [data[0] for data, _, _ in host.got[1:]] == list(range(20))
    assert len(host.turns) - turns < 20


SIZES = [
    [100],
    [100, 100, 100],
    [100, 100, 60],  # the last segment may be short
    [100, 60, 60],
    [60, 100, 100],
    [100, 60, 100, 60, 100],
    [1200] * 100,
    [1200] * 44 + [100],
    [1200] * 43 + [100],
    [MAX_SEGMENT_BYTES + 1] * 3,
    [MAX_SEGMENT_BYTES] * MAX_SEGMENTS,
    [1472, 1472, 1200, 1200, 30],
    [],
]


def numbered(sizes: list[int]) -> list[bytes]:
    return [bytes((number,)) * size for number, size in enumerate(sizes)]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("gso", [True, False])
async def test_datagrams_leave_as_they_are_in_their_order(sizes: list[int], gso: bool) -> None:
    async with hosting(gso=gso) as host:
        path = await host.hello()
        path.send(numbered(sizes))
        assert host.received(len(sizes)) == numbered(sizes)
        assert host.drops == {}
        assert path.gso is host.port.gso


@pytest.mark.parametrize(
    ("sizes", "calls"),
    [
        ([1200] * 10, 1),
        ([1200] * 9 + [300], 1),
        ([300] + [1200] * 9, 2),
        ([1200] * 100, 3),
        ([100], 1),
        ([MAX_SEGMENT_BYTES + 1] * 3, 3),
        ([100, 200, 300], 3),
        ([300, 200, 100], 2),
    ],
)
async def test_runs_of_one_size_share_a_send(host: Host, sizes: list[int], calls: int) -> None:
    path = await host.hello()
    if not host.port.gso:
        calls = len(sizes)
    path.send(numbered(sizes))
    assert host.received(len(sizes)) == numbered(sizes)
    assert host.port.sends == calls


async def test_what_was_sent_together_comes_in_one_by_one(host: Host) -> None:
    """Over loopback the kernel hands a segmented send to us joined (GRO)."""
    await host.hello()
    async with hosting() as other:
        there = UdpPath(other.port, host.port.address, other.port.gso)
        there.send([b"hello" + bytes(95)])
        there.send([*numbered([100] * 10), b"end"])
        await host.until(lambda: len(host.got) == 1 + 12)
    assert [data for data, _, _ in host.got[2:]] == [*numbered([100] * 10), b"end"]
    assert len({path for _, path, _ in host.got[1:]}) == 1


async def test_strangers_first_datagrams_come_one_by_one_too(host: Host) -> None:
    async with hosting() as other:
        there = UdpPath(other.port, host.port.address, other.port.gso)
        there.send([b"hello" + bytes(95), *numbered([100] * 5)])
        await host.until(lambda: len(host.got) == 6)
    assert [len(data) for data, _, _ in host.got] == [100] * 6


async def test_path_whose_segmented_send_is_refused_goes_on_plainly(host: Host) -> None:
    path = await host.hello()
    if not host.port.gso:
        return  # this kernel segments nothing: there is nothing to refuse
    # More than a UDP datagram can have in all: the kernel's EMSGSIZE, as for a segment beyond the MTU.
    run = numbered([1490] * 44)
    host.port.send_run(path, run, 1490)
    assert host.received(44) == run
    assert not path.gso
    assert host.port.demoted == 1
    path.send(numbered([100] * 5))
    assert host.received(5) == numbered([100] * 5)
    assert host.port.sends == 44 + 5
    assert host.drops == {}


async def test_datagram_that_cannot_be_sent_is_counted(host: Host) -> None:
    path = await host.hello()
    path.send([bytes(65_508)])
    assert host.drops == {DropReason.SEND_ERROR: 1}


async def test_refusals_of_a_closed_client_do_not_stop_the_port(host: Host) -> None:
    gone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    gone.bind(("127.0.0.1", 0))
    path = UdpPath(host.port, gone.getsockname(), host.port.gso)
    gone.close()
    for _ in range(5):
        path.send([b"anybody there?"])
    await host.hello()
    assert host.got[-1][0] == b"hello"


async def test_ipv6_is_served() -> None:
    if not socket.has_ipv6:
        return
    async with hosting("::1") as host:
        path = await host.hello()
        assert path.remote[0] == "::1"
        path.send(numbered([100, 100]))
        assert host.received(2) == numbered([100, 100])


async def test_taken_address_is_an_error(host: Host) -> None:
    with pytest.raises(OSError, match="in use"):
        UdpPort(
            *host.port.address,
            clock=time.monotonic,
            receive=lambda *_: None,
            keep=lambda _: False,
            turn=lambda _: None,
            drops=Drops(),
            buffer_bytes=1 << 20,
            gso=True,
        )


async def test_paths_that_nobody_keeps_any_more_are_forgotten(host: Host) -> None:
    await host.hello()
    clients = []
    for number in range(40):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.connect(host.port.address)
        client.send(b"hello %d" % number)
        clients.append(client)
    await host.until(lambda: len(host.got) == 41)
    forgotten = host.got[-1][1]
    clients[-1].send(b"hello again")
    await host.until(lambda: len(host.got) == 42)
    assert host.got[-1][1] is forgotten
    for client in clients:
        client.close()
