"""A client's UDP socket, read in batches with the kernel's own receive times."""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable, Sequence

from sfu.path import Buffer, Path

SOL_UDP = 17
UDP_GRO = 104
SO_TIMESTAMPNS = 35
"""asm-generic/socket.h; control messages bear the same number."""

BUFFER_BYTES = 4 * 1024 * 1024
MAX_BATCH = 16
DATAGRAM_BYTES = 65_535

_ANCILLARY_BYTES = 2 * socket.CMSG_SPACE(16)
_timespec = struct.Struct("=qq").unpack

Receive = Callable[[bytes, Path, int, float], None]
"""(datagram, the socket, arrival in nanoseconds since 1970 or 0 if not asked for, time of the loop)."""


class LightSocket:
    """A socket connected to the node, on the running loop; it is its own `sfu.path.Path`.

    `turn` is called after each batch. With UDP_GRO what the node sent in one call comes in one read, as a
    network card would deliver it.
    """

    reliable = False
    congested = False

    def __init__(
        self,
        remote: tuple[str, int],
        receive: Receive,
        turn: Callable[[float], None],
        *,
        stamped: bool = False,
    ) -> None:
        self.remote = remote
        family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
        self._socket.setsockopt(SOL_UDP, UDP_GRO, 1)
        if stamped:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.connect(remote)
        self._receive = receive
        self._turn = turn
        self._view = memoryview(bytearray(DATAGRAM_BYTES))
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Send each; one by one, as browsers do. What the kernel does not take is lost."""
        for datagram in datagrams:
            try:
                self._socket.send(datagram)
            except (BlockingIOError, ConnectionRefusedError):
                return

    def _readable(self) -> None:
        now = self._loop.time()
        receive, view = self._receive, self._view
        for _ in range(MAX_BATCH):
            try:
                size, ancillary, _, _ = self._socket.recvmsg_into((view,), _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except ConnectionRefusedError:  # the node is gone
                continue
            segment, arrived_ns = _read_ancillary(ancillary)
            step = segment or size
            for start in range(0, size, step or 1):
                receive(bytes(view[start : min(start + step, size)]), self, arrived_ns, now)
        self._turn(now)

    def close(self) -> None:
        """Stop reading."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()


def _read_ancillary(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, int]:
    """(size of the segments or 0, arrival in nanoseconds or 0)."""
    segment = arrived_ns = 0
    for level, kind, data in ancillary:
        if level == SOL_UDP and kind == UDP_GRO:
            segment = int.from_bytes(data[:4], sys.byteorder)
        elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = _timespec(data)
            arrived_ns = seconds * 1_000_000_000 + nanoseconds
    return segment, arrived_ns
