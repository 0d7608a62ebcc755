"""How loud a microphone is, smoothed: from the levels on its packets (RFC 6464) to a number that ranks
speakers.

Smoothing works on decibels, as hearing does: one click, however loud, moves the level little, and the
pauses between words do not empty it. The result is linear amplitude, 0 (silent) to 1 (full scale), as
clients are told it.
"""

from math import exp
from typing import Final

SILENT_DBOV: Final = 60
"""Quieter than -60 dBov is silence: the noise of a quiet room is near -60, speech above -45."""

FAINTEST_DB: Final = 1
"""Less than this above silence is silence, which an exponential alone never reaches."""

VOICELESS_DB: Final = 10
"""What the sender's detector calls no voice (V bit clear) counts as so much quieter. It cannot be ignored,
for there are senders without a detector that never set the bit."""

ATTACK_S: Final = 0.1
RELEASE_S: Final = 0.4
"""Time constants: a word is noticed within its first syllable; the memory is the 400 ms that LiveKit
averages."""

GAP_S: Final = 0.1
"""A packet may be so late, or cover so much, before its absence counts as silence (DTX, mute)."""


def amplitude(level_dbov: float) -> float:
    """Linear amplitude of a level in -dBov (0 is the loudest); 0.0 for silence."""
    return 10 ** (-level_dbov / 20) if level_dbov < SILENT_DBOV else 0.0


class AudioLevel:
    """Smoothed loudness of one track."""

    __slots__ = ("_at", "_level")

    def __init__(self) -> None:
        self._level = 0.0  # decibels above silence
        self._at = 0.0

    def observe(self, level_dbov: int, now: float, voice: bool = True) -> None:
        """A packet with this level: 0 (loudest) to 127 (silent) in -dBov, and the V bit."""
        loudness = max(SILENT_DBOV - level_dbov - (0 if voice else VOICELESS_DB), 0)
        level = self._level_at(now)
        passed = min(max(now - self._at, 0.0), GAP_S)
        constant = ATTACK_S if loudness > level else RELEASE_S
        self._level = loudness + (level - loudness) * exp(-passed / constant)
        self._at = now

    def value(self, now: float) -> float:
        """Amplitude 0–1; falls to 0 when no packets come."""
        level = self._level_at(now)
        return amplitude(SILENT_DBOV - level) if level >= FAINTEST_DB else 0.0

    def _level_at(self, now: float) -> float:
        silence = now - self._at - GAP_S
        return self._level * exp(-silence / RELEASE_S) if silence > 0 else self._level
