"""What redundant audio says again of packets that were lost (RFC 2198).

It is put in its place where the stream comes in: so everybody has it, a recorder too, and listeners whose
browsers know no redundancy.
"""

from typing import Final

from sfu.codecs import red
from sfu.layer import Layer
from sfu.rtp.packet import RtpPacket
from sfu.sequence import timestamp_delta

MOST: Final = 9
"""Chromium repeats one packet, and nine if it is told to: of one packet no more are made."""

MASK: Final = 0xFFFFFFFF


def unpack(layer: Layer, newest: RtpPacket, whole: bytes, payload_type: int) -> list[RtpPacket]:
    """Packets that `layer` lacks, the oldest first, out of the RED payload `whole` of `newest`, which is not
    among them. `payload_type` is that of the blocks; RemoteError if the headers lie.

    The blocks are the packets before it, one behind another. Where times do not fit between those of the
    packets that did come, they are something else, and nothing is made of them.
    """
    if not layer.lacks(newest.index - 1):
        return []
    found: list[RtpPacket] = []
    offset = 0
    index = newest.index
    for block in red.blocks(whole)[-2 : -2 - MOST : -1]:
        index -= 1
        if block.timestamp_offset <= offset or not block.data:
            break
        offset = block.timestamp_offset
        if not layer.lacks(index):
            continue
        timestamp = newest.timestamp - offset & MASK
        before = layer.packet(index - 1)
        if before is not None and timestamp_delta(timestamp, before.timestamp) <= 0:
            break
        found.append(RtpPacket(index, False, payload_type, timestamp, block.data, newest.arrival))
    found.reverse()
    return found
