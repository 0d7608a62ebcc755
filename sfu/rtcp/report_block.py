"""Reception report block: how one source arrives at the reporter (RFC 3550 §6.4.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from sfu.identifiers import Ssrc
from sfu.rtcp.packet import malformed

_BLOCK: Final = Struct("!IIIIII")


@dataclass(slots=True, init=False)
class ReportBlock:
    """`fraction_lost` in 1/256 since the last report, `total_lost` signed 24 bit, `jitter` in RTP ticks.

    `highest_sequence` is extended to 32 bit. `last_sr` is the middle 32 bits of the last sender report's NTP
    time and `delay_since_last_sr` the time since then in 1/65536 s; both are zero before the first.
    """

    ssrc: Ssrc
    fraction_lost: int
    total_lost: int
    highest_sequence: int
    jitter: int
    last_sr: int
    delay_since_last_sr: int

    # By hand, since a generated one is interpreted: each subscriber reports each second.
    def __init__(
        self,
        ssrc: Ssrc,
        fraction_lost: int,
        total_lost: int,
        highest_sequence: int,
        jitter: int,
        last_sr: int,
        delay_since_last_sr: int,
    ) -> None:
        self.ssrc = ssrc
        self.fraction_lost = fraction_lost
        self.total_lost = total_lost
        self.highest_sequence = highest_sequence
        self.jitter = jitter
        self.last_sr = last_sr
        self.delay_since_last_sr = delay_since_last_sr


def parse_report_blocks(body: bytes, offset: int, count: int) -> tuple[ReportBlock, ...]:
    """Read `count` blocks from `offset` on. What follows is a profile's extension (§6.4.3), skipped.

    Raises RemoteError where the count promises more than there is.
    """
    if offset + count * _BLOCK.size > len(body):
        raise malformed("report blocks beyond the packet")
    blocks = []
    for _ in range(count):
        ssrc, loss, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, offset)
        offset += _BLOCK.size
        total = loss & 0xFFFFFF
        if total & 0x800000:
            total -= 0x1000000
        blocks.append(ReportBlock(Ssrc(ssrc), loss >> 24, total, highest, jitter, last_sr, delay))
    return tuple(blocks)


def write_report_blocks(blocks: Sequence[ReportBlock]) -> bytes:
    """The blocks one after another. A loss beyond 24 bits is clamped, the rest is cut to its width."""
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            (block.fraction_lost & 0xFF) << 24 | (max(-0x800000, min(0x7FFFFF, block.total_lost)) & 0xFFFFFF),
            block.highest_sequence & 0xFFFFFFFF,
            block.jitter & 0xFFFFFFFF,
            block.last_sr & 0xFFFFFFFF,
            block.delay_since_last_sr & 0xFFFFFFFF,
        )
        for block in blocks
    )
