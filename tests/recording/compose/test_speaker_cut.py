import pytest

from recording.compose.speaker_cut import Cut, speaker_at, speaker_cuts
from recording.journal_reader import JournalLine

END_MS = 60_000


def said(*moments: tuple[int, str]) -> list[JournalLine]:
    """From when on who speaks the loudest; nobody: an empty name."""
    return [JournalLine(at, "speakers", {"speakers": [who] if who else []}) for at, who in moments]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([], []),
        ([(1_000, "ada")], [(1_000, "ada")]),
        ([(1_000, "ada"), (9_000, "lin")], [(1_000, "ada"), (9_000, "lin")]),
        # A cough is no speech.
        ([(1_000, "ada"), (9_000, "lin"), (9_600, "ada")], [(1_000, "ada")]),
        # Silence keeps who spoke last.
        ([(1_000, "ada"), (5_000, ""), (9_000, "ada")], [(1_000, "ada")]),
        # A picture stays for a while, even if the next speaks at once.
        ([(1_000, "ada"), (2_000, "lin")], [(1_000, "ada"), (3_000, "lin")]),
        # Who is silent again by then is not shown at all.
        ([(1_000, "ada"), (2_000, "lin"), (3_500, "ada")], [(1_000, "ada")]),
    ],
)
def test_the_picture_is_cut_to_who_speaks(
    moments: list[tuple[int, str]], expected: list[tuple[int, str]]
) -> None:
    assert speaker_cuts(said(*moments), END_MS) == [Cut(at, who) for at, who in expected]


@pytest.mark.parametrize(("at_ms", "expected"), [(0, "ada"), (1_000, "ada"), (8_999, "ada"), (9_000, "lin")])
def test_before_the_first_word_its_speaker_is_shown(at_ms: int, expected: str) -> None:
    assert speaker_at([Cut(1_000, "ada"), Cut(9_000, "lin")], at_ms) == expected


def test_nobody_speaks_in_a_silent_meeting() -> None:
    assert speaker_at([], 5_000) == ""
