"""Sends again what a subscriber reports lost (RFC 4585 §6.2.1, RFC 4588)."""

from typing import Final

from sfu.identifiers import Ssrc
from sfu.rtp.packet import MARKER_FLAG, PADDING_FLAG, RtpPacket
from sfu.sequence import unwrap
from sfu.slot_stream import SlotStream, Transport
from sfu.srtp.session import Sealer

MAX_RESENDS: Final = 5
"""Of one packet. At 5 % loss each way a resend or its request is lost one time in ten: three tries (LiveKit)
leave one packet in a thousand lost for good, five one in a hundred thousand."""

MIN_SPACING_S: Final = 0.010
"""Between resends of one packet, where the round trip is unknown or tiny."""

SOONEST_SHARE: Final = 0.75
"""Of a round trip, which is measured under other queues than now's. What came less than that ago, a repair by
its publisher, the subscriber asked for before it could have it."""

MAX_TRACKED: Final = 1024
MAX_PER_NACK: Final = 256
"""A report of more is an outage or an attack; a key frame ends it sooner."""

KEPT_PACKETS: Final = 512
"""How far back what was sent is kept, by the layer or here; further back nothing can be repaired."""

PADDING: Final = bytes(223) + b"\xe0"
"""A payload of padding alone: its last byte counts it (RFC 3550 §5.1). libwebrtc pads with as much."""


class Resender:
    """Answers the NACKs of one slot.

    With RTX a lost packet goes out as a new packet of the RTX stream; without, the stored datagram goes out
    byte for byte, never protected a second time. `rtt_s` is set by whoever measures it, `spacing_s` by who
    knows how long the subscriber takes to tell of a repair.
    """

    __slots__ = ("_index", "_sealer", "_sent", "_ssrc", "_stream", "resent", "rtt_s", "spacing_s")

    def __init__(self, stream: SlotStream, rtx_ssrc: Ssrc | None, first_index: int) -> None:
        self.rtt_s = 0.0
        self.spacing_s = 0.0
        self.resent = 0
        self._stream = stream
        self._ssrc = rtx_ssrc
        self._index = first_index
        self._sealer: Sealer | None = None
        self._sent: dict[int, tuple[float, int]] = {}

    def protect_with(self, sealer: Sealer) -> None:
        """The association is up; `sealer` is for the RTX SSRC."""
        self._sealer = sealer

    def resend(self, lost: tuple[int, ...], datagrams: list[bytes], transport: Transport, now: float) -> bool:
        """Append datagrams for the lost 16-bit sequence numbers that can and may be sent again.

        Returns whether any of them never will be: only a key frame helps then.
        """
        highest = self._stream.highest
        hopeless = len(lost) > MAX_PER_NACK
        for sequence in lost[:MAX_PER_NACK]:
            index = unwrap(sequence, highest)
            if index > highest:
                continue
            at, count = self._sent.get(index, (0.0, 0))
            if count >= MAX_RESENDS or highest - index >= KEPT_PACKETS:
                hopeless = True
                continue
            if count and now - at < max(self.spacing_s, MIN_SPACING_S):
                continue
            datagram = self._stream.stored(index) if self._ssrc is None else self._rtx(index, transport, now)
            if datagram is not None:
                datagrams.append(datagram)
                self._note(index, now)
        return hopeless

    def can_pad(self) -> bool:
        """Whether `pad` has anything to send: the subscriber takes RTX, and was sent media to repeat."""
        last = self._stream.last_rewrite
        return self._sealer is not None and last is not None and last.rtx_payload_type is not None

    def pad(self, size_bytes: int, datagrams: list[bytes], transport: Transport) -> None:
        """Append packets of the RTX stream that hold padding alone, `size_bytes` or a little more in all."""
        rewrite, last, ssrc, sealer = self._stream.last_rewrite, self._stream.last, self._ssrc, self._sealer
        if (
            rewrite is None
            or last is None
            or ssrc is None
            or sealer is None
            or rewrite.rtx_payload_type is None
        ):
            return
        blank = RtpPacket(0, False, 0, last.timestamp, b"", last.arrival)
        flags = PADDING_FLAG | rewrite.rtx_payload_type << 16
        while size_bytes > 0:
            transport_numbers = (transport.sequence, transport.send_time)
            header = self._stream.header(
                flags | self._index & 0xFFFF, rewrite, blank, ssrc, transport_numbers
            )
            datagram = header + sealer.seal(self._index, PADDING, header)
            self._index += 1
            transport.sequence += 1
            datagrams.append(datagram)
            size_bytes -= len(datagram)

    def _note(self, index: int, now: float) -> None:
        """Count a resend; what the publisher still owes us, and we could not send, costs no try."""
        _, count = self._sent.pop(index, (0.0, 0))
        self._sent[index] = (now, count + 1)  # popped and put: the dict is in order of sending
        if len(self._sent) > MAX_TRACKED:
            del self._sent[next(iter(self._sent))]
        self.resent += 1

    def _rtx(self, index: int, transport: Transport, now: float) -> bytes | None:
        found = self._stream.sent(index)
        if found is None or self._sealer is None or self._ssrc is None:
            return None
        rewrite, packet = found
        if rewrite.rtx_payload_type is None or now - packet.arrival < SOONEST_SHARE * self.rtt_s:
            return None
        # RFC 4588 §4: own numbering, the original's timestamp, its sequence number before the payload.
        # Padding was for the first sending only.
        word, payload = rewrite.content(packet, packet.payload)
        if not rewrite.admits(packet):
            payload = b""
        first_word = rewrite.rtx_payload_type << 16 | word & MARKER_FLAG | self._index & 0xFFFF
        header = self._stream.header(
            first_word, rewrite, packet, self._ssrc, (transport.sequence, transport.send_time)
        )
        payload = (index & 0xFFFF).to_bytes(2, "big") + payload
        datagram = header + self._sealer.seal(self._index, payload, header)
        self._index += 1
        transport.sequence += 1
        return datagram
