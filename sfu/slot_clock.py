"""A slot's own RTP clock, and how the timestamps of its sources are put onto it.

`SlotClock` is one line from the server's clock to RTP timestamps, for the slot's whole life: its sender
reports never contradict each other, whoever is shown. `TimestampOffset` is what to add to the timestamps of
the source of the moment so that they fall onto that line at their capture times. Two slots fed by one
publisher are in sync because both do.
"""

from dataclasses import dataclass
from typing import Final

from sfu.clock import ticks_from_seconds
from sfu.messages import Kind
from sfu.sequence import timestamp_delta

_MASK: Final = 0xFFFFFFFF

SLEW: Final = 0.01
"""A correction runs at most one percent fast or slow: nobody sees or hears that pace."""

LEAP_S: Final = 0.2
"""A larger error is set right at once: it is no drift but a restarted clock, and at 1 % would take too
long."""

LATE_S: Final = 10.0
"""A timestamp less far back is of a late packet, further back of a restarted clock."""

MIN_STEP_S: Final = 0.001
"""How far apart timestamps stay at least where time would stand still or go back."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The grain of corrections.

    Errors up to `dead_band_s` stay. What `SLEW` allows is taken in steps of at least `least_s` (or all of the
    error) and at most `most_s`.
    """

    dead_band_s: float
    least_s: float
    most_s: float


STEPS: dict[Kind, Steps] = {
    # A browser renders a frame at its timestamp: many small steps are smooth.
    "video": Steps(0.001, 0.001, 0.005),
    # A decoder conceals at each break in the timestamps, and throws away a packet that reaches back over
    # the one before, however small the step: rather one step now and then. 5 ms is far below what lips
    # betray (ITU-R BT.1359: 45 ms).
    "audio": Steps(0.005, 0.015, 0.015),
}


class SlotClock:
    """RTP timestamps of a slot; `start`, the timestamp at server time `origin`, is random (RFC 3550 §5.1)."""

    __slots__ = ("_origin", "_start", "clock_rate")

    def __init__(self, clock_rate: int, start: int, origin: float) -> None:
        self.clock_rate = clock_rate
        self._start = start
        self._origin = origin

    def timestamp_at(self, server_time: float) -> int:
        """The timestamp of what is captured at `server_time`; with `now`, that of a sender report."""
        return (self._start + ticks_from_seconds(server_time - self._origin, self.clock_rate)) & _MASK


class TimestampOffset:
    """Puts one source after another onto a slot's clock. `delta` is added to incoming timestamps, modulo 2³².

    `delta` changes only in `switch` and `correct`. All packets of a frame need the same one, also those
    that come late: so call them at the first packet of a frame, and keep the old delta for older frames.
    """

    __slots__ = ("_clock", "_credit", "_dead_band", "_least", "_min_step", "_most", "_seen", "delta")

    def __init__(self, clock: SlotClock, kind: Kind) -> None:
        self._clock = clock
        steps, rate = STEPS[kind], clock.clock_rate
        self._dead_band = ticks_from_seconds(steps.dead_band_s, rate)
        self._least = ticks_from_seconds(steps.least_s, rate)
        self._most = ticks_from_seconds(steps.most_s, rate)
        self._min_step = ticks_from_seconds(MIN_STEP_S, rate)
        self._credit: float = 0.0  # ticks that may be corrected now
        self._seen = 0  # the newest incoming timestamp
        self.delta = 0

    def switch(self, timestamp: int, capture_time: float, last_sent: int | None) -> int:
        """Another source begins with a frame of `timestamp`, captured at `capture_time`; returns `delta`.

        The frame goes out at least a millisecond after `last_sent`, the highest timestamp the slot has sent.
        """
        self._place(timestamp, self._clock.timestamp_at(capture_time), last_sent)
        self._credit = float(self._most)
        self._seen = timestamp
        return self.delta

    def correct(self, timestamp: int, capture_time: float, last_sent: int | None) -> bool:
        """A new frame of the same source; whether `delta` changed, from this frame on.

        Slow where the capture time moved a little (a sender report, drifting clocks), at once where it leapt.
        Outgoing timestamps never go back. May be called for every frame or for some a second.
        """
        passed = timestamp_delta(timestamp, self._seen)
        if -LATE_S * self._clock.clock_rate < passed <= 0:
            return False  # the frame has its delta already
        self._seen = timestamp
        self._credit = min(self._credit + abs(passed) * SLEW, float(self._most))
        due = self._clock.timestamp_at(capture_time)
        error = timestamp_delta(due, timestamp + self.delta)
        if -self._dead_band <= error <= self._dead_band:
            return False
        before = self.delta
        if abs(error) > LEAP_S * self._clock.clock_rate:
            self._place(timestamp, due, last_sent)
            return self.delta != before
        if self._credit < min(abs(error), self._least):
            return False
        step = min(abs(error), int(self._credit))
        self._credit -= step
        self._place(timestamp, timestamp + self.delta + (step if error > 0 else -step), last_sent)
        return self.delta != before

    def _place(self, timestamp: int, outgoing: int, last_sent: int | None) -> None:
        if last_sent is not None and timestamp_delta(outgoing, last_sent) < self._min_step:
            outgoing = last_sent + self._min_step
        self.delta = (outgoing - timestamp) & _MASK
