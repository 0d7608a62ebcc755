"""Picture loss indication: the receiver needs a key frame (RFC 4585 §6.3.1)."""

from dataclasses import dataclass
from typing import Final, Self

from sfu.identifiers import Ssrc
from sfu.rtcp.packet import PAYLOAD_FEEDBACK, TWO_SSRCS, malformed, write_packet

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Pli:
    """`media_ssrc` is the stream that should send the key frame."""

    sender_ssrc: Ssrc
    media_ssrc: Ssrc

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body after the header; RemoteError unless it is the two SSRCs alone."""
        if len(body) != 8:
            raise malformed(f"PLI of {len(body)} bytes")
        sender, media = TWO_SSRCS.unpack(body)
        return cls(Ssrc(sender), Ssrc(media))

    def to_bytes(self) -> bytes:
        """The packet."""
        body = TWO_SSRCS.pack(self.sender_ssrc, self.media_ssrc)
        return write_packet(FORMAT, PAYLOAD_FEEDBACK, body)
