"""Source description: the canonical name that ties a sender's streams together (RFC 3550 §6.5)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.packet import MAX_COUNT, SOURCE_DESCRIPTION, malformed, write_packet

_SSRC: Final = Struct("!I")
_END: Final = 0
_CNAME: Final = 1


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """`cnames` pairs each SSRC with its canonical name, ``""`` if it has none; other items are skipped."""

    cnames: tuple[tuple[Ssrc, str], ...]

    @classmethod
    def parse(cls, count: int, body: bytes) -> Self:
        """Read `count` chunks; RemoteError where an item or a chunk runs over the end."""
        cnames = []
        offset = 0
        for _ in range(count):
            if offset + 4 > len(body):
                raise malformed("fewer source descriptions than counted")
            ssrc = Ssrc(_SSRC.unpack_from(body, offset)[0])
            cname, offset = _parse_items(body, offset + 4)
            cnames.append((ssrc, cname))
        return cls(tuple(cnames))

    def to_bytes(self) -> bytes:
        """One packet a 31 chunks. LocalError for a name above 255 bytes."""
        packets = []
        for start in range(0, max(len(self.cnames), 1), MAX_COUNT):
            chunks = self.cnames[start : start + MAX_COUNT]
            body = b"".join(_write_chunk(ssrc, cname) for ssrc, cname in chunks)
            packets.append(write_packet(len(chunks), SOURCE_DESCRIPTION, body))
        return b"".join(packets)


def _parse_items(body: bytes, offset: int) -> tuple[str, int]:
    """The CNAME of the items from `offset` on, and where the next chunk starts."""
    cname = ""
    end = len(body)
    while offset < end and body[offset] != _END:
        if offset + 2 > end or offset + 2 + body[offset + 1] > end:
            raise malformed("source description item beyond the packet")
        following = offset + 2 + body[offset + 1]
        if body[offset] == _CNAME:
            cname = body[offset + 2 : following].decode("utf-8", "replace")
        offset = following
    if offset == end:
        raise malformed("source description without end")
    return cname, (offset | 3) + 1  # at least one null, then up to the next 32-bit boundary


def _write_chunk(ssrc: Ssrc, cname: str) -> bytes:
    text = cname.encode()
    if len(text) > 255:
        raise LocalError("CNAME above 255 bytes")
    chunk = _SSRC.pack(ssrc) + bytes((_CNAME, len(text))) + text
    return chunk + bytes(4 - len(chunk) % 4)
