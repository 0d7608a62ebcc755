"""Compound packets: the RTCP messages of one datagram (RFC 3550 §6.1), of reduced size too (RFC 5506)."""

from collections.abc import Iterable
from typing import Final

from sfu.identifiers import Ssrc
from sfu.rtcp import fir, nack, packet, pli, remb, transport_feedback
from sfu.rtcp.fir import Fir
from sfu.rtcp.goodbye import Goodbye
from sfu.rtcp.nack import Nack
from sfu.rtcp.packet import malformed
from sfu.rtcp.pli import Pli
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.remb import Remb
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.source_description import SourceDescription
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.rtcp.unknown import Unknown

RtcpMessage = (
    SenderReport
    | ReceiverReport
    | SourceDescription
    | Goodbye
    | Nack
    | Pli
    | Fir
    | Remb
    | TransportFeedback
    | Unknown
)

Writable = (
    SenderReport | ReceiverReport | SourceDescription | Goodbye | Nack | Pli | Fir | Remb | TransportFeedback
)

MAX_PACKETS: Final = 256
"""Most packets in one datagram; what has more is noise made of four-byte packets."""

STATUSES_A_REPORT: Final = 128
LOST_A_REPORT: Final = 8
"""How many packets told of, or asked for, make as much work as a report."""


def parse_compound(data: bytes) -> list[RtcpMessage]:
    """Every message of a decrypted RTCP datagram, in order; what we do not know comes as `Unknown`.

    Raises RemoteError (RTCP_MALFORMED) if any length or count lies: the datagram counts as a whole.
    """
    messages: list[RtcpMessage] = []
    offset, end = 0, len(data)
    statuses = 0
    if not end:
        raise malformed("empty")
    while offset < end:
        if offset + 4 > end:
            raise malformed("packet header cut short")
        first, packet_type = data[offset], data[offset + 1]
        following = offset + 4 + 4 * (data[offset + 2] << 8 | data[offset + 3])
        if first >> 6 != 2:
            raise malformed("version is not 2")
        if following > end or len(messages) == MAX_PACKETS:
            raise malformed("packet beyond the datagram")
        body = data[offset + 4 : following]
        if first & 0x20:
            body = _without_padding(body)
        message = _parse(packet_type, first & 0x1F, body)
        if isinstance(message, TransportFeedback):
            statuses += len(message.arrivals)
            if statuses > transport_feedback.MAX_PACKETS:  # 20 bytes can tell of so many
                raise malformed("feedback on too many packets")
        messages.append(message)
        offset = following
    return messages


def work_of(messages: Iterable[RtcpMessage]) -> int:
    """How many plain reports would make as much work: a few bytes can tell of thousands of packets, and
    ask for hundreds."""
    work = 0
    for message in messages:
        work += 1
        if isinstance(message, TransportFeedback):
            work += len(message.arrivals) // STATUSES_A_REPORT
        elif isinstance(message, Nack):
            work += len(message.lost) // LOST_A_REPORT
    return work


def write_compound(messages: Iterable[Writable]) -> bytes:
    """The messages as one datagram. Order and size are the caller's: a full compound starts with a report."""
    return b"".join(message.to_bytes() for message in messages)


def pack_compounds(messages: Iterable[Writable], reporter: Ssrc, max_bytes: int) -> list[bytes]:
    """The messages as datagrams of at most `max_bytes`, in order; one packet alone may be longer.

    Each begins with a report (RFC 3550 §6.1), if need be an empty one of `reporter`. A message of several
    packets (names or report blocks by the dozen) may be spread over datagrams.
    """
    compounds: list[bytes] = []
    compound = b""
    for message in messages:
        for part in _packets(message.to_bytes()):
            if compound and len(compound) + len(part) > max_bytes:
                compounds.append(compound)
                compound = b""
            if not compound and part[1] not in (packet.SENDER_REPORT, packet.RECEIVER_REPORT):
                compound = ReceiverReport(reporter).to_bytes()
            compound += part
    if compound:
        compounds.append(compound)
    return compounds


def _packets(data: bytes) -> list[bytes]:
    """The packets of a message we wrote, by the length in each header."""
    packets = []
    start = 0
    while start < len(data):
        end = start + 4 + 4 * (data[start + 2] << 8 | data[start + 3])
        packets.append(data[start:end])
        start = end
    return packets


def _parse(packet_type: int, count: int, body: bytes) -> RtcpMessage:
    """What comes most often first; plain comparisons, for a table of functions costs twice as much."""
    if packet_type == packet.TRANSPORT_LAYER_FEEDBACK:
        if count == transport_feedback.FORMAT:
            return TransportFeedback.parse(body)
        if count == nack.FORMAT:
            return Nack.parse(body)
    elif packet_type == packet.RECEIVER_REPORT:
        return ReceiverReport.parse(count, body)
    elif packet_type == packet.SENDER_REPORT:
        return SenderReport.parse(count, body)
    elif packet_type == packet.SOURCE_DESCRIPTION:
        return SourceDescription.parse(count, body)
    elif packet_type == packet.PAYLOAD_FEEDBACK:
        if count == pli.FORMAT:
            return Pli.parse(body)
        if count == fir.FORMAT:
            return Fir.parse(body)
        # Application layer feedback is told apart by the name it starts with (RFC 4585 §6.4).
        if count == remb.FORMAT and body[8:12] == remb.NAME:
            return Remb.parse(body)
    elif packet_type == packet.GOODBYE:
        return Goodbye.parse(count, body)
    return Unknown(packet_type, count)


def _without_padding(body: bytes) -> bytes:
    """RFC 3550 §6.4.1: the last byte counts the padding, itself too.

    Padding should stand in the last packet only and count in fours. libwebrtc fills transport feedback up
    with one to three bytes, wherever it stands, so neither is required.
    """
    if not body or not 0 < body[-1] <= len(body):
        raise malformed("padding beyond the packet")
    return body[: -body[-1]]
