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

DOUBT_S: Final = 6.0
"""Whoever sets a stream's RTP clock back is not believed before the next sender report could have come:
browsers send one each five seconds for sound."""

MIN_STEP_S: Final = 0.001
"""Times in Matroska are in milliseconds, and no two frames of a file share one."""


@dataclass(slots=True)
class Placed:
    """Seconds since the recording began; `leapt`: how far the source's clock was set for it, mostly 0."""

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
        self._step = MIN_STEP_S
        self._last = -float("inf")
        self._doubt_since: float | None = None

    def begin_run(self) -> None:
        """What comes next has timestamps of its own."""
        self._timestamp = None
        self._doubt_since = None

    def place(self, timestamp: int, capture: float) -> Placed:
        """The place of the next frame."""
        true = capture - self._origin
        leapt = 0.0
        if self._timestamp is None:
            at = true
        else:
            passed = seconds_from_ticks(timestamp_delta(timestamp, self._timestamp), self._clock_rate)
            if 0.0 < passed <= LEAP_S:
                self._step = passed
            at = self._at + passed
            if passed < -LEAP_S:  # frames come in order: the clock was set back
                at, leapt = self._at + self._step, passed
            error = true - at
            if abs(error) > LEAP_S:
                at, leapt = self._leap(at, true)
            else:
                self._doubt_since = None
                if abs(error) > DEAD_BAND_S:
                    limit = SLEW * max(passed, 0.0)
                    at += min(max(error, -limit), limit)
        self._timestamp, self._at = timestamp, at
        self._last = max(at, self._last + MIN_STEP_S)
        return Placed(self._last, leapt)

    def _leap(self, at: float, true: float) -> tuple[float, float]:
        """The line stands at `at` and capture times say `true`, far from it."""
        if true > self._last:
            self._doubt_since = None
            return true, true - at
        if self._doubt_since is None:
            self._doubt_since = at
            return at, true - at
        if at - self._doubt_since < DOUBT_S:
            return at, 0.0
        self._doubt_since = None
        return true, true - at  # which is over: what comes is squeezed in behind what is written
