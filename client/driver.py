"""Runs a `Connection`: its UDP sockets or TCP connections, the clock and one timer on the running loop."""

import asyncio
import socket
import time
from collections.abc import Sequence
from typing import cast

from client.answer import Candidate
from client.connection import Connection, ConnectionState
from sfu.errors import RemoteError
from sfu.framing import Deframer, frame
from sfu.path import Buffer

MAX_BATCH = 64
DATAGRAM_BYTES = 65_535
BUFFER_BYTES = 1 << 20
TCP_CONGESTED_BYTES = 256 << 10
TCP_CONNECT_S = 5.0


class UdpSocket:
    """A socket connected to one candidate; a path of the connection."""

    reliable = False
    congested = False

    def __init__(self, driver: "ConnectionDriver", remote: tuple[str, int], local: str | None) -> None:
        self.remote = remote
        self._driver = driver
        family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        try:
            if local is not None:
                self._socket.bind((local, 0))
            self._socket.connect(remote)
        except OSError:
            self._socket.close()
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    @property
    def local(self) -> tuple[str, int]:
        """The address we send from."""
        address: tuple[str, int] = self._socket.getsockname()[:2]
        return address

    def _readable(self) -> None:
        driver = self._driver
        now = driver.now()
        for _ in range(MAX_BATCH):
            try:
                datagram = self._socket.recv(DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except OSError:
                continue  # an ICMP error of an earlier send: ICE finds out by itself
            driver.connection.receive(datagram, self, now)
        driver.turn(now)

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Send each datagram; what the kernel does not take is lost, as on any network."""
        for datagram in datagrams:
            try:
                self._socket.send(datagram)
            except OSError:
                self._driver.lost_datagrams += 1

    def close(self) -> None:
        """Stop reading and close. The reader goes first, or a reused descriptor is never polled."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()


class TcpSocket(asyncio.Protocol):
    """A connection to a passive TCP candidate (RFC 6544); a path of the connection."""

    reliable = True

    def __init__(self, driver: "ConnectionDriver", remote: tuple[str, int]) -> None:
        self.remote = remote
        self._driver = driver
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Checks can begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none of asyncio's

    def data_received(self, data: bytes) -> None:
        """Cut the stream into datagrams."""
        driver = self._driver
        now = driver.now()
        try:
            for datagram in self._deframer.feed(data):
                driver.connection.receive(datagram, self, now)
        except RemoteError:
            self.close()
        driver.turn(now)

    def connection_lost(self, error: Exception | None) -> None:
        """The path is gone."""
        del error
        now = self._driver.now()
        self._driver.connection.remove_path(self, now)
        self._driver.turn(now)

    @property
    def congested(self) -> bool:
        """Whether more waits than should."""
        return self._transport is not None and (self._transport.get_write_buffer_size() > TCP_CONGESTED_BYTES)

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Frame and send (RFC 4571)."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(frame(datagram) for datagram in datagrams))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


class ConnectionDriver:
    """Sockets and the timer of one connection.

    `tcp` True uses the TCP candidates only. Whoever calls the connection from outside (sends a frame, asks
    for a key frame) calls `turn` afterwards, or uses `now` and `turn` through `client.Client`.
    """

    def __init__(self, connection: Connection, *, tcp: bool = False) -> None:
        self.connection = connection
        self.lost_datagrams = 0
        self._tcp = tcp
        self._sockets: list[UdpSocket | TcpSocket] = []
        self._tried: set[Candidate] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._waiters: list[asyncio.Future[None]] = []
        connection.on_state = self._state_changed

    def now(self) -> float:
        """Monotonic seconds, the clock of the connection."""
        return time.monotonic()

    async def open_paths(self, local: str | None = None) -> None:
        """Try every candidate of the answer not tried yet; `local` is the address to send from.

        Raises OSError if not one socket can be opened.
        """
        failure: OSError | None = None
        opened = 0
        for candidate in self.connection.candidates:
            if candidate in self._tried or candidate.transport != ("tcp" if self._tcp else "udp"):
                continue
            self._tried.add(candidate)
            try:
                await self._open(candidate, local)
                opened += 1
            except OSError as error:
                failure = error
        if failure is not None and not opened and not self._sockets:
            raise failure

    async def move(self, local: str | None = None) -> None:
        """Go on from a new socket, as after a change of network: the old ones are closed at once."""
        old, self._sockets = self._sockets, []
        self._tried.clear()
        await self.open_paths(local)
        for path in old:
            path.close()
            self.connection.remove_path(path, self.now())
        self.turn(self.now())

    async def _open(self, candidate: Candidate, local: str | None) -> None:
        remote = (candidate.host, candidate.port)
        path: UdpSocket | TcpSocket
        if candidate.transport == "udp":
            path = UdpSocket(self, remote, local)
        else:
            async with asyncio.timeout(TCP_CONNECT_S):
                _, path = await asyncio.get_running_loop().create_connection(
                    lambda: TcpSocket(self, remote), *remote, local_addr=(local, 0) if local else None
                )
        self._sockets.append(path)
        now = self.now()
        self.connection.add_path(path, now, candidate.priority)
        self.turn(now)

    async def wait_connected(self) -> None:
        """Until the association is up. ConnectionError if it cannot be."""
        while self.connection.state in (ConnectionState.NEW, ConnectionState.CONNECTING):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        if self.connection.state is not ConnectionState.CONNECTED:
            raise ConnectionError(self.connection.reason)

    def _state_changed(self, state: ConnectionState) -> None:
        del state
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def turn(self, now: float) -> None:
        """The end of a wake-up: what was gathered leaves, the timer is armed."""
        self.connection.flush(now)
        due = self.connection.next_timeout()
        if due is None:
            return
        if self._timer is not None:
            if self._timer_at <= due:
                return
            self._timer.cancel()
        self._timer_at = due
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(due - self.now(), 0.0), self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = self.now()
        self.connection.handle_timeout(now)
        self.turn(now)

    def close(self) -> None:
        """Say goodbye and close the sockets."""
        self.connection.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for path in self._sockets:
            path.close()
