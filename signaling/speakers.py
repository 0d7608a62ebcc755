"""Who speaks now, and who spoke last: from smoothed levels, with hysteresis.

The order of speakers ranks cameras for the automatic view and microphones for the audio slots, so it must be
calm: it changes when somebody begins to speak, not while several do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

START_LEVEL = 0.02
STOP_LEVEL = 0.01
"""Smoothed level at which speech begins and ends."""

HOLD_S = 0.6
"""A speaker below `STOP_LEVEL` for this long has stopped: pauses between words last up to half a second."""

INTERVAL_S = 0.25
"""At most four `speakers` events a second (PROTOCOL.md 2)."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks now; `level` 0–1."""

    participant: str
    level: float


@dataclass(slots=True)
class _Voice:
    level: float = 0.0
    speaking: bool = False
    loud_at: float = float("-inf")


class Speakers:
    """The speakers of one room."""

    def __init__(self) -> None:
        self._voices: dict[str, _Voice] = {}
        self._recent: dict[str, None] = {}  # the last to begin is the last key
        self.told: tuple[Speaker, ...] = ()
        self._told_at = float("-inf")

    def observe(self, levels: Iterable[tuple[str, float]], now: float) -> bool:
        """Levels of participants' microphones, the loudest counts; True if somebody began to speak."""
        loudest: dict[str, float] = {}
        for participant, level in levels:
            loudest[participant] = max(level, loudest.get(participant, 0.0))
        began = False
        for participant, level in loudest.items():
            voice = self._voices.setdefault(participant, _Voice())
            voice.level = level
            if level >= (STOP_LEVEL if voice.speaking else START_LEVEL):
                voice.loud_at = now
                if not voice.speaking:
                    voice.speaking = True
                    self._recent.pop(participant, None)
                    self._recent[participant] = None
                    began = True
        for participant in self._voices.keys() - loudest.keys():
            self._voices[participant].level = 0.0
        self.expire(now)
        return began

    def expire(self, now: float) -> None:
        """Who was not loud for a while has stopped; also called when no levels come any more."""
        for participant, voice in self._voices.items():
            if voice.speaking and now - voice.loud_at > HOLD_S:
                voice.speaking = False
                # Who stops last spoke last; those who still speak stay before.
                self._recent.pop(participant, None)
                self._recent = self._before_speaking(participant)

    def _before_speaking(self, stopped: str) -> dict[str, None]:
        quiet = [name for name in self._recent if not self._voices[name].speaking]
        speaking = [name for name in self._recent if self._voices[name].speaking]
        return dict.fromkeys([*quiet, stopped, *speaking])

    def forget(self, participant: str) -> None:
        """Somebody left, or has no microphone any more."""
        self._voices.pop(participant, None)
        self._recent.pop(participant, None)

    def order(self, members: Iterable[str]) -> list[str]:
        """`members` (in join order) by rank: most recent speakers first, then as they came."""
        present = list(members)
        known = set(present)
        recent = [name for name in reversed(self._recent) if name in known]
        return recent + [name for name in present if name not in self._recent]

    def now_speaking(self) -> tuple[Speaker, ...]:
        """Who speaks, the loudest first."""
        speaking = [Speaker(name, voice.level) for name, voice in self._voices.items() if voice.speaking]
        return tuple(sorted(speaking, key=lambda speaker: (-speaker.level, speaker.participant)))

    def due(self, now: float) -> tuple[Speaker, ...] | None:
        """What to tell, if it differs from what was told and enough time has passed; counts as told."""
        speaking = self.now_speaking()
        rounded = tuple(Speaker(speaker.participant, round(speaker.level, 2)) for speaker in speaking)
        if rounded == self.told or now - self._told_at < INTERVAL_S:
            return None
        self.told, self._told_at = rounded, now
        return rounded
