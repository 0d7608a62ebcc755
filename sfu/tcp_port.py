"""ICE-TCP, passive (RFC 6544): the same traffic framed on connections (RFC 4571). A driver.

For networks that block UDP. A connection that backs up holds what it has, bounded; media is then dropped up
to the next key frame rather than late (`congested`).
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import cast

from sfu.drops import DropReason, Drops
from sfu.errors import RemoteError
from sfu.framing import Deframer, frame
from sfu.path import Buffer

MAX_CONNECTIONS = 1024
MAX_PER_ADDRESS = 32
"""Behind one NAT sits an office, but no stranger's thousand."""

CHECK_EVERY_S = 10.0
"""A connection that carries no valid check for so long belongs to nobody; nor does one whose peer is gone."""

MAX_DELAY_S = 0.2
MIN_BYTES_PER_S = 64_000.0
"""The rate assumed before a connection has shown what it carries."""

MAX_WAITING_BYTES = 2 << 20
"""What a connection may hold altogether; beyond, it is closed: not even control traffic gets through."""


class TcpPath(asyncio.Protocol):
    """One connection, as a path."""

    reliable = True

    def __init__(self, port: "TcpPort") -> None:
        self.remote: tuple[str, int] = ("", 0)
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._deframer = Deframer()
        self._check: asyncio.TimerHandle | None = None
        self._rate = MIN_BYTES_PER_S
        self._sent = 0
        self._measured = (0.0, 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connected; they have `CHECK_EVERY_S` to prove who they are."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class is none of asyncio's
        self.remote = (transport.get_extra_info("peername") or ("", 0))[:2]  # it may be gone already
        if not self._port.admit(self):
            self._transport.abort()
            return
        self._arm()

    def _arm(self) -> None:
        self._check = asyncio.get_running_loop().call_later(self._port.check_every_s, self._look)

    def _look(self) -> None:
        if self._port.keep(self):
            self._arm()
        else:
            self.close()

    def data_received(self, data: bytes) -> None:
        """Cut the stream into datagrams."""
        now = self._port.clock()
        try:
            for datagram in self._deframer.feed(data):
                self._port.receive(datagram, self, now)
        except RemoteError as error:
            self._port.drops[error.reason] += 1
            self.close()
        self._port.turn(now)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        del error
        if self._check is not None:
            self._check.cancel()
        self._port.lost(self)

    @property
    def congested(self) -> bool:
        """Whether what waits will take longer than `MAX_DELAY_S` at the rate the connection has shown."""
        transport = self._transport
        if transport is None:
            return False
        waiting = transport.get_write_buffer_size()
        self._measure(waiting)
        return waiting > self._rate * MAX_DELAY_S

    def _measure(self, waiting: int) -> None:
        now = self._port.clock()
        at, drained = self._measured
        gone = self._sent - waiting
        if now - at < MAX_DELAY_S:
            return
        if waiting:  # an empty buffer says nothing about how much could have gone
            self._rate = max((gone - drained) / (now - at), MIN_BYTES_PER_S / 4)
        else:
            self._rate = max(self._rate, (gone - drained) / (now - at))
        self._measured = (now, gone)

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Frame and send."""
        transport = self._transport
        if transport is None or transport.is_closing():
            self._port.drops[DropReason.SEND_ERROR] += len(datagrams)
            return
        if transport.get_write_buffer_size() > MAX_WAITING_BYTES:
            self._port.drops[DropReason.OUTBOX_AGE] += len(datagrams)
            transport.abort()
            return
        data = b"".join(frame(datagram) for datagram in datagrams)
        self._sent += len(data)
        transport.write(data)

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


class TcpPort:
    """A listening socket. The callbacks are those of `UdpPort`, and `lost` for a path that closed."""

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        receive: Callable[[bytes, TcpPath, float], None],
        keep: Callable[[TcpPath], bool],
        turn: Callable[[float], None],
        lost: Callable[[TcpPath, float], None],
        drops: Drops,
        check_every_s: float = CHECK_EVERY_S,
    ) -> None:
        self.clock = clock
        self.check_every_s = check_every_s
        self.receive = receive
        self.keep = keep
        self.turn = turn
        self.drops = drops
        self._lost = lost
        self._paths: set[TcpPath] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, address: str, port: int) -> None:
        """Accept connections; OSError if the address is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: TcpPath(self), address, port)

    def admit(self, path: TcpPath) -> bool:
        """Whether there is room for one more connection, altogether and from its address."""
        same = sum(1 for known in self._paths if known.remote[0] == path.remote[0])
        if len(self._paths) >= MAX_CONNECTIONS or (
            same >= MAX_PER_ADDRESS and not _is_loopback(path.remote[0])
        ):
            self.drops[DropReason.ICE_TOO_MANY_PATHS] += 1
            return False
        self._paths.add(path)
        return True

    def lost(self, path: TcpPath) -> None:
        """A connection closed."""
        self._paths.discard(path)
        self._lost(path, self.clock())

    async def close(self) -> None:
        """Stop accepting and close every connection."""
        if self._server is not None:
            self._server.close()
        for path in tuple(self._paths):
            path.close()
        if self._server is not None:
            await self._server.wait_closed()


def _is_loopback(host: str) -> bool:
    return host == "::1" or host.startswith("127.")
