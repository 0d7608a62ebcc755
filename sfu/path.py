"""Where a datagram came from and where answers go: one network path, whatever carries it."""

from collections.abc import Sequence
from typing import Protocol

Buffer = bytes | bytearray | memoryview


class Path(Protocol):
    """A way to one remote address: an address on a UDP port, or one ICE-TCP connection.

    Paths compare by identity; a driver gives the same object for the same remote address as long as it lives.
    """

    @property
    def remote(self) -> tuple[str, int]:
        """The other end's address and port, as the driver sees it."""

    @property
    def reliable(self) -> bool:
        """True for TCP: nothing is lost below us, and queues may grow."""

    @property
    def congested(self) -> bool:
        """True while a reliable path holds more than it should: media is better dropped than late."""

    def send(self, datagrams: Sequence[Buffer]) -> None:
        """Send each buffer as one datagram, in order. Never raises: what cannot be sent is counted and
        dropped."""
