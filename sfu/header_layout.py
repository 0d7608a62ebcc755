"""The header extension block of what a slot sends.

Fixed words for the usual packet, so that every packet of a kind has a header of the same size and a frame's
packets can share one send: a 32-bit word for the transport-wide sequence number (or the send time, for
clients without), and for audio one for the level. What was not negotiated keeps id 0, which is padding (RFC
8285 §4.2). A packet with other extensions gets a block of its own.
"""

from dataclasses import dataclass
from typing import Final

from sfu.rtp.extensions import MAX_ONE_BYTE_DATA, ONE_BYTE_PROFILE, write_elements
from sfu.rtp.packet import RtpPacket
from sfu.sdp.extensions import ExtensionIds

VIDEO_BLOCK: Final = ONE_BYTE_PROFILE << 16 | 1
AUDIO_BLOCK: Final = ONE_BYTE_PROFILE << 16 | 2


@dataclass(frozen=True, slots=True)
class HeaderLayout:
    """Where the numbers go: ``tag | (sequence & sequence_mask) << 8 | send_time & send_time_mask`` is the
    first word, ``level_tag | level << 16`` the second. `mixed`: the two-byte form was agreed on (RFC 8285
    §6).
    """

    extensions: ExtensionIds
    mixed: bool
    tag: int
    sequence_mask: int
    send_time_mask: int
    level_tag: int

    def block(
        self, packet: RtpPacket, extras: tuple[tuple[str, bytes], ...], sequence: int, send_time: int
    ) -> bytes:
        """The whole extension block for one packet, `extras` included; they may need the two-byte form."""
        ids = self.extensions
        elements: list[tuple[int, bytes]] = []
        if self.sequence_mask:
            elements.append((ids.transport_cc, (sequence & 0xFFFF).to_bytes(2, "big")))
        if self.send_time_mask:
            elements.append((ids.abs_send_time, send_time.to_bytes(3, "big")))
        if ids.audio_level:
            elements.append((ids.audio_level, bytes((packet.level,))))
        for name, data in extras:
            identifier = getattr(ids, name)
            if identifier and (self.mixed or 1 <= len(data) <= MAX_ONE_BYTE_DATA):
                elements.append((identifier, data))
        return write_elements(elements)


def layout_for(extensions: ExtensionIds, mixed: bool) -> HeaderLayout:
    """The layout for what an m-line negotiated, ids 1–14. Transport-wide numbers make the send time
    superfluous."""
    transport_cc, send_time, level = (
        extensions.transport_cc,
        extensions.abs_send_time,
        extensions.audio_level,
    )
    if transport_cc:
        send_time = 0
    # RFC 8285 §4.2: id in the high four bits, length less one in the low four.
    tag = transport_cc << 28 | 1 << 24 if transport_cc else send_time << 28 | 2 << 24 if send_time else 0
    return HeaderLayout(
        extensions,
        mixed,
        tag=tag,
        sequence_mask=0xFFFF if transport_cc else 0,
        send_time_mask=0xFFFFFF if send_time else 0,
        level_tag=level << 28 if level else 0,
    )
