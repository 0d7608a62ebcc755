"""Sender report: ties a stream's RTP timestamps to its sender's wall clock (RFC 3550 §6.4.1)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final, Self

from sfu.identifiers import Ssrc
from sfu.rtcp.packet import MAX_COUNT, SENDER_REPORT, malformed, write_packet
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.report_block import ReportBlock, parse_report_blocks, write_report_blocks

_SENDER: Final = Struct("!IQIII")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp` is 64 bit, 32.32 seconds since 1900; `rtp_timestamp` names the same moment in the stream's ticks.

    `packets` and `octets` count what was sent (payload only), modulo 2^32.
    """

    ssrc: Ssrc
    ntp: int
    rtp_timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()

    @classmethod
    def parse(cls, count: int, body: bytes) -> Self:
        """Read the body after the header; RemoteError if it is shorter than `count` says."""
        if len(body) < _SENDER.size:
            raise malformed("sender report without sender information")
        ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
        blocks = parse_report_blocks(body, _SENDER.size, count)
        return cls(Ssrc(ssrc), ntp, timestamp, packets, octets, blocks)

    def to_bytes(self) -> bytes:
        """One packet; blocks beyond 31 follow in receiver reports of the same SSRC (RFC 3550 §6.1)."""
        sender = _SENDER.pack(
            self.ssrc,
            self.ntp & 0xFFFFFFFFFFFFFFFF,
            self.rtp_timestamp & 0xFFFFFFFF,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        first, rest = self.blocks[:MAX_COUNT], self.blocks[MAX_COUNT:]
        packet = write_packet(len(first), SENDER_REPORT, sender + write_report_blocks(first))
        return packet + ReceiverReport(self.ssrc, rest).to_bytes() if rest else packet
