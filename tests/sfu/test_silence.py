import pytest

from sfu.silence import SILENCE_S, Silence


def reported(until: float, packets_per_s: int) -> Silence:
    """Somebody who reports ten times a second until then."""
    silence = Silence()
    for tenth in range(round(until * 10) + 1):
        assert not silence.heard(tenth * packets_per_s // 10, tenth / 10)
    return silence


@pytest.mark.parametrize(
    ("packets_per_s", "away_s", "back"),
    [
        (50, 0.1, False),
        (50, SILENCE_S, False),
        (50, SILENCE_S + 0.1, True),
        (50, 29.0, True),
        (0, 10.0, False),
    ],
)
def test_only_who_was_sent_something_is_back(packets_per_s: int, away_s: float, back: bool) -> None:
    silence = reported(5.0, packets_per_s)
    at = 5.0 + away_s
    assert silence.heard(round(at * packets_per_s), at) is back


def test_back_is_said_once() -> None:
    silence = reported(5.0, 50)
    assert silence.heard(750, 15.0)
    assert not silence.heard(751, 15.01)
    assert not silence.heard(775, 15.5)


def test_first_word_ends_no_silence() -> None:
    assert not Silence().heard(100, 1_000.0)


def test_who_is_sent_something_after_long_idling_was_not_away() -> None:
    silence = reported(1.0, 0)
    assert not silence.heard(1, 4.0)
    assert not silence.heard(2, 4.1)
