"""Who speaks now, and who spoke last: from smoothed levels, with hysteresis.

The order of speakers ranks cameras for the automatic view and microphones for the audio slots, so it must be
calm: who begins to speak comes before all who are silent and behind those who speak, and passes one of these
only by being clearly louder.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

START_LEVEL = 0.018
STOP_LEVEL = 0.0056
"""Smoothed amplitude at which speech begins and ends: -35 dBov as in LiveKit, and -45."""

HOLD_S = 0.6
"""A speaker below `STOP_LEVEL` for this long has stopped: pauses between words last up to half a second."""

MARGIN = 2.0
"""Who is louder by this factor of amplitude (6 dB) comes before who speaks too: so two who talk over each
other do not change places all the time."""

INTERVAL_S = 0.25
"""At most four `speakers` events a second (PROTOCOL.md 2)."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks now; `level` is an amplitude, 0–1."""

    participant: str
    level: float


@dataclass(slots=True)
class _Voice:
    level: float = 0.0
    speaking: bool = False
    loud_at: float = float("-inf")


class Speakers:
    """The speakers of one room; `told` is what the last `speakers` event said."""

    def __init__(self) -> None:
        self.told: tuple[Speaker, ...] = ()
        self._told_at = float("-inf")
        self._voices: dict[str, _Voice] = {}
        self._order: list[str] = []  # who speaks or spoke, by rank

    def observe(self, levels: Iterable[tuple[str, float]], now: float) -> bool:
        """Levels of participants' microphones, the loudest of each counts; True if the order changed."""
        before = list(self._order)
        loudest: dict[str, float] = {}
        for participant, level in levels:
            loudest[participant] = max(level, loudest.get(participant, 0.0))
        for participant in self._voices.keys() - loudest.keys():
            self._voices[participant].level = 0.0
        for participant, level in loudest.items():
            voice = self._voices.setdefault(participant, _Voice())
            voice.level = level
            if level >= (STOP_LEVEL if voice.speaking else START_LEVEL):
                voice.loud_at = now
                if not voice.speaking:
                    self._place_behind_speaking(participant)
                    voice.speaking = True
        self.expire(now)
        self._pass()
        return self._order != before

    def expire(self, now: float) -> bool:
        """Who was not loud for a while has stopped; also to be called when no levels come any more. True if
        the order changed."""
        before = list(self._order)
        for participant, voice in self._voices.items():
            if voice.speaking and now - voice.loud_at > HOLD_S:
                voice.speaking = False
                self._place_behind_speaking(participant)
        return self._order != before

    def _place_behind_speaking(self, participant: str) -> None:
        rest = [name for name in self._order if name != participant]
        speaking = [name for name in rest if self._voices[name].speaking]
        quiet = [name for name in rest if not self._voices[name].speaking]
        self._order = [*speaking, participant, *quiet]

    def _pass(self) -> None:
        """One step up for whoever is clearly louder than the speaker before."""
        for rank in range(len(self._order) - 1, 0, -1):
            ahead, behind = (self._voices[name] for name in self._order[rank - 1 : rank + 1])
            if behind.speaking and ahead.speaking and behind.level > ahead.level * MARGIN:
                self._order[rank - 1 : rank + 1] = self._order[rank], self._order[rank - 1]

    def forget(self, participant: str) -> None:
        """Somebody left, or has no microphone any more."""
        if self._voices.pop(participant, None) is not None and participant in self._order:
            self._order.remove(participant)

    @property
    def dominant(self) -> str | None:
        """Who is first among those who speak or spoke; None while nobody has."""
        return self._order[0] if self._order else None

    def order(self, members: Iterable[str]) -> list[str]:
        """`members` (in join order) by rank: those who speak, then who spoke last, then as they came."""
        present = dict.fromkeys(members)
        spoke = [name for name in self._order if name in present]
        return list(dict.fromkeys([*spoke, *present]))

    def now_speaking(self) -> tuple[Speaker, ...]:
        """Who speaks, the loudest first."""
        speaking = [Speaker(name, voice.level) for name, voice in self._voices.items() if voice.speaking]
        return tuple(sorted(speaking, key=lambda speaker: (-speaker.level, speaker.participant)))

    def due(self, now: float) -> tuple[Speaker, ...] | None:
        """What to tell, if it differs from what was told and enough time has passed; counts as told."""
        speaking = tuple(Speaker(s.participant, round(s.level, 2)) for s in self.now_speaking())
        if speaking == self.told or now - self._told_at < INTERVAL_S:
            return None
        self.told, self._told_at = speaking, now
        return speaking

    def describe(self) -> dict[str, Any]:
        """The `speakers` event as it was told last, without those who are gone since."""
        there = [voice for voice in self.told if voice.participant in self._voices]
        speakers = [{"participant": voice.participant, "level": voice.level} for voice in there]
        return {"type": "speakers", "speakers": speakers}
