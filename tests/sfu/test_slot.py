"""What a slot shows, when, and what it says of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.codecs.codec import H264
from sfu.drops import DropReason
from sfu.messages import Paused
from tests.sfu.packets import audio, video, vp8
from tests.sfu.sdp.offers import VP8, Line
from tests.sfu.stage import Subscriber, Told, Track

VP8_ONLY = Line("video", "1", formats=VP8)


def told(subscriber: Subscriber) -> list[tuple[str | None, Paused | None]]:
    """(track, why paused) of each state told since the last call."""
    states = [(state.track, state.paused) for state in subscriber.told]
    subscriber.told.clear()
    return states


def csrcs(subscriber: Subscriber) -> list[int]:
    return [packet.csrc[0] for packet in subscriber.received()]


def test_empty_slot_says_so_only_when_it_changes() -> None:
    subscriber = Subscriber()
    subscriber.slot("1").assign(None, False, 0.0)
    assert subscriber.slot("1").paused == "no_source"
    assert told(subscriber) == []


def test_video_is_switching_until_its_key_frame_and_asks_for_one() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 1.0)
    assert subscriber.told == [Told("1", "tr_a", "switching")]
    assert camera.layer().keyframes.due(1.0)
    camera.feed(video(1), now=1.1)
    assert csrcs(subscriber) == []
    camera.feed(video(2, vp8(key=True)), now=1.2)
    assert told(subscriber) == [("tr_a", "switching"), ("tr_a", None)]
    assert csrcs(subscriber) == [7]


def test_state_is_told_before_the_first_packet_of_a_new_source_leaves() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 1.0)
    camera.layer().receive(video(1, vp8(key=True)), 1.1)
    camera.layer().flush(1.1)
    assert subscriber.told[-1] == Told("1", "tr_a", None)
    assert subscriber.wire.sent == []


def test_old_picture_goes_on_until_the_new_one_has_a_key_frame() -> None:
    subscriber = Subscriber()
    old, new = Track(subscriber.schedule, "old", csrc=1), Track(subscriber.schedule, "new", csrc=2)
    slot = subscriber.slot("1")
    slot.assign(old.publication, False, 0.0)
    old.feed(video(1, vp8(key=True)), now=1.0)
    slot.assign(new.publication, False, 1.1)
    old.feed(video(2), now=1.2)
    new.feed(video(1), now=1.2)
    assert csrcs(subscriber) == [1, 1]
    new.feed(video(2, vp8(key=True)), now=1.3)
    old.feed(video(3), now=1.3)
    assert csrcs(subscriber) == [2]
    assert told(subscriber) == [
        ("tr_old", "switching"),
        ("tr_old", None),
        ("tr_new", "switching"),
        ("tr_new", None),
    ]
    assert slot.switches == 2
    assert old.layer().sinks == []


def test_mind_changed_before_the_key_frame_leaves_nothing_behind() -> None:
    subscriber = Subscriber()
    tracks = [Track(subscriber.schedule, name, csrc=csrc) for csrc, name in enumerate("abc", 1)]
    slot = subscriber.slot("1")
    for at, track in enumerate(tracks):
        slot.assign(track.publication, False, float(at))
    assert [len(track.layer().sinks) for track in tracks] == [0, 0, 1]
    assert [len(track.publication.readers) for track in tracks] == [0, 0, 1]
    assert [track.layer().keyframes.next_timeout() is None for track in tracks] == [True, True, False]


def test_back_to_what_is_still_shown_needs_no_key_frame() -> None:
    subscriber = Subscriber()
    old, new = Track(subscriber.schedule, "old", csrc=1), Track(subscriber.schedule, "new", csrc=2)
    slot = subscriber.slot("1")
    slot.assign(old.publication, False, 0.0)
    old.feed(video(1, vp8(key=True)), now=1.0)
    slot.assign(new.publication, False, 1.1)
    slot.assign(old.publication, False, 1.2)
    told(subscriber)
    old.feed(video(2), now=1.3)
    assert csrcs(subscriber) == [1, 1]
    assert slot.switches == 1
    assert slot.paused is None
    assert new.layer().sinks == []


def test_audio_begins_with_any_packet_and_never_says_switching() -> None:
    subscriber = Subscriber()
    microphone = Track(subscriber.schedule, source="microphone")
    subscriber.slot("0").assign(microphone.publication, False, 0.0)
    microphone.feed(audio(5), audio(6), now=1.0)
    assert csrcs(subscriber) == [7, 7]
    assert told(subscriber) == [("tr_a", None)]


def test_hidden_slot_keeps_its_track_sends_nothing_and_comes_back_at_a_key_frame() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    slot.assign(camera.publication, True, 1.1)
    camera.feed(video(2), now=1.2)
    assert camera.layer().sinks == []
    slot.assign(camera.publication, False, 1.3)
    camera.feed(video(3), now=1.4)
    camera.feed(video(4, vp8(key=True)), now=1.5)
    numbers = [packet.sequence_number for packet in subscriber.received()]
    assert numbers == [numbers[0], numbers[0] + 1]
    assert [paused for _, paused in told(subscriber)] == ["switching", None, "hidden", "switching", None]


def test_muted_camera_says_so_and_comes_back_at_a_key_frame() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    camera.publication.mute(True, 1.1)
    camera.publication.mute(False, 1.5)
    assert camera.layer().keyframes.due(1.6)
    camera.feed(video(9, vp8(key=True)), now=1.6)
    assert [paused for _, paused in told(subscriber)] == ["switching", None, "muted", "switching", None]
    assert len(subscriber.received()) == 2


def test_track_whose_codec_the_slot_lacks_is_named_and_not_read() -> None:
    subscriber = Subscriber(VP8_ONLY)
    screen = Track(subscriber.schedule, codec=H264)
    subscriber.slot("1").assign(screen.publication, False, 0.0)
    assert told(subscriber) == [("tr_a", "codec")]
    assert screen.layer().sinks == []


def test_codec_learnt_by_a_later_offer_is_taken_up() -> None:
    subscriber = Subscriber(VP8_ONLY)
    screen = Track(subscriber.schedule, codec=H264)
    subscriber.slot("1").assign(screen.publication, False, 0.0)
    subscriber.offer(Line("video", "1"))
    assert [paused for _, paused in told(subscriber)] == ["codec", "switching"]


def test_parked_slot_is_hidden_and_comes_back_as_it_was() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    subscriber.offer(Line("audio", "0"), Line("video", "1", "inactive"))
    camera.feed(video(2), now=1.1)
    subscriber.offer(Line("audio", "0"), Line("video", "1"))
    camera.feed(video(3, vp8(key=True)), now=1.2)
    assert [paused for _, paused in told(subscriber)] == ["switching", None, "hidden", "switching", None]
    numbers = [packet.sequence_number for packet in subscriber.received()]
    assert numbers == [numbers[0], numbers[0] + 1]


def test_deleted_slot_lets_go_of_its_track() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    subscriber.offer(Line("audio", "0"), Line("video", "1", port=0))
    assert camera.publication.readers == []
    assert camera.layer().sinks == []


def test_withdrawn_track_stops_at_once() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    slot.withdraw(camera.publication, 1.1)
    camera.feed(video(2), now=1.2)
    assert len(subscriber.received()) == 1
    assert told(subscriber)[-1] == (None, "no_source")
    assert camera.publication.readers == []
    assert camera.layer().sinks == []


def test_withdrawn_track_that_is_only_still_shown_leaves_the_awaited_one() -> None:
    subscriber = Subscriber()
    old, new = Track(subscriber.schedule, "old", csrc=1), Track(subscriber.schedule, "new", csrc=2)
    slot = subscriber.slot("1")
    slot.assign(old.publication, False, 0.0)
    old.feed(video(1, vp8(key=True)), now=1.0)
    slot.assign(new.publication, False, 1.1)
    slot.withdraw(old.publication, 1.2)
    old.feed(video(2), now=1.3)
    new.feed(video(1, vp8(key=True)), now=1.3)
    assert csrcs(subscriber) == [1, 2]
    assert told(subscriber)[-1] == ("tr_new", None)


def test_better_layer_is_taken_at_its_key_frame_and_lost_one_is_left() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule, rids=("q", "f"))
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True, size_of_picture=(320, 180))), rid="q", now=1.0)
    camera.feed(video(1), rid="f", now=1.1)
    assert slot.paused is None
    info = slot.layer_info(1.1)
    assert info is not None
    assert info.rid == "q"
    camera.feed(video(2, vp8(key=True, size_of_picture=(1280, 720))), rid="f", now=1.2)
    info = slot.layer_info(1.2)
    assert info is not None
    assert (info.rid, info.width, info.height) == ("f", 1280, 720)
    for at in range(30):
        camera.feed(video(2 + at), rid="q", now=1.3 + at / 10)
    camera.publication.check_alive(4.3)
    camera.feed(video(40, vp8(key=True)), rid="q", now=4.4)
    info = slot.layer_info(4.4)
    assert info is not None
    assert info.rid == "q"
    numbers = [packet.sequence_number for packet in subscriber.received()]
    assert numbers == [numbers[0] + step for step in range(3)]


def test_overtaken_slot_waits_for_a_key_frame() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    slot = subscriber.slot("1")
    slot.assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    slot.overtaken(1.5)
    camera.feed(video(2), now=1.5)
    assert camera.layer().keyframes.due(1.5)
    camera.feed(video(3, vp8(key=True)), now=1.6)
    camera.feed(video(4), now=1.7)
    numbers = [packet.sequence_number for packet in subscriber.received()]
    assert numbers == [numbers[0] + step for step in range(3)]
    assert camera.layer().sinks == [slot]


def test_key_frame_in_the_middle_of_a_batch_begins_the_run_there() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    camera.feed(video(1), video(2), video(4, vp8(key=True)), video(3), video(5), now=1.0)
    assert len(subscriber.received()) == 2
    assert subscriber.drops[DropReason.SLOT_STRAGGLER] == 1


def test_key_frame_asked_by_the_subscriber_is_asked_of_the_layer_shown() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule)
    subscriber.slot("1").assign(camera.publication, False, 0.0)
    camera.feed(video(1, vp8(key=True)), now=1.0)
    assert not camera.layer().keyframes.due(2.0)
    subscriber.outbound.want_keyframe(12345, 2.0)
    assert not camera.layer().keyframes.due(2.0)
    subscriber.outbound.want_keyframe(subscriber.slot("1").stream.ssrc, 2.0)
    assert camera.layer().keyframes.due(2.0)


def test_one_slot_that_has_its_key_frame_leaves_the_wish_of_another() -> None:
    first, second = Subscriber(), Subscriber()
    second.schedule = first.schedule
    camera = Track(first.schedule)
    first.slot("1").assign(camera.publication, False, 0.0)
    second.slot("1").assign(camera.publication, False, 0.0)
    first.slot("1").assign(None, False, 0.1)
    assert camera.layer().keyframes.due(0.2)
    second.slot("1").assign(None, False, 0.3)
    assert camera.layer().keyframes.next_timeout() is None


def test_stats_say_what_is_shown_and_why() -> None:
    subscriber = Subscriber()
    camera = Track(subscriber.schedule, rids=("q", "f"))
    slot = subscriber.slot("1")
    reasons = [slot.stats(0.0).reason]
    slot.assign(camera.publication, False, 0.0)
    reasons.append(slot.stats(0.0).reason)
    camera.feed(video(1, vp8(key=True, size_of_picture=(320, 180))), rid="q", now=1.0)
    reasons.append(slot.stats(1.0).reason)
    for index in range(1, 5):
        payload = vp8(key=True, size_of_picture=(640, 360))
        camera.feed(video(index, payload), rid="f", now=1.09 + index / 100)
    stats = slot.stats(1.13)
    reasons.append(stats.reason)
    slot.assign(camera.publication, True, 1.2)
    reasons.append(slot.stats(1.2).reason)
    assert reasons == ["no_layer", "switching", "full", "full", "hidden"]
    assert (stats.track, stats.rid, stats.width, stats.height) == ("tr_a", "f", 640, 360)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "none", "hide", "mute", "end", "key"]), st.booleans()),
        max_size=40,
    )
)
@settings(max_examples=80)
def test_any_course_leaves_each_layer_with_the_sinks_it_should_have(steps: list[tuple[str, bool]]) -> None:
    subscriber = Subscriber()
    slot = subscriber.slot("1")
    tracks = {name: Track(subscriber.schedule, name, csrc=csrc) for csrc, name in enumerate("ab", 1)}
    for index, (act, which) in enumerate(steps):
        at = index / 10
        track = tracks["b" if which else "a"]
        match act:
            case "a" | "b":
                slot.assign(tracks[act].publication, False, at)
            case "none":
                slot.assign(None, False, at)
            case "hide":
                slot.assign(slot.publication, not slot.hidden, at)
            case "mute":
                track.publication.mute(not track.publication.muted, at)
            case "end":
                slot.withdraw(track.publication, at)
            case "key" if not track.publication.muted:
                track.feed(video(index, vp8(key=True)), now=at)
        for other in tracks.values():
            layer = other.layer()
            expected = [slot] if layer in (slot.current, slot.target) else []
            assert layer.sinks == expected
            assert other.publication.readers == ([slot] if slot.publication is other.publication else [])
        assert slot.current is None or slot.current is not slot.target
        last = subscriber.told[-1] if subscriber.told else Told("1", None, "no_source")
        assert last.paused == slot.paused
        assert last.track == (None if slot.publication is None else slot.publication.track)
    subscriber.received()
