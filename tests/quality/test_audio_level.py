import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.audio_level import GAP_S, SILENT_DBOV, AudioLevel, amplitude

SPEECH, ROOM, SPOKEN = 25, 65, amplitude(35)
"""-dBov of speech and of a quiet room; amplitude above which somebody speaks."""


def fed(levels: list[int], voice: bool = True, packet_s: float = 0.02) -> tuple[AudioLevel, float]:
    level, now = AudioLevel(), 0.0
    for number, dbov in enumerate(levels):
        now = 10.0 + number * packet_s
        level.observe(dbov, now, voice)
    return level, now


@pytest.mark.parametrize(("dbov", "expected"), [(0, 1.0), (20, 0.1), (40, 0.01), (60, 0.0), (127, 0.0)])
def test_amplitude_is_linear_and_silence_is_zero(dbov: int, expected: float) -> None:
    assert amplitude(dbov) == pytest.approx(expected)


def test_a_track_without_packets_is_silent() -> None:
    assert AudioLevel().value(100.0) == 0.0


@pytest.mark.parametrize("packet_s", [0.01, 0.02, 0.06])
def test_a_steady_tone_has_its_level_whatever_the_packets_length(packet_s: float) -> None:
    level, now = fed([20] * int(2 / packet_s), packet_s=packet_s)
    assert level.value(now) == pytest.approx(0.1, rel=0.01)


def test_speech_is_noticed_within_a_syllable() -> None:
    level, now = fed([ROOM] * 100 + [SPEECH] * 10)
    assert level.value(now) > SPOKEN


def test_a_click_is_not_speech() -> None:
    level, now = fed([ROOM] * 100 + [5])
    assert level.value(now) < SPOKEN


def test_the_pause_between_words_is_still_speech() -> None:
    level, now = fed([SPEECH] * 100 + [ROOM] * 6)
    assert level.value(now) > SPOKEN


def test_silence_ends_speech_within_a_second() -> None:
    level, now = fed([SPEECH] * 100 + [ROOM] * 50)
    assert level.value(now) < SPOKEN


def test_no_packets_are_silence_after_the_gap() -> None:
    level, now = fed([SPEECH] * 100)
    assert level.value(now + GAP_S) == level.value(now)
    assert level.value(now + 1.0) < SPOKEN
    assert level.value(now + 3.0) == 0.0


def test_the_first_packet_after_silence_does_not_count_for_all_of_it() -> None:
    level, now = fed([ROOM] * 10)
    level.observe(5, now + 60.0)
    assert level.value(now + 60.0) < amplitude(10)


def test_what_the_sender_calls_no_voice_is_quieter() -> None:
    voiced, now = fed([30] * 100)
    voiceless, _ = fed([30] * 100, voice=False)
    assert voiceless.value(now) == pytest.approx(voiced.value(now) * 10**-0.5, rel=0.01)


@given(st.lists(st.tuples(st.integers(0, 127), st.floats(0, 2), st.booleans()), max_size=60))
def test_the_level_stays_within_what_was_heard(packets: list[tuple[int, float, bool]]) -> None:
    level, now, loudest = AudioLevel(), 0.0, 0.0
    for dbov, pause, voice in packets:
        now += pause
        level.observe(dbov, now, voice)
        loudest = max(loudest, amplitude(dbov), amplitude(SILENT_DBOV - 1e-9))
        assert 0.0 <= level.value(now) <= loudest * 1.0001
        assert level.value(now + 1) <= level.value(now)
