"""Transport-wide congestion control feedback: when each packet of a transport arrived.

draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1. Little more than a byte a packet in the usual case: a
status of one or two bits and the distance to the packet before in ticks of 250 µs.
"""

from dataclasses import dataclass
from itertools import accumulate
from struct import Struct
from typing import Final

from sfu.errors import LocalError
from sfu.identifiers import Ssrc
from sfu.rtcp.packet import TRANSPORT_LAYER_FEEDBACK, TWO_SSRCS, malformed, write_packet
from sfu.rtcp.packet_status import LARGE_DELTA, LOST, SMALL_DELTA, parse_statuses, write_statuses

FORMAT: Final = 15

TICKS_PER_SECOND: Final = 4000
TICKS_PER_REFERENCE: Final = 256
"""The reference time counts 64 ms."""

MIN_DELTA_TICKS: Final = -0x8000
MAX_DELTA_TICKS: Final = 0x7FFF
"""Two packets further apart do not fit into one feedback (8.19 s)."""

MAX_PACKETS: Final = 8192
"""Most packets in one feedback: seconds at the highest rate, and a bound to what 20 bytes make us build."""

_FIXED: Final = Struct("!IIHHI")


@dataclass(slots=True, init=False)
class TransportFeedback:
    """`arrivals` has an entry for each packet from `base_sequence` (16 bit) on: None if it did not arrive.

    An arrival is in ticks of 250 µs after `reference_time_64ms` × 64 ms of the receiver's clock (signed
    24 bit); it may be negative and need not grow. `feedback_count` numbers the feedbacks, 8 bit.
    """

    sender_ssrc: Ssrc
    media_ssrc: Ssrc
    base_sequence: int
    feedback_count: int
    reference_time_64ms: int
    arrivals: tuple[int | None, ...]

    # By hand, since a generated one is interpreted: each subscriber sends ten a second.
    def __init__(
        self,
        sender_ssrc: Ssrc,
        media_ssrc: Ssrc,
        base_sequence: int,
        feedback_count: int,
        reference_time_64ms: int,
        arrivals: tuple[int | None, ...],
    ) -> None:
        self.sender_ssrc = sender_ssrc
        self.media_ssrc = media_ssrc
        self.base_sequence = base_sequence
        self.feedback_count = feedback_count
        self.reference_time_64ms = reference_time_64ms
        self.arrivals = arrivals

    @classmethod
    def parse(cls, body: bytes) -> "TransportFeedback":
        """Read the body after the header; RemoteError if statuses or deltas are missing or are too many."""
        if len(body) < _FIXED.size:
            raise malformed("transport feedback cut short")
        sender, media, base, count, time_and_number = _FIXED.unpack_from(body)
        if not 0 < count <= MAX_PACKETS:
            raise malformed(f"transport feedback on {count} packets")
        reference = time_and_number >> 8
        if reference & 0x800000:
            reference -= 0x1000000
        statuses, offset = parse_statuses(body, _FIXED.size, count)
        arrivals = _parse_deltas(body, offset, statuses)
        return TransportFeedback(Ssrc(sender), Ssrc(media), base, time_and_number & 0xFF, reference, arrivals)

    def to_bytes(self) -> bytes:
        """The packet, filled up with zeros (no P flag, so that it may stand anywhere in a compound).

        LocalError if there is no packet, too many, or a delta that does not fit: the sender splits before.
        """
        if not 0 < len(self.arrivals) <= MAX_PACKETS:
            raise LocalError(f"transport feedback on {len(self.arrivals)} packets")
        statuses, deltas = _write_deltas(self.arrivals)
        body = TWO_SSRCS.pack(self.sender_ssrc, self.media_ssrc)
        body += (self.base_sequence & 0xFFFF).to_bytes(2, "big")
        body += len(self.arrivals).to_bytes(2, "big")
        body += (self.reference_time_64ms & 0xFFFFFF).to_bytes(3, "big")
        body += bytes((self.feedback_count & 0xFF,))
        body += write_statuses(statuses) + deltas
        return write_packet(FORMAT, TRANSPORT_LAYER_FEEDBACK, body + bytes(-len(body) % 4))


def _parse_deltas(body: bytes, offset: int, statuses: bytes) -> tuple[int | None, ...]:
    count = len(statuses)
    if statuses.count(SMALL_DELTA) == count:  # nothing lost, nothing late: the sum of the bytes
        if offset + count > len(body):
            raise malformed("transport feedback with too few deltas")
        return tuple(accumulate(body[offset : offset + count]))
    arrivals: list[int | None] = []
    append = arrivals.append
    arrival = 0
    try:
        for status in statuses:
            if status == SMALL_DELTA:
                arrival += body[offset]
                offset += 1
                append(arrival)
            elif status == LOST:
                append(None)
            elif status == LARGE_DELTA:
                delta = body[offset] << 8 | body[offset + 1]
                arrival += delta - 0x10000 if delta & 0x8000 else delta
                offset += 2
                append(arrival)
            else:
                raise malformed("reserved packet status")
    except IndexError:
        raise malformed("transport feedback with too few deltas") from None
    return tuple(arrivals)


def _write_deltas(arrivals: tuple[int | None, ...]) -> tuple[bytes, bytes]:
    statuses = bytearray()
    deltas = bytearray()
    before = 0
    for arrival in arrivals:
        if arrival is None:
            statuses.append(LOST)
            continue
        delta = arrival - before
        before = arrival
        if 0 <= delta <= 0xFF:
            statuses.append(SMALL_DELTA)
            deltas.append(delta)
        elif MIN_DELTA_TICKS <= delta <= MAX_DELTA_TICKS:
            statuses.append(LARGE_DELTA)
            deltas += (delta & 0xFFFF).to_bytes(2, "big")
        else:
            raise LocalError(f"transport feedback cannot hold a delta of {delta} ticks")
    return bytes(statuses), bytes(deltas)
