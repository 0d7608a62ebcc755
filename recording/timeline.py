"""Where on the recording's clock a frame stands.

The node tells when each packet was captured, on its own clock, the same for all tracks (`sfu.source_clock`:
sender reports, drift, clocks that were set). A frame's place follows the track's own RTP clock, which is
even, and that line follows the capture times slowly, so that neither jitter nor drift is heard or seen.
"""

from dataclasses import dataclass
from typing import Final

from sfu.clock import seconds_from_ticks
from sfu.sequence import timestamp_delta

SLEW: Final = 0.01
"""A correction runs at most one percent fast or slow, as in a slot (`sfu.slot_clock`)."""

DEAD_BAND_S: Final = 0.003
"""Errors below this stay: capture times are no truer."""

LEAP_S: Final = 0.2
"""A larger error is no drift but a clock that was set, or a pause: it is taken over at once."""

MIN_STEP_S: Final = 0.001
"""Times in Matroska are in milliseconds, and no two frames of a file share one."""


@dataclass(slots=True)
class Placed:
    """Seconds since the recording began; `leapt`: how far the line was moved for it, mostly 0."""

    at: float
    leapt: float


class Timeline:
    """The line of one track from RTP timestamps to seconds since `origin`, a time of the server's clock.

    Results only ever grow.
    """

    def __init__(self, origin: float, clock_rate: int) -> None:
        self._origin = origin
        self._clock_rate = clock_rate
        self._timestamp: int | None = None
        self._at = 0.0
        self._last = -float("inf")

    def begin_run(self) -> None:
        """What comes next has timestamps of its own."""
        self._timestamp = None

    def place(self, timestamp: int, capture: float) -> Placed:
        """The place of the next frame."""
        true = capture - self._origin
        leapt = 0.0
        if self._timestamp is None:
            at = true
        else:
            passed = seconds_from_ticks(timestamp_delta(timestamp, self._timestamp), self._clock_rate)
            at = self._at + passed
            error = true - at
            if abs(error) > LEAP_S:
                at, leapt = true, error
            elif abs(error) > DEAD_BAND_S:
                limit = SLEW * max(passed, 0.0)
                at += min(max(error, -limit), limit)
        self._timestamp, self._at = timestamp, at
        self._last = max(at, self._last + MIN_STEP_S)
        return Placed(self._last, leapt)
