from sfu.drops import DropReason
from sfu.outbox import budget_of
from tests.sfu.packets import audio, video, vp8
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
    subscriber.outbound.outbox.sequence = 65_535
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
    assert subscriber.outbound.outbox.sequence == 1


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


def test_only_a_reliable_path_limits_what_may_leave() -> None:
    assert budget_of(None)(1.0) > 0
    assert budget_of(Wire(congested=True))(1.0) > 0
    tcp = Wire(reliable=True)
    budget = budget_of(tcp)
    assert budget(1.0) > 0
    tcp.congested = True
    assert budget(1.0) == 0
