"""Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 §2.2), an application layer feedback."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.packet import PAYLOAD_FEEDBACK, TWO_SSRCS, malformed, write_packet

FORMAT: Final = 15
NAME: Final = b"REMB"

_MANTISSA_BITS: Final = 18
_SSRC: Final = Struct("!I")


@dataclass(frozen=True, slots=True)
class Remb:
    """The streams `ssrcs` together may use `bitrate_bps`."""

    sender_ssrc: Ssrc
    bitrate_bps: int
    ssrcs: tuple[Ssrc, ...]

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body after the header, `NAME` being where it should; RemoteError if its count lies."""
        if len(body) < 16 or len(body) != 16 + 4 * body[12]:
            raise malformed(f"REMB of {len(body)} bytes")
        sender, _ = TWO_SSRCS.unpack_from(body)
        coded = int.from_bytes(body[13:16], "big")
        bitrate = (coded & (1 << _MANTISSA_BITS) - 1) << (coded >> _MANTISSA_BITS)
        if bitrate >= 1 << 63:
            raise malformed("REMB beyond 63 bits")
        ssrcs = tuple(Ssrc(ssrc) for (ssrc,) in _SSRC.iter_unpack(body[16:]))
        return cls(Ssrc(sender), bitrate, ssrcs)

    def to_bytes(self) -> bytes:
        """The packet; the rate is rounded down to 18 significant bits. LocalError above 255 streams."""
        if len(self.ssrcs) > 0xFF or not 0 <= self.bitrate_bps < 1 << 63:
            raise LocalError("REMB of too many streams or bits")
        exponent = max(self.bitrate_bps.bit_length() - _MANTISSA_BITS, 0)
        coded = exponent << _MANTISSA_BITS | self.bitrate_bps >> exponent
        body = TWO_SSRCS.pack(self.sender_ssrc, 0) + NAME
        body += bytes((len(self.ssrcs),)) + coded.to_bytes(3, "big")
        body += b"".join(_SSRC.pack(ssrc) for ssrc in self.ssrcs)
        return write_packet(FORMAT, PAYLOAD_FEEDBACK, body)
