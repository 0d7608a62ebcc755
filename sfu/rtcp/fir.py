"""Full intra request: a key frame is needed, numbered so that a repetition shows (RFC 5104 §4.3.1)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from sfu.identifiers import Ssrc
from sfu.rtcp.packet import PAYLOAD_FEEDBACK, TWO_SSRCS, malformed, write_packet

FORMAT: Final = 4

MAX_ENTRIES: Final = 128
"""One asks its own senders only; an m-line each is already far above practice."""

_ENTRY: Final = Struct("!IB3x")


@dataclass(frozen=True, slots=True)
class Fir:
    """`entries` pair the SSRC that should send a key frame with the request's number, 8 bit."""

    sender_ssrc: Ssrc
    entries: tuple[tuple[Ssrc, int], ...]

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body after the header; RemoteError if it has no entry, too many or a part of one."""
        size = len(body) - 8
        if size % _ENTRY.size or not _ENTRY.size <= size <= MAX_ENTRIES * _ENTRY.size:
            raise malformed(f"FIR of {len(body)} bytes")
        sender, _ = TWO_SSRCS.unpack_from(body)
        entries = tuple((Ssrc(ssrc), number) for ssrc, number in _ENTRY.iter_unpack(body[8:]))
        return cls(Ssrc(sender), entries)

    def to_bytes(self) -> bytes:
        """The packet; its media source is 0, the entries name them (RFC 5104 §4.3.1.2)."""
        body = TWO_SSRCS.pack(self.sender_ssrc, 0)
        body += b"".join(_ENTRY.pack(ssrc, number & 0xFF) for ssrc, number in self.entries)
        return write_packet(FORMAT, PAYLOAD_FEEDBACK, body)
