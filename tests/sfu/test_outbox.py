from itertools import pairwise
from math import inf

from sfu.drops import DropReason
from sfu.rtp.packet import RtpPacket
from sfu.sent_packets import SentPackets
from tests.sfu.packets import audio, video, vp8
from tests.sfu.sdp.offers import Line
from tests.sfu.stage import Subscriber, Track, Wire


def meeting() -> tuple[Subscriber, Track, Track]:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule, "v")
    microphone = Track(subscriber.schedule, "a", source="microphone", csrc=8)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    subscriber.slot("0").assign(microphone.publication, False, 0.0)
    return subscriber, camera, microphone


def test_packets_of_all_slots_leave_in_one_call_in_the_order_they_came() -> None:
    subscriber, camera, microphone = meeting()
    camera.layer().receive(video(1, vp8(key=True)), 1.0)
    microphone.layer().receive(audio(1), 1.0)
    camera.layer().receive(video(2), 1.0)
    subscriber.schedule.flush(1.0)
    assert len(subscriber.wire.calls) == 1
    packets = subscriber.received()
    assert [packet.payload_type for packet in packets] == [96, 96, 111]
    assert [packet.extensions.transport_sequence_number for packet in packets] == [0, 1, 2]


def test_transport_wide_numbers_wrap() -> None:
    subscriber, camera, _ = meeting()
    subscriber.outbound.outbox.numbers.sequence = 65_535
    camera.feed(video(1, vp8(key=True)), video(2), now=1.0)
    assert [p.extensions.transport_sequence_number for p in subscriber.received()] == [65_535, 0]


def test_what_is_sent_is_counted() -> None:
    subscriber, camera, _ = meeting()
    camera.feed(video(1, vp8(key=True)), video(2), now=1.0)
    outbox = subscriber.outbound.outbox
    assert (outbox.packets, outbox.octets) == (2, sum(map(len, subscriber.wire.sent)))


def test_without_a_path_nothing_is_sent_or_numbered() -> None:
    subscriber, camera, _ = meeting()
    camera.feed(video(1, vp8(key=True)), now=1.0)
    subscriber.outbound.select(None)
    camera.feed(video(2), now=1.03)
    assert len(subscriber.received()) == 1
    assert subscriber.outbound.outbox.numbers.sequence == 1


def test_congested_path_drops_video_up_to_a_key_frame_and_lets_audio_through() -> None:
    subscriber, camera, microphone = meeting()
    tcp = Wire(reliable=True)
    subscriber.wire = tcp
    subscriber.outbound.select(tcp)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    microphone.feed(audio(1), now=1.0)
    tcp.congested = True
    camera.feed(video(2), video(3), now=1.033)
    microphone.feed(audio(2), now=1.033)
    assert subscriber.drops[DropReason.OUTBOX_AGE] == 2
    assert camera.layer().keyframes.due(1.033)
    tcp.congested = False
    camera.feed(video(4), now=1.066)
    camera.feed(video(5, vp8(key=True)), now=1.1)
    microphone.feed(audio(3), now=1.1)
    packets = subscriber.received()
    numbers = [packet.sequence_number for packet in packets if packet.payload_type == 96]
    assert numbers == [numbers[0], numbers[0] + 1]
    numbers = [packet.sequence_number for packet in packets if packet.payload_type == 111]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]


def paced(rate_bps: float) -> tuple[Subscriber, Track, Track]:
    """A meeting that goes on, paced from 1.0 on."""
    subscriber, camera, microphone = meeting()
    camera.feed(video(1, vp8(key=True)), now=0.9)
    subscriber.wire.take()
    subscriber.outbound.outbox.pacer.pace(rate_bps, 1.0)
    return subscriber, camera, microphone


def burst(first: int, count: int) -> list[RtpPacket]:
    """A frame of full packets."""
    return [
        video(first + n, vp8(key=n == 0, starts=n == 0, size=1200), marker=n == count - 1, timestamp=0)
        for n in range(count)
    ]


def drain(subscriber: Subscriber, until: float) -> list[tuple[float, int]]:
    """Flush whenever the outbox wants to, as a peer's timer does: (when, bytes)."""
    outbox, left = subscriber.outbound.outbox, []
    while (now := outbox.next_timeout()) <= until:
        before = outbox.octets
        outbox.flush(now)
        left.append((now, outbox.octets - before))
    return left


def test_key_frame_larger_than_the_link_leaves_at_its_pace_and_in_order() -> None:
    subscriber, camera, _ = paced(1e6)
    camera.feed(*burst(2, 60), now=1.0)
    assert sum(map(len, subscriber.wire.sent)) <= 10_000
    steps = drain(subscriber, 2.0)
    assert all(size <= 3_000 for _, size in steps)
    assert max(later - sooner for (sooner, _), (later, _) in pairwise(steps)) <= 0.02
    packets = subscriber.received()
    assert [packet.sequence_number - packets[0].sequence_number for packet in packets] == [*range(60)]
    assert 0.5 < steps[-1][0] - 1.0 < 0.65  # 74 kB less the depth
    assert subscriber.outbound.outbox.next_timeout() == inf


def test_audio_overtakes_video_that_waits() -> None:
    subscriber, camera, microphone = paced(1e6)
    camera.feed(*burst(2, 60), now=1.0)
    subscriber.wire.take()
    microphone.feed(audio(1), now=1.001)
    assert len(subscriber.wire.sent) == 1


def test_what_fits_into_the_bucket_is_sent_at_once() -> None:
    subscriber, camera, _ = paced(5e6)
    camera.feed(*burst(2, 8), now=1.0)
    assert len(subscriber.received()) == 8
    assert subscriber.outbound.outbox.next_timeout() == inf


def test_video_that_waited_a_second_gives_way_to_the_next_key_frame() -> None:
    subscriber, camera, _ = paced(30_000.0)
    camera.feed(*burst(2, 60), now=1.0)
    drain(subscriber, 2.4)
    sent = len(subscriber.wire.sent)
    assert subscriber.drops[DropReason.OUTBOX_AGE] == 60 - sent
    assert camera.layer().keyframes.due(2.4)
    camera.feed(video(62, timestamp=3000), now=2.5)
    camera.feed(*(burst(63, 1)), now=4.0)
    packets = subscriber.received()
    assert len(packets) == sent + 1
    assert packets[-1].sequence_number == packets[0].sequence_number + sent


def test_what_waits_leaves_at_once_when_there_is_no_limit_any_more() -> None:
    subscriber, camera, _ = paced(1e6)
    camera.feed(*burst(2, 60), now=1.0)
    subscriber.outbound.outbox.pacer.pace(inf, 1.01)
    drain(subscriber, 1.02)
    assert len(subscriber.received()) == 60


def test_what_waited_gives_way_to_the_key_frame_of_another_layer() -> None:
    subscriber, camera, _ = paced(1e6)
    camera.feed(*burst(2, 60), now=1.0)
    drain(subscriber, 1.2)
    other = Track(subscriber.schedule, "w", csrc=9)
    subscriber.slot("1").assign(other.publication, False, 1.2)
    subscriber.outbound.outbox.pacer.pace(1e6, 1.2)
    other.feed(*burst(1, 10), now=1.2)
    drain(subscriber, 3.0)
    packets = subscriber.received()
    assert subscriber.drops[DropReason.OUTBOX_AGE] == 70 - len(packets)
    assert 30 < len(packets) < 50
    assert [packet.csrc for packet in packets[-11:]] == [[7], *[[9]] * 10]
    numbers = [packet.sequence_number - packets[0].sequence_number for packet in packets]
    assert numbers == [*range(len(packets))]


def test_nothing_that_waits_of_a_hidden_track_goes_out_any_more() -> None:
    subscriber, camera, _ = paced(1e6)
    camera.feed(*burst(2, 60), now=1.0)
    subscriber.wire.take()
    subscriber.slot("1").assign(camera.publication, True, 1.01)
    assert drain(subscriber, 3.0) == []
    assert subscriber.wire.sent == []


def test_packets_of_a_line_without_transport_wide_numbers_use_none_up() -> None:
    subscriber = Subscriber(Line("audio", "0", extensions=("mid",)), Line("video", "1"))
    camera = Track(subscriber.schedule, "v")
    microphone = Track(subscriber.schedule, "a", source="microphone", csrc=8)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    subscriber.slot("0").assign(microphone.publication, False, 0.0)
    sent = subscriber.outbound.outbox.sent = SentPackets()
    microphone.layer().receive(audio(1), 1.0)
    camera.layer().receive(video(1, vp8(key=True, size=500)), 1.0)
    microphone.layer().receive(audio(2), 1.0)
    camera.layer().receive(video(2, vp8(size=600)), 1.0)
    subscriber.schedule.flush(1.0)
    numbers = [packet.extensions.transport_sequence_number for packet in subscriber.received()]
    assert [number for number in numbers if number is not None] == [0, 1]
    verdicts = sent.judge(0, (0, 0, 0), 1000.0)
    assert verdicts is not None
    assert [size // 100 for size in verdicts.size_bytes] == [5, 6]
