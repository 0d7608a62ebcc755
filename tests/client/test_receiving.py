"""A slot as its receiver counts it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.answer import parse_answer
from client.receiving import ReceivedPacket, ReceiveSlot
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.identifiers import Csrc, Mid, Ssrc
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.sender_report import SenderReport
from tests.sfu.sdp.offers import captured
from tests.sfu.sdp.parties import Server

US = Ssrc(77)


def slot(kind: str = "video", *, nack: bool = True) -> tuple[ReceiveSlot, list[ReceivedPacket]]:
    """A slot of Chromium's meeting, and what it hands on."""
    answer = parse_answer(Server().answer(captured("chromium_meeting"))[1])
    line = next(line for line in answer.lines if (line.kind, line.direction) == (kind, "sendonly"))
    found = ReceiveSlot(Mid(line.mid), "video" if kind == "video" else "audio", nack)
    found.apply(line)
    packets: list[ReceivedPacket] = []
    found.on_packet = packets.append
    return found, packets


def media_and_rtx(found: ReceiveSlot) -> tuple[int, int]:
    """Payload types of VP8 and of its RTX."""
    answer = parse_answer(Server().answer(captured("chromium_meeting"))[1])
    line = next(line for line in answer.lines if line.mid == found.mid)
    vp8 = next(number for number, key in found.codecs.items() if key == "VP8")
    rtx = line.rtx_of(vp8)
    assert rtx is not None
    return vp8, rtx


def packet(index: int, payload: bytes = b"x", payload_type: int = 96, csrc: int = 5) -> ReceivedPacket:
    return ReceivedPacket(index, index * 10, True, payload_type, Csrc(csrc), payload, 1.0)


def give(found: ReceiveSlot, *indices: int) -> None:
    for index in indices:
        found.receive(packet(index), 100, 1.0 + index / 100)


def test_packets_are_handed_on_and_the_newest_tells_the_state() -> None:
    found, packets = slot()
    give(found, 10, 12, 11)
    found.receive(packet(13, csrc=6), 100, 1.2)
    assert [entry.index for entry in packets] == [10, 12, 11, 13]
    assert (found.csrc, found.timestamp, found.payload_type) == (6, 130, 96)
    assert (found.counters.packets, found.counters.octets, found.missing) == (4, 4, 0)


def test_a_gap_is_missing_until_it_is_repaired() -> None:
    found, packets = slot()
    vp8, rtx = media_and_rtx(found)
    give(found, 10, 14)
    assert found.missing == 3
    found.repair(packet(900, b"\0\x0cpayload", rtx))
    assert found.missing == 2
    repaired = packets[-1]
    assert (repaired.index, repaired.payload, repaired.payload_type) == (12, b"payload", vp8)
    assert repaired.repaired
    assert found.timestamp == 140  # the newest stays the newest


def test_what_is_there_already_is_not_handed_on_again() -> None:
    found, packets = slot()
    _, rtx = media_and_rtx(found)
    give(found, 10, 11, 13)
    found.repair(packet(900, b"\0\x0cx", rtx))
    for again in (lambda: give(found, 12), lambda: found.repair(packet(901, b"\0\x0cx", rtx))):
        with pytest.raises(RemoteError) as dropped:
            again()
        assert dropped.value.reason is DropReason.RTP_DUPLICATE
    assert len(packets) == 4
    assert (found.counters.repeated, found.counters.repaired) == (2, 1)


@pytest.mark.parametrize(
    ("payload", "is_rtx", "reason"),
    [
        (b"", True, DropReason.RTP_PADDING),
        (b"\0", True, DropReason.RTX_MALFORMED),
        (b"\x01\0x", True, DropReason.RTX_UNKNOWN),  # ahead of everything
        (b"\0\x0bx", False, DropReason.RTP_UNKNOWN_PAYLOAD_TYPE),
        (b"\0\x0b", True, DropReason.RTP_PADDING),
    ],
)
def test_a_repair_of_nothing_is_dropped(payload: bytes, is_rtx: bool, reason: DropReason) -> None:
    found, packets = slot()
    vp8, rtx = media_and_rtx(found)
    give(found, 10, 12)
    with pytest.raises(RemoteError) as dropped:
        found.repair(packet(900, payload, rtx if is_rtx else vp8))
    assert dropped.value.reason is reason
    assert len(packets) == 2


def test_padding_counts_as_received_and_is_not_handed_on() -> None:
    found, packets = slot()
    give(found, 10)
    with pytest.raises(RemoteError) as dropped:
        found.receive(packet(11, b""), 100, 1.1)
    assert dropped.value.reason is DropReason.RTP_PADDING
    give(found, 12)
    assert len(packets) == 2
    assert (found.missing, found.counters.padding) == (0, 1)


def test_missing_packets_are_asked_for() -> None:
    found, _ = slot()
    give(found, 10, 13)
    due = found.next_timeout()
    assert due < float("inf")
    (asked,) = found.feedback(US, due)
    assert asked == Nack(US, found.ssrc or Ssrc(0), (11, 12))
    assert found.counters.nacks == 1
    assert found.feedback(US, due) == []


@pytest.mark.parametrize(("kind", "nack"), [("audio", True), ("video", False)])
def test_nothing_is_asked_for_where_nothing_would_come(kind: str, nack: bool) -> None:
    found, _ = slot(kind, nack=nack)
    give(found, 10, 13)
    assert found.next_timeout() == float("inf")
    assert found.feedback(US, 9.0) == []


def test_a_key_frame_is_asked_for_once() -> None:
    found, _ = slot()
    found.ask_keyframe()
    assert found.feedback(US, 1.0) == [Pli(US, found.ssrc or Ssrc(0))]
    assert found.feedback(US, 1.0) == []
    assert found.counters.plis == 1


def test_what_never_comes_needs_a_key_frame() -> None:
    found, _ = slot()
    give(found, 10, 12)
    kinds = []
    while (due := found.next_timeout()) < float("inf"):
        kinds += [type(message) for message in found.feedback(US, due)]
    assert kinds == [Nack] * 10 + [Pli]


def test_a_report_block_tells_of_loss_and_of_the_last_sender_report() -> None:
    found, _ = slot()
    assert found.report_block(1.0) is None
    found.reported(SenderReport(found.ssrc or Ssrc(0), 5 << 32, 1, 1, 1), 1.0)
    give(found, 10, 13)
    block = found.report_block(1.5)
    assert block is not None
    assert (block.ssrc, block.total_lost, block.highest_sequence) == (found.ssrc, 2, 13)
    assert (block.last_sr, block.delay_since_last_sr) == (5 << 16, 1 << 15)


def test_before_an_answer_a_slot_says_nothing() -> None:
    found = ReceiveSlot(Mid("0"), "video", True)
    found.ask_keyframe()
    assert found.feedback(US, 1.0) == []
    assert found.report_block(1.0) is None
    assert found.missing == 0


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1))
def test_each_index_is_handed_on_once_whichever_way_it_comes(arrivals: list[tuple[int, bool]]) -> None:
    found, packets = slot()
    _, rtx = media_and_rtx(found)
    expected: set[int] = set()
    for index, by_rtx in arrivals:
        comes = not by_rtx or (expected and index <= max(expected))
        with suppress(RemoteError):
            if by_rtx:
                found.repair(packet(900, index.to_bytes(2, "big") + b"x", rtx))
            else:
                give(found, index)
        expected |= {index} if comes else set()
    assert sorted(entry.index for entry in packets) == sorted(expected)
    assert found.missing == (max(expected) - min(expected) + 1 - len(expected) if expected else 0)
