"""One published RTP stream: numbering, header extensions, protection, repairs, reports.

A track has a stream for each simulcast encoding, each with an SSRC of its own and one for its repairs (RFC
4588). What is sent comes out of `poll_datagrams`.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from struct import Struct

from sfu.clock import WallClock, abs_send_time, ticks_from_seconds
from sfu.errors import LocalError
from sfu.identifiers import Mid, Ssrc
from sfu.messages import Kind
from sfu.rtcp.sender_report import SenderReport
from sfu.rtp.extensions import write_elements
from sfu.rtp.packet import MARKER_FLAG, PADDING_FLAG
from sfu.sdp.extensions import ExtensionIds
from sfu.sequence import unwrap
from sfu.srtp.session import Sealer, SrtpSession

HISTORY_PACKETS = 1024
"""Kept for repairs: some seconds of 720p."""

REPORT_EVERY_S = 1.0
FIRST_REPORT_S = 0.05

_FIRST_WORD = 2 << 30 | 1 << 28  # version 2, header extension (RFC 3550 §5.1)
_fixed_header = Struct("!III").pack


class TransportNumbers:
    """The transport-wide sequence number that the next packet of a connection gets."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 0

    def take(self) -> bytes:
        """Use up a number."""
        number = self.next
        self.next = number + 1
        return (number & 0xFFFF).to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What an answer made of a publish m-line: numbers to send with. `rtx_payload_type` None: no RTX."""

    payload_type: int
    rtx_payload_type: int | None
    extensions: ExtensionIds


@dataclass(slots=True)
class _Sent:
    """A packet kept for repair: the datagram itself is for servers that agreed on no RTX."""

    payload: bytes
    timestamp: int
    marker: bool
    datagram: bytes


class SendStream:
    """One encoding of a track. `rid` is ``""`` without simulcast.

    `sequence` counts as SRTP does, without wrapping (RFC 3711 §3.3.1). `on_keyframe_wanted` is called for
    PLI and FIR. `identified` turns False again never: MID and RID are sent until the server reports on the
    stream, as browsers do.
    """

    def __init__(
        self,
        mid: Mid,
        rid: str,
        kind: Kind,
        clock_rate: int,
        ssrc: Ssrc,
        rtx_ssrc: Ssrc | None,
        first_sequence: int,
    ) -> None:
        self.mid = mid
        self.rid = rid
        self.kind: Kind = kind
        self.ssrc = ssrc
        self.rtx_ssrc = rtx_ssrc
        self.sequence = first_sequence
        self.rtx_sequence = first_sequence & 0x7FFF  # its start may be lost: RFC 3711 §3.3.1
        self.packets = 0
        self.octets = 0
        self.repairs = 0
        self.keyframes_wanted = 0
        self.identified = False
        self.on_keyframe_wanted: Callable[[], None] = lambda: None
        self._clock_rate = clock_rate
        self._agreed: Agreed | None = None
        self._numbers: TransportNumbers | None = None
        self._sealer: Sealer | None = None
        self._rtx_sealer: Sealer | None = None
        self._history: OrderedDict[int, _Sent] = OrderedDict()
        self._datagrams: list[bytes] = []
        self._last: tuple[int, float] | None = None  # RTP timestamp and when it was sent
        self._report_at = inf
        self._reported = 0

    # --- negotiation -------------------------------------------------------------------------------------

    def agree(self, agreed: Agreed | None) -> None:
        """Take over what the answer says; None: the server takes nothing."""
        self._agreed = agreed

    def protect_with(self, srtp: SrtpSession, numbers: TransportNumbers) -> None:
        """The association is up."""
        self._numbers = numbers
        self._sealer = srtp.sealer(self.ssrc)
        if self.rtx_ssrc is not None:
            self._rtx_sealer = srtp.sealer(self.rtx_ssrc)

    @property
    def ready(self) -> bool:
        """Whether packets can go out."""
        return self._sealer is not None and self._agreed is not None

    # --- sending -----------------------------------------------------------------------------------------

    def send_frame(self, payloads: Sequence[bytes], timestamp: int, now: float) -> None:
        """Send the packets of one video frame; the last carries the marker."""
        last = len(payloads) - 1
        for position, payload in enumerate(payloads):
            self.send(payload, timestamp, position == last, now)

    def send(
        self, payload: bytes, timestamp: int, marker: bool, now: float, level: int | None = None
    ) -> None:
        """Send one packet; `level` is the byte of RFC 6464 (V flag, −dBov). LocalError before `ready`."""
        datagram = self._write(payload, timestamp, marker, now, level, padding=False)
        self._history[self.sequence] = _Sent(payload, timestamp, marker, datagram)
        if len(self._history) > HISTORY_PACKETS:
            self._history.popitem(last=False)
        self._count(len(payload), timestamp, now)

    def send_padding(self, size: int, now: float) -> None:
        """Send a packet of `size` (1–255) bytes of padding alone, a probe, on the stream's own SSRC."""
        timestamp = self._last[0] if self._last is not None else 0
        padding = bytes(size - 1) + bytes((size,))
        self._write(padding, timestamp, False, now, None, padding=True)
        self._count(0, timestamp, now)

    def skip(self) -> None:
        """Use up a sequence number without sending: what a lost packet looks like."""
        self.sequence += 1

    def _count(self, octets: int, timestamp: int, now: float) -> None:
        self.sequence += 1
        self.packets += 1
        self.octets += octets
        self._last = (timestamp, now)
        if self._report_at == inf:
            self._report_at = now + FIRST_REPORT_S

    def _write(
        self, payload: bytes, timestamp: int, marker: bool, now: float, level: int | None, *, padding: bool
    ) -> bytes:
        agreed, sealer = self._agreed, self._sealer
        if agreed is None or sealer is None:
            raise LocalError(f"mid {self.mid} cannot be sent on yet")
        first = (
            _FIRST_WORD
            | (PADDING_FLAG if padding else 0)
            | (MARKER_FLAG if marker else 0)
            | agreed.payload_type << 16
        )
        header = _fixed_header(first | self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.ssrc)
        header += self._extensions(agreed.extensions, agreed.extensions.rid, now, level)
        datagram = header + sealer.seal(self.sequence, payload, header)
        self._datagrams.append(datagram)
        return datagram

    def _extensions(self, ids: ExtensionIds, rid_id: int, now: float, level: int | None) -> bytes:
        elements: list[tuple[int, bytes]] = []
        if ids.transport_cc and self._numbers is not None:
            elements.append((ids.transport_cc, self._numbers.take()))
        if ids.abs_send_time:
            elements.append((ids.abs_send_time, abs_send_time(now).to_bytes(3, "big")))
        if ids.audio_level and level is not None:
            elements.append((ids.audio_level, bytes((level,))))
        if not self.identified:
            if ids.mid:
                elements.append((ids.mid, self.mid.encode()))
            if rid_id and self.rid:
                elements.append((rid_id, self.rid.encode()))
        return write_elements(elements)

    def poll_datagrams(self) -> list[bytes]:
        """What was sent since the last call."""
        datagrams, self._datagrams = self._datagrams, []
        return datagrams

    # --- feedback ----------------------------------------------------------------------------------------

    def resend(self, lost: Sequence[int], now: float) -> None:
        """Repair what a NACK reports (RFC 4585 §6.2.1), as far as it is still known."""
        for sequence16 in lost:
            sequence = unwrap(sequence16, self.sequence)
            sent = self._history.get(sequence)
            if sent is None:
                continue
            self.repairs += 1
            agreed, sealer = self._agreed, self._rtx_sealer
            if agreed is None or agreed.rtx_payload_type is None or sealer is None or self.rtx_ssrc is None:
                self._datagrams.append(sent.datagram)  # byte for byte: its index must not be sealed again
                continue
            # RFC 4588 §4: a stream of its own; the payload begins with the original sequence number.
            first = _FIRST_WORD | (MARKER_FLAG if sent.marker else 0) | agreed.rtx_payload_type << 16
            header = _fixed_header(
                first | self.rtx_sequence & 0xFFFF, sent.timestamp & 0xFFFFFFFF, self.rtx_ssrc
            )
            header += self._extensions(agreed.extensions, agreed.extensions.repaired_rid, now, None)
            payload = (sequence & 0xFFFF).to_bytes(2, "big") + sent.payload
            self._datagrams.append(header + sealer.seal(self.rtx_sequence, payload, header))
            self.rtx_sequence += 1

    def want_keyframe(self) -> None:
        """The server asks for a key frame."""
        self.keyframes_wanted += 1
        self.on_keyframe_wanted()

    # --- reports -----------------------------------------------------------------------------------------

    def next_report(self) -> float:
        """When `report` has something to say."""
        return self._report_at

    def report(self, now: float, wall: WallClock) -> SenderReport | None:
        """The stream's sender report, once a second while it sends (RFC 3550 §6.4.1)."""
        if now < self._report_at or self._last is None:
            return None
        if self.packets == self._reported:
            self._report_at = inf  # nothing sent since the last one; the next packet arms it again
            return None
        self._reported = self.packets
        self._report_at = now + REPORT_EVERY_S
        timestamp, at = self._last
        return SenderReport(
            self.ssrc,
            wall.ntp(now),
            (timestamp + ticks_from_seconds(now - at, self._clock_rate)) & 0xFFFFFFFF,
            self.packets,
            self.octets,
        )
