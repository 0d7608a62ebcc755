"""A node and whole clients over a simulated network: what a subscriber gets is one unbroken stream."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from client.capabilities import Capabilities
from client.connection import ConnectionState
from client.receiving import ReceivedPacket, ReceiveSlot
from loadtests.canned import CannedVideo
from loadtests.canned_media.encode import VideoCodec
from sfu.codecs import vp8
from sfu.drops import DropReason
from sfu.messages import AudioLevels, PeerClosed, PeerConnected, TrackLayers
from sfu.sequence import timestamp_delta
from tests.sim import pictures
from tests.sim.meeting import SERVER, Camera, Meeting, Member, Microphone, Published
from tests.sim.simulation import Datagram

NO_RTX = Capabilities(rtx=False)
TOGETHER = ("q", "h", "f")


def meeting_of_two(
    seed: int = 0, receiver: Capabilities | None = None, sender: Capabilities | None = None
) -> tuple[Meeting, Member, Published, Member, ReceiveSlot]:
    """A camera and somebody who watches it, both connected; nothing is filmed yet."""
    meeting = Meeting(seed)
    ann, bob = meeting.join(sender), meeting.join(receiver)
    camera = ann.publish("camera")
    (slot,) = bob.open_slots(video=1)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, camera)
    return meeting, ann, camera, bob, slot


def indices(packets: Sequence[ReceivedPacket]) -> list[int]:
    return [packet.index for packet in packets]


def assert_unbroken(packets: Sequence[ReceivedPacket]) -> None:
    """Numbers without a gap, time that never goes back, frames that end before the next begins."""
    assert packets
    first = packets[0].index
    assert indices(packets) == list(range(first, first + len(packets)))
    for before, after in pairwise(packets):
        step = timestamp_delta(after.timestamp, before.timestamp)
        assert step > 0 if before.marker else step == 0


def assert_pictures_count_on(packets: Sequence[ReceivedPacket]) -> None:
    """VP8's picture id and TL0PICIDX go up by one a frame, whoever is shown (RFC 7741 §4.2)."""
    facts = [vp8.read(packet.payload) for packet in packets]
    for before, one, other in zip(packets, facts, facts[1:], strict=False):
        step = 1 if before.marker else 0
        assert (other.picture_id - one.picture_id) & 0x7FFF == step
        assert (other.tl0 - one.tl0) & 0xFF == step


def canned(codec: VideoCodec, person: int) -> pictures.Payloads:
    video = CannedVideo(codec, person, width=160, height=90, bitrate_bps=200_000, clip_frames=60)
    return video.frame


# --- forwarding --------------------------------------------------------------------------------------------


def test_a_slot_carries_the_track_it_was_given() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two()
    film = Camera(ann, camera, pictures.vp8(7)).start()
    meeting.run(2)
    film.stop()
    meeting.run(0.1)
    packets = bob.packets(slot)
    assert len(packets) == 3 * film.frames
    assert_unbroken(packets)
    assert_pictures_count_on(packets)
    assert {packet.csrc for packet in packets} == {camera.csrc}
    assert [packet.payload[20:] for packet in packets] == [
        bytes((7,)) * len(packet.payload[20:]) for packet in packets
    ]
    assert slot.missing == 0
    assert meeting.node.drops.total() == ann.connection.drops.total() == bob.connection.drops.total() == 0
    assert film.keyframes == 1


def test_everybody_hears_a_microphone_and_its_level_is_told() -> None:
    meeting = Meeting()
    ann, bob = meeting.join(), meeting.join()
    microphone = ann.publish("microphone")
    (slot,) = bob.open_slots(audio=1)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, microphone)
    talk = Microphone(ann, microphone, level=10).start()
    meeting.run(2)
    packets = bob.packets(slot)
    assert len(packets) >= talk.packets - 1
    assert indices(packets) == list(range(packets[0].index, packets[0].index + len(packets)))
    assert {packet.elements[1] for packet in packets} == {bytes((0x80 | 10,))}
    levels = [event for event in meeting.events if isinstance(event, AudioLevels)]
    assert levels[-1].levels[0][0] == microphone.id
    assert levels[-1].levels[0][1] == pytest.approx(10 ** (-10 / 20), abs=0.01)


def test_many_subscribers_get_frames_that_were_held_together() -> None:
    meeting = Meeting(fan_out=3)
    ann = meeting.join()
    camera = ann.publish("camera")
    ann.connect()
    watchers = []
    for _ in range(4):
        bob = meeting.join()
        (slot,) = bob.open_slots(video=1)
        bob.connect()
        meeting.show(bob, slot, camera)
        watchers.append((bob, slot))
    film = Camera(ann, camera, pictures.vp8(packets=7)).start()
    meeting.run(1)
    film.stop()
    meeting.run(0.1)
    for bob, slot in watchers:
        assert len(bob.packets(slot)) == 7 * film.frames
        assert_unbroken(bob.packets(slot))


def test_the_slots_reports_and_its_packets_tell_one_clock() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two()
    Camera(ann, camera, pictures.vp8(), timestamp=0xFFFFF000).start()
    meeting.run(3)
    report = slot.sender_report
    assert report is not None
    newest = bob.packets(slot)[-1]
    passed = timestamp_delta(newest.timestamp, report.rtp_timestamp) / 90_000
    assert -0.1 < passed < 1.2
    assert report.packets > 0
    assert_unbroken(bob.packets(slot))


# --- a bad network -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("receiver", [Capabilities(), NO_RTX], ids=["rtx", "no rtx"])
@pytest.mark.parametrize("sender", [Capabilities(), NO_RTX], ids=["rtx", "no rtx"])
def test_what_is_lost_on_either_way_is_repaired(sender: Capabilities, receiver: Capabilities) -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(3, receiver, sender)
    meeting.lossy(ann, up=0.07, down=0.05)
    meeting.lossy(bob, up=0.05, down=0.07)
    film = Camera(ann, camera, pictures.vp8(1)).start()
    meeting.run(6)
    film.stop()
    meeting.lossy(ann)
    meeting.lossy(bob)
    meeting.run(2)
    packets = bob.packets(slot)
    assert slot.missing == 0
    assert indices(packets) == list(range(packets[0].index, packets[0].index + len(packets)))
    assert len(packets) >= 3 * film.frames - 6
    assert ann.connection.tracks[camera.track.mid].stream.repairs > 10
    assert meeting.node.drops[DropReason.SRTP_AUTH] == bob.connection.drops[DropReason.SRTP_AUTH] == 0


def test_reordered_and_repeated_packets_arrive_once_and_in_place() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(4)
    for one, other in ((ann.address, SERVER), (SERVER, bob.address)):
        link = meeting.simulation.link(one, other)
        link.delay_ms, link.reorder, link.reorder_ms, link.duplicate = 10, 0.1, 6, 0.1
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(4)
    film.stop()
    meeting.run(1)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert len(packets) == 3 * film.frames
    assert meeting.node.drops[DropReason.SRTP_REPLAY] > 10
    assert bob.connection.drops[DropReason.SRTP_REPLAY] > 10


def test_padding_leaves_no_gap() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(5)
    film = Camera(ann, camera, pictures.vp8()).start()
    for step in range(20):
        meeting.run(0.05)
        camera.track.stream.send_padding(100 + step, meeting.now)
    film.stop()
    meeting.run(0.5)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert len(packets) == 3 * film.frames
    assert meeting.node.drops[DropReason.RTP_PADDING] == 20


@pytest.mark.parametrize("first_sequence", [65_500, 65_535, 0, (3 << 16) - 20])
def test_the_publishers_numbers_wrap_under_loss(first_sequence: int) -> None:
    meeting = Meeting(6)
    ann, bob = meeting.join(), meeting.join()
    camera = ann.publish("camera", first_sequence=first_sequence & 0xFFFF)
    (slot,) = bob.open_slots(video=1)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, camera)
    meeting.lossy(ann, up=0.05)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(3)
    film.stop()
    meeting.lossy(ann)
    meeting.run(1)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert slot.missing == 0
    assert len(packets) >= 3 * film.frames - 3


def test_a_slots_numbers_wrap_under_loss() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(7)
    meeting.lossy(bob)  # its delay from the start: a sudden one is taken for a queue
    film = Camera(ann, camera, pictures.vp8(packets=30, size=20)).start()
    meeting.run(1)
    start = bob.packets(slot)[0].index
    assert start < 1 << 15
    meeting.simulation.run_until(lambda: slot.statistics.highest > (1 << 16) - 300, 80)
    meeting.lossy(bob, down=0.03)
    meeting.simulation.run_until(lambda: slot.statistics.highest > (1 << 16) + 300, 20)
    film.stop()
    meeting.lossy(bob)
    meeting.run(1)
    assert slot.missing == 0
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert packets[-1].index > 1 << 16
    assert bob.connection.drops[DropReason.SRTP_AUTH] == 0


# --- switching ---------------------------------------------------------------------------------------------


def test_another_source_in_the_same_slot_goes_on_with_the_stream() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(8)
    cleo = meeting.join()
    other = cleo.publish("camera")
    cleo.connect()
    Camera(ann, camera, pictures.vp8(1)).start()
    second = Camera(cleo, other, pictures.vp8(2), timestamp=4_000_000_000)
    second.frames = 500
    second.start()
    shown = [camera, other]
    for turn in range(1, 7):
        meeting.run(0.61)
        meeting.show(bob, slot, shown[turn % 2])
    meeting.run(0.61)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert_pictures_count_on(packets)
    changes = [after for before, after in pairwise(packets) if before.csrc != after.csrc]
    assert [packet.csrc for packet in changes] == [other.csrc, camera.csrc] * 3
    assert all(vp8.read(packet.payload).keyframe for packet in changes)
    assert slot.counters.plis == 0
    assert len(bob.answers) == 1


def test_codecs_may_change_within_a_slot() -> None:
    meeting = Meeting(9)
    bob = meeting.join()
    (slot,) = bob.open_slots(video=1)
    bob.connect()
    tracks = []
    codecs: tuple[VideoCodec, ...] = ("VP8", "H264", "AV1")
    for person, codec in enumerate(codecs):
        member = meeting.join()
        track = member.publish("camera", codec)
        member.connect()
        Camera(member, track, canned(codec, person)).start()
        tracks.append(track)
    for track in (*tracks, tracks[0]):
        meeting.show(bob, slot, track)
        meeting.run(0.7)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    seen = [slot.codecs[packets[0].payload_type]]
    for packet in packets:
        codec_key = slot.codecs[packet.payload_type]
        if codec_key != seen[-1]:
            seen.append(codec_key)
    assert seen == ["VP8", "H264/42e01f", "AV1/0", "VP8"]
    by_track = {track.csrc: track.track.codec for track in tracks}
    assert all(
        by_track[packet.csrc].key == slot.codecs[packet.payload_type]
        for packet in packets
        if packet.csrc is not None
    )


def test_a_slot_goes_on_over_loss_and_switches() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(40)
    cleo = meeting.join()
    other = cleo.publish("camera")
    cleo.connect()
    Camera(ann, camera, pictures.vp8(1)).start()
    Camera(cleo, other, pictures.vp8(2)).start()
    for member in (ann, bob, cleo):
        meeting.lossy(member, up=0.05, down=0.05, delay_ms=15)
    for turn in range(1, 16):
        meeting.run(0.4)
        meeting.show(bob, slot, (camera, other)[turn % 2])
    for member in (ann, bob, cleo):
        meeting.lossy(member)
    meeting.run(2)
    assert slot.missing == 0
    packets = bob.packets(slot)
    assert indices(packets) == list(range(packets[0].index, packets[0].index + len(packets)))
    times = [packet.timestamp for packet in packets]
    assert all(timestamp_delta(b, a) >= 0 for a, b in pairwise(times))
    assert bob.connection.drops[DropReason.SRTP_AUTH] == 0


def test_what_is_muted_is_not_sent_and_comes_back_with_a_key_frame() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(11)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    meeting.mute(camera, True)
    meeting.run(0.1)
    before = len(bob.packets(slot))
    meeting.run(1)
    assert len(bob.packets(slot)) == before
    assert meeting.states(bob, slot)[-1].paused == "muted"
    assert meeting.node.drops[DropReason.RTP_MUTED] > 50
    meeting.mute(camera, False)
    meeting.run(1)
    packets = bob.packets(slot)
    assert len(packets) > before + 60
    assert_unbroken(packets)
    assert_pictures_count_on(packets)
    assert vp8.read(packets[before].payload).keyframe
    assert meeting.states(bob, slot)[-1].paused is None
    assert film.keyframes == 2
    gap = timestamp_delta(packets[before].timestamp, packets[before - 1].timestamp) / 90_000
    assert 1.0 < gap < 1.3  # the slot's clock went on


def test_a_hidden_slot_is_silent_and_comes_back() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(12)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    meeting.hide(bob, slot, camera)
    meeting.run(0.1)
    before = len(bob.packets(slot))
    meeting.run(1)
    assert len(bob.packets(slot)) == before
    assert meeting.states(bob, slot)[-1].paused == "hidden"
    meeting.show(bob, slot, camera)
    meeting.run(1)
    assert len(bob.packets(slot)) > before + 60
    assert_unbroken(bob.packets(slot))


def test_an_ended_track_leaves_its_slot_empty() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(13)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    meeting.close(camera)
    meeting.run(0.1)
    before = len(bob.packets(slot))
    meeting.run(1)
    assert len(bob.packets(slot)) == before
    state = meeting.states(bob, slot)[-1]
    assert (state.track, state.paused, state.layer) == (None, "no_source", None)
    assert meeting.node.drops[DropReason.RTP_UNKNOWN_SSRC] > 50


def test_a_slot_that_cannot_decode_the_track_says_so() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(14, Capabilities(video_codecs=("H264",)))
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    assert bob.packets(slot) == []
    assert meeting.states(bob, slot)[-1].paused == "codec"


def test_a_publisher_that_returns_goes_on_in_the_same_slot() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(15)
    Camera(ann, camera, pictures.vp8(1)).start()
    meeting.run(1)
    again = meeting.join()
    same = again.publish("camera")
    same.id, same.csrc = camera.id, camera.csrc
    again.connect()
    Camera(again, same, pictures.vp8(2)).start()
    meeting.run(1)
    ann.leave()
    meeting.run(1)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert_pictures_count_on(packets)
    assert packets[-1].payload[-1] == 2
    assert {packet.csrc for packet in packets} == {camera.csrc}


# --- key frames --------------------------------------------------------------------------------------------


def test_key_frames_are_asked_for_until_one_comes() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(16)
    film = Camera(ann, camera, pictures.vp8(), deaf=True).start()
    meeting.run(2)
    asked = film.stream.keyframes_wanted
    assert 3 <= asked <= 12
    assert bob.packets(slot) == []
    film.deaf = False
    meeting.run(6)  # a publisher that answers nothing is asked every 5 s
    assert bob.packets(slot)
    assert vp8.read(bob.packets(slot)[0].payload).keyframe
    settled = film.stream.keyframes_wanted
    meeting.run(3)
    assert film.stream.keyframes_wanted == settled


def test_a_lost_request_and_a_lost_key_frame_are_made_good() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(17)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(0.5)
    meeting.show(bob, slot, None)
    meeting.run(0.5)
    downwards = meeting.simulation.link(SERVER, ann.address)
    downwards.cut(meeting.now, meeting.now + 0.3)
    meeting.show(bob, slot, camera)
    meeting.run(1.5)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert film.keyframes == 2
    assert len(packets) > 60


def test_requests_of_many_subscribers_are_joined() -> None:
    meeting, ann, camera, _, _ = meeting_of_two(18)
    film = Camera(ann, camera, pictures.vp8()).start()
    watchers = []
    for _ in range(5):
        member = meeting.join()
        (other,) = member.open_slots(video=1)
        member.connect()
        watchers.append((member, other))
    meeting.run(2)
    before = film.stream.keyframes_wanted
    for member, other in watchers:
        meeting.show(member, other, camera)
    meeting.run(2)
    assert film.stream.keyframes_wanted == before + 1
    assert all(member.packets(other) for member, other in watchers)


def test_a_subscribers_pli_reaches_the_publisher() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(19)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(2)
    before = film.keyframes
    bob.connection.ask_keyframe(slot.mid, meeting.now)
    meeting.run(1)
    assert film.keyframes == before + 1


# --- simulcast ---------------------------------------------------------------------------------------------


def simulcast(seed: int) -> tuple[Meeting, Member, Published, Member, ReceiveSlot, dict[str, Camera]]:
    meeting = Meeting(seed)
    ann, bob = meeting.join(), meeting.join()
    camera = ann.publish("camera", rids=TOGETHER)
    (slot,) = bob.open_slots(video=1)
    ann.connect()
    bob.connect()
    meeting.show(bob, slot, camera)
    films = {
        rid: Camera(
            ann,
            camera,
            pictures.vp8(mark, width=320 << mark, height=180 << mark),
            rid,
            timestamp=mark * 77_777,
        )
        for mark, rid in enumerate(TOGETHER)
    }
    return meeting, ann, camera, bob, slot, films


def test_the_highest_layer_is_shown_and_a_lower_one_when_it_dies() -> None:
    meeting, _, camera, bob, slot, films = simulcast(20)
    for film in films.values():
        film.start()
    meeting.run(2)
    assert bob.packets(slot)[-1].payload[-1] == 2
    infos = [event for event in meeting.events if isinstance(event, TrackLayers)][-1]
    assert [(layer.rid, layer.width) for layer in infos.layers] == [("q", 320), ("h", 640), ("f", 1280)]
    films["f"].stop()
    meeting.run(5)
    assert bob.packets(slot)[-1].payload[-1] == 1
    assert meeting.now - bob.received[slot.mid][-1].arrival < 0.1
    films["f"].start()
    meeting.run(2)
    assert bob.packets(slot)[-1].payload[-1] == 2
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert_pictures_count_on(packets)
    assert {packet.csrc for packet in packets} == {camera.csrc}
    layer = meeting.states(bob, slot)[-1].layer
    assert layer is not None
    assert layer.rid == "f"


# --- the connection ----------------------------------------------------------------------------------------


def test_media_follows_a_client_to_another_address() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(21)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    bob.move(("198.51.100.7", 999))
    ann.move(("198.51.100.8", 998))
    meeting.run(2)
    assert meeting.now - bob.received[slot.mid][-1].arrival < 0.1
    assert slot.missing == 0
    assert bob.connection.selected is bob.path()
    assert_unbroken(bob.packets(slot))


def test_a_client_that_falls_silent_is_gone_after_30_s() -> None:
    meeting, ann, camera, bob, _ = meeting_of_two(22)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    cut_at = meeting.now
    for link in meeting.simulation.links(bob.address, SERVER):
        link.cut(cut_at, cut_at + 100)
    meeting.run(20)
    assert not [event for event in meeting.events if isinstance(event, PeerClosed)]
    meeting.run(15)
    closed = [event for event in meeting.events if isinstance(event, PeerClosed)]
    assert closed == [PeerClosed(bob.peer, "consent_lost")]
    assert bob.connection.state is ConnectionState.FAILED
    assert bob.connection.reason == "consent_lost"
    assert ann.connection.state is ConnectionState.CONNECTED


def test_an_outage_of_ten_seconds_is_survived() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(23)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    for link in meeting.simulation.links(bob.address, SERVER):
        link.cut(meeting.now, meeting.now + 10)
    meeting.run(14)
    assert meeting.now - bob.received[slot.mid][-1].arrival < 0.1
    assert bob.connection.state is ConnectionState.CONNECTED
    assert bob.connection.drops[DropReason.SRTP_AUTH] == 0


def test_an_ice_restart_changes_credentials_and_no_packet_is_lost() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(24)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    before = bob.answers[-1].sdp
    bob.negotiate(ice_restart=True)
    ann.negotiate(ice_restart=True)
    meeting.run(40)  # longer than consent lives: it is kept with the new credentials
    assert "a=ice-ufrag" in before
    assert bob.answers[-1].sdp.split("a=ice-ufrag:")[1][:8] != before.split("a=ice-ufrag:")[1][:8]
    assert slot.missing == 0
    assert_unbroken(bob.packets(slot))
    assert meeting.now - bob.received[slot.mid][-1].arrival < 0.1
    assert [event for event in meeting.events if isinstance(event, PeerConnected)] == [
        PeerConnected(ann.peer),
        PeerConnected(bob.peer),
    ]


def test_replayed_packets_are_counted_and_go_nowhere() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(25)
    sent: list[bytes] = []

    def keep(datagram: Datagram) -> None:
        if datagram.source == ann.address and datagram.data[0] >> 6 == 2:
            sent.append(datagram.data)

    meeting.simulation.observe(keep)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    film.stop()
    meeting.run(0.5)
    before = len(bob.packets(slot))
    replayed = list(sent)
    ann.path().send(replayed)
    meeting.run(0.5)
    assert len(bob.packets(slot)) == before
    drops = meeting.node.drops
    assert drops[DropReason.SRTP_REPLAY] + drops[DropReason.SRTP_TOO_OLD] == len(replayed)


def test_what_ann_says_cannot_be_said_from_elsewhere() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(26)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    thief = meeting.simulation.path(("203.0.113.9", 9), SERVER)
    thief.send(
        [
            bytes((0x80,)) + bytes(50),
            b"\x16\xfe\xfd" + bytes(40),
            b"\x00\x01" + bytes(30),
            b"",
            b"\xff" * 2000,
        ]
    )
    meeting.run(0.1)
    drops = meeting.node.drops
    assert drops[DropReason.ADDRESS_UNKNOWN] == 1
    assert drops[DropReason.DATAGRAM_TOO_LARGE] == 1
    assert drops[DropReason.DTLS_UNVALIDATED] == 1
    assert drops[DropReason.STUN_USERNAME] == 1
    assert drops[DropReason.DATAGRAM_EMPTY] == 1
    assert_unbroken(bob.packets(slot))


def test_more_slots_by_renegotiation_keep_those_there_were() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(27)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    ssrc, seat = slot.ssrc, slot.seat
    (second,) = bob.open_slots(video=1)
    bob.negotiate()
    assert (slot.ssrc, slot.seat) == (ssrc, seat)
    meeting.show(bob, second, camera)
    meeting.run(1)
    assert_unbroken(bob.packets(slot))
    assert_unbroken(bob.packets(second))
    assert second.csrc == slot.csrc == camera.csrc


def test_a_parked_slot_comes_back_as_it_was() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(28)
    Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    ssrc = slot.ssrc
    slot.parked = True
    bob.negotiate()
    meeting.run(0.1)
    before = len(bob.packets(slot))
    meeting.run(1)
    assert len(bob.packets(slot)) == before
    slot.parked = False
    bob.negotiate()
    meeting.run(1)
    assert slot.ssrc == ssrc
    assert len(bob.packets(slot)) > before
    assert_unbroken(bob.packets(slot))


def test_a_track_that_ends_by_an_offer_is_gone_and_may_return() -> None:
    meeting, ann, camera, bob, slot = meeting_of_two(29)
    film = Camera(ann, camera, pictures.vp8()).start()
    meeting.run(1)
    film.stop()
    camera.track.ended = True
    ann.negotiate()
    meeting.run(0.2)
    assert meeting.states(bob, slot)[-1].paused == "no_source"
    camera.track.ended = False
    ann.negotiate()
    meeting.show(bob, slot, camera)
    film.start()
    meeting.run(1)
    packets = bob.packets(slot)
    assert_unbroken(packets)
    assert meeting.states(bob, slot)[-1].paused is None
