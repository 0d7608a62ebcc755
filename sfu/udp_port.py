"""One UDP socket: batches in, segmented sends out (DESIGN.md 2). A driver: it touches sockets and the event
loop.

The kernel's cost per send is the largest cost of an SFU. Runs of equal-sized datagrams to one address go out
in one call (UDP_SEGMENT, Linux ≥ 4.18), and what was sent so comes in so (UDP_GRO).
"""

import asyncio
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from errno import EINVAL, EIO, EMSGSIZE, ENOBUFS
from fcntl import ioctl
from termios import FIONREAD
from typing import Final

from sfu.drops import DropReason, Drops
from sfu.path import Buffer

SOL_SOCKET: Final = 1
SOL_UDP: Final = 17
UDP_SEGMENT: Final = 103
UDP_GRO: Final = 104
SO_RXQ_OVFL: Final = 40
SO_TIMESTAMPNS: Final = 35

MAX_SEGMENTS: Final = 44
MAX_SEGMENT_BYTES: Final = 1300
"""Together below the 64 KiB that one send may have. The kernel refuses segments beyond the interface's MTU,
and a refusal ends segmentation on that path: packets no browser makes are sent one by one instead."""

MAX_BATCH: Final = 64
"""Reads a wake-up: longer and timers and other sockets would wait."""

MAX_AGE_S: Final = 0.2
"""How long datagrams wait for a full socket; later they are of no use to anybody."""

MAX_QUEUED_S: Final = 1.0
"""A datagram cannot have waited longer for us: its time stamp is wrong."""

DATAGRAM_BYTES: Final = 65_535
NOTHING: Final = bytes(4)
_TIMESPEC: Final = struct.Struct("=qq")
_unpack_timespec: Final = _TIMESPEC.unpack
_ANCILLARY_BYTES: Final = 2 * socket.CMSG_SPACE(4) + socket.CMSG_SPACE(_TIMESPEC.size)
REFUSED: Final = frozenset((EMSGSIZE, EIO, EINVAL))
"""What a kernel or an interface answers that cannot segment."""

MIN_PURGE: Final = 1024
"""Paths remembered before those that nobody keeps any more are looked for."""

_pack_size: Final = struct.Struct("=H").pack

Receive = Callable[[bytes, "UdpPath", float], None]
Address = tuple[str, int] | tuple[str, int, int, int]


class UdpPath:
    """One remote address on a port. `gso` falls to False for good when its path refuses segmented sends."""

    __slots__ = ("_port", "address", "gso", "remote")

    reliable = False
    congested = False

    def __init__(self, port: "UdpPort", address: Address, gso: bool) -> None:
        self.address = address
        self.remote = (address[0], address[1])
        self.gso = gso
        self._port = port

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Send each datagram, runs of equal size together."""
        count = len(datagrams)
        if count == 1:
            self._port.send(self, datagrams[0])
            return
        if not self.gso or not count:
            for datagram in datagrams:
                self._port.send(self, datagram)
            return
        sizes = [len(datagram) for datagram in datagrams]
        size = sizes[0]
        if count <= MAX_SEGMENTS and size <= MAX_SEGMENT_BYTES and sizes.count(size) == count:
            self._port.send_run(self, datagrams, size)
            return
        start = 0
        while start < count:
            size = sizes[start]
            end = start + 1
            if size <= MAX_SEGMENT_BYTES:
                while end < count and end - start < MAX_SEGMENTS and sizes[end] == size:
                    end += 1
                if end < count and end - start < MAX_SEGMENTS and sizes[end] < size:
                    end += 1  # the last segment may be short
            if end - start == 1:
                self._port.send(self, datagrams[start])
            else:
                self._port.send_run(self, datagrams[start:end], size)
            start = end


class UdpPort:
    """A bound socket on the running loop.

    `receive` gets each datagram with its path and the time the kernel received it: a publisher's bandwidth
    estimate must not see our own delays. `turn` is called after each batch, with the time of the wake-up.
    `keep` says whether a path new to us is to be remembered (a peer has validated it).
    """

    def __init__(
        self,
        address: str,
        port: int,
        *,
        clock: Callable[[], float],
        receive: Receive,
        keep: Callable[[UdpPath], bool],
        turn: Callable[[float], None],
        drops: Drops,
        buffer_bytes: int,
        gso: bool,
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            self._socket.bind((address, port))
        except OSError:
            self._socket.close()
            raise
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self.buffers = self._enlarge(buffer_bytes)
        self.gso = gso and self._can(UDP_SEGMENT, 0)
        self.overflowed = 0
        self.sends = 0
        self.received = 0
        self.demoted = 0
        self._paths: dict[Address, UdpPath] = {}
        self._purge_at = MIN_PURGE
        self._clock = clock
        self._receive = receive
        self._keep = keep
        self._turn = turn
        self._drops = drops
        self._can(UDP_GRO, 1)
        for option in (SO_RXQ_OVFL, SO_TIMESTAMPNS):
            self._socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self._buffer = bytearray(DATAGRAM_BYTES)
        self._view = memoryview(self._buffer)
        self._waiting = bytearray(4)  # an int: bytes in the next datagram
        self._backlog: deque[tuple[float, UdpPath, tuple[Buffer, ...], int]] = deque()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def _enlarge(self, wanted: int) -> tuple[int, int]:
        """Ask for big buffers; (receive, send) bytes as granted (Linux doubles what is asked, for its own
        use)."""
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._socket.setsockopt(socket.SOL_SOCKET, option, wanted)
        receive = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
        send = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 2
        return receive, send

    def _can(self, option: int, value: int) -> bool:
        try:
            self._socket.setsockopt(SOL_UDP, option, value)
        except OSError:
            return False
        return True

    # --- reading -----------------------------------------------------------------------------------------

    def _readable(self) -> None:
        now = self._clock()
        wall_offset = time.time() - now
        receive, paths, view = self._receive, self._paths, self._view
        recvmsg_into, descriptor, waiting = self._socket.recvmsg_into, self._socket.fileno(), self._waiting
        for _ in range(MAX_BATCH):
            try:
                size, ancillary, _, address = recvmsg_into((view,), _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier send, reported here
                continue
            arrival = now
            segment = 0
            for level, kind, data in ancillary:
                if kind == SO_TIMESTAMPNS and level == SOL_SOCKET:
                    seconds, nanoseconds = _unpack_timespec(data)
                    at = seconds - wall_offset + nanoseconds * 1e-9
                    if now - MAX_QUEUED_S < at < now:  # else the wall clock was set
                        arrival = at
                elif kind == UDP_GRO and level == SOL_UDP:
                    segment = int.from_bytes(data[:4], sys.byteorder)
                elif kind == SO_RXQ_OVFL:
                    self.overflowed = int.from_bytes(data[:4], sys.byteorder)
            path = paths.get(address)
            if path is None:
                self._introduce(UdpPath(self, address, self.gso), bytes(view[:size]), segment, arrival)
            elif not segment or segment >= size:
                self.received += 1
                receive(bytes(view[:size]), path, arrival)
            else:
                for start in range(0, size, segment):
                    self.received += 1
                    receive(bytes(view[start : min(start + segment, size)]), path, arrival)
            # To be told that nothing is left costs an exception, six times as much as to ask. An empty
            # datagram looks like nothing, too: it calls us again.
            ioctl(descriptor, FIONREAD, waiting)
            if waiting == NOTHING:
                break
        self._turn(now)

    def _introduce(self, path: UdpPath, data: bytes, segment: int, now: float) -> None:
        """From an address not yet known: remembered if what came makes it somebody's."""
        for start in range(0, len(data) or 1, segment or len(data) or 1):
            self.received += 1
            self._receive(data[start : start + (segment or len(data))], path, now)
        if self._keep(path):
            if len(self._paths) >= self._purge_at:
                self._paths = {address: known for address, known in self._paths.items() if self._keep(known)}
                self._purge_at = max(MIN_PURGE, 2 * len(self._paths))
            self._paths[path.address] = path

    # --- writing -----------------------------------------------------------------------------------------

    def send(self, path: UdpPath, datagram: Buffer) -> None:
        """Send one datagram, or let it wait for room."""
        if self._backlog:
            self._wait(path, (datagram,), 0)
            return
        try:
            self._socket.sendto(datagram, path.address)
            self.sends += 1
        except BlockingIOError:
            self._wait(path, (datagram,), 0)
        except OSError as error:
            self._failed(error, path, (datagram,), 0)

    def send_run(self, path: UdpPath, datagrams: Sequence[Buffer], size: int) -> None:
        """Send datagrams of `size` bytes, the last may be shorter, in one call."""
        if self._backlog:
            self._wait(path, datagrams, size)
            return
        try:
            self._socket.sendmsg(datagrams, ((SOL_UDP, UDP_SEGMENT, _pack_size(size)),), 0, path.address)
            self.sends += 1
        except BlockingIOError:
            self._wait(path, datagrams, size)
        except OSError as error:
            self._failed(error, path, datagrams, size)

    def _failed(self, error: OSError, path: UdpPath, datagrams: Sequence[Buffer], size: int) -> None:
        if error.errno == ENOBUFS:
            self._wait(path, datagrams, size)
        elif size and error.errno in REFUSED:
            # No segmentation on the way to this peer (an interface without checksum offload, a small MTU).
            path.gso = False
            self.demoted += 1
            for datagram in datagrams:
                self.send(path, datagram)
        else:
            self._drops[DropReason.SEND_ERROR] += len(datagrams)

    def _wait(self, path: UdpPath, datagrams: Sequence[Buffer], size: int) -> None:
        now = self._clock()
        backlog = self._backlog
        if not backlog:
            self._loop.add_writer(self._socket.fileno(), self._writable)
        while backlog and backlog[0][0] < now:
            self._drops[DropReason.OUTBOX_AGE] += len(backlog.popleft()[2])
        backlog.append((now + MAX_AGE_S, path, tuple(datagrams), size))

    def _writable(self) -> None:
        now = self._clock()
        waiting, self._backlog = self._backlog, deque()
        self._loop.remove_writer(self._socket.fileno())
        while waiting:
            expires, path, datagrams, size = waiting.popleft()
            if expires < now:
                self._drops[DropReason.OUTBOX_AGE] += len(datagrams)
                continue
            if size:
                self.send_run(path, datagrams, size)
            else:
                self.send(path, datagrams[0])
            if self._backlog:  # full again: what is left of this, and the rest, keep their order and age
                self._backlog = deque((expires, *entry[1:]) for entry in self._backlog)
                self._backlog.extend(waiting)
                return

    def close(self) -> None:
        """Stop reading and close the socket. The reader goes first, or a reused descriptor is never
        polled."""
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
