"""The RTP stream of one slot: numbering, headers, protection.

This is where the server's time goes: `write` runs once for each packet and subscriber. It calls nothing it
does not need, and what is sent is all it allocates. If Python ever is the limit, this is the file to compile.
"""

from collections import deque
from dataclasses import dataclass
from struct import Struct
from typing import Final

from sfu.drops import DropReason, Drops
from sfu.header_layout import AUDIO_BLOCK, VIDEO_BLOCK, HeaderLayout
from sfu.identifiers import Ssrc
from sfu.rewrite import Rewrite
from sfu.rtp.packet import RtpPacket
from sfu.srtp.session import Sealer

LATE_PACKETS: Final = 2048
"""How far behind the newest a packet may still go out; a browser's jitter buffer has long moved on by
then."""

REWRITES_KEPT: Final = 64
"""Runs remembered for late packets and resends; a slewed clock opens one a frame, a switch one now and
then."""

STORED_DATAGRAMS: Final = 512
"""For clients without RTX: the very bytes, a second of 5 Mbit/s; a power of two."""

_STORED_MASK: Final = STORED_DATAGRAMS - 1

_FIRST_WORD: Final = 2 << 30 | 1 << 28 | 1 << 24  # version 2, extension, one CSRC (RFC 3550 §5.1)
_pack_four: Final = Struct("!IIII").pack
_pack_middle: Final = Struct("!III").pack
_pack_video: Final = Struct("!II12sI").pack
_pack_audio: Final = Struct("!II12sII").pack


class Transport:
    """What all slots of a peer share: the number of the next packet, and the time of sending in the 6.18
    seconds of abs-send-time."""

    __slots__ = ("send_time", "sequence")

    def __init__(self) -> None:
        self.sequence = 0
        self.send_time = 0


@dataclass(slots=True)
class Counters:
    """What was sent, as sender reports count it: packets, and octets of payload."""

    packets: int = 0
    octets: int = 0


class SlotStream:
    """The unbroken stream of a slot.

    Indices are the 48-bit packet indices of RFC 3711. Each is sealed at most once: a layer gives every packet
    once, a run maps its packets one to one above all that was sent before it, and what would fall below a
    run's first packet is dropped. `last` is the newest packet sent, under `last_rewrite`.
    """

    __slots__ = (
        "_drops",
        "_layout",
        "_middle",
        "_middle_of",
        "_rewrites",
        "_sealer",
        "_stored",
        "_video",
        "counters",
        "highest",
        "last",
        "last_rewrite",
        "ssrc",
    )

    def __init__(
        self,
        ssrc: Ssrc,
        layout: HeaderLayout,
        video: bool,
        first_index: int,
        store: bool,
        drops: Drops,
    ) -> None:
        self.ssrc = ssrc
        self.highest = first_index - 1
        self.last: RtpPacket | None = None
        self.last_rewrite: Rewrite | None = None
        self.counters = Counters()
        self._stored: list[tuple[int, bytes]] | None = [(-1, b"")] * STORED_DATAGRAMS if store else None
        self._video = video
        self._layout = layout
        # The words of the header that stay the same within a run: SSRC, CSRC, what opens the extension block.
        self._middle = b""
        self._middle_of: Rewrite | None = None
        self._sealer: Sealer | None = None
        self._drops = drops
        self._rewrites: deque[Rewrite] = deque(maxlen=REWRITES_KEPT)

    @property
    def last_timestamp(self) -> int | None:
        """RTP timestamp of the newest packet sent."""
        if self.last is None or self.last_rewrite is None:
            return None
        return (self.last.timestamp + self.last_rewrite.timestamp_delta) & 0xFFFFFFFF

    def protect_with(self, sealer: Sealer) -> None:
        """The association is up: packets can be sealed."""
        self._sealer = sealer

    def open(self, rewrite: Rewrite, first: RtpPacket, timestamp_delta: int) -> None:
        """Begin a run: another source, another layer, or the same after a pause; numbers go on without a
        gap."""
        run = self._rewrites[-1].run + 1 if self._rewrites else 0
        rewrite.open(run, self.highest + 1, timestamp_delta)
        if self.last is not None and self.last_rewrite is not None:
            rewrite.follow(self.last_rewrite, self.last, first)
        self._rewrites.append(rewrite)

    def slew(self, rewrite: Rewrite) -> None:
        """Go on with a run under other timestamps."""
        self._rewrites.append(rewrite)

    def write(
        self, rewrite: Rewrite, batch: list[RtpPacket], datagrams: list[bytes], transport: Transport
    ) -> None:
        """Append the batch's datagrams: numbered, rewritten, sealed. `rewrite` is the newest run."""
        sealer = self._sealer
        if sealer is None:
            return
        layout = self._layout
        first_word = _FIRST_WORD | rewrite.payload_type << 16
        index_delta, timestamp_delta = rewrite.index_delta, rewrite.timestamp_delta
        video = self._video
        if rewrite is not self._middle_of:
            self._middle = _pack_middle(self.ssrc, rewrite.csrc, VIDEO_BLOCK if video else AUDIO_BLOCK)
            self._middle_of = rewrite
        middle = self._middle
        tag = layout.tag | transport.send_time & layout.send_time_mask
        mask, level_tag = layout.sequence_mask, layout.level_tag
        patches = rewrite.patches_payload
        # Where packets are left out, or audio may be redundant, each is looked at by itself.
        thinned = rewrite.thinning if rewrite.thinning is not None and rewrite.thinning.active else None
        each = thinned is not None or rewrite.red_payload_type is not None
        sequence, highest = transport.sequence, self.highest
        stored = self._stored
        octets, before = 0, len(datagrams)
        for packet in batch:
            index = packet.index + index_delta
            if index <= highest or each or packet.extras:
                if thinned is not None:
                    number = thinned.numbers.number(packet.index)
                    if number is None:
                        self._drops[DropReason.SLOT_LATE] += 1
                        continue
                    index = number + index_delta
                datagram = self._write_unusual(rewrite, packet, index, highest, sequence, transport.send_time)
                if index > highest:
                    highest = index
                    if rewrite.admits(packet):
                        self.last = packet
                if datagram is not None:
                    datagrams.append(datagram)
                    octets += len(packet.payload)
                    sequence += 1
                continue
            highest = index
            self.last = packet
            if video:
                header = _pack_video(
                    first_word | packet.flags | index & 0xFFFF,
                    packet.timestamp + timestamp_delta & 0xFFFFFFFF,
                    middle,
                    tag | (sequence & mask) << 8,
                )
            else:
                header = _pack_audio(
                    first_word | packet.flags | index & 0xFFFF,
                    packet.timestamp + timestamp_delta & 0xFFFFFFFF,
                    middle,
                    tag | (sequence & mask) << 8,
                    level_tag and level_tag | packet.level << 16,
                )
            payload = packet.wire_payload
            datagram = header + sealer.seal(
                index, rewrite.payload(payload, packet.index) if patches else payload, header
            )
            datagrams.append(datagram)
            octets += len(packet.payload)  # RFC 3550 §6.4.1: without padding
            sequence += 1
            if stored is not None:
                stored[index & _STORED_MASK] = (index, datagram)
        transport.sequence = sequence
        if highest > self.highest:
            self.highest = highest
            self.last_rewrite = rewrite
        self.counters.packets += len(datagrams) - before
        self.counters.octets += octets

    def header(
        self,
        first_word: int,
        rewrite: Rewrite,
        packet: RtpPacket,
        ssrc: Ssrc,
        transport: tuple[int, int],
    ) -> bytes:
        """A header with whatever extensions the packet has, for the packets that are not the usual ones.

        `first_word` brings P, M, PT and sequence number; `transport` is (sequence, send time).
        """
        layout = self._layout
        sequence, send_time = transport
        timestamp = packet.timestamp + rewrite.timestamp_delta & 0xFFFFFFFF
        if self._video and not packet.extras:
            numbers = layout.tag | send_time & layout.send_time_mask | (sequence & layout.sequence_mask) << 8
            middle = _pack_middle(ssrc, rewrite.csrc, VIDEO_BLOCK)
            return _pack_video(_FIRST_WORD | first_word, timestamp, middle, numbers)
        fixed = _pack_four(_FIRST_WORD | first_word, timestamp, ssrc, rewrite.csrc)
        return fixed + layout.block(packet, rewrite.extras(packet), sequence, send_time)

    def _write_unusual(
        self, rewrite: Rewrite, packet: RtpPacket, index: int, highest: int, sequence: int, send_time: int
    ) -> bytes | None:
        """A packet with extensions of its own, or older than the newest; None if it must not go out."""
        if index <= highest:
            late = self._rewrite_of_late(rewrite, packet, highest - index)
            return None if late is None else self._write_one(late, packet, index, sequence, send_time)
        return self._write_one(rewrite, packet, index, sequence, send_time)

    def _write_one(
        self, rewrite: Rewrite, packet: RtpPacket, index: int, sequence: int, send_time: int
    ) -> bytes:
        assert self._sealer is not None
        word, payload = rewrite.content(packet, packet.wire_payload)
        header = self.header(word | index & 0xFFFF, rewrite, packet, self.ssrc, (sequence, send_time))
        datagram = header + self._sealer.seal(index, payload, header)
        stored = self._stored
        if stored is not None and stored[index & _STORED_MASK][0] < index:
            stored[index & _STORED_MASK] = (index, datagram)
        return datagram

    def stored(self, index: int) -> bytes | None:
        """The very bytes that went out under `index`, where they are kept and not yet forgotten."""
        if self._stored is None:
            return None
        kept, datagram = self._stored[index & _STORED_MASK]
        return datagram if kept == index else None

    def _rewrite_of_late(self, rewrite: Rewrite, packet: RtpPacket, behind: int) -> Rewrite | None:
        """What a packet older than the newest goes out under; None: it must not go out any more."""
        if behind > LATE_PACKETS:
            self._drops[DropReason.SLOT_LATE] += 1
            return None
        for candidate in reversed(self._rewrites):
            if candidate.run != rewrite.run:
                break
            if packet.index >= candidate.first_index:
                return candidate
        self._drops[DropReason.SLOT_STRAGGLER] += 1
        return None

    def sent(self, index: int) -> tuple[Rewrite, RtpPacket] | None:
        """What went out under `index`, if it is still known: to be sent again."""
        for rewrite in reversed(self._rewrites):
            if index >= rewrite.first_out:
                packet = rewrite.packet(index)
                return None if packet is None else (rewrite, packet)
        return None
