"""Datagrams on a TCP connection: a 16-bit length before each (RFC 4571 §2, RFC 6544 §3)."""

from typing import Final

from sfu.drops import DropReason
from sfu.errors import LocalError, RemoteError
from sfu.path import Buffer

HEADER_SIZE: Final = 2
MAX_FRAME_BYTES: Final = 2048  # ours: no packet of a WebRTC peer is longer than an Ethernet frame


class Deframer:
    """Finds the datagrams in one direction of one connection, however TCP cut them."""

    def __init__(self, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self._max_frame_bytes = max_frame_bytes
        self._pending = b""
        self._broken = False

    def feed(self, data: Buffer) -> list[bytes]:
        """Take in what was read; returns the datagrams it completes. Empty ones (keepalives) are left out.

        Raises:
            RemoteError: FRAMING, a length beyond the bound. The connection is lost: no later byte can be
                trusted to be a length, so every further call raises too.
        """
        if self._broken:
            raise RemoteError(DropReason.FRAMING, "after a bad length")
        stream = self._pending + data
        frames: list[bytes] = []
        offset = 0
        while len(stream) - offset >= HEADER_SIZE:
            length = int.from_bytes(stream[offset : offset + HEADER_SIZE], "big")
            if length > self._max_frame_bytes:
                self._broken = True
                self._pending = b""
                raise RemoteError(DropReason.FRAMING, f"length {length}")
            end = offset + HEADER_SIZE + length
            if end > len(stream):
                break
            if length:
                frames.append(stream[offset + HEADER_SIZE : end])
            offset = end
        self._pending = stream[offset:]
        return frames


def frame(datagram: Buffer) -> bytes:
    """The bytes that carry `datagram` over TCP. Raises LocalError beyond 65535 bytes."""
    if len(datagram) > 0xFFFF:
        raise LocalError(f"a frame cannot hold {len(datagram)} bytes")
    return len(datagram).to_bytes(HEADER_SIZE, "big") + datagram
