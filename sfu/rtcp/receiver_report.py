"""Receiver report: what a participant that sends nothing tells of its reception (RFC 3550 §6.4.2)."""

from dataclasses import dataclass
from struct import Struct
from typing import Final

from sfu.identifiers import Ssrc
from sfu.rtcp.packet import MAX_COUNT, RECEIVER_REPORT, malformed, write_packet
from sfu.rtcp.report_block import ReportBlock, parse_report_blocks, write_report_blocks

_SSRC: Final = Struct("!I")


@dataclass(slots=True, init=False)
class ReceiverReport:
    """`ssrc` is the reporter's. More than 31 blocks are written as several packets (RFC 3550 §6.1)."""

    ssrc: Ssrc
    blocks: tuple[ReportBlock, ...]

    # By hand, since a generated one is interpreted.
    def __init__(self, ssrc: Ssrc, blocks: tuple[ReportBlock, ...] = ()) -> None:
        self.ssrc = ssrc
        self.blocks = blocks

    @classmethod
    def parse(cls, count: int, body: bytes) -> "ReceiverReport":
        """Read the body after the header; RemoteError if it is shorter than `count` says."""
        if len(body) < 4:
            raise malformed("receiver report without SSRC")
        ssrc = Ssrc(int.from_bytes(body[:4], "big"))
        return ReceiverReport(ssrc, parse_report_blocks(body, 4, count))

    def to_bytes(self) -> bytes:
        """One packet, more if there are more blocks than one can count."""
        packets = []
        for start in range(0, max(len(self.blocks), 1), MAX_COUNT):
            blocks = self.blocks[start : start + MAX_COUNT]
            body = _SSRC.pack(self.ssrc) + write_report_blocks(blocks)
            packets.append(write_packet(len(blocks), RECEIVER_REPORT, body))
        return b"".join(packets)
