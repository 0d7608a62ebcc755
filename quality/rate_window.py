"""A rate, from counts of bytes that come in batches."""

from typing import Final

SAMPLES: Final = 6
SAMPLE_S: Final = 0.05
"""Six samples of at least 50 ms: 0.3 s where feedback comes every 50 ms, 0.6 s at 100 ms. A frame more or
less then changes the rate by some percent only, and after a fall the old rate is soon gone."""

RECENT_S: Final = 0.15

STALE_S: Final = 5.0
"""A pause so long, or a step back, begins anew."""


class RateWindow:
    """`bps` over the last `SAMPLES` batches; 0.0 until the first two."""

    __slots__ = ("_at", "_begun", "_bytes", "_durations", "_place", "_sizes", "_sum_bytes", "_sum_s", "bps")

    def __init__(self) -> None:
        self.bps = 0.0
        self._durations = [0.0] * SAMPLES
        self._sizes = [0.0] * SAMPLES
        self._begun = False
        self._at = 0.0
        self._bytes = 0.0
        self._place = 0
        self._sum_s = 0.0
        self._sum_bytes = 0.0

    def add(self, size_bytes: float, at: float) -> None:
        """`size_bytes` passed since the last call, the last of them at `at` (seconds, any origin)."""
        passed = at - self._at
        if not (self._begun and -STALE_S < passed < STALE_S):
            self._restart(at)
            return
        self._bytes += size_bytes
        if passed < SAMPLE_S:
            return
        place = self._place
        self._sum_s += passed - self._durations[place]
        self._sum_bytes += self._bytes - self._sizes[place]
        self._durations[place] = passed
        self._sizes[place] = self._bytes
        self._place = (place + 1) % SAMPLES
        self._at = at
        self._bytes = 0.0
        self.bps = max(self._sum_bytes * 8.0 / max(self._sum_s, SAMPLE_S), 0.0)

    def recent_bps(self) -> float:
        """The rate of the newest batches, `RECENT_S` of them: while a link is full exactly what it carries,
        otherwise as uneven as frames are."""
        place = self._place
        passed = size = 0.0
        for _ in range(SAMPLES):
            if passed >= RECENT_S:
                break
            place = (place - 1) % SAMPLES
            passed += self._durations[place]
            size += self._sizes[place]
        return size * 8.0 / max(passed, SAMPLE_S)

    def _restart(self, at: float) -> None:
        """What is measured stays until there is something newer; the bytes up to `at` took nobody knows
        how long."""
        self._begun = True
        self._at = at
        self._bytes = 0.0
        self._place = 0
        self._sum_s = 0.0
        self._sum_bytes = 0.0
        for place in range(SAMPLES):
            self._durations[place] = 0.0
            self._sizes[place] = 0.0
