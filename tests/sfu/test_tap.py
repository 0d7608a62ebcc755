"""What a recorder gets of a track, and what the track does for it."""

from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from quality.dynacast import Asked
from sfu.codecs.codec import Codec
from sfu.errors import LocalError
from sfu.flush import FlushSchedule
from sfu.identifiers import Rid, Ssrc, TrackId
from sfu.messages import AskKeyframe, CloseTap, LayersWanted, TapTrack
from sfu.rtcp.pli import Pli
from sfu.tap import IN_TIME, IS_PACKET, KEYFRAME, MARKER, PACKET, PACKET_TAIL, Tap
from tests.sfu.packets import audio, video, vp8
from tests.sfu.remote import Meeting, Site
from tests.sfu.stage import Track

EVERY_S = 10.0


@dataclass
class Outlet:
    """Reads what taps write."""

    runs: list[tuple[int, int, str, str]] = field(default_factory=list)
    packets: list[tuple[int, int]] = field(default_factory=list)
    """Run and index of each packet."""
    flags: list[int] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)

    def begin(self, tap: int, run: int, codec: Codec, rid: Rid) -> None:
        self.runs.append((tap, run, codec.name, rid))

    def put(self, records: list[bytes], size_bytes: int) -> None:
        assert size_bytes == sum(map(len, records))
        for header, payload in zip(records[::2], records[1::2], strict=True):
            size, flags, _, run, index, _, arrival, capture = PACKET.unpack(header)
            assert size == PACKET_TAIL + len(payload)
            self.flags.append(flags)
            self.packets.append((run, index))
            self.times.append((arrival, capture))
            self.payloads.append(payload)

    def taken(self) -> list[tuple[int, int]]:
        taken, self.packets = self.packets, []
        return taken


def tapped(*rids: str, source: str = "camera", number: int = 5) -> tuple[Track, Tap, Outlet]:
    """A track that is read from its first packet on."""
    outlet = Outlet()
    track = Track(FlushSchedule(), rids=rids, source=source)  # type: ignore[arg-type]
    tap = Tap(number, EVERY_S, outlet)
    tap.assign(track.publication, False, 0.0)
    return track, tap, outlet


def test_packets_are_copied_as_they_came_with_their_times() -> None:
    track, _, outlet = tapped()
    track.feed(video(7, vp8(key=True), marker=False, timestamp=3000), video(8, timestamp=3000), now=2.0)
    assert outlet.runs == [(5, 1, "VP8", "")]
    assert outlet.packets == [(1, 7), (1, 8)]
    assert outlet.flags == [IS_PACKET | KEYFRAME, IS_PACKET | MARKER]
    assert outlet.times == [(2.0, 2.0), (2.0, 2.0)]
    assert outlet.payloads == [vp8(key=True), vp8()]


def test_sound_is_copied_from_its_first_packet_on() -> None:
    track, _, outlet = tapped(source="microphone")
    track.feed(audio(3), now=1.0)
    track.feed(audio(4), now=1.02)
    assert outlet.packets == [(1, 3), (1, 4)]
    assert outlet.runs == [(5, 1, "opus", "")]


def asked_at(number: int) -> list[float]:
    """When a tap asks a camera for key frames, in 75 s."""
    track, tap, _ = tapped(number=number)
    layer = track.layer()
    assert layer.keyframes.due(0.0)
    track.feed(video(1, vp8(key=True)), now=0.1)
    asked, payload = [0.1], vp8()
    for index in range(2, 2252):
        now = index / 30
        track.feed(video(index, payload), now=now)
        wanted = layer.keyframes.due(now)
        payload = vp8(key=wanted)
        if wanted:
            asked.append(now)
    tap.assign(None, False, 75.0)
    return asked


def test_a_key_frame_is_asked_for_in_time() -> None:
    for number in range(1, 6):
        gaps = [after - before for before, after in pairwise(asked_at(number))]
        assert 7 <= len(gaps) <= 8
        assert max(gaps) < EVERY_S
        assert all(gap == pytest.approx(IN_TIME * EVERY_S, abs=0.1) for gap in gaps[1:])


def test_no_two_taps_ask_for_their_key_frames_at_one_moment() -> None:
    moments = sorted(asked_at(number)[-1] % (IN_TIME * EVERY_S) for number in range(1, 31))
    assert min(after - before for before, after in pairwise(moments)) > 0.1


def test_the_highest_layer_is_followed_from_its_key_frame_on() -> None:
    track, _, outlet = tapped("q", "h")
    track.feed(video(1, vp8(key=True)), rid="q", now=0.1)
    assert [(run, rid) for _, run, _, rid in outlet.runs] == [(1, "q")]
    track.feed(video(1), rid="h", now=0.2)
    track.feed(video(2), rid="q", now=0.2)
    assert track.layer("h").keyframes.wanted
    assert [(run, rid) for _, run, _, rid in outlet.runs] == [(1, "q"), (2, "h")]
    assert outlet.taken() == [(1, 1), (2, 1), (1, 2)]  # whoever joins them takes the key frame
    track.feed(video(2, vp8(key=True)), rid="h", now=0.3)
    track.feed(video(3), rid="q", now=0.4)
    assert outlet.taken() == [(2, 2)]
    assert not track.layer("q").sinks


def test_a_layer_that_falls_silent_is_left_for_the_next_best() -> None:
    track, _, outlet = tapped("q", "h")
    track.feed(video(1, vp8(key=True)), rid="h", now=0.1)
    for index in range(1, 60):
        track.feed(video(index), rid="q", now=0.1 + index / 20)
    track.publication.check_alive(3.1)
    assert track.layer("q").keyframes.wanted
    outlet.taken()
    track.feed(video(100, vp8(key=True)), rid="q", now=3.2)
    track.feed(video(101), rid="q", now=3.2)
    last = outlet.runs[-1][1]
    assert outlet.taken() == [(last, 100), (last, 101)]


def test_a_muted_track_is_left_and_taken_up_at_a_key_frame() -> None:
    track, tap, outlet = tapped()
    track.feed(video(1, vp8(key=True)), now=0.1)
    track.publication.mute(True, 1.0)
    assert not track.layer().sinks
    track.publication.mute(False, 5.0)
    assert track.layer().keyframes.wanted
    assert tap.awaits_keyframe(track.layer())
    outlet.taken()
    track.feed(video(2, vp8(key=True)), now=5.1)
    assert outlet.taken() == [(2, 2)]


@pytest.mark.parametrize("source", ["camera", "microphone"])
def test_a_stream_that_begins_anew_is_a_run_of_its_own(source: str) -> None:
    track, _, outlet = tapped(source=source)
    packet = audio if source == "microphone" else video
    payload = b"opus" if source == "microphone" else vp8(key=True)
    track.feed(packet(500, payload), now=0.1)
    track.layer().bind(Ssrc(77), track.clock.stream(90_000))
    track.feed(packet(2, payload), now=0.2)
    assert outlet.packets == [(1, 500), (2, 2)]


def test_a_track_that_comes_back_is_read_on_and_one_that_ended_is_not() -> None:
    track, tap, outlet = tapped()
    track.feed(video(1, vp8(key=True)), now=0.1)
    tap.withdraw(track.publication, 1.0)
    track.feed(video(2), now=1.1)
    assert outlet.taken() == [(1, 1)]
    assert track.publication.readers == []
    again = Track(FlushSchedule())
    tap.assign(again.publication, False, 2.0)
    again.feed(video(1, vp8(key=True)), now=2.1)
    assert outlet.taken() == [(2, 1)]


def test_of_a_track_all_is_wanted() -> None:
    _, tap, _ = tapped("q", "h", "f")
    assert tap.asked() == Asked(0, 0)
    assert Tap(1, EVERY_S, Outlet()).asked() is None


# --- in a node -------------------------------------------------------------------------------------------


def test_a_recorded_track_is_sent_though_nobody_shows_it_and_key_frames_are_passed_on() -> None:
    site = Site()
    meeting = Meeting(site)
    outlet = site.node.outlet = Outlet()
    track = TrackId("tr_publisher_v")
    site.assign(meeting.viewer, "1", track, hidden=True)
    site.run(2.0)
    assert site.take(LayersWanted) == [LayersWanted(track, ())]
    site.node.handle(TapTrack(3, track), site.now)
    assert site.take(LayersWanted) == [LayersWanted(track, (Rid(""),))]
    meeting.publisher.frame(200, key=True)
    site.run(1.0)
    assert outlet.runs == [(3, 1, "VP8", "")]
    assert len(outlet.packets) == 1
    meeting.publisher.reports()
    site.node.handle(AskKeyframe(3), site.now)
    site.run(0.1)
    assert any(isinstance(report, Pli) for report in meeting.publisher.reports())
    site.node.handle(CloseTap(3), site.now)
    meeting.publisher.frame(201)
    site.run(2.0)
    assert len(outlet.packets) == 1
    assert site.take(LayersWanted) == [LayersWanted(track, ())]
    site.node.handle(CloseTap(3), site.now)  # and of one that is closed nothing is said
    site.node.handle(AskKeyframe(3), site.now)


def test_a_track_may_be_tapped_before_it_is_there() -> None:
    site = Site()
    outlet = site.node.outlet = Outlet()
    site.node.handle(TapTrack(1, TrackId("tr_publisher_v")), site.now)
    meeting = Meeting(site)
    meeting.publisher.frame(200, key=True)
    site.run(0.1)
    assert outlet.packets


def test_a_tap_without_an_outlet_is_our_fault() -> None:
    site = Site()
    with pytest.raises(LocalError):
        site.node.handle(TapTrack(1, TrackId("tr_x")), site.now)
