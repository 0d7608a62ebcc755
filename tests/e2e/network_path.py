"""What lies between a browser and the server, to be cut."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.e2e.conftest import StartServer
from tests.e2e.server import Server
from tests.sim.tcp_link import TcpLink
from tests.sim.udp_link import UdpLink


@dataclass
class Path:
    """What lies between the browsers and the server: signaling over TCP, media over UDP."""

    server: Server
    tcp: TcpLink
    udp: UdpLink

    @property
    def url(self) -> str:
        """Where pages are by this way."""
        return "http://{}:{}".format(*self.tcp.address)

    def die(self) -> None:
        """Let nothing pass, in either direction, by either way."""
        self.udp.cut()
        self.tcp.die()

    def revive(self) -> None:
        """Let everything pass again."""
        self.udp.mend()
        self.tcp.revive()


@asynccontextmanager
async def network_path(start_server: StartServer) -> AsyncIterator[Path]:
    """A server, and the way to it."""
    async with UdpLink(seed=7) as udp, TcpLink() as tcp:
        server = await start_server("--announce", "{}:{}".format(*udp.address))
        parts = urlsplit(server.url)
        assert parts.hostname is not None
        assert parts.port is not None
        udp.server, tcp.server = server.media, (parts.hostname, parts.port)
        yield Path(server, tcp, udp)
