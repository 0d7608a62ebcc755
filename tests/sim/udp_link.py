"""The link model as a real UDP link in front of a real server, for browsers: loss, delay, cuts on loopback.

Clients send to the link's address, each is forwarded from a socket of its own, so the server sees one address
a client. Browsers learn the link's address because the server announces it (`--announce 127.0.0.1:PORT`).

As a program, `python -m tests.sim.udp_link --server HOST:PORT --set down loss 0.05` prints one line
`ready HOST:PORT` and then obeys lines on standard input: `up loss 0.1`, `down delay_ms 40`,
`down rate_bps 1e6`, `cut 10`, `rebind`; end of input stops it.
"""

import argparse
import asyncio
import heapq
import socket
import sys
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from math import inf
from random import Random
from types import TracebackType
from typing import Self

from tests.sim.network import LinkModel
from tests.sim.simulation import Address

MOST_CLIENTS = 1_024  # the one silent longest gives way
SOCKET_BUFFER_BYTES = 4 * 2**20  # a key frame to many clients arrives as one burst
READS_PER_WAKE_UP = 64
CONDITIONS = (
    *("loss", "loss_burst", "loss_inside", "loss_outside"),
    *("delay_ms", "jitter_ms", "reorder", "reorder_ms", "duplicate"),
    *("rate_bps", "queue_ms", "queue_bytes"),
)


class UdpSocket:
    """A non-blocking UDP socket on the running loop, bound to a free port; `remote` connects it."""

    def __init__(
        self, host: str, receive: Callable[[bytes, Address], None], remote: Address | None = None
    ) -> None:
        self._receive = receive
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        if remote is not None:
            self._socket.connect(remote)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read)

    @property
    def address(self) -> Address:
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def send(self, data: bytes, to: Address | None) -> None:
        """Send to `to`, or to where it is connected; a full buffer or a closed port is loss."""
        if self._socket.fileno() < 0:
            return
        with suppress(OSError):
            if to is None:
                self._socket.send(data)
            else:
                self._socket.sendto(data, to)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        for _ in range(READS_PER_WAKE_UP):
            try:
                data, address = self._socket.recvfrom(65_535)
            except OSError:  # nothing left, or the server's port is closed (ICMP)
                return
            self._receive(data, address[:2])
            if self._socket.fileno() < 0:  # what came in may close the link
                return


class Carrier:
    """Carries out what the model of one direction decides.

    A heap of its own: the loop's timers do not keep the order of equal moments.
    """

    def __init__(self, model: LinkModel) -> None:
        self._model = model
        self._order = count()
        self._underway: list[tuple[float, int, bytes, UdpSocket, Address | None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def carry(self, data: bytes, by: UdpSocket, to: Address | None = None) -> None:
        """Send `data` by a socket when the model lets it arrive."""
        now = asyncio.get_running_loop().time()
        for arrival in self._model.schedule(len(data), now):
            heapq.heappush(self._underway, (arrival, next(self._order), data, by, to))
        self._deliver(now)

    def stop(self) -> None:
        """Lose what is underway."""
        self._underway.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _deliver(self, now: float) -> None:
        while self._underway and self._underway[0][0] <= now:
            _, _, data, by, to = heapq.heappop(self._underway)
            by.send(data, to)
        if self._underway and (self._timer is None or self._timer.when() > self._underway[0][0]):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(self._underway[0][0], self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._deliver(asyncio.get_running_loop().time())


class UdpLink:
    """A link between clients and `server`; an async context manager.

    `up` is the model from clients to the server, `down` the other way; their fields may be changed any time,
    their cuts are in the loop's clock (`cut(seconds)` cuts both from now). `server` may be set later, as a
    server has to be told the link's address first; until then datagrams are dropped.
    """

    def __init__(self, server: Address | None = None, seed: int = 0, host: str = "127.0.0.1") -> None:
        self.server = server
        self.up = LinkModel(Random(f"{seed} up"))
        self.down = LinkModel(Random(f"{seed} down"))
        self.dropped_early = 0  # before `server` was known
        self._host = host
        self._upwards, self._downwards = Carrier(self.up), Carrier(self.down)
        self._front: UdpSocket | None = None
        self._upstream: OrderedDict[Address, UdpSocket] = OrderedDict()

    @property
    def address(self) -> Address:
        """Where clients send to. Raises RuntimeError outside the context."""
        return self._open_front().address

    @property
    def clients(self) -> tuple[Address, ...]:
        """The addresses that have sent something, the one silent longest first."""
        return tuple(self._upstream)

    async def __aenter__(self) -> Self:
        self._front = UdpSocket(self._host, self._from_client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open_front().close()
        self._front = None
        self._upwards.stop()
        self._downwards.stop()
        self.rebind()

    def cut(self, seconds: float = inf) -> None:
        """Lose everything in both directions for `seconds` from now, or until `mend`."""
        now = asyncio.get_running_loop().time()
        self.up.cut(now, now + seconds)
        self.down.cut(now, now + seconds)

    def mend(self) -> None:
        """End every cut."""
        self.up.cuts.clear()
        self.down.cuts.clear()

    def rebind(self) -> None:
        """Forget the sockets towards the server: clients come from new addresses, as behind a new NAT."""
        for upstream in self._upstream.values():
            upstream.close()
        self._upstream.clear()

    def _open_front(self) -> UdpSocket:
        if self._front is None:
            raise RuntimeError("the link is not open")
        return self._front

    def _from_client(self, data: bytes, client: Address) -> None:
        if self.server is None:
            self.dropped_early += 1
            return
        upstream = self._upstream.get(client)
        if upstream is None:
            upstream = self._upstream[client] = self._new_upstream(client, self.server)
        self._upstream.move_to_end(client)
        self._upwards.carry(data, upstream)

    def _new_upstream(self, client: Address, server: Address) -> UdpSocket:
        if len(self._upstream) >= MOST_CLIENTS:
            self._upstream.popitem(last=False)[1].close()
        front = self._open_front()
        return UdpSocket(
            self._host, lambda data, _: self._downwards.carry(data, front, client), remote=server
        )


def obey(link: UdpLink, line: str) -> str:
    """Carry out one line of the program's standard input; the answer says `ok` or what is wrong."""
    try:
        match line.split():
            case ["rebind"]:
                link.rebind()
            case ["cut", seconds]:
                link.cut(float(seconds))
            case [("up" | "down") as direction, condition, value] if condition in CONDITIONS:
                setattr(link.up if direction == "up" else link.down, condition, float(value))
            case _:
                return f"not understood: {line.strip()}"
    except ValueError:
        return f"not understood: {line.strip()}"
    return "ok"


async def serve(server: Address, settings: list[list[str]], seed: int) -> None:
    """The program: a link until standard input ends."""
    async with UdpLink(server, seed) as link:
        for setting in settings:
            obey(link, " ".join(setting))
        print("ready {}:{}".format(*link.address), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(obey(link, line), flush=True)


def main() -> None:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.udp_link")
    parser.add_argument("--server", required=True, metavar="HOST:PORT")
    parser.add_argument("--set", nargs=3, action="append", default=[], metavar=("up|down", "WHAT", "VALUE"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    host, _, port = arguments.server.rpartition(":")
    asyncio.run(serve((host.strip("[]"), int(port)), arguments.set, arguments.seed))


if __name__ == "__main__":
    main()
