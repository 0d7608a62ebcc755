"""Who is shown as the speaker, and from when on: cut after the fact, so words are not mistaken for coughs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recording.journal_reader import JournalLine

LEAST_SPEECH_MS: Final = 1_000
"""Who speaks for less is not cut to."""

LEAST_SHOT_MS: Final = 2_000
"""A picture stays for so long at least."""


@dataclass(frozen=True, slots=True)
class Cut:
    """From `at_ms` on `participant` is the speaker."""

    at_ms: int
    participant: str


def speaker_cuts(lines: Iterable[JournalLine], end_ms: int) -> list[Cut]:
    """The cuts of a whole recording, the first of them at its first speech."""
    cuts: list[Cut] = []
    for begin_ms, to_ms, participant in _speeches(lines, end_ms):
        if to_ms - begin_ms < LEAST_SPEECH_MS or (cuts and cuts[-1].participant == participant):
            continue
        at_ms = max(begin_ms, cuts[-1].at_ms + LEAST_SHOT_MS) if cuts else begin_ms
        if to_ms - at_ms >= LEAST_SPEECH_MS:
            cuts.append(Cut(at_ms, participant))
    return cuts


def speaker_at(cuts: list[Cut], at_ms: int) -> str:
    """Who it is; before anybody spoke the first who will."""
    shown = cuts[0].participant if cuts else ""
    for cut in cuts:
        if cut.at_ms > at_ms:
            break
        shown = cut.participant
    return shown


def _speeches(lines: Iterable[JournalLine], end_ms: int) -> Iterable[tuple[int, int, str]]:
    """While somebody was the loudest: (from, to, participant)."""
    since_ms, loudest = 0, ""
    for line in lines:
        if line.kind != "speakers":
            continue
        speakers = line.fields.get("speakers")
        now = str(speakers[0]) if isinstance(speakers, list) and speakers else ""
        if now == loudest:
            continue
        if loudest:
            yield since_ms, line.at_ms, loudest
        since_ms, loudest = line.at_ms, now
    if loudest:
        yield since_ms, end_ms, loudest
