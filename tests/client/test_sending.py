"""Streams of a track: what the server's side of SRTP reads of them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.sending import HISTORY_PACKETS, Agreed, SendStream, TransportNumbers
from sfu.clock import WallClock, ntp_difference
from sfu.errors import LocalError
from sfu.identifiers import Mid, Ssrc
from sfu.rtp.extensions import read_elements
from sfu.rtp.packet import header_length, read_fixed_header, without_padding
from sfu.sdp.extensions import ExtensionIds
from sfu.srtp.session import SrtpSession, open_session
from tests.sfu.srtp.parties import GCM, keys, mirrored

IDS = ExtensionIds(mid=4, rid=10, repaired_rid=11, transport_cc=3, abs_send_time=2, audio_level=1)
WALL = WallClock(1_700_000_000.0)


@dataclass
class Read:
    """A packet as the server decrypts it."""

    index: int
    payload_type: int
    marker: bool
    timestamp: int
    ssrc: int
    elements: dict[int, bytes]
    payload: bytes


class Sender:
    """A stream and the server's keys."""

    def __init__(
        self, *, rtx: bool = True, rid: str = "", first: int = 5, extensions: ExtensionIds = IDS
    ) -> None:
        ours = keys(GCM)
        self.server: SrtpSession = open_session(mirrored(ours))
        self.numbers = TransportNumbers()
        self.stream = SendStream(Mid("7"), rid, "video", 90_000, Ssrc(1), Ssrc(2) if rtx else None, first)
        self.stream.agree(Agreed(96, 97 if rtx else None, extensions))
        self.stream.protect_with(open_session(ours), self.numbers)

    def read(self) -> list[Read]:
        return [self.decrypt(datagram) for datagram in self.stream.poll_datagrams()]

    def decrypt(self, datagram: bytes) -> Read:
        size = header_length(datagram)
        first, second, sequence, timestamp, ssrc = read_fixed_header(datagram)
        index, payload = self.server.unprotect_rtp(datagram, size, ssrc, sequence)
        if first & 0x20:
            payload = without_padding(payload)
        elements = read_elements(datagram, size)
        return Read(index, second & 0x7F, second > 0x7F, timestamp, ssrc, elements, payload)


def test_a_frame_is_numbered_and_ends_with_the_marker() -> None:
    sender = Sender(first=65_534)
    sender.stream.send_frame([b"one", b"two", b"three"], 90_000, 1.0)
    packets = sender.read()
    assert [packet.index for packet in packets] == [65_534, 65_535, 65_536]
    assert [packet.payload for packet in packets] == [b"one", b"two", b"three"]
    assert [packet.marker for packet in packets] == [False, False, True]
    assert {(packet.payload_type, packet.timestamp, packet.ssrc) for packet in packets} == {(96, 90_000, 1)}
    assert [packet.elements[3] for packet in packets] == [b"\0\0", b"\0\1", b"\0\2"]
    assert (sender.stream.packets, sender.stream.octets) == (3, 11)
    assert sender.read() == []


def test_a_stream_says_whose_it_is_until_the_server_knows() -> None:
    sender = Sender(rid="q")
    sender.stream.send(b"x", 0, False, 1.0)
    sender.stream.identified = True
    sender.stream.send(b"x", 0, False, 1.0)
    before, after = sender.read()
    assert (before.elements[4], before.elements[10]) == (b"7", b"q")
    assert after.elements.keys().isdisjoint({4, 10, 11})


def test_only_agreed_extensions_are_sent() -> None:
    sender = Sender(extensions=ExtensionIds())
    sender.stream.send(b"x", 0, False, 1.0, level=0x85)
    (packet,) = sender.read()
    assert packet.elements == {}
    assert sender.numbers.next == 0


def test_the_level_goes_with_the_packet() -> None:
    sender = Sender()
    sender.stream.send(b"x", 0, False, 1.0, level=0x85)
    (packet,) = sender.read()
    assert packet.elements[1] == b"\x85"


def test_streams_of_a_connection_share_their_transport_numbers() -> None:
    one, other = Sender(), Sender()
    other.stream.protect_with(open_session(keys(GCM)), one.numbers)
    one.stream.send(b"x", 0, False, 1.0)
    other.stream.send(b"x", 0, False, 1.0)
    one.stream.send(b"x", 0, False, 1.0)
    assert one.numbers.next == 3


def test_a_lost_packet_is_repaired_on_its_rtx_stream() -> None:
    sender = Sender(rid="h")
    sender.stream.send_frame([b"one", b"two"], 90_000, 1.0)
    sender.read()
    sender.stream.resend([6, 4], 1.1)
    sender.stream.resend([6], 1.2)
    first, second = sender.read()
    assert (first.ssrc, first.payload_type, first.timestamp, first.marker) == (2, 97, 90_000, True)
    assert first.payload == b"\0\6two"
    assert (first.elements[4], first.elements[11]) == (b"7", b"h")
    assert second.index == first.index + 1
    assert sender.stream.repairs == 2


def test_without_rtx_the_datagram_comes_again_byte_for_byte() -> None:
    sender = Sender(rtx=False)
    sender.stream.send(b"one", 0, True, 1.0)
    (sent,) = sender.stream.poll_datagrams()
    sender.stream.resend([5], 1.1)
    assert sender.stream.poll_datagrams() == [sent]


@given(st.lists(st.integers(0, 0xFFFF), max_size=50), st.integers(0, 3 << 16))
def test_no_nack_repairs_what_was_not_sent(lost: list[int], first: int) -> None:
    sender = Sender(first=first)
    sender.stream.send(b"x", 0, False, 1.0)
    sender.stream.poll_datagrams()
    sender.stream.resend(lost, 1.1)
    assert sender.stream.repairs == lost.count(first & 0xFFFF)


def test_what_is_long_past_is_not_repaired() -> None:
    sender = Sender()
    for _ in range(HISTORY_PACKETS + 1):
        sender.stream.send(b"x", 0, False, 1.0)
    sender.stream.poll_datagrams()
    sender.stream.resend([5, 6], 1.1)
    assert sender.stream.repairs == 1


def test_padding_is_nothing_but_padding() -> None:
    sender = Sender()
    sender.stream.send_padding(100, 1.0)
    (packet,) = sender.read()
    assert packet.payload == b""
    assert sender.stream.octets == 0


@pytest.mark.parametrize("what", ["nothing agreed", "no keys"])
def test_what_cannot_be_sent_is_our_own_fault(what: str) -> None:
    sender = Sender()
    stream = sender.stream
    if what == "nothing agreed":
        stream.agree(None)
    else:
        stream = SendStream(Mid("7"), "", "video", 90_000, Ssrc(1), None, 0)
        stream.agree(Agreed(96, None, IDS))
    assert not stream.ready
    with pytest.raises(LocalError):
        stream.send(b"x", 0, False, 1.0)


def test_sender_reports_follow_the_streams_own_clock() -> None:
    sender = Sender()
    assert sender.stream.report(1.0, WALL) is None
    sender.stream.send(b"12345", 0xFFFFFFF0, True, 1.0)
    due = sender.stream.next_report()
    first = sender.stream.report(due, WALL)
    assert first is not None
    assert (first.ssrc, first.packets, first.octets) == (1, 1, 5)
    sender.stream.send(b"1", 0xFFFFFFF0 + 45_000, True, 1.5)
    second = sender.stream.report(sender.stream.next_report(), WALL)
    assert second is not None
    passed = ntp_difference(second.ntp, first.ntp)
    assert (second.rtp_timestamp - first.rtp_timestamp) & 0xFFFFFFFF == pytest.approx(passed * 90_000, abs=2)


def test_a_silent_stream_reports_nothing() -> None:
    sender = Sender()
    sender.stream.send(b"1", 0, True, 1.0)
    assert sender.stream.report(2.0, WALL) is not None
    assert sender.stream.report(sender.stream.next_report(), WALL) is None
    assert sender.stream.next_report() == float("inf")
    sender.stream.send(b"1", 90_000, True, 9.0)
    assert sender.stream.next_report() < 10.0


def test_a_request_for_a_key_frame_is_passed_on() -> None:
    asked: list[int] = []
    stream = Sender().stream
    stream.on_keyframe_wanted = lambda: asked.append(1)
    stream.want_keyframe()
    assert (asked, stream.keyframes_wanted) == ([1], 1)
