"""Sends again what a subscriber reports lost (RFC 4585 §6.2.1, RFC 4588)."""

from sfu.identifiers import Ssrc
from sfu.sequence import unwrap
from sfu.slot_stream import SlotStream, Transport
from sfu.srtp.session import Seal

MAX_RESENDS = 5
"""Of one packet. At 5 % loss each way a resend or its request is lost one time in ten: three tries (LiveKit)
leave one packet in a thousand lost for good, five one in a hundred thousand."""

MIN_SPACING_S = 0.010
"""Between resends of one packet, where the round trip is unknown or tiny."""

MAX_TRACKED = 1024
MAX_PER_NACK = 256
"""A report of more is an outage or an attack; a key frame ends it sooner."""

FLAGS_KEPT = 1 << 23  # the marker; padding was for the first sending only


class Resender:
    """Answers the NACKs of one slot.

    With RTX a lost packet goes out as a new packet of the RTX stream; without, the stored datagram goes out
    byte for byte, never protected a second time. `rtt_s` is set by whoever measures it.
    """

    __slots__ = ("_index", "_seal", "_sent", "_ssrc", "_stream", "resent", "rtt_s")

    def __init__(self, stream: SlotStream, rtx_ssrc: Ssrc | None, first_index: int) -> None:
        self.rtt_s = 0.0
        self.resent = 0
        self._stream = stream
        self._ssrc = rtx_ssrc
        self._index = first_index
        self._seal: Seal | None = None
        self._sent: dict[int, tuple[float, int]] = {}

    def protect_with(self, seal: Seal) -> None:
        """The association is up; `seal` is for the RTX SSRC."""
        self._seal = seal

    def resend(self, lost: tuple[int, ...], datagrams: list[bytes], transport: Transport, now: float) -> None:
        """Append datagrams for the lost 16-bit sequence numbers that can and may be sent again."""
        highest = self._stream.highest
        for sequence in lost[:MAX_PER_NACK]:
            index = unwrap(sequence, highest)
            if index > highest or not self._may_resend(index, now):
                continue
            datagram = self._stored(index) if self._ssrc is None else self._rtx(index, transport)
            if datagram is not None:
                datagrams.append(datagram)
                self._note(index, now)

    def _may_resend(self, index: int, now: float) -> bool:
        at, count = self._sent.get(index, (0.0, 0))
        return not count or (count < MAX_RESENDS and now - at >= max(self.rtt_s, MIN_SPACING_S))

    def _note(self, index: int, now: float) -> None:
        """Count a resend; what the publisher still owes us, and we could not send, costs no try."""
        _, count = self._sent.pop(index, (0.0, 0))
        self._sent[index] = (now, count + 1)  # popped and put: the dict is in order of sending
        if len(self._sent) > MAX_TRACKED:
            del self._sent[next(iter(self._sent))]
        self.resent += 1

    def _stored(self, index: int) -> bytes | None:
        for stored, datagram in reversed(self._stream.stored or ()):
            if stored == index:
                return datagram
        return None

    def _rtx(self, index: int, transport: Transport) -> bytes | None:
        found = self._stream.sent(index)
        if found is None or self._seal is None or self._ssrc is None:
            return None
        rewrite, packet = found
        if rewrite.rtx_payload_type is None:
            return None
        # RFC 4588 §4: own numbering, the original's timestamp, its sequence number before the payload.
        first_word = rewrite.rtx_payload_type << 16 | packet.flags & FLAGS_KEPT | self._index & 0xFFFF
        header = self._stream.header(
            first_word, rewrite, packet, self._ssrc, (transport.sequence, transport.send_time)
        )
        payload = (index & 0xFFFF).to_bytes(2, "big") + rewrite.payload(packet.payload)
        datagram = header + self._seal(self._index, payload, header)
        self._index += 1
        transport.sequence += 1
        return datagram
