from hypothesis import given
from hypothesis import strategies as st

from signaling.speakers import HOLD_S, INTERVAL_S, Speakers


def talk(speakers: Speakers, start: float, seconds: float, *levels: tuple[str, float]) -> float:
    """Levels every 100 ms; returns the time after."""
    steps = round(seconds * 10)
    for step in range(steps):
        speakers.observe(levels, start + step / 10)
    return start + steps / 10


def names(speakers: Speakers) -> list[str]:
    return [speaker.participant for speaker in speakers.now_speaking()]


def test_those_who_never_spoke_rank_as_they_came() -> None:
    assert Speakers().order("abc") == ["a", "b", "c"]


def test_last_to_speak_ranks_first_when_all_are_silent() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 2.0, ("c", 0.2))
    now = talk(speakers, now, 2.0, ("c", 0.0), ("b", 0.2))
    talk(speakers, now, 2.0, ("b", 0.0), ("c", 0.0))
    assert speakers.order("abcd") == ["b", "c", "a", "d"]


def test_pause_between_words_does_not_end_speech_and_silence_does() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 1.0, ("a", 0.2))
    now = talk(speakers, now, 0.4, ("a", 0.0))
    assert names(speakers) == ["a"]
    talk(speakers, now, 0.5, ("a", 0.0))
    assert names(speakers) == []


def test_quiet_room_noise_is_no_speech_but_keeps_one_going() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 1.0, ("a", 0.01))
    assert names(speakers) == []
    now = talk(speakers, now, 0.2, ("a", 0.05))
    talk(speakers, now, 3.0, ("a", 0.01))
    assert names(speakers) == ["a"]


def test_newcomer_ranks_behind_who_speaks_and_before_who_is_silent() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 1.0, ("c", 0.2))
    now = talk(speakers, now, 1.0, ("a", 0.2))
    talk(speakers, now, 0.2, ("a", 0.2), ("b", 0.2))
    assert speakers.order("abc") == ["a", "b", "c"]


def test_clearly_louder_speaker_passes_and_a_little_louder_one_does_not() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 1.0, ("a", 0.2))
    now = talk(speakers, now, 1.0, ("a", 0.2), ("b", 0.3))
    assert speakers.order("ab") == ["a", "b"]
    talk(speakers, now, 0.1, ("a", 0.2), ("b", 0.5))
    assert speakers.order("ab") == ["b", "a"]


def test_speaker_without_levels_stops_with_time() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 1.0, ("a", 0.2))
    speakers.expire(now + HOLD_S)
    assert names(speakers) == []


def test_events_keep_their_distance_and_say_only_news() -> None:
    speakers = Speakers()
    speakers.observe([("a", 0.2)], 0.0)
    assert [speaker.participant for speaker in speakers.due(0.0) or ()] == ["a"]
    assert speakers.due(1.0) is None
    speakers.observe([("a", 0.4)], 1.0)
    assert speakers.due(INTERVAL_S / 2) is None
    assert speakers.due(1.0) is not None


def test_loudest_of_several_microphones_counts() -> None:
    speakers = Speakers()
    speakers.observe([("a", 0.3), ("a", 0.1)], 0.0)
    assert speakers.now_speaking()[0].level == 0.3


LEVELS = st.lists(st.tuples(st.sampled_from("abcd"), st.floats(0, 1)), max_size=5)


@given(steps=st.lists(LEVELS, max_size=20), gone=st.sampled_from("abcd"))
def test_order_has_each_member_once_and_speakers_before_the_silent(
    steps: list[list[tuple[str, float]]], gone: str
) -> None:
    speakers = Speakers()
    for step, levels in enumerate(steps):
        speakers.observe(levels, step * 0.3)
        order = speakers.order("abcd")
        assert sorted(order) == ["a", "b", "c", "d"]
        assert set(order[: len(names(speakers))]) == set(names(speakers))
    speakers.forget(gone)
    assert gone not in names(speakers)


def test_who_is_gone_is_not_told_to_who_comes_back_before_the_next_event() -> None:
    speakers = Speakers()
    now = talk(speakers, 0.0, 1.0, ("a", 0.2), ("b", 0.2))
    assert speakers.due(now) is not None
    speakers.forget("a")
    assert [one["participant"] for one in speakers.describe()["speakers"]] == ["b"]
    assert speakers.due(now + INTERVAL_S) is not None
