from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.identifiers import Ssrc
from sfu.rtcp.compound import (
    MAX_PACKETS,
    RtcpMessage,
    Writable,
    pack_compounds,
    parse_compound,
    write_compound,
)
from sfu.rtcp.fir import Fir
from sfu.rtcp.goodbye import Goodbye
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.receiver_report import ReceiverReport
from sfu.rtcp.remb import Remb
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.source_description import SourceDescription
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.rtcp.unknown import Unknown

OURS, THEIRS = Ssrc(0x01020304), Ssrc(0xA1A2A3A4)
BLOCK = ReportBlock(THEIRS, 0x40, -2, 0x0001FFFF, 300, 0x11223344, 0x10000)

# One message of each kind and its bytes, made by hand from the RFC's pictures.
MESSAGES: list[tuple[Writable, str]] = [
    (
        SenderReport(OURS, 0xE800000080000000, 0x12345678, 100, 90000, (BLOCK,)),
        "81c8000c01020304e8000000800000001234567800000064"
        "00015f90a1a2a3a440fffffe0001ffff0000012c1122334400010000",
    ),
    (SenderReport(OURS, 1, 2, 3, 4), "80c800060102030400000000000000010000000200000003" + "00000004"),
    (ReceiverReport(OURS, ()), "80c9000101020304"),
    (
        ReceiverReport(OURS, (BLOCK,)),
        "81c9000701020304a1a2a3a440fffffe0001ffff0000012c1122334400010000",
    ),
    (SourceDescription(((OURS, "abc"),)), "81ca0003010203040103616263000000"),
    (SourceDescription(((OURS, "ab"),)), "81ca00030102030401026162" + "00000000"),
    (
        SourceDescription(((OURS, ""), (THEIRS, "é"))),
        "82ca000501020304" + "01000000" + "a1a2a3a40102c3a9" + "00000000",
    ),
    (Goodbye((OURS, THEIRS)), "82cb000201020304a1a2a3a4"),
    (Goodbye((OURS,), "bye"), "81cb0002010203040362" + "7965"),
    (Nack(OURS, THEIRS, (65534, 0, 14, 15)), "81cd000401020304a1a2a3a4fffe8002" + "000f0000"),
    (Pli(OURS, THEIRS), "81ce000201020304a1a2a3a4"),
    (Fir(OURS, ((THEIRS, 7),)), "84ce00040102030400000000a1a2a3a407000000"),
    (Remb(OURS, 1_000_000, (THEIRS,)), "8fce0005010203040000000052454d42010bd090a1a2a3a4"),
    (
        TransportFeedback(OURS, THEIRS, 65535, 3, -1, (4, None, 6, 5)),
        "8fcd000601020304a1a2a3a4ffff0004ffffff03d180" + "0402" + "ffff0000",
    ),
]

CAPTURED = [
    bytes.fromhex(line) for line in (Path(__file__).parents[2] / "data/rtcp/chromium.txt").read_text().split()
]


@pytest.mark.parametrize(("message", "wire"), MESSAGES, ids=lambda each: type(each).__name__)
def test_message_is_written_and_read_as_drawn(message: Writable, wire: str) -> None:
    assert message.to_bytes().hex() == wire
    assert parse_compound(bytes.fromhex(wire)) == [message]


def test_messages_of_one_datagram_keep_their_order() -> None:
    messages = [message for message, _ in MESSAGES]
    assert parse_compound(write_compound(messages)) == messages


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ("80cf0002010203040404000000", Unknown(207, 0)),  # extended report
        ("85cc000201020304" + "6e616d65", Unknown(204, 5)),  # application packet
        ("83cd000201020304a1a2a3a4", Unknown(205, 3)),  # TMMBR
        ("8fce00040102030400000000" + "48454c4c00000000", Unknown(206, 15)),  # another application's feedback
        ("8fce000201020304a1a2a3a4", Unknown(206, 15)),  # … without a name
        ("80c00000", Unknown(192, 0)),
    ],
)
def test_unknown_packet_is_told_and_what_follows_is_read(wire: str, expected: RtcpMessage) -> None:
    data = bytes.fromhex(wire)
    data = data[: 4 + 4 * data[3]]
    assert parse_compound(data + Pli(OURS, THEIRS).to_bytes()) == [expected, Pli(OURS, THEIRS)]


@pytest.mark.parametrize(
    ("padded", "message"),
    [
        ("a1ce000301020304a1a2a3a400000004", Pli(OURS, THEIRS)),
        # one byte after the deltas, as libwebrtc writes it: padding need not count in fours
        (
            "afcd000501020304a1a2a3a400010001000000002001" + "0901",
            TransportFeedback(OURS, THEIRS, 1, 0, 0, (9,)),
        ),
    ],
)
def test_padding_is_taken_off(padded: str, message: RtcpMessage) -> None:
    assert parse_compound(bytes.fromhex(padded)) == [message]


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "80",
        "80c900",
        "40c9000101020304",  # version 1
        "80c9000201020304",  # longer than the datagram
        "80c9000101020304ff",  # a byte too many
        "80c90000",  # no SSRC
        "81c9000101020304",  # a block promised
        "80c8000501020304" + "00" * 16,  # sender information cut short
        "81ca0000",  # a chunk promised
        "81ca00020102030401ff6162",  # item beyond the packet
        "81ca0002010203040102" + "6162",  # no end
        "82cb000101020304",  # two sources promised
        "81cb00020102030409620000",  # reason beyond the packet
        "81cd000201020304a1a2a3a4",  # NACK of nothing
        "81ce0001" + "01020304",
        "81ce000301020304a1a2a3a400000000",  # PLI with a parameter
        "84ce00020102030400000000",  # FIR of nothing
        "84ce00030102030400000000a1a2a3a4",  # half an entry
        "8fce0004010203040000000052454d42020bd090",  # REMB of two streams without them
        "8fce0004010203040000000052454d4200fffff0",  # REMB beyond 63 bits
        "8fcd000301020304a1a2a3a4" + "00010001",  # feedback cut short
        "8fcd000501020304a1a2a3a4000100000000000020010900",  # feedback on no packet
        "8fcd000501020304a1a2a3a40001ffff0000000020010900",  # … on too many
        "8fcd000401020304a1a2a3a4" + "0001000100000000",  # … without a chunk
        "8fcd000501020304a1a2a3a4000100100000000020010900",  # … with too few chunks
        "8fcd000501020304a1a2a3a4000100040000000020040900",  # … with too few deltas
        "8fcd000501020304a1a2a3a4000100010000000060010900",  # … with the reserved status
        "a0c9000101020300",  # padding of nothing
        "a0c9000101020309",  # padding longer than the packet
        "a0c90000",  # padding without a byte
    ],
)
def test_lying_packet_is_refused(wire: str) -> None:
    with pytest.raises(RemoteError) as refused:
        parse_compound(bytes.fromhex(wire))
    assert refused.value.reason is DropReason.RTCP_MALFORMED


def test_one_lie_refuses_the_datagram() -> None:
    with pytest.raises(RemoteError):
        parse_compound(Pli(OURS, THEIRS).to_bytes() + bytes.fromhex("81c9000101020304"))


def test_packets_of_a_datagram_are_bounded() -> None:
    empty = bytes.fromhex("80c00000")
    assert len(parse_compound(empty * MAX_PACKETS)) == MAX_PACKETS
    with pytest.raises(RemoteError):
        parse_compound(empty * (MAX_PACKETS + 1))


def test_what_a_browser_sends_is_known_and_written_back_alike() -> None:
    kinds = set()
    for data in CAPTURED:
        messages = parse_compound(data)
        kinds |= {type(message) for message in messages}
        writable = [message for message in messages if not isinstance(message, Unknown)]
        written = write_compound(writable)
        assert parse_compound(written) == messages
        assert len(written) == len(data)
        if TransportFeedback not in map(type, messages):  # its padding and chunks may be of another form
            assert written == data
    assert kinds == {SenderReport, ReceiverReport, SourceDescription, Nack, Pli, TransportFeedback}


def _refused_or_read(data: bytes) -> None:
    reason = None
    try:
        parse_compound(data)
    except RemoteError as error:
        reason = error.reason
    assert reason in (None, DropReason.RTCP_MALFORMED)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_else(data: bytes) -> None:
    _refused_or_read(data)


@given(st.sampled_from((200, 201, 202, 203, 205, 206)), st.integers(0, 63), st.binary(max_size=120))
def test_arbitrary_bodies_raise_nothing_else(packet_type: int, count: int, body: bytes) -> None:
    body = body[: len(body) // 4 * 4]
    _refused_or_read(bytes((0x80 | count, packet_type, 0, len(body) // 4)) + body)


@given(st.data())
def test_damaged_real_packets_raise_nothing_else(data: st.DataObject) -> None:
    wire = [bytes.fromhex(wire) for _, wire in MESSAGES]
    packet = bytearray(data.draw(st.sampled_from(wire + CAPTURED)))
    for place in data.draw(st.lists(st.integers(0, len(packet) - 1), max_size=4)):
        packet[place] = data.draw(st.integers(0, 255))
    _refused_or_read(bytes(packet[: data.draw(st.integers(0, len(packet)))]))


REPORT = ReceiverReport(Ssrc(9))
PLIS = [Pli(Ssrc(9), Ssrc(number)) for number in range(20)]


@pytest.mark.parametrize(
    "messages",
    [
        [],
        PLIS,
        [REPORT, *PLIS],
        [SourceDescription(tuple((Ssrc(number), "a name of 20 letters") for number in range(100)))],
        [ReceiverReport(Ssrc(9), tuple(ReportBlock(Ssrc(n), 0, 0, 0, 0, 0, 0) for n in range(70))), *PLIS],
    ],
    ids=["nothing", "requests", "a report first", "many names", "many blocks"],
)
def test_compounds_fit_a_datagram_and_begin_with_a_report(messages: list[Writable]) -> None:
    compounds = pack_compounds(messages, Ssrc(7), 1100)
    read = [parse_compound(compound) for compound in compounds]
    assert all(len(compound) <= 1100 for compound in compounds)
    assert all(isinstance(found[0], SenderReport | ReceiverReport) for found in read)
    empty = ReceiverReport(Ssrc(7))
    rest = [message for found in read for message in found if message != empty]
    assert write_compound(rest) == write_compound(messages)
