from hypothesis import given
from hypothesis import strategies as st

from sfu.identifiers import Csrc, Mid, PeerId, TrackId
from sfu.messages import AnsweredSlot, Source
from signaling.track import Track
from signaling.view import Placement, choose_audio, homes_of_audio, place_audio, place_video, rank_video


def slots(kind: str, count: int, parked: tuple[int, ...] = ()) -> list[AnsweredSlot]:
    codecs = ("VP8",) if kind == "video" else ("opus",)
    return [
        AnsweredSlot(Mid(f"{kind[0]}{k}"), kind, k, codecs, k in parked)  # type: ignore[arg-type]
        for k in range(1, count + 1)
    ]


def track(name: str, source: Source = "camera", codec: str | None = None, label: str = "") -> Track:
    owner, _, _ = name.partition("/")
    usual = "VP8" if source in ("camera", "screen") else "opus"
    return Track(
        id=TrackId(name),
        participant=owner,
        source=source,
        name=label,
        csrc=Csrc(1),
        muted=False,
        surface=None,
        peer=PeerId("pe"),
        mid=Mid("m"),
        codec=codec or usual,
    )


def microphone(owner: str) -> Track:
    return track(f"{owner}/mic", "microphone")


def cameras(names: str) -> list[Track]:
    return [track(name) for name in names]


def test_screens_come_before_the_pinned_before_speakers_and_each_once() -> None:
    screen, pinned = track("s/screen", "screen"), track("c")
    ranked = rank_video([track("a"), pinned, track("b")], [screen], [pinned])
    assert [t.id for t in ranked] == ["s/screen", "c", "a", "b"]


def test_first_seats_are_filled_first() -> None:
    assert place_video(slots("video", 3), cameras("ab"), {}) == {"v1": "a", "v2": "b", "v3": None}


def test_who_falls_out_of_the_ranking_gives_the_seat_to_the_newcomer_and_nobody_else_moves() -> None:
    current: Placement = {Mid("v1"): TrackId("a"), Mid("v2"): TrackId("b"), Mid("v3"): TrackId("c")}
    placed = place_video(slots("video", 3), cameras("dcab"), current)
    assert placed == {"v1": "a", "v2": "d", "v3": "c"}


def test_track_no_slot_can_decode_is_not_placed() -> None:
    ranking = [track("a", codec="AV1/0"), track("b")]
    assert place_video(slots("video", 1), ranking, {}) == {"v1": "b"}


def test_parked_slot_keeps_its_track_unless_it_is_wanted_in_an_open_one() -> None:
    current: Placement = {Mid("v1"): TrackId("a"), Mid("v2"): TrackId("b")}
    parked = slots("video", 2, parked=(2,))
    assert place_video(parked, cameras("ab"), current) == {"v1": "a", "v2": "b"}
    assert place_video(parked, cameras("ba"), current) == {"v1": "b", "v2": None}


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(rankings=st.lists(NAMES, min_size=1, max_size=12), count=st.integers(1, 5))
def test_seats_change_only_when_their_person_leaves_the_first_ones(
    rankings: list[list[str]], count: int
) -> None:
    open_slots = slots("video", count)
    placed: Placement = {}
    for ranking in rankings:
        before, placed = placed, place_video(open_slots, cameras("".join(ranking)), placed)
        first = set(ranking[:count])
        held = [held for held in placed.values() if held is not None]
        assert set(held) == first
        assert len(held) == len(first)
        for mid, seated in before.items():
            if seated in first:
                assert placed[mid] == seated


def heard(
    video: Placement, video_slots: list[AnsweredSlot], tracks: list[Track], audio: list[Track], count: int
) -> Placement:
    homes = homes_of_audio(video, video_slots, {t.id: t for t in tracks}, audio)
    return place_audio(slots("audio", count), audio, homes, {})


def test_participant_is_heard_in_the_seat_of_its_camera() -> None:
    shown = cameras("ab")
    video = place_video(slots("video", 2), shown, {})
    placed = heard(video, slots("video", 2), shown, [microphone("b"), microphone("a")], 2)
    assert placed == {"a1": "a/mic", "a2": "b/mic"}


def test_camera_and_screen_in_different_seats_are_heard_in_the_cameras() -> None:
    shown = [track("a/screen", "screen"), track("a")]
    video = place_video(slots("video", 2), shown, {})
    sound = track("a/sound", "screen_audio")
    placed = heard(video, slots("video", 2), shown, [microphone("a"), sound], 2)
    assert placed == {"a1": "a/sound", "a2": "a/mic"}


def test_microphone_of_a_screen_without_camera_is_heard_in_the_screens_seat() -> None:
    shown = [track("b"), track("a/screen", "screen")]
    video = place_video(slots("video", 2), shown, {})
    assert heard(video, slots("video", 2), shown, [microphone("a")], 2) == {"a1": None, "a2": "a/mic"}


def test_others_take_free_slots_the_last_seats_first() -> None:
    shown = cameras("a")
    video = place_video(slots("video", 1), shown, {})
    audio = [microphone("x"), microphone("a"), microphone("y")]
    placed = heard(video, slots("video", 1), shown, audio, 4)
    assert placed == {"a1": "a/mic", "a2": None, "a3": "y/mic", "a4": "x/mic"}


def test_two_screens_of_one_person_keep_their_sounds_apart_by_name() -> None:
    shown = [track("a/1", "screen", label="one"), track("a/2", "screen", label="two")]
    video = place_video(slots("video", 2), shown, {})
    sounds = [
        track("a/s2", "screen_audio", label="two"),
        track("a/s1", "screen_audio", label="one"),
    ]
    assert heard(video, slots("video", 2), shown, sounds, 2) == {"a1": "a/s1", "a2": "a/s2"}


def test_with_enough_slots_everybody_is_heard() -> None:
    audio = [microphone(name) for name in "abc"]
    sound = track("d/sound", "screen_audio")
    assert {t.id for t in choose_audio(4, audio, [sound], set())} == {"a/mic", "b/mic", "c/mic", "d/sound"}


def test_sound_of_a_shown_screen_is_outside_the_loudest_selection_that_of_others_comes_last() -> None:
    shown, hidden = track("d/sound", "screen_audio"), track("e/sound", "screen_audio")
    microphones = [microphone(name) for name in "abc"]
    chosen = choose_audio(3, microphones, [hidden, shown], {TrackId("d/sound")})
    assert [t.id for t in chosen] == ["d/sound", "a/mic", "b/mic"]


@given(
    steps=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=10),
    video_count=st.integers(0, 4),
    audio_count=st.integers(0, 5),
)
def test_audio_follows_the_seat_and_nobody_is_heard_twice(
    steps: list[tuple[list[str], list[str]]], video_count: int, audio_count: int
) -> None:
    video_slots, audio_slots = slots("video", video_count), slots("audio", audio_count)
    seats = {slot.mid: slot.seat for slot in video_slots}
    video: Placement = {}
    audio: Placement = {}
    for seen, speaking in steps:
        shown = cameras("".join(seen))
        video = place_video(video_slots, shown, video)
        chosen = choose_audio(audio_count, [microphone(name) for name in speaking], [], set())
        homes = homes_of_audio(video, video_slots, {t.id: t for t in shown}, chosen)
        before, audio = audio, place_audio(audio_slots, chosen, homes, audio)
        held = [track_id for track_id in audio.values() if track_id is not None]
        assert sorted(held) == sorted(track.id for track in chosen)
        places = {track_id: mid for mid, track_id in audio.items()}
        for mid, camera in video.items():
            voice = TrackId(f"{camera}/mic")
            if voice in held and seats[mid] <= audio_count:
                assert places[voice] == f"a{seats[mid]}"
        claimed = {f"a{seat}" for seat in homes.values()}
        for mid, voice_before in before.items():
            if voice_before in held and voice_before not in homes and mid not in claimed:
                assert audio[mid] == voice_before
