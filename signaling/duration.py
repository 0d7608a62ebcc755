"""Durations as people write them: ``90``, ``90s``, ``15m``, ``6h``, ``7d``."""

import re

_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHAPE = re.compile(r"(\d{1,9})([smhd]?)", re.ASCII)


def read_duration(text: str) -> int:
    """Seconds, more than none. Raises ValueError."""
    match = _SHAPE.fullmatch(text.strip())
    seconds = int(match[1]) * _UNITS_S[match[2]] if match else 0
    if seconds == 0:
        raise ValueError("should be a number with s, m, h or d, such as 6h")
    return seconds
