"""Runs a `Node`: sockets, the clock and one timer on the running event loop. The only part of sfu that
does."""

import asyncio
import logging
import random
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, inf

from config.settings import Limits, MediaSettings
from sfu.addresses import StunServer, host_candidates, plan_addresses, read_mapped_address
from sfu.certificate import make_certificate
from sfu.clock import WallClock
from sfu.codecs.codec import enabled_keys
from sfu.drops import Drops
from sfu.dtls import SrtpProfile
from sfu.errors import RemoteError
from sfu.histogram import Histogram
from sfu.interfaces import machine_addresses
from sfu.messages import Command, Event
from sfu.node import Node
from sfu.path import Path
from sfu.sdp.limits import SdpLimits
from sfu.stun import write_binding_request
from sfu.tcp_port import TcpPort
from sfu.udp_port import UdpPath, UdpPort

log = logging.getLogger(__name__)

STALL_S = 0.002
"""No callback should hold the loop longer (DESIGN.md 2)."""

LENIENCE_S = 0.002
"""So long a peer's deadline waits for a turn that comes anyway: a wake-up costs as much as some packets."""

PORT_TRIES = 20
"""With any free port asked for: one that is free on UDP may be taken on TCP."""

STUN_ASK_S = 0.5
STUN_TRIES = 5


@dataclass(frozen=True, slots=True)
class MediaCounters:
    """What a node has counted so far. Packets and bytes are media datagrams sent; `received` all
    datagrams."""

    packets: int
    octets: int
    received: int
    sends: int
    overflowed: int
    demoted: int
    peers: int
    publications: int
    drops: Drops
    forward: Histogram
    stall: Histogram


class MediaDriver:
    """The media of this process on its ports.

    Events come by `on_event`, within the call that caused them or a loop callback; `handle` takes commands.
    """

    def __init__(self, settings: MediaSettings, limits: Limits, on_event: Callable[[Event], None]) -> None:
        self._settings = settings
        self._candidates: tuple[str, ...] = ()
        self._ports: list[UdpPort] = []
        self._tcp: list[TcpPort] = []
        self._forward = Histogram()
        self._stall = Histogram()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._in_turn = False
        self._asked: dict[bytes, asyncio.Future[tuple[str, int]]] = {}
        self.wall = WallClock(time.time() - time.monotonic())
        self.node = Node(
            certificate=make_certificate(datetime.now(UTC)),
            emit=on_event,
            candidates=lambda: self._candidates,
            random=random.SystemRandom(),
            wall=self.wall,
            limits=SdpLimits(
                sdp_bytes=limits.sdp_bytes,
                max_mlines=limits.max_mlines,
                max_slots_audio=limits.max_slots_audio,
                max_slots_video=limits.max_slots_video,
                max_tracks=limits.max_tracks,
                data_message_bytes=limits.data_message_bytes,
            ),
            codecs=enabled_keys(settings.codecs),
            profiles=tuple(SrtpProfile[name] for name in settings.srtp_profiles),
            flush_s=settings.flush_ms / 1000,
            fan_out=settings.flush_fanout,
        )

    # --- life --------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Bind the ports; LocalError or OSError if that cannot be done."""
        settings = self._settings
        plan = plan_addresses(settings.host, settings.announce, machine_addresses())
        for tries_left in reversed(range(1 if settings.port else PORT_TRIES)):
            try:
                port = await self._bind(plan.bind)
                break
            except OSError:
                await self.close()
                self._ports.clear()
                self._tcp.clear()
                if not tries_left:
                    raise
        self._report_buffers()
        answers = [await self._ask(server) for server in plan.ask]
        endpoints = plan.endpoints(port, [answer for answer in answers if answer is not None])
        self._candidates = host_candidates(endpoints, settings.tcp)

    async def _bind(self, addresses: Sequence[str]) -> int:
        """Open all ports on one number, which is returned."""
        settings = self._settings
        port = settings.port
        for address in addresses:
            udp = UdpPort(
                address,
                port,
                clock=time.monotonic,
                receive=self._receive,
                keep=self.node.knows,
                turn=self._turn,
                drops=self.node.drops,
                buffer_bytes=settings.socket_buffer_bytes,
                gso=settings.gso == "auto",
            )
            self._ports.append(udp)
            port = udp.address[1]  # the others take the one that was free
            if settings.tcp:
                tcp = TcpPort(
                    clock=time.monotonic,
                    receive=self._receive,
                    keep=self.node.knows,
                    turn=self._turn,
                    lost=self.node.lost,
                    drops=self.node.drops,
                )
                await tcp.listen(address, port)
                self._tcp.append(tcp)
        return port

    def _report_buffers(self) -> None:
        wanted = self._settings.socket_buffer_bytes
        granted = min(min(port.buffers) for port in self._ports)
        if granted < wanted:
            log.warning(
                "socket buffers are %d KiB, %d KiB were asked for: raise net.core.rmem_max and wmem_max",
                granted // 1024,
                wanted // 1024,
            )

    @property
    def media_address(self) -> tuple[str, int]:
        """Where media comes in: the first port."""
        return self._ports[0].address

    async def close(self) -> None:
        """Close the ports."""
        if self._timer is not None:
            self._timer.cancel()
        for udp in self._ports:
            udp.close()
        for tcp in self._tcp:
            await tcp.close()

    # --- work --------------------------------------------------------------------------------------------

    def handle(self, command: Command) -> None:
        """Carry out a command; what it causes leaves at the end of this turn, or now if there is none."""
        now = time.monotonic()
        self.node.handle(command, now)
        if not self._in_turn:
            self._turn(now)

    def _receive(self, datagram: bytes, path: Path, now: float) -> None:
        self._in_turn = True
        if self._asked and self._is_answer(datagram):
            return
        self.node.receive(datagram, path, now)

    def _turn(self, now: float) -> None:
        """The end of a wake-up: send, measure, arm the timer."""
        node = self.node
        self._in_turn = True
        node.flush(now)
        due = node.next_timeout()
        if due is not None and due <= now:  # feedback at the end of a frame: not worth a wake-up of its own
            node.handle_timeout(now)
        self._in_turn = False
        end = time.monotonic()
        oldest = node.schedule.oldest
        if oldest <= end:
            self._forward.observe(end - oldest)
            node.schedule.oldest = inf
        if end - now > STALL_S:
            self._stall.observe(end - now)
        self._arm(end)

    def _arm(self, now: float) -> None:
        due = self.node.latest_timeout(LENIENCE_S)
        if self._timer is not None:
            if self._timer_at == due:
                return
            self._timer.cancel()  # also where it would come too early: most deadlines are met in other turns
            self._timer = None
        if due is None:
            return
        self._timer_at = due
        # uvloop counts in milliseconds and rounds: a timer that fires early is armed again, and again. And
        # whatever wants to be called all the time leaves the processor to others in between.
        delay_s = max(ceil((due - now) * 1000), 1) / 1000
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        self._timer = None
        now = time.monotonic()
        self._in_turn = True
        self.node.handle_timeout(now)
        self._turn(now)

    def counters(self) -> MediaCounters:
        """What was counted so far."""
        packets, octets = self.node.sent()
        return MediaCounters(
            packets=packets,
            octets=octets,
            received=sum(port.received for port in self._ports),
            sends=sum(port.sends for port in self._ports),
            overflowed=sum(port.overflowed for port in self._ports),
            demoted=sum(port.demoted for port in self._ports),
            peers=len(self.node.peers),
            publications=len(self.node.publications),
            drops=self.node.drops,
            forward=self._forward,
            stall=self._stall,
        )

    # --- how we look from outside ------------------------------------------------------------------------

    async def _ask(self, server: StunServer) -> tuple[str, int] | None:
        """Our address as `server` sees it; None, and a warning, if it does not answer."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_DGRAM)
        except OSError as error:
            log.warning("STUN server %s: %s", server.host, error)
            return None
        for port in self._ports:
            family = socket.AF_INET6 if ":" in port.address[0] else socket.AF_INET
            address = next((entry[4] for entry in found if entry[0] == family), None)
            if address is None:
                continue
            transaction = random.SystemRandom().randbytes(12)
            future: asyncio.Future[tuple[str, int]] = loop.create_future()
            self._asked[transaction] = future
            try:
                for _ in range(STUN_TRIES):
                    UdpPath(port, (str(address[0]), int(address[1])), False).send(
                        (write_binding_request(transaction),)
                    )
                    done, _ = await asyncio.wait((future,), timeout=STUN_ASK_S)
                    if done:
                        return future.result()
            finally:
                del self._asked[transaction]
        log.warning("STUN server %s does not answer", server.host)
        return None

    def _is_answer(self, datagram: bytes) -> bool:
        future = self._asked.get(datagram[8:20])
        if future is None or future.done():
            return False
        try:
            future.set_result(read_mapped_address(datagram, datagram[8:20]))
        except RemoteError:
            return False
        return True
