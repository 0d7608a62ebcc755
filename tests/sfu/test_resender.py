from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.identifiers import Ssrc
from sfu.resender import KEPT_PACKETS, MAX_PER_NACK, MAX_RESENDS, MIN_SPACING_S
from sfu.rtcp.nack import Nack
from tests.sfu.packets import video, vp8
from tests.sfu.sdp.offers import H264, Line
from tests.sfu.stage import Received, Subscriber, Track

WITHOUT_RTX = Line("video", "1", formats=("96 VP8/90000",))


def playing(subscriber: Subscriber, frames: int = 10) -> tuple[Track, list[Received], list[bytes]]:
    """A camera whose frames were sent; (camera, packets, datagrams)."""
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    for index in range(frames):
        payload = vp8(key=index == 0, picture_id=index, size=50 + index)
        camera.feed(video(index, payload, arrival=1.0 + index / 30))
    datagrams = list(subscriber.wire.sent)
    return camera, subscriber.received(), datagrams


def nack(subscriber: Subscriber, *lost: int, now: float) -> None:
    ssrc = subscriber.slot("1").stream.ssrc
    subscriber.outbound.nack(Nack(Ssrc(1), ssrc, lost), now)


def test_lost_packet_comes_again_on_the_rtx_stream() -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber)
    lost = packets[4]
    nack(subscriber, lost.sequence_number, now=2.0)
    nack(subscriber, packets[9].sequence_number, now=2.0)
    first, second = subscriber.received()
    # RFC 4588 §4: own SSRC, type and numbering; the original's timestamp; its number before the payload.
    assert first.ssrc == subscriber.slot("1").section.rtx_ssrc
    assert first.payload_type == 97
    assert second.sequence_number == first.sequence_number + 1
    assert first.timestamp == lost.timestamp
    assert first.marker == lost.marker
    assert first.csrc == lost.csrc
    assert first.payload == lost.sequence_number.to_bytes(2, "big") + lost.payload
    assert second.payload == packets[9].sequence_number.to_bytes(2, "big") + packets[9].payload
    assert [packet.extensions.transport_sequence_number for packet in (first, second)] == [10, 11]


def test_repair_is_rewritten_as_the_original_was_also_after_a_switch() -> None:
    subscriber = Subscriber()
    _, before, _ = playing(subscriber)
    other = Track(subscriber.schedule, "b", csrc=9)
    subscriber.slot("1").assign(other.publication, False, 2.0)
    for index in range(3):
        payload = vp8(key=index == 0, picture_id=900 + index)
        other.feed(video(700 + index, payload, arrival=2.0 + index / 30))
    after = subscriber.received()
    wanted = [before[8], after[0], after[2]]
    nack(subscriber, *(packet.sequence_number for packet in wanted), now=2.2)
    for repair, original in zip(subscriber.received(), wanted, strict=True):
        assert repair.payload[2:] == original.payload
        assert (repair.timestamp, repair.csrc) == (original.timestamp, original.csrc)


def test_packet_that_came_late_is_not_sent_again_before_it_can_be_missed() -> None:
    subscriber = Subscriber()
    camera, packets, _ = playing(subscriber)
    subscriber.slot("1").resender.rtt_s = 0.1
    camera.feed(video(11, vp8(picture_id=11), arrival=2.0))
    camera.feed(video(10, vp8(picture_id=10), arrival=2.1))  # repaired by the publisher
    subscriber.received()
    gap = packets[-1].sequence_number + 1 & 0xFFFF
    nack(subscriber, gap, now=2.15)  # on its way when the repair was
    assert subscriber.received() == []
    nack(subscriber, gap, now=2.2)
    (repair,) = subscriber.received()
    assert repair.payload[:2] == gap.to_bytes(2, "big")


def test_asking_for_what_has_not_come_yet_costs_no_try() -> None:
    subscriber = Subscriber()
    camera, packets, _ = playing(subscriber)
    gap, next_index = packets[-1].sequence_number + 1, 10
    camera.feed(video(next_index + 1, vp8(picture_id=11), arrival=2.0))
    subscriber.received()
    for attempt in range(MAX_RESENDS + 1):
        nack(subscriber, gap & 0xFFFF, now=2.1 + attempt)
    assert subscriber.received() == []
    camera.feed(video(next_index, vp8(picture_id=10), arrival=7.0))  # repaired by the publisher at last
    subscriber.received()
    nack(subscriber, gap & 0xFFFF, now=7.5)
    (repair,) = subscriber.received()
    assert repair.payload[:2] == (gap & 0xFFFF).to_bytes(2, "big")


def test_padding_is_for_the_first_sending_only() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    frame = [
        video(1, vp8(key=True, size=99), timestamp=0),
        video(2, vp8(starts=False, size=100), timestamp=0),
    ]
    camera.feed(*frame, now=1.0)
    packets = subscriber.received()
    nack(subscriber, packets[0].sequence_number, now=2.0)
    assert len(subscriber.wire.sent[0]) == 24 + 2 + 99 + 16
    assert subscriber.received()[0].payload[2:] == packets[0].payload


def test_without_rtx_the_very_bytes_go_out_again() -> None:
    subscriber = Subscriber(WITHOUT_RTX)
    _, packets, datagrams = playing(subscriber)
    lost = [packets[position].sequence_number for position in (2, 7)]
    nack(subscriber, *lost, now=2.0)
    assert subscriber.wire.take() == [datagrams[2], datagrams[7]]


def test_without_rtx_what_is_no_longer_stored_is_not_sent() -> None:
    subscriber = Subscriber(WITHOUT_RTX)
    _, packets, datagrams = playing(subscriber, frames=530)
    nack(subscriber, packets[17].sequence_number, packets[18].sequence_number, now=30.0)
    assert subscriber.wire.take() == [datagrams[18]]


def test_one_packet_is_sent_again_five_times_a_round_trip_apart() -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber)
    subscriber.outbound.downlink.round_trip(0.1)
    sent = []
    for at in (2.0, 2.05, 2.11, 2.15, 2.3, 2.5, 3.0, 3.5):
        nack(subscriber, packets[4].sequence_number, now=at)
        if subscriber.wire.take():
            sent.append(at)
    assert sent == [2.0, 2.11, 2.3, 2.5, 3.0]
    assert len(sent) == MAX_RESENDS
    assert subscriber.slot("1").resender.resent == MAX_RESENDS


def test_resends_keep_a_distance_where_the_round_trip_is_tiny() -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber)
    subscriber.outbound.downlink.round_trip(0.0001)
    for at in (2.0, 2.0 + MIN_SPACING_S / 2, 2.0 + 2 * MIN_SPACING_S):
        nack(subscriber, packets[4].sequence_number, packets[4].sequence_number, now=at)
    assert len(subscriber.received()) == 2


def test_what_was_never_sent_is_not_sent_again() -> None:
    subscriber = Subscriber()
    camera, packets, _ = playing(subscriber)
    camera.feed(video(11), now=2.0)  # 10 is missing
    newest = subscriber.received()[0].sequence_number
    nack(subscriber, newest - 1, newest + 1, (packets[0].sequence_number - 1) & 0xFFFF, now=2.1)
    assert subscriber.wire.sent == []


def test_codec_without_rtx_in_the_slot_is_not_repaired() -> None:
    subscriber = Subscriber(Line("video", "1", formats=(*H264, "96 VP8/90000")))
    _, packets, _ = playing(subscriber)
    assert subscriber.slot("1").section.rtx_ssrc is not None
    nack(subscriber, packets[3].sequence_number, now=2.0)
    assert subscriber.wire.sent == []


def test_huge_report_of_losses_is_answered_in_part() -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber, frames=400)
    nack(subscriber, *(packet.sequence_number for packet in packets), now=20.0)
    assert len(subscriber.received()) == MAX_PER_NACK


def test_report_for_an_unknown_ssrc_or_without_a_path_does_nothing() -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber)
    subscriber.outbound.nack(Nack(Ssrc(1), Ssrc(2), (packets[1].sequence_number,)), 2.0)
    subscriber.outbound.select(None)
    nack(subscriber, packets[1].sequence_number, now=2.0)
    assert subscriber.wire.sent == []


@given(st.lists(st.tuples(st.lists(st.integers(0, 65_535), max_size=20), st.integers(0, 300)), max_size=12))
@settings(max_examples=30)
def test_any_reports_bring_only_what_was_sent_each_under_a_new_number(
    reports: list[tuple[list[int], int]],
) -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber, frames=40)
    payloads = {packet.sequence_number: packet.payload for packet in packets}
    at = 3.0
    numbers = []
    for lost, wait_ms in reports:
        at += wait_ms / 1000
        known = [packets[sequence % 40].sequence_number if sequence % 3 else sequence for sequence in lost]
        nack(subscriber, *known, now=at)
        for repair in subscriber.received():
            numbers.append(repair.sequence_number)
            assert payloads[int.from_bytes(repair.payload[:2], "big")] == repair.payload[2:]
    assert all(after == before + 1 for before, after in pairwise(numbers))


def test_padding_goes_out_on_the_rtx_stream_between_repairs() -> None:
    subscriber = Subscriber()
    _, packets, _ = playing(subscriber)
    outbox = subscriber.outbound.outbox
    nack(subscriber, packets[4].sequence_number, now=2.0)
    datagrams: list[bytes] = []
    first = outbox.numbers.sequence
    subscriber.slot("1").resender.pad(1000, datagrams, outbox.transport(subscriber.slot("1")))
    assert 1000 <= outbox.send(datagrams, first, 2.0) < 1300
    nack(subscriber, packets[5].sequence_number, now=2.1)
    repair, *padding, after = subscriber.received()
    assert len(padding) == 4
    for packet in padding:
        assert (packet.ssrc, packet.payload_type, packet.payload) == (repair.ssrc, 97, b"")
        assert packet.padding_size == 224
        assert packet.timestamp == packets[-1].timestamp
    numbers = [packet.sequence_number for packet in (repair, *padding, after)]
    assert numbers == [*range(numbers[0], numbers[0] + 6)]
    assert [packet.extensions.transport_sequence_number for packet in padding] == [11, 12, 13, 14]


def test_nothing_is_padded_before_media_or_without_rtx() -> None:
    silent = Subscriber()
    without = Subscriber(Line("audio", "0"), WITHOUT_RTX)
    playing(without)
    for subscriber in (silent, without):
        datagrams: list[bytes] = []
        resender = subscriber.slot("1").resender
        assert not resender.can_pad()
        resender.pad(1000, datagrams, subscriber.outbound.outbox.numbers)
        assert datagrams == []


def test_what_can_no_longer_be_repaired_makes_the_publisher_be_asked_for_a_key_frame() -> None:
    subscriber = Subscriber()
    camera, packets, _ = playing(subscriber, frames=KEPT_PACKETS + 2)
    first = packets[0].sequence_number
    nack(subscriber, first + 2 & 0xFFFF, now=20.0)
    assert len(subscriber.received()) == 1
    assert not camera.layer().keyframes.wanted
    nack(subscriber, first, now=20.0)
    assert subscriber.received() == []
    assert camera.layer().keyframes.wanted


def test_repairs_that_were_lost_again_and_again_end_in_a_key_frame() -> None:
    subscriber = Subscriber()
    camera, packets, _ = playing(subscriber)
    for attempt in range(MAX_RESENDS):
        nack(subscriber, packets[3].sequence_number, now=2.0 + attempt)
        assert not camera.layer().keyframes.wanted
    nack(subscriber, packets[3].sequence_number, now=9.0)
    assert camera.layer().keyframes.wanted
