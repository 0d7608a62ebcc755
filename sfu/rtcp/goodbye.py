"""Goodbye: sources that will send no more (RFC 3550 §6.6)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.packet import GOODBYE, MAX_COUNT, malformed, write_packet

_SSRC: Final = Struct("!I")


@dataclass(frozen=True, slots=True)
class Goodbye:
    """`ssrcs` may be empty, which is valid and useless; `reason` is for people."""

    ssrcs: tuple[Ssrc, ...]
    reason: str = ""

    @classmethod
    def parse(cls, count: int, body: bytes) -> Self:
        """Read `count` sources and the reason; RemoteError if either runs over the end."""
        end = count * 4
        if end > len(body):
            raise malformed("fewer sources than counted")
        ssrcs = tuple(Ssrc(ssrc) for (ssrc,) in _SSRC.iter_unpack(body[:end]))
        if end == len(body):
            return cls(ssrcs)
        length = body[end]
        if end + 1 + length > len(body):
            raise malformed("reason beyond the packet")
        return cls(ssrcs, body[end + 1 : end + 1 + length].decode("utf-8", "replace"))

    def to_bytes(self) -> bytes:
        """LocalError above 31 sources or 255 bytes of reason."""
        reason = self.reason.encode()
        if len(self.ssrcs) > MAX_COUNT or len(reason) > 255:
            raise LocalError("goodbye of too many sources or words")
        body = b"".join(_SSRC.pack(ssrc) for ssrc in self.ssrcs)
        if reason:
            body += bytes((len(reason),)) + reason
            body += bytes(-len(body) % 4)
        return write_packet(len(self.ssrcs), GOODBYE, body)
