"""A slot that sends less than there is: which layers, which packets, which bytes."""

from itertools import pairwise

import pytest

from quality.ladder import Step
from sfu.codecs import dependency_descriptor, vp8, vp9
from sfu.codecs.codec import AV1, OPUS, VP9
from sfu.codecs.dependency_descriptor import DependencyDescriptor, TemplateStructure
from sfu.identifiers import Ssrc
from sfu.messages import Paused
from sfu.rtcp.nack import Nack
from sfu.rtp.extensions import read_elements
from sfu.rtp.packet import RtpPacket, header_length
from tests.sfu.codecs.captured import Packet, capture
from tests.sfu.packets import audio, video
from tests.sfu.packets import vp8 as frame
from tests.sfu.sdp.offers import AV1 as AV1_FORMATS
from tests.sfu.sdp.offers import IDS, Line
from tests.sfu.sdp.offers import VP8 as VP8_FORMATS
from tests.sfu.sdp.offers import VP9 as VP9_FORMATS
from tests.sfu.stage import Subscriber, Track

DESCRIBED = Line(
    "video",
    "1",
    formats=AV1_FORMATS,
    extensions=("mid", "transport_cc", "dependency_descriptor"),
    extra=("extmap-allow-mixed",),
)
PATTERN = (0, 2, 1, 2)


def temporal(index: int, *, key: bool = False) -> RtpPacket:
    """A VP8 frame of one packet, in three temporal layers over four frames."""
    layer = PATTERN[index % 4]
    payload = frame(
        key=key, picture_id=index & 0x7FFF, tl0=index // 4 & 0xFF, temporal=layer, sync=index % 4 in (1, 2)
    )
    return video(index, payload)


def film(
    camera: Track, first: int, last: int, *, rid: str = "", start: float = 1.0, key: bool = True
) -> None:
    """Thirty frames a second from `first` to `last`, the first a key frame."""
    for index in range(first, last + 1):
        camera.feed(temporal(index, key=key and index == first), rid=rid, now=start + (index - first) / 30)


def step(layer: int = 0, spatial: int = -1, top: int = -1) -> Step:
    return Step(layer, spatial, top, 1e5, 0, 0, 0.0)


def feed(camera: Track, packets: list[Packet], start: float = 1.0, first: int = 500) -> None:
    """Recorded packets, each picture in a turn of its own."""
    picture: list[RtpPacket] = []
    for index, sent in enumerate(packets, first):
        packet = RtpPacket(index, sent.marker, 96, sent.timestamp, sent.payload, start)
        if sent.descriptor:
            packet.extras = (("dependency_descriptor", sent.descriptor),)
        picture.append(packet)
        if sent.marker:
            camera.feed(*picture, now=start + ((sent.timestamp - packets[0].timestamp) & 0xFFFFFFFF) / 90_000)
            picture = []


# --- temporal layers of VP8 ------------------------------------------------------------------------------


def test_numbers_and_picture_ids_have_no_gap_when_frames_are_left_out() -> None:
    subscriber = Subscriber(first_index=100, allocates=False)
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    film(camera, 400, 407)
    slot.allot(step(top=0), "bandwidth", 1e5, 1.3)
    film(camera, 408, 423, start=1.3, key=False)
    slot.allot(step(top=1), "bandwidth", 1e5, 2.0)
    film(camera, 424, 439, start=2.0, key=False)
    packets = subscriber.received()
    assert [packet.sequence_number for packet in packets] == list(range(100, 100 + len(packets)))
    facts = [vp8.read(packet.payload) for packet in packets]
    assert [fact.picture_id for fact in facts] == list(range(400, 400 + len(facts)))
    assert [fact.temporal for fact in facts] == [0, 2, 1, 2] * 2 + [0] * 4 + [0, 1] * 4
    assert [fact.tl0 for fact in facts if not fact.temporal] == list(range(100, 110))


def test_frame_rate_grows_where_a_frame_refers_to_the_lowest_layer_alone() -> None:
    subscriber = Subscriber(allocates=False)
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    film(camera, 0, 3)
    slot.allot(step(top=0), "bandwidth", 1e5, 1.2)
    film(camera, 4, 7, start=1.2, key=False)
    slot.allot(step(), "full", 1e6, 1.4)
    film(camera, 8, 15, start=1.4, key=False)
    temporals = [vp8.read(packet.payload).temporal for packet in subscriber.received()]
    # The frames 9 and 13 have T2 and the sync bit, but T1 comes before T2 does: with 10, then 13.
    assert temporals == [0, 2, 1, 2, 0, 0, 1, 0, 2, 1, 2]


def test_late_packet_of_no_use_fills_its_number_with_padding() -> None:
    subscriber = Subscriber(first_index=100, allocates=False)
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    film(camera, 0, 0)
    slot.allot(step(top=0), "bandwidth", 1e5, 1.1)
    camera.feed(temporal(1), temporal(4), now=1.2)
    camera.feed(temporal(3), now=1.25)
    camera.feed(temporal(2), now=1.26)
    sent = subscriber.received()
    assert [packet.sequence_number for packet in sent] == [100, 103, 102, 101]
    assert [len(packet.payload) for packet in sent] == [40, 40, 0, 0]
    subscriber.outbound.nack(Nack(Ssrc(1), slot.stream.ssrc, (101, 103)), 1.5)
    hollow, repaired = subscriber.received()
    assert hollow.payload == (101).to_bytes(2, "big")
    assert repaired.payload[2:] == sent[1].payload


def test_resends_are_what_was_sent_whatever_was_left_out() -> None:
    subscriber = Subscriber(allocates=False)
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    film(camera, 32_700, 32_720)
    for turn, top in enumerate((0, 1, -1, 0)):
        slot.allot(step(top=top), "bandwidth", 1e5, 2.0 + turn)
        film(camera, 32_721 + 20 * turn, 32_740 + 20 * turn, start=2.0 + turn, key=False)
    packets = subscriber.received()
    wanted = {packet.sequence_number: packet for packet in packets}
    subscriber.outbound.nack(Nack(Ssrc(1), slot.stream.ssrc, tuple(wanted)), 6.0)
    repairs = subscriber.received()
    assert len(repairs) == len(packets)
    for repair in repairs:
        original = wanted[int.from_bytes(repair.payload[:2], "big")]
        assert repair.payload[2:] == original.payload
        assert (repair.timestamp, repair.marker) == (original.timestamp, original.marker)


# --- spatial layers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("spatial", [0, 1, 2])
@pytest.mark.parametrize("name", ["layers_vp9_l3t3", "layers_vp9_l3t3_key"])
def test_vp9_pictures_end_with_the_layer_sent(name: str, spatial: int) -> None:
    subscriber = Subscriber(Line("video", "1", formats=VP9_FORMATS), first_index=7, allocates=False)
    packets = list(capture(name).packets)
    camera = Track(subscriber.schedule, codec=VP9)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    slot.allot(step(spatial=spatial), "view_size", 1e5, 0.5)
    feed(camera, packets)
    sent = subscriber.received()
    assert [packet.sequence_number for packet in sent] == list(range(7, 7 + len(sent)))
    assert [packet.payload for packet in sent] == [
        packet.payload for packet in packets if vp9.parse_descriptor(packet.payload).spatial <= spatial
    ]
    for packet, after in pairwise(sent):
        assert bool(packet.marker) == (packet.timestamp != after.timestamp)
    info = slot.layer_info(4.0)
    assert info is not None
    assert (info.width, info.height) == ((320, 180), (640, 360), (1280, 720))[spatial]
    assert (info.spatial, info.temporal) == (spatial, 2)


@pytest.mark.parametrize("name", ["layers_vp9_l3t3", "layers_vp9_l3t3_key"])
@pytest.mark.parametrize("late", [False, True])
def test_a_picture_keeps_one_timestamp_while_the_clock_is_followed(name: str, late: bool) -> None:
    """The packets of a picture trickle in, or a layer's first after the rest of its layer."""
    subscriber = Subscriber(Line("video", "1", formats=VP9_FORMATS), first_index=500, allocates=False)
    packets = dict(enumerate(capture(name).packets, 500))
    camera = Track(subscriber.schedule, codec=VP9)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    order: list[int] = []
    for index, packet in packets.items():
        after_all = late and index > 520 and not vp9.parse_descriptor(packet.payload).starts_frame
        order.insert(len(order) - after_all, index)
    begin = packets[500].timestamp
    for turn, index in enumerate(order):
        packet = packets[index]
        now = 1.0 + turn * 3.0 / len(order)
        camera.feed(RtpPacket(index, packet.marker, 96, packet.timestamp, packet.payload, now))
        if not turn:  # captured later than it seemed: timestamps have to run faster for a while
            camera.layer().clock.sender_report(1 << 32, begin, now + 0.1)
    received = subscriber.received()
    assert len(received) == len(packets)
    deltas: dict[int, set[int]] = {}
    for sent in received:
        timestamp = packets[sent.sequence_number].timestamp
        deltas.setdefault(timestamp, set()).add((sent.timestamp - timestamp) & 0xFFFFFFFF)
    assert {len(found) for found in deltas.values()} == {1}
    assert len({found.pop() for found in deltas.values()}) > (1 if late else 5)


def test_more_spatial_layers_are_asked_for_with_a_key_frame() -> None:
    subscriber = Subscriber(Line("video", "1", formats=VP9_FORMATS), allocates=False)
    packets = list(capture("layers_vp9_l3t3_key").packets)
    second_key = [n for n, packet in enumerate(packets) if vp9.read(packet.payload).keyframe][1]
    camera = Track(subscriber.schedule, codec=VP9)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    slot.allot(step(spatial=0), "bandwidth", 1e5, 0.5)
    feed(camera, packets[:second_key])
    assert not camera.layer().keyframes.wanted
    slot.allot(step(spatial=2), "full", 1e6, 3.0)
    assert camera.layer().keyframes.wanted
    assert slot.awaits_keyframe(camera.layer())
    before = subscriber.received()
    feed(camera, packets[second_key:], start=3.1, first=500 + second_key)
    after = subscriber.received()
    assert {vp9.parse_descriptor(packet.payload).spatial for packet in before} == {0}
    assert {vp9.parse_descriptor(packet.payload).spatial for packet in after} == {0, 1, 2}
    assert not slot.awaits_keyframe(camera.layer())


def descriptors(subscriber: Subscriber) -> list[tuple[int, DependencyDescriptor]]:
    """(marker, what the receiver reads) of the AV1 packets sent since the last call; headers are in clear."""
    structure: TemplateStructure | None = None
    read = []
    for datagram in subscriber.wire.take():
        data = read_elements(datagram, header_length(datagram))[IDS["dependency_descriptor"]]
        described = dependency_descriptor.parse(data, structure)
        structure = described.structure or structure
        read.append((datagram[1] >> 7, described))
    return read


@pytest.mark.parametrize("spatial", [0, 1, 2])
@pytest.mark.parametrize("name", ["layers_av1_l3t3", "layers_av1_l3t3_key"])
def test_av1_descriptor_tells_what_is_left(name: str, spatial: int) -> None:
    subscriber = Subscriber(DESCRIBED, allocates=False)
    camera = Track(subscriber.schedule, codec=AV1)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    slot.allot(step(spatial=spatial, top=1), "view_size", 1e5, 0.5)
    feed(camera, list(capture(name).packets))
    sent = descriptors(subscriber)
    assert len(sent) > 10
    for marker, described in sent:
        frame = described.frame
        assert frame is not None
        assert frame.spatial <= spatial
        assert frame.temporal <= 1
        assert bool(marker) == (described.ends_frame and frame.spatial == spatial)
        if described.structure is not None:
            layers = enumerate(described.structure.target_layers)
            left = [1 << place for place, (s, t) in layers if s <= spatial and t <= 1]
            assert described.active_targets == sum(left)


def test_av1_frame_numbers_count_on_over_a_switch() -> None:
    """A browser takes a key frame of a lower number for an old one, and drops it."""
    subscriber = Subscriber(DESCRIBED, allocates=False)
    slot = subscriber.slot("1")
    numbers = []
    for turn in range(3):
        camera = Track(subscriber.schedule, f"{turn}", codec=AV1, csrc=turn + 1)
        slot.assign(camera.publication, False, 2.0 * turn)
        feed(camera, list(capture("layers_av1_l1t3").packets)[:20], start=2.0 * turn + 0.5)
        numbers += [described.frame_number for _, described in descriptors(subscriber)]
    assert all(after - before in (0, 1) for before, after in pairwise(numbers))
    assert len(set(numbers)) > 20


def test_av1_without_descriptor_is_sent_in_one_spatial_layer() -> None:
    subscriber = Subscriber(Line("video", "1", formats=AV1_FORMATS), allocates=False)
    camera = Track(subscriber.schedule, codec=AV1)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    packets = list(capture("layers_av1_l3t3_key").packets)
    feed(camera, packets)
    assert {way.spatial for way in slot.steps(3.5)} == {0}
    info = slot.layer_info(3.5)
    assert info is not None
    assert (info.spatial, info.width) == (0, 320)
    assert 0 < len(subscriber.received()) < len(packets) / 2


# --- steps and allotments --------------------------------------------------------------------------------


def simulcast(subscriber: Subscriber, *rids: str) -> Track:
    """Encodings of three temporal layers, all alive, in the slot."""
    camera = Track(subscriber.schedule, rids=("q", "h", "f"))
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    for frame_number in range(60):
        for rid in rids:
            camera.feed(temporal(frame_number, key=not frame_number), rid=rid, now=1.0 + frame_number / 30)
    subscriber.received()
    return camera


def told(subscriber: Subscriber) -> Paused | None:
    """Why the video is paused, as told last."""
    return subscriber.told[-1].paused


def test_steps_are_the_layers_alive_with_what_they_cost() -> None:
    subscriber = Subscriber(allocates=False)
    simulcast(subscriber, "q", "f")
    slot = subscriber.slot("1")
    steps = slot.steps(3.0)
    assert [(way.layer, way.temporal) for way in steps] == [(0, 0), (2, 0), (0, 1), (2, 1), (0, -1), (2, -1)]
    assert [way.spatial for way in steps] == [-1] * 6
    assert [way.bitrate_bps for way in steps] == sorted(way.bitrate_bps for way in steps)
    assert [way.fps for way in steps] == pytest.approx([7.5, 7.5, 15, 15, 30, 30], abs=1.5)
    assert steps[-1].bitrate_bps == pytest.approx(30 * (40 + 40) * 8, rel=0.1)
    assert {(way.width, way.height) for way in steps} == {(320, 180)}


def test_there_are_no_steps_where_nothing_can_be_sent() -> None:
    subscriber = Subscriber(Line("audio", "0"), Line("video", "1", formats=VP8_FORMATS))
    camera = simulcast(subscriber, "q")
    slot = subscriber.slot("1")
    assert slot.steps(3.0)
    assert slot.steps(30.0) == []  # no layer is alive any more
    assert subscriber.slot("0").steps(3.0) == []
    camera.publication.mute(True, 3.0)
    assert slot.steps(3.0) == []
    camera.publication.mute(False, 3.0)
    slot.assign(camera.publication, True, 3.0)
    assert slot.steps(3.0) == []
    slot.assign(Track(subscriber.schedule, codec=VP9).publication, False, 3.0)
    assert slot.steps(3.0) == []
    slot.assign(None, False, 3.0)
    assert slot.steps(3.0) == []


def test_slot_that_does_not_fit_pauses_and_comes_back_with_a_key_frame() -> None:
    subscriber = Subscriber(allocates=False)
    camera = simulcast(subscriber, "q")
    slot = subscriber.slot("1")
    slot.allot(None, "bandwidth", 0.0, 3.0)
    assert told(subscriber) == "bandwidth"
    assert slot.stats(3.0).reason == "bandwidth"
    film(camera, 60, 70, rid="q", start=3.0, key=False)
    assert subscriber.received() == []
    assert slot.steps(3.3)  # or nothing could tell that it fits again
    slot.allot(step(0), "bandwidth", 1e5, 3.4)
    assert told(subscriber) == "switching"
    assert camera.layer("q").keyframes.wanted
    film(camera, 72, 75, rid="q", start=3.4)
    assert told(subscriber) is None
    assert len(subscriber.received()) == 4


def test_old_layer_goes_on_until_the_allotted_one_has_a_key_frame() -> None:
    subscriber = Subscriber(allocates=False)
    camera = simulcast(subscriber, "q", "f")
    slot = subscriber.slot("1")
    slot.allot(step(2), "full", 1e6, 3.0)
    film(camera, 60, 60, rid="f", start=3.0)
    slot.allot(step(0, top=0), "bandwidth", 1e5, 3.1)
    subscriber.received()
    camera.feed(temporal(61), rid="f", now=3.1)
    camera.feed(temporal(61), rid="q", now=3.1)
    assert slot.current is not None
    assert slot.current.rid == "f"
    assert len(subscriber.received()) == 1
    film(camera, 64, 68, rid="q", start=3.2)
    assert slot.current.rid == "q"
    assert len(subscriber.received()) == 2  # the key frame and the next of the lowest temporal layer


@pytest.mark.parametrize(
    ("allotted", "alive", "carried"),
    [("f", ("q", "h"), "h"), ("h", ("q", "f"), "q"), ("q", ("h", "f"), "h"), ("q", ("f",), "f")],
)
def test_where_the_allotted_layer_dies_the_nearest_alive_goes_out(
    allotted: str, alive: tuple[str, ...], carried: str
) -> None:
    subscriber = Subscriber(allocates=False)
    camera = simulcast(subscriber, "q", "h", "f")
    slot = subscriber.slot("1")
    slot.allot(step(("q", "h", "f").index(allotted), top=0), "bandwidth", 1e5, 3.0)
    film(camera, 60, 60, rid=allotted, start=3.0)
    for frame_number in range(61, 151):
        for rid in alive:
            camera.feed(temporal(frame_number), rid=rid, now=3.0 + frame_number / 30)
    camera.publication.check_alive(8.1)
    assert slot.target is not None
    film(camera, 151, 154, rid=carried, start=8.1)
    assert slot.current is not None
    assert slot.current.rid == carried
    assert slot.paused is None


# --- redundant audio -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "is_red"), [(("63 red/48000/2", "111 opus/48000/2"), True), (None, False)]
)
def test_redundant_audio_goes_to_whoever_takes_it(formats: tuple[str, ...] | None, is_red: bool) -> None:
    subscriber = Subscriber(Line("audio", "0", formats=formats))
    microphone = Track(subscriber.schedule, source="microphone", codec=OPUS)
    subscriber.slot("0").assign(microphone.publication, False, 0.0)
    packet, plain = audio(1, b"new!"), audio(2, b"later")
    packet.redundant = bytes((0x80 | 99, 960 >> 6, (960 << 2 & 0xFF), 3, 99)) + b"oldnew!"
    microphone.feed(packet, plain, now=1.0)
    first, second = subscriber.received()
    assert first.payload_type == (63 if is_red else 111)
    assert first.payload == (
        bytes((0x80 | 111, 960 >> 6, (960 << 2 & 0xFF), 3, 111)) + b"oldnew!" if is_red else b"new!"
    )
    assert (second.payload_type, second.payload) == (111, b"later")
