from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.ladder import Step as Way
from sfu.codecs.vp8 import read
from sfu.drops import DropReason
from sfu.identifiers import Ssrc
from sfu.messages import Source
from sfu.rtp.extensions import read_elements
from sfu.rtp.packet import header_length
from sfu.slot_stream import LATE_PACKETS
from tests.sfu.packets import audio, run, video, vp8
from tests.sfu.sdp.offers import IDS, Line
from tests.sfu.stage import Subscriber, Track
from tests.sim.pictures import TEMPORAL

AUDIO = Line("audio", "0", extensions=("mid", "transport_cc", "audio_level"))
VIDEO = Line("video", "1")


def shown(subscriber: Subscriber, name: str = "a", **changes: object) -> Track:
    """A camera in the video slot, from its first key frame on."""
    track = Track(subscriber.schedule, name, **changes)  # type: ignore[arg-type]
    subscriber.slot("1").assign(track.publication, False, 0.0)
    return track


def test_a_source_is_one_unbroken_run() -> None:
    subscriber = Subscriber(first_index=100)
    camera = shown(subscriber)
    camera.feed(video(60_000, vp8(key=True)), video(60_001), video(60_002), now=1.0)
    packets = subscriber.received()
    assert [packet.sequence_number for packet in packets] == [100, 101, 102]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 3000, 6000]
    assert {packet.ssrc for packet in packets} == {subscriber.slot("1").stream.ssrc}


def test_numbers_go_on_over_a_switch_and_timestamps_rise() -> None:
    subscriber = Subscriber(first_index=10)
    first, second = shown(subscriber), Track(subscriber.schedule, "b", csrc=9)
    first.feed(video(500, vp8(key=True)), now=1.0)
    first.feed(video(501), now=1.033)
    subscriber.slot("1").assign(second.publication, False, 1.05)
    first.feed(video(502), now=1.066)
    second.feed(video(9, timestamp=5), now=1.07)
    second.feed(video(10, vp8(key=True), timestamp=3005), video(11, timestamp=3005), now=1.1)
    packets = subscriber.received()
    assert [packet.sequence_number for packet in packets] == [10, 11, 12, 13, 14]
    assert [packet.csrc for packet in packets] == [[7], [7], [7], [9], [9]]
    times = [packet.timestamp for packet in packets]
    assert times == sorted(times)
    assert times[3] == times[4]
    assert times[3] - times[2] == pytest.approx(0.034 * 90_000, abs=90)


def test_picture_ids_count_on_over_switches() -> None:
    subscriber = Subscriber()
    tracks = [Track(subscriber.schedule, name, csrc=csrc) for name, csrc in (("a", 1), ("b", 2))]
    at = 0.0
    for turn in range(6):
        subscriber.slot("1").assign(tracks[turn % 2].publication, False, at)
        for frame in range(3):
            index = 10 * turn + frame
            payload = vp8(key=frame == 0, picture_id=1000 * turn + frame, tl0=50 * turn + frame)
            at += 0.033
            tracks[turn % 2].feed(video(index, payload), now=at)
    facts = [read(packet.payload) for packet in subscriber.received()]
    assert [fact.picture_id for fact in facts] == list(range(18))
    assert [fact.tl0 for fact in facts] == list(range(18))


@pytest.mark.parametrize("first_index", [0x7FFF - 40, 5])
def test_sequence_numbers_roll_over_and_the_receiver_follows(first_index: int) -> None:
    subscriber = Subscriber(first_index=first_index)
    camera = shown(subscriber)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    numbers = [subscriber.received()[0].sequence_number]
    for index in range(2, 70_000, 500):
        camera.feed(video(index), now=1.0 + index / 1000)
        numbers += [packet.sequence_number for packet in subscriber.received()]
    assert numbers == [(first_index + index - 1) & 0xFFFF for index in [1, *range(2, 70_000, 500)]]


def test_late_packet_takes_the_number_left_for_it() -> None:
    subscriber = Subscriber(first_index=100)
    camera = shown(subscriber)
    camera.feed(video(1, vp8(key=True)), video(2), video(4), video(5), now=1.0)
    camera.feed(video(3), now=1.05)
    packets = subscriber.received()
    assert [packet.sequence_number for packet in packets] == [100, 101, 103, 104, 102]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 3000, 9000, 12_000, 6000]
    sent = [packet.extensions.transport_sequence_number for packet in packets]
    assert sent == list(range(5))


def test_straggler_of_before_a_switch_is_dropped() -> None:
    subscriber = Subscriber(first_index=100)
    camera = shown(subscriber)
    camera.feed(video(10, vp8(key=True)), video(12), now=1.0)
    camera.feed(video(9), now=1.05)
    assert [packet.sequence_number for packet in subscriber.received()] == [100, 102]
    assert subscriber.drops[DropReason.SLOT_STRAGGLER] == 1


def test_packet_too_late_for_any_receiver_is_dropped() -> None:
    subscriber = Subscriber()
    microphone = Track(subscriber.schedule, source="microphone")
    subscriber.slot("0").assign(microphone.publication, False, 0.0)
    microphone.feed(audio(1), now=1.0)
    microphone.feed(audio(3 + LATE_PACKETS), now=1.0)
    layer = microphone.layer()
    layer.ring = type(layer.ring)(8192)
    microphone.feed(audio(2), now=1.0)
    assert len(subscriber.received()) == 2
    assert subscriber.drops[DropReason.SLOT_LATE] == 1


def test_packets_carry_the_negotiated_extensions_the_track_and_the_level() -> None:
    subscriber = Subscriber(AUDIO, VIDEO)
    microphone = Track(subscriber.schedule, source="microphone", csrc=0xFFFFFFFF)
    subscriber.slot("0").assign(microphone.publication, False, 0.0)
    microphone.feed(audio(1, level=0x80 | 30), audio(2), now=1.0)
    first, second = subscriber.received()
    assert first.csrc == [0xFFFFFFFF]
    assert first.extensions.audio_level == (True, 30)
    assert second.extensions.audio_level == (False, 127)
    assert [packet.extensions.transport_sequence_number for packet in (first, second)] == [0, 1]
    assert (first.payload_type, first.payload) == (111, b"opus")


def test_without_transport_cc_the_send_time_goes_along() -> None:
    extensions = ("mid", "abs_send_time")
    subscriber = Subscriber(Line("video", "1", extensions=extensions, feedback=("nack", "goog-remb")))
    camera = shown(subscriber)
    camera.feed(video(1, vp8(key=True)), now=3.5)
    (packet,) = subscriber.received()
    assert packet.extensions.abs_send_time == int(3.5 * (1 << 18))
    assert packet.extensions.transport_sequence_number is None


def test_without_extensions_the_header_is_still_of_the_fixed_size() -> None:
    subscriber = Subscriber(Line("video", "1", extensions=(), feedback=("nack",)))
    camera = shown(subscriber)
    camera.feed(video(1, vp8(key=True)), now=3.5)
    datagram = subscriber.wire.sent[0]
    assert header_length(datagram) == 24
    assert read_elements(datagram, 24) == {}


def test_extensions_passed_on_stand_beside_ours() -> None:
    extensions = ("mid", "transport_cc", "video_orientation", "playout_delay")
    subscriber = Subscriber(Line("video", "1", extensions=extensions))
    camera = shown(subscriber)
    packet = video(1, vp8(key=True))
    packet.extras = (
        ("video_orientation", b"\x01"),
        ("playout_delay", b"\x00\x10\x20"),
        ("abs_capture_time", bytes(8)),
    )
    camera.feed(packet, now=1.0)
    datagram = subscriber.wire.sent[0]
    assert read_elements(datagram, header_length(datagram)) == {
        IDS["transport_cc"]: b"\0\0",
        IDS["video_orientation"]: b"\x01",
        IDS["playout_delay"]: b"\x00\x10\x20",
    }
    (received,) = subscriber.received()
    assert received.payload == packet.payload


@pytest.mark.parametrize(("mixed", "present"), [(True, True), (False, False)])
def test_long_extension_needs_the_two_byte_form_to_be_agreed_on(mixed: bool, present: bool) -> None:
    line = Line(
        "video",
        "1",
        formats=("45 AV1/90000", "46 rtx/90000"),
        extensions=("mid", "transport_cc", "dependency_descriptor"),
        extra=("extmap-allow-mixed",) if mixed else (),
    )
    subscriber = Subscriber(line)
    packet = video(1, vp8(key=True))
    packet.extras = (("dependency_descriptor", bytes(40)),)
    header = subscriber.slot("1").stream.header(0, run(packet), packet, Ssrc(1), (5, 0))
    elements = read_elements(header, len(header))
    assert (IDS["dependency_descriptor"] in elements) is present
    assert elements[IDS["transport_cc"]] == b"\x00\x05"


def test_packets_of_a_frame_are_equal_on_the_wire() -> None:
    subscriber = Subscriber()
    camera = shown(subscriber)
    frame = [
        video(1, vp8(key=True, size=900), marker=False, timestamp=0),
        video(2, vp8(starts=False, size=901), marker=False, timestamp=0),
        video(3, vp8(starts=False, size=901), timestamp=0),
    ]
    camera.feed(*frame, now=1.0)
    assert subscriber.wire.calls == [[901 + 24 + 16] * 3]
    assert [packet.payload for packet in subscriber.received()] == [packet.payload for packet in frame]


def test_sender_counts_exclude_headers_and_padding() -> None:
    subscriber = Subscriber()
    camera = shown(subscriber)
    camera.feed(video(1, vp8(key=True, size=90)), video(2, vp8(size=100)), now=1.0)
    counters = subscriber.slot("1").stream.counters
    assert (counters.packets, counters.octets) == (2, 190)


def test_nothing_is_sent_before_the_association_is_up() -> None:
    subscriber = Subscriber(connected=False)
    camera = shown(subscriber)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    assert subscriber.wire.sent == []
    subscriber.connect(1.01)
    camera.feed(video(2), now=1.05)
    camera.feed(video(3, vp8(key=True)), now=1.1)
    assert len(subscriber.received()) == 1


Step = tuple[str, int]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(
                    "key",
                    "frame",
                    "frame",
                    "frame",
                    "late",
                    "skip",
                    "switch",
                    "hide",
                    "rebind",
                    "congest",
                    "pace",
                ),
                "limit",
                "limit",
            ]
        ),
        st.integers(0, 3),
    ),
    max_size=80,
)


@given(STEPS, st.sampled_from([0, 65_530, 40_000]))
@settings(max_examples=120)
def test_whatever_happens_each_number_is_sent_once_in_one_order(steps: list[Step], start: int) -> None:
    """Two cameras of two layers; libsrtp refuses what comes twice, and here nothing is lost."""
    subscriber = Subscriber()
    slot = subscriber.slot("1")
    cameras = [
        Track(subscriber.schedule, name, csrc=csrc, rids=("q", "f")) for name, csrc in (("a", 1), ("b", 2))
    ]
    newest = dict.fromkeys(((0, "q"), (0, "f"), (1, "q"), (1, "f")), start)
    at, ssrc, sent = 1.0, 5000, []
    for act, which in steps:
        at += 0.01
        camera, rid = cameras[which % 2], ("q", "f")[which // 2]
        layer = camera.layer(rid)
        key = which % 2, rid
        match act:
            case "key" | "frame":
                newest[key] += 1
                number = newest[key]
                temporal = 0 if act == "key" else TEMPORAL[number % 4]
                payload = vp8(
                    key=act == "key", picture_id=number & 0x7FFF, temporal=temporal, sync=number % 4 in (1, 2)
                )
                camera.feed(video(newest[key], payload), rid=rid, now=at)
            case "late":
                newest[key] += 2
                for index in (newest[key], newest[key] - 1):
                    payload = vp8(picture_id=index & 0x7FFF, temporal=TEMPORAL[index % 4])
                    camera.feed(video(index, payload), rid=rid, now=at)
            case "skip":
                newest[key] += 1
                layer.skip(newest[key])
            case "switch":
                slot.assign(camera.publication, False, at)
            case "hide":
                slot.assign(slot.publication, not slot.hidden, at)
            case "limit":
                slot.allot(Way(0, -1, which, 1e5, 0, 0, 0.0), "bandwidth", 1e5, at)
            case "rebind":
                ssrc += 1
                newest[key] -= 3
                layer.bind(Ssrc(ssrc), camera.clock.stream(90_000))
            case "congest":
                subscriber.wire.congested = which != 0
            case "pace":
                pacer = subscriber.outbound.outbox.pacer
                pacer.pace(30_000.0 if which else inf, at)
                pacer.take(6_000)
        if subscriber.outbound.outbox.next_timeout() <= at:
            subscriber.outbound.outbox.flush(at)
        sent += subscriber.received()
    numbers = [packet.sequence_number for packet in sent]
    assert len(set(numbers)) == len(numbers)
    in_order = sorted(sent, key=lambda packet: (packet.sequence_number - numbers[0] + 1000) & 0xFFFF)
    csrcs = [packet.csrc[0] for packet in in_order]
    times = [(packet.timestamp - in_order[0].timestamp) & 0xFFFFFFFF for packet in in_order]
    assert set(csrcs) <= {1, 2}
    assert times == sorted(times)


@pytest.mark.parametrize("source", ["camera", "screen"])
def test_any_video_source_goes_into_a_video_slot(source: Source) -> None:
    subscriber = Subscriber()
    track = shown(subscriber, source=source)
    track.feed(video(1, vp8(key=True)), now=1.0)
    assert len(subscriber.received()) == 1


def test_layer_that_restarts_while_another_is_awaited_uses_no_number_again() -> None:
    """Else the new numbering goes on under the old run: one index, two plaintexts, and GCM's key is lost."""
    subscriber = Subscriber()
    camera = shown(subscriber, rids=("q", "f"))
    camera.feed(video(100, vp8(key=True)), *(video(index) for index in range(101, 120)), rid="q", now=1.0)
    camera.feed(*(video(index) for index in range(1, 6)), rid="f", now=1.1)  # alive, so it is the target
    camera.layer("q").bind(Ssrc(77), camera.clock.stream(90_000))
    camera.feed(video(110, vp8(key=True, size=60)), video(111, vp8(size=60)), rid="q", now=1.2)
    numbers = [packet.sequence_number for packet in subscriber.received()]
    assert len(numbers) == len(set(numbers)) == 20
    camera.feed(video(6, vp8(key=True)), rid="f", now=1.3)
    assert len(subscriber.received()) == 1
