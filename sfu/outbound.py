"""What a peer receives: its slots, the repairs it asks for, and the sender reports it gets."""

from collections.abc import Callable
from math import inf
from typing import Final

from sfu.clock import WallClock, middle32, round_trip
from sfu.downlink import Downlink
from sfu.drops import DropReason, Drops
from sfu.flush import FlushSchedule
from sfu.header_layout import layout_for
from sfu.identifiers import Mid, Ssrc
from sfu.messages import SlotStats
from sfu.outbox import Outbox
from sfu.path import Path
from sfu.resender import Resender
from sfu.rtcp.compound import Writable
from sfu.rtcp.nack import Nack
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.source_description import SourceDescription
from sfu.sdp.sections import SlotSection
from sfu.slot import OnState, Slot
from sfu.slot_clock import SlotClock
from sfu.slot_stream import SlotStream
from sfu.srtp.session import SrtpSession

REPORT_EVERY_S: Final = 1.0
FIRST_REPORT_S: Final = 0.05
"""After a slot began to send: without a report the receiver cannot put it in sync with its seat's other
half."""

_MAX_FIRST_INDEX: Final = 1 << 15
"""RFC 3711 §3.3.1: a start in the lower half lets no receiver guess the rollover counter wrongly."""

RandomBits = Callable[[int], int]
"""Number of bits → that many random bits."""


class Outbound:
    """The receiving half of a peer, its slots by mid. `wake` is called with the time of a new deadline."""

    def __init__(
        self,
        schedule: FlushSchedule,
        drops: Drops,
        wall: WallClock,
        cname: str,
        random_bits: RandomBits,
        on_state: OnState,
        wake: Callable[[float], None],
    ) -> None:
        self.slots: dict[Mid, Slot] = {}
        self.outbox = Outbox(schedule, drops, wake)
        self.downlink = Downlink(self.outbox, wake)
        self.rtt_s: float | None = None
        self._by_ssrc: dict[int, Slot] = {}
        self._drops = drops
        self._wall = wall
        self._cname = cname
        self._random_bits = random_bits
        self._on_state = on_state
        self._wake = wake
        self._srtp: SrtpSession | None = None
        self._report_at = inf
        self._reported: dict[Ssrc, int] = {}

    # --- negotiation -------------------------------------------------------------------------------------

    def apply(self, sections: tuple[SlotSection, ...], mixed: bool, now: float) -> None:
        """Take over an offer's slots; one that is gone loses its source. `mixed`: RFC 8285 §6 was agreed
        on."""
        for mid in [*self.slots]:
            if not any(section.mid == mid for section in sections):
                slot = self.slots.pop(mid)
                slot.assign(None, False, now)
        for section in sections:
            slot_or_none = self.slots.get(section.mid)
            if slot_or_none is None:
                self.slots[section.mid] = self._open(section, mixed, now)
            else:
                slot_or_none.apply(section)
                slot_or_none.aim(now)
        self._by_ssrc = {slot.stream.ssrc: slot for slot in self.slots.values()}
        self.downlink.apply(self.slots.values(), now)

    def _open(self, section: SlotSection, mixed: bool, now: float) -> Slot:
        video = section.kind == "video"
        clock_rate = section.codecs[0].codec.clock_rate if section.codecs else 90_000
        random_bits = self._random_bits
        repeatable = video and section.feedback.nack
        stream = SlotStream(
            section.ssrc,
            layout_for(section.extensions, mixed or section.line.extmap_allow_mixed),
            video,
            random_bits(16) % _MAX_FIRST_INDEX,
            repeatable and section.rtx_ssrc is None,
            self._drops,
        )
        resender = Resender(stream, section.rtx_ssrc, random_bits(16) % _MAX_FIRST_INDEX)
        clock = SlotClock(clock_rate, random_bits(32), now)
        slot = Slot(section, stream, resender, clock, self.outbox, self.downlink, self._on_state)
        if self._srtp is not None:
            self._start(slot, self._srtp, now)
        return slot

    # --- the connection ----------------------------------------------------------------------------------

    def connect(self, srtp: SrtpSession, now: float) -> None:
        """The association is up: slots may send."""
        self._srtp = srtp
        for slot in self.slots.values():
            self._start(slot, srtp, now)

    def _start(self, slot: Slot, srtp: SrtpSession, now: float) -> None:
        slot.stream.protect_with(srtp.sealer(slot.stream.ssrc))
        if slot.section.rtx_ssrc is not None:
            slot.resender.protect_with(srtp.sealer(slot.section.rtx_ssrc))
        slot.start(now)

    def select(self, path: Path | None) -> None:
        """Send on `path` from now on; None: not at all."""
        self.outbox.path = path

    def close(self, now: float) -> None:
        """The peer is gone: its slots let go of what they carry."""
        self.apply((), False, now)

    # --- feedback ----------------------------------------------------------------------------------------

    def nack(self, message: Nack, now: float) -> None:
        """The subscriber misses packets."""
        slot = self._by_ssrc.get(message.media_ssrc)
        outbox = self.outbox
        if slot is None or outbox.path is None:
            return
        if not self.downlink.may_repair(now):
            self._drops[DropReason.REPAIR_BUDGET] += 1
            return
        datagrams: list[bytes] = []
        first = outbox.numbers.sequence
        outbox.begin(now)
        slot.resender.spacing_s = self.downlink.answer_s()
        if slot.resender.resend(message.lost, datagrams, outbox.transport(slot), now):
            self.want_keyframe(message.media_ssrc, now)
        self.downlink.repaired(outbox.send(datagrams, first, now))

    def want_keyframe(self, ssrc: int, now: float) -> None:
        """The subscriber cannot decode (PLI, FIR)."""
        slot = self._by_ssrc.get(ssrc)
        if slot is not None and slot.current is not None and slot.current.video:
            slot.current.want_keyframe(now, said=True)

    def report(self, blocks: tuple[ReportBlock, ...], now: float) -> None:
        """Reception reports: the round trip, and loss for `stats`."""
        known = tuple(block for block in blocks if block.ssrc in self._by_ssrc)
        self.downlink.loss(known, now)
        for block in known:
            slot = self._by_ssrc[block.ssrc]
            slot.loss = block.fraction_lost / 256
            rtt_s = round_trip(middle32(self._wall.ntp(now)), block.last_sr, block.delay_since_last_sr)
            if rtt_s is not None:
                self.rtt_s = rtt_s
                self.downlink.round_trip(rtt_s)
                slot.resender.rtt_s = rtt_s

    # --- time --------------------------------------------------------------------------------------------

    def handle_timeout(self, now: float) -> None:
        """Send what has waited for its pace, go on with probes, share the bandwidth anew."""
        if now >= self.outbox.next_timeout():
            self.outbox.flush(now)
        self.downlink.handle_timeout(now)

    # --- reports -----------------------------------------------------------------------------------------

    def began(self, now: float) -> None:
        """A slot took up a source: report soon."""
        self._report_at = min(self._report_at, now + FIRST_REPORT_S)
        self._wake(self._report_at)

    def reports(self, now: float) -> list[Writable]:
        """Sender reports of the slots that sent since the last ones, one clock for all."""
        if now < self._report_at:
            return []
        self._report_at = now + REPORT_EVERY_S
        ntp = self._wall.ntp(now)
        messages: list[Writable] = []
        names: list[tuple[Ssrc, str]] = []
        for slot in self.slots.values():
            stream = slot.stream
            slot.measure(now)
            if stream.counters.packets == self._reported.get(stream.ssrc, 0):
                continue
            self._reported[stream.ssrc] = stream.counters.packets
            messages.append(
                SenderReport(
                    stream.ssrc,
                    ntp,
                    slot.clock.timestamp_at(now),
                    stream.counters.packets,
                    stream.counters.octets,
                )
            )
            names.append((stream.ssrc, self._cname))
        if messages:
            messages.append(SourceDescription(tuple(names)))
        return messages

    def next_timeout(self) -> float:
        """When `handle_timeout` or `reports` has something to do next."""
        return min(self._report_at, self.outbox.next_timeout(), self.downlink.next_timeout())

    def stats(self, now: float) -> tuple[SlotStats, ...]:
        """Every slot as `stats` tells of it."""
        return tuple(slot.stats(now) for slot in self.slots.values())
