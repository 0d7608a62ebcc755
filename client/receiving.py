"""One slot as a receiver sees it: packets in, repairs asked for, statistics."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from client.answer import AnsweredLine
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.identifiers import Csrc, Mid, Ssrc
from sfu.messages import Kind
from sfu.nack_generator import NackGenerator
from sfu.receive_statistics import ReceiveStatistics
from sfu.rtcp.compound import Writable
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.sender_report import SenderReport
from sfu.sequence import unwrap
from sfu.srtp.replay import ReplayWindow


@dataclass(slots=True)
class ReceivedPacket:
    """A decrypted packet of a slot, its padding removed.

    `index` is the sequence number unwrapped, `csrc` names the track (None without one), `repaired` says that
    it came over RTX: `index` and `payload_type` are then those of the packet it repeats.
    """

    index: int
    timestamp: int
    marker: bool
    payload_type: int
    csrc: Csrc | None
    payload: bytes
    arrival: float
    elements: dict[int, bytes] = field(default_factory=dict)
    repaired: bool = False


@dataclass(slots=True)
class SlotCounters:
    """What came. `repeated` are packets and repairs of what was there already, `padding` those without
    media."""

    packets: int = 0
    octets: int = 0
    repaired: int = 0
    repeated: int = 0
    padding: int = 0
    plis: int = 0
    nacks: int = 0


class ReceiveSlot:
    """A receive m-line. `on_packet` gets each packet once, in the order of arrival.

    `csrc`, `payload_type`, `timestamp` are those of the newest packet; `reports` the newest sender report.
    """

    def __init__(self, mid: Mid, kind: Kind, nack: bool) -> None:
        self.mid = mid
        self.kind: Kind = kind
        self.ssrc: Ssrc | None = None
        self.rtx_ssrc: Ssrc | None = None
        self.seat = ""
        self.parked = False
        self.deleted = False
        self.counters = SlotCounters()
        self.csrc: Csrc | None = None
        self.payload_type = -1
        self.timestamp = 0
        self.sender_report: SenderReport | None = None
        self.on_packet: Callable[[ReceivedPacket], None] = lambda packet: None
        self.codecs: dict[int, str] = {}
        self.statistics = ReceiveStatistics(90_000 if kind == "video" else 48_000)
        self.nacks: NackGenerator | None = NackGenerator() if nack and kind == "video" else None
        self._media_of_rtx: dict[int, int] = {}
        self._pli_wanted = False
        self._window = ReplayWindow()  # of what was handed on, whichever way it came
        self._first = -1
        self._taken = 0

    def apply(self, line: AnsweredLine) -> None:
        """Take over what an answer says; the SSRCs of a slot never change."""
        if line.ssrc is not None:
            self.ssrc, self.rtx_ssrc, self.seat = line.ssrc, line.rtx_ssrc, line.seat
        self.codecs = {
            entry.payload_type: entry.codec.key for entry in line.formats if entry.codec is not None
        }
        self._media_of_rtx = {
            entry.payload_type: entry.apt for entry in line.formats if entry.apt is not None
        }

    @property
    def missing(self) -> int:
        """Packets of the slot's numbering that came neither by themselves nor repaired."""
        return self.statistics.highest - self._first + 1 - self._taken if self._taken else 0

    def ask_keyframe(self) -> None:
        """Send a PLI with the next feedback (RFC 4585 §6.3.1)."""
        self._pli_wanted = True

    # --- packets -----------------------------------------------------------------------------------------

    def receive(self, packet: ReceivedPacket, size_bytes: int, now: float) -> None:
        """An authentic packet on the slot's SSRC; raises RemoteError for a repeated one or bare padding."""
        self.statistics.received(packet.index, packet.timestamp, size_bytes, now)
        if self.nacks is not None:
            self.nacks.received(packet.index, now)
        self._take(packet)

    def repair(self, packet: ReceivedPacket) -> None:
        """An authentic packet on the slot's RTX SSRC; raises RemoteError if it repairs nothing."""
        original = self._media_of_rtx.get(packet.payload_type)
        if original is None:
            raise RemoteError(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE)
        payload = packet.payload
        if not payload:
            self.counters.padding += 1
            raise RemoteError(DropReason.RTP_PADDING)
        if len(payload) < 2:
            raise RemoteError(DropReason.RTX_MALFORMED)
        highest = self.statistics.highest
        index = unwrap(payload[0] << 8 | payload[1], highest)
        if not 0 <= index <= highest:
            raise RemoteError(DropReason.RTX_UNKNOWN)
        if self.nacks is not None:
            self.nacks.recovered(index)
        packet.index, packet.payload_type, packet.repaired = index, original, True
        packet.payload = payload[2:]
        self._take(packet)
        self.counters.repaired += 1

    def _take(self, packet: ReceivedPacket) -> None:
        index, window, counters = packet.index, self._window, self.counters
        try:
            window.check(index)
        except RemoteError:
            counters.repeated += 1
            raise RemoteError(DropReason.RTP_DUPLICATE) from None
        newest = index > window.highest
        window.accept(index)
        self._first = min(self._first, index) if self._taken else index
        self._taken += 1
        if not packet.payload:
            counters.padding += 1
            raise RemoteError(DropReason.RTP_PADDING)
        counters.packets += 1
        counters.octets += len(packet.payload)
        if newest:
            self.csrc = packet.csrc
            self.payload_type = packet.payload_type
            self.timestamp = packet.timestamp
        self.on_packet(packet)

    # --- feedback ----------------------------------------------------------------------------------------

    def report_block(self, now: float) -> ReportBlock | None:
        """The slot's part of a receiver report."""
        return None if self.ssrc is None else self.statistics.report_block(self.ssrc, now)

    def reported(self, report: SenderReport, now: float) -> None:
        """The server's sender report of this slot."""
        self.sender_report = report
        self.statistics.sender_report(report.ntp, now)

    def next_timeout(self) -> float:
        """When `feedback` has something to say."""
        due = self.nacks.next_timeout() if self.nacks is not None else None
        return inf if due is None else due

    def feedback(self, sender: Ssrc, now: float) -> list[Writable]:
        """NACKs and PLIs that are due."""
        messages: list[Writable] = []
        if self.ssrc is None:
            return messages
        if self.nacks is not None:
            lost = self.nacks.due(now)
            if lost:
                self.counters.nacks += 1
                messages.append(Nack(sender, self.ssrc, tuple(index & 0xFFFF for index in lost)))
            self._pli_wanted |= self.nacks.take_failure()
        if self._pli_wanted:
            self._pli_wanted = False
            self.counters.plis += 1
            messages.append(Pli(sender, self.ssrc))
        return messages
