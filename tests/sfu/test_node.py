"""Peers, publications and slots of one node, over ICE, DTLS and SRTP."""

from dataclasses import replace

import pytest

from sfu.dtls import SrtpProfile, make_context
from sfu.ice import CONSENT_TIMEOUT_S
from sfu.identifiers import PeerId, Rid, Ssrc, TrackId
from sfu.messages import (
    Answered,
    AskStats,
    AudioLevels,
    ClosePeer,
    CloseTrack,
    ConnectionQuality,
    LayersWanted,
    MuteTrack,
    PeerClosed,
    PeerConnected,
    PeerStats,
    Refused,
    TrackLayers,
)
from sfu.rtcp.nack import Nack
from sfu.rtcp.pli import Pli
from sfu.rtcp.sender_report import SenderReport
from sfu.rtcp.source_description import SourceDescription
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.silence import SILENCE_S
from sfu.stun import StunClass, parse_message
from tests.sfu.packets import vp8
from tests.sfu.remote import (
    AUDIO_SLOT,
    CAMERA,
    CLIENT,
    MICROPHONE,
    SCREEN,
    VIDEO_SLOT,
    Meeting,
    Remote,
    Site,
)
from tests.sfu.sdp.offers import H264, VP8, Line, simulcast
from tests.sfu.stage import Wire


def sequences(datagrams: list[bytes]) -> list[int]:
    return [int.from_bytes(datagram[2:4], "big") for datagram in datagrams]


def csrcs(datagrams: list[bytes]) -> set[int]:
    return {int.from_bytes(datagram[12:16], "big") for datagram in datagrams}


# --- who is who ------------------------------------------------------------------------------------------


def test_an_address_is_introduced_by_a_check_and_answered() -> None:
    site = Site()
    client = Remote(site, "anna", CAMERA)
    client.offer()
    assert not site.node.knows(client.wire)
    client.send(client.check())
    assert site.node.knows(client.wire)
    (reply,) = client.wire.sent
    assert parse_message(reply).message_class is StunClass.SUCCESS


def test_connection_comes_up_and_says_so_once() -> None:
    site = Site()
    client = Remote(site, "anna", CAMERA).connect()
    assert site.take(PeerConnected) == [PeerConnected(client.id)]
    assert site.drops == {}


def test_client_with_the_older_profile_is_served() -> None:
    site = Site()
    context = make_context(CLIENT)
    context.set_tlsext_use_srtp(b"SRTP_AES128_CM_SHA1_80")
    publisher = Remote(site, "anna", CAMERA, context=context).connect()
    viewer = Remote(site, "bert", VIDEO_SLOT, context=context).connect()
    assert viewer.dtls is not None
    assert viewer.dtls.srtp_keys is not None
    assert viewer.dtls.srtp_keys.profile is SrtpProfile.AES128_CM_HMAC_SHA1_80
    site.assign(viewer, "1", "tr_anna_v")
    publisher.send(publisher.rtp(1, vp8(key=True, size=1300)))
    publisher.send(
        publisher.rtp(2, vp8(size=1340))
    )  # leaves with a longer header, more than libsrtp's buffer holds
    assert len(viewer.media()) == 2


def test_media_follows_a_newly_nominated_path() -> None:
    site = Site()
    meeting = Meeting(site)
    mobile = Wire(("198.51.100.77", 9))
    meeting.viewer.send(meeting.viewer.check(nominate=False), mobile)
    meeting.goes_on()
    meeting.viewer.send(meeting.viewer.check(), mobile)
    mobile.take()
    meeting.publisher.frame(50)
    assert meeting.viewer.media() == []
    meeting.viewer.wire = mobile
    assert len(meeting.viewer.media()) == 1


def test_lost_connection_of_tcp_is_forgotten_and_the_other_path_serves() -> None:
    site = Site()
    meeting = Meeting(site)
    viewer, udp = meeting.viewer, meeting.viewer.wire
    tcp = Wire(("198.51.100.77", 9), reliable=True)
    viewer.send(viewer.check(), tcp)
    site.node.lost(tcp, site.now)
    assert not site.node.knows(tcp)
    meeting.publisher.frame(50)
    viewer.wire = udp
    assert len(viewer.media()) == 1


def test_consent_lost_ends_the_connection_and_its_tracks_stay_silent() -> None:
    site = Site()
    meeting = Meeting(site)
    for _ in range(4):
        site.run(CONSENT_TIMEOUT_S / 4 + 0.1)
        meeting.viewer.send(meeting.viewer.check())
    assert site.take(PeerClosed) == [PeerClosed(meeting.publisher.id, "consent_lost")]
    assert TrackId("tr_publisher_v") in site.node.publications
    meeting.publisher.frame(90)
    assert site.drops == {"address_unknown": 1}
    site.node.handle(ClosePeer(meeting.publisher.id), site.now)
    assert site.node.publications == {}
    assert site.states()[-1] == (None, "no_source")


def test_closed_peer_is_gone_with_its_paths_and_fragments() -> None:
    site = Site()
    client = Remote(site, "anna", CAMERA).connect()
    check = client.check()
    site.node.handle(ClosePeer(client.id), site.now)
    assert site.node.peers == ()
    assert not site.node.knows(client.wire)
    client.send(check)
    assert site.drops == {"stun_username": 1}
    assert site.take(PeerClosed) == []
    site.node.handle(ClosePeer(client.id), site.now)


def test_goodbye_of_the_client_ends_its_connection() -> None:
    site = Site()
    client = Remote(site, "anna", CAMERA).connect()
    assert client.dtls is not None
    client.dtls.close()
    for datagram in client.dtls.poll_datagrams():
        client.send(datagram)
    assert client.closed == ["closed"]


def test_offer_for_an_unknown_peer_is_refused() -> None:
    site = Site()
    client = Remote(site, "anna", CAMERA)
    site.node.handle(ClosePeer(client.id), site.now)
    refused = client.offer()
    assert isinstance(refused, Refused)
    assert refused.code == "not_found"


# --- who sees whom ---------------------------------------------------------------------------------------


def test_slot_assigned_before_the_track_exists_shows_it_when_it_comes() -> None:
    site = Site()
    viewer = Remote(site, "bert", VIDEO_SLOT).connect()
    site.assign(viewer, "1", "tr_anna_v")
    assert site.states() == []
    publisher = Remote(site, "anna", CAMERA).connect()
    assert site.states() == [("tr_anna_v", "switching")]
    publisher.frame(1, key=True)
    assert len(viewer.media()) == 1
    assert site.states() == [("tr_anna_v", None)]


def test_slot_that_waits_shows_the_last_assigned_of_several() -> None:
    site = Site()
    viewer = Remote(site, "bert", VIDEO_SLOT).connect()
    for track in ("tr_anna_v", "tr_carl_v", None, "tr_dora_v"):
        site.assign(viewer, "1", track)
    Remote(site, "anna", CAMERA).connect()
    Remote(site, "carl", CAMERA).connect()
    assert site.states() == []
    Remote(site, "dora", CAMERA).connect()
    assert site.states() == [("tr_dora_v", "switching")]


def test_slot_that_waits_and_is_closed_is_forgotten() -> None:
    site = Site()
    viewer = Remote(site, "bert", VIDEO_SLOT).connect()
    site.assign(viewer, "1", "tr_anna_v")
    site.node.handle(ClosePeer(viewer.id), site.now)
    site.events.clear()
    Remote(site, "anna", CAMERA).connect()
    assert site.states() == []


def test_closed_track_empties_its_slots_and_its_packets_are_unknown() -> None:
    site = Site()
    meeting = Meeting(site)
    site.states()
    site.node.handle(CloseTrack(TrackId("tr_publisher_v")), site.now)
    assert site.states() == [(None, "no_source")]
    meeting.publisher.frame(60, key=True)
    assert meeting.viewer.media() == []
    assert site.drops == {"rtp_unknown_ssrc": 1}
    site.node.handle(CloseTrack(TrackId("tr_publisher_v")), site.now)


def test_track_published_again_on_a_new_connection_keeps_its_readers() -> None:
    site = Site()
    meeting = Meeting(site)
    again = Remote(site, "again", CAMERA)
    again.offer(tracks=[again.track("v", "tr_publisher_v")])
    again.send(again.check())
    again.handshake()
    assert site.states()[-1] == ("tr_publisher_v", "switching")
    meeting.publisher.frame(50, key=True)
    assert meeting.viewer.media() == []
    again.frame(7, key=True)
    assert site.states()[-1] == ("tr_publisher_v", None)
    assert len(meeting.viewer.media()) == 1
    site.node.handle(ClosePeer(meeting.publisher.id), site.now)
    again.frame(8)
    assert len(meeting.viewer.media()) == 1
    assert TrackId("tr_publisher_v") in site.node.publications


def test_track_that_goes_on_in_another_codec_keeps_its_readers() -> None:
    site = Site()
    camera = replace(CAMERA, formats=VP8 + H264)
    publisher = Remote(site, "anna", camera).connect()
    viewer = Remote(site, "bert", VIDEO_SLOT).connect()
    site.assign(viewer, "1", "tr_anna_v")
    publisher.frame(1, key=True)
    publisher.offer(replace(CAMERA, formats=H264 + VP8))
    parameter_set = bytes.fromhex("6742c01e8c8d40501e900f08846a")
    publisher.send(publisher.rtp(2, parameter_set, payload_type=102))
    publisher.frame(3, key=True)  # the client obeys the answer from some packet on
    assert [packet[1] & 0x7F for packet in viewer.media()] == [96, 102]
    assert site.states()[-1] == ("tr_anna_v", None)
    assert site.drops == {"rtp_unknown_payload_type": 1}


def test_muted_track_is_dropped_and_unmute_asks_for_a_key_frame() -> None:
    site = Site()
    meeting = Meeting(site)
    site.run(2.0)
    meeting.publisher.wire.take()
    site.node.handle(MuteTrack(TrackId("tr_publisher_v"), True), site.now)
    meeting.publisher.frame(50)
    assert site.drops == {"rtp_muted": 1}
    assert meeting.viewer.media() == []
    site.node.handle(MuteTrack(TrackId("tr_publisher_v"), False), site.now)
    site.run(0.01)
    assert any(isinstance(message, Pli) for message in meeting.publisher.reports())
    meeting.publisher.frame(51, key=True)
    assert len(meeting.viewer.media()) == 1
    assert [paused for _, paused in site.states()][-3:] == ["muted", "switching", None]


def test_hidden_slot_gets_nothing() -> None:
    site = Site()
    meeting = Meeting(site)
    site.assign(meeting.viewer, "1", "tr_publisher_v", hidden=True)
    meeting.publisher.frame(50, key=True)
    assert meeting.viewer.media() == []
    assert site.states()[-1] == ("tr_publisher_v", "hidden")


def test_assignment_to_an_unknown_slot_or_peer_does_nothing() -> None:
    site = Site()
    meeting = Meeting(site)
    site.assign(meeting.viewer, "77", "tr_publisher_v")
    meeting.viewer.id = PeerId("nobody")
    site.assign(meeting.viewer, "1", None)
    meeting.goes_on()


def test_two_tracks_take_turns_in_a_slot_without_a_gap() -> None:
    site = Site()
    meeting = Meeting(site)
    other = Remote(site, "other", CAMERA).connect()
    first = sequences_of_next(meeting)
    site.assign(meeting.viewer, "1", "tr_other_v")
    other.frame(900, key=True)
    other.frame(901)
    shown = meeting.viewer.media()
    assert sequences(shown) == [first + 1, first + 2]
    assert csrcs(shown) == {other.track("v").csrc}


def sequences_of_next(meeting: Meeting) -> int:
    meeting.publisher.frame(30)
    (sequence,) = sequences(meeting.viewer.media())
    return sequence


def test_slot_without_the_tracks_codec_says_so() -> None:
    site = Site()
    Remote(site, "anna", Line("video", "v", "sendonly", formats=("102 H264/90000",))).connect()
    viewer = Remote(site, "bert", Line("video", "1", formats=VP8)).connect()
    site.assign(viewer, "1", "tr_anna_v")
    assert site.states() == [("tr_anna_v", "codec")]


def test_later_offer_adds_slots_and_tracks_to_a_running_connection() -> None:
    site = Site()
    meeting = Meeting(site)
    publisher = meeting.publisher
    answered = publisher.offer(CAMERA, MICROPHONE, VIDEO_SLOT)
    assert isinstance(answered, Answered)
    assert [track.track for track in answered.tracks] == ["tr_publisher_v", "tr_publisher_a"]
    assert [slot.mid for slot in answered.slots] == ["1"]
    screen = Remote(site, "screen", SCREEN).connect()
    site.assign(publisher, "1", "tr_screen_s")
    publisher.wire.take()
    screen.send(screen.rtp(5, vp8(key=True), ssrc=9, mid=b"s"))
    assert len(publisher.media()) == 1
    meeting.goes_on()


def test_unpublished_track_ends_with_the_offer() -> None:
    site = Site()
    meeting = Meeting(site)
    meeting.publisher.offer(Line("video", "v", "inactive"), tracks=[])
    assert site.node.publications == {}
    assert site.states()[-1] == (None, "no_source")


# --- feedback and reports --------------------------------------------------------------------------------


def test_publisher_is_told_of_losses_arrivals_and_wanted_key_frames() -> None:
    site = Site()
    meeting = Meeting(site)
    publisher = meeting.publisher
    publisher.wire.take()
    publisher.send(publisher.rtp(10, transport_cc=b"\x00\x01"))
    publisher.send(publisher.rtp(12, transport_cc=b"\x00\x03"))
    site.run(0.2)
    told = publisher.reports()
    assert any(isinstance(message, TransportFeedback) for message in told)
    assert 11 in {number for message in told if isinstance(message, Nack) for number in message.lost}


def test_viewer_gets_sender_reports_and_a_name_for_what_it_sees() -> None:
    site = Site()
    meeting = Meeting(site)
    site.run(0.1)
    told = meeting.viewer.reports()
    reports = [message for message in told if isinstance(message, SenderReport)]
    names = [message for message in told if isinstance(message, SourceDescription)]
    assert [report.packets for report in reports] == [1]
    assert names[0].cnames[0][0] == reports[0].ssrc


def test_key_frame_a_viewer_asks_for_is_asked_of_the_publisher() -> None:
    site = Site()
    meeting = Meeting(site)
    site.run(2.0)
    meeting.publisher.wire.take()
    ssrc = int(meeting.viewer.answer.sdp.split("m=video")[1].split("a=ssrc:")[1].split()[0])
    meeting.viewer.rtcp(bytes.fromhex("80c9000101020304" + "81ce000201020304" + f"{ssrc:08x}"))
    site.run(0.01)
    assert Pli in {type(message) for message in meeting.publisher.reports()}


def test_key_frame_is_asked_for_behind_feedback_that_is_of_no_use() -> None:
    site = Site()
    meeting = Meeting(site)
    site.run(2.0)
    meeting.publisher.wire.take()
    ssrc = int(meeting.viewer.answer.sdp.split("m=video")[1].split("a=ssrc:")[1].split()[0])
    feedback = TransportFeedback(Ssrc(1), Ssrc(ssrc), 4000, 0, 0, (0, 1)).to_bytes()
    meeting.viewer.rtcp(bytes.fromhex("80c9000101020304") + feedback + Pli(Ssrc(1), Ssrc(ssrc)).to_bytes())
    site.run(0.01)
    assert Pli in {type(message) for message in meeting.publisher.reports()}
    assert site.drops == {"feedback_unusable": 1}


def test_key_frame_a_viewer_asks_for_is_asked_of_the_publisher_though_another_viewer_leaves() -> None:
    site = Site()
    meeting = Meeting(site)
    other = Remote(site, "other", VIDEO_SLOT).connect()
    site.assign(other, "1", "tr_publisher_v")
    site.run(0.02)
    meeting.publisher.frame(2, key=True)
    ssrc = int(meeting.viewer.answer.sdp.split("m=video")[1].split("a=ssrc:")[1].split()[0])
    meeting.viewer.rtcp(bytes.fromhex("80c9000101020304" + "81ce000201020304" + f"{ssrc:08x}"))
    meeting.publisher.wire.take()
    site.assign(other, "1", None)
    site.run(1.0)
    assert Pli in {type(message) for message in meeting.publisher.reports()}


def test_viewer_back_from_a_dead_network_need_not_ask_for_its_key_frame() -> None:
    site = Site()
    meeting = Meeting(site)

    def watch(seconds: float, *, reports: bool) -> bool:
        """Whether a key frame was asked for meanwhile."""
        for _ in range(round(seconds * 10)):
            meeting.goes_on()
            site.run(0.067)
            if reports:
                meeting.viewer.rtcp(bytes.fromhex("80c9000101020304"))
        return Pli in {type(message) for message in meeting.publisher.reports()}

    watch(2.0, reports=True)
    assert not watch(1.0, reports=True)
    assert not watch(SILENCE_S + 1.0, reports=False)
    meeting.viewer.send(meeting.viewer.check(nominate=False))
    assert watch(0.1, reports=False)


def test_packet_a_viewer_misses_is_sent_again() -> None:
    site = Site()
    meeting = Meeting(site)
    meeting.publisher.frame(2)
    (datagram,) = meeting.viewer.media()
    ssrc, sequence = datagram[8:12], datagram[2:4]
    meeting.viewer.rtcp(
        bytes.fromhex("80c9000101020304") + b"\x81\xcd\x00\x03" + bytes(4) + ssrc + sequence + b"\0\0"
    )
    (repair,) = meeting.viewer.media()
    assert repair[8:12] != ssrc
    assert repair[24:26] == sequence
    assert repair[26:] == datagram[24:]


def test_round_trip_is_measured_by_reports() -> None:
    site = Site()
    meeting = Meeting(site)
    site.run(0.1)
    report = next(message for message in meeting.viewer.reports() if isinstance(message, SenderReport))
    site.run(0.08)
    block = (
        report.ssrc.to_bytes(4, "big")
        + bytes(12)
        + (report.ntp >> 16 & 0xFFFFFFFF).to_bytes(4, "big")
        + bytes(4)
    )
    meeting.viewer.rtcp(bytes.fromhex("81c9000701020304") + block)
    site.node.handle(AskStats(meeting.viewer.id, 5), site.now)
    (stats,) = site.take(PeerStats)
    assert isinstance(stats, PeerStats)
    assert stats.rtt_ms is not None
    assert 80 <= stats.rtt_ms <= 140


# --- what is told ----------------------------------------------------------------------------------------


def test_levels_are_told_ten_times_a_second_while_anybody_speaks() -> None:
    site = Site()
    speaker = Remote(site, "anna", MICROPHONE).connect()
    for sequence in range(25):
        speaker.send(speaker.rtp(sequence, b"opus", ssrc=5, payload_type=111, mid=b"a", audio_level=b"\x85"))
        site.run(0.02)
    levels = site.take(AudioLevels)
    assert 4 <= len(levels) <= 6
    last = levels[-1]
    assert isinstance(last, AudioLevels)
    assert last.levels[0][0] == "tr_anna_a"
    assert last.levels[0][1] > 0.3
    site.node.handle(ClosePeer(speaker.id), site.now)
    site.run(1.0)
    assert len(site.take(AudioLevels)) <= 1


def test_sizes_of_layers_are_told_when_key_frames_show_them() -> None:
    site = Site()
    camera = Remote(site, "anna", simulcast("q", "f")).connect()
    camera.send(camera.rtp(1, vp8(key=True, size_of_picture=(1280, 720)), ssrc=5, mid=b"v", rid=b"f"))
    (told,) = site.take(TrackLayers)
    assert isinstance(told, TrackLayers)
    assert [(layer.rid, layer.width, layer.height) for layer in told.layers] == [
        ("q", 0, 0),
        ("f", 1280, 720),
    ]


def test_viewer_leaves_a_layer_that_fell_silent() -> None:
    site = Site()
    camera = Remote(site, "anna", simulcast("q", "f")).connect()
    viewer = Remote(site, "bert", VIDEO_SLOT).connect()
    site.assign(viewer, "1", "tr_anna_v")
    camera.send(camera.rtp(1, vp8(key=True), ssrc=5, mid=b"v", rid=b"f"))
    camera.send(camera.rtp(1, vp8(key=True), ssrc=4, mid=b"v", rid=b"q"))
    assert len(viewer.media()) == 1
    for sequence in range(2, 32):
        site.run(0.1)
        camera.send(camera.rtp(sequence, ssrc=4))
    camera.send(camera.rtp(40, vp8(key=True), ssrc=4))
    assert len(viewer.media()) == 1


def test_publisher_hears_what_nobody_shows_and_at_once_of_who_does() -> None:
    site = Site()
    meeting = Meeting(site)
    track = TrackId("tr_publisher_v")
    site.assign(meeting.viewer, "1", track, hidden=True)
    site.run(2.0)
    assert site.take(LayersWanted) == [LayersWanted(track, ())]
    site.assign(meeting.viewer, "1", track)
    assert site.take(LayersWanted) == [LayersWanted(track, (Rid(""),))]


def test_every_connection_is_scored_once_a_second_and_told_when_it_changes() -> None:
    site = Site()
    meeting = Meeting(site)
    site.run(1.0)
    scored = [ConnectionQuality(peer, 5, "") for peer in (meeting.viewer.id, meeting.publisher.id)]
    assert set(site.take(ConnectionQuality)) == set(scored)
    site.run(3.0)
    assert site.take(ConnectionQuality) == []


def test_stats_tell_of_slots_and_layers() -> None:
    site = Site()
    meeting = Meeting(site)
    for peer in (meeting.viewer.id, meeting.publisher.id, PeerId("nobody")):
        site.node.handle(AskStats(peer, 5), site.now)
    viewer, publisher, nobody = site.take(PeerStats)
    assert isinstance(viewer, PeerStats)
    assert isinstance(publisher, PeerStats)
    assert [(slot.mid, slot.track, slot.reason) for slot in viewer.slots] == [
        ("0", None, "no_layer"),
        ("1", "tr_publisher_v", "full"),
    ]
    assert [(track, layers[0].wanted) for track, layers in publisher.tracks] == [("tr_publisher_v", True)]
    assert nobody == PeerStats(PeerId("nobody"), 5, None, None, (), ())


def test_what_was_sent_is_counted_beyond_the_life_of_a_peer() -> None:
    site = Site()
    meeting = Meeting(site)
    meeting.goes_on()
    before = site.node.sent()
    assert before[0] == 2
    site.node.handle(ClosePeer(meeting.viewer.id), site.now)
    assert site.node.sent() == before


@pytest.mark.parametrize("count", [1, 12])
def test_frames_reach_every_viewer_held_or_not(count: int) -> None:
    site = Site()
    publisher = Remote(site, "anna", CAMERA).connect()
    viewers = [Remote(site, f"viewer{number}", AUDIO_SLOT, VIDEO_SLOT).connect() for number in range(count)]
    for viewer in viewers:
        site.assign(viewer, "1", "tr_anna_v")
    publisher.frame(1, key=True)
    head = b"\x80\x60\x00\x02" + (3000).to_bytes(4, "big") + (1001).to_bytes(4, "big")
    publisher.send(publisher.seal(head + vp8()))  # no marker: the frame goes on
    assert [len(viewer.media()) for viewer in viewers] == [2 if count < 8 else 1] * count
    site.run(0.003)
    assert [len(viewer.media()) for viewer in viewers] == [0 if count < 8 else 1] * count


def test_peers_timers_may_wait_for_another_turn_and_held_frames_may_not() -> None:
    site = Site()
    publisher = Remote(site, "anna", CAMERA).connect()
    viewers = [Remote(site, f"viewer{number}", VIDEO_SLOT).connect() for number in range(8)]
    for viewer in viewers:
        site.assign(viewer, "1", "tr_anna_v")
    publisher.frame(1, key=True)
    due = site.node.next_timeout()
    assert due is not None
    assert site.node.latest_timeout(0.002) == due + 0.002
    head = b"\x80\x60\x00\x02" + (3000).to_bytes(4, "big") + (1001).to_bytes(4, "big")
    publisher.send(publisher.seal(head + vp8()))  # no marker: the frame goes on
    assert site.node.latest_timeout(1.0) == site.now + 0.003
