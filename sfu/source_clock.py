"""When a publisher's packets were captured, on the server's clock: what keeps lips in sync.

A sender report ties a stream's RTP timestamps to the publisher's NTP clock (RFC 3550 §6.4.1). One offset ties
that clock to the server's, the same for all streams of the publisher: whatever error it has, they share it.
"""

from typing import Final

from sfu.clock import ntp_difference, seconds_from_ticks
from sfu.sequence import timestamp_delta

HALF_WINDOW_S: Final = 15.0
"""The offset follows the fastest report of the last one to two halves: the least delayed knows the clock
best."""

SETTLE_S: Final = 10.0
"""A new publisher's offset falls to each faster report at once; later every move is slewed."""

SLEW: Final = 500e-6
"""Seconds a second: above the drift of any two quartz clocks (≤ 200 ppm), below what anybody hears or
sees."""

LEAP_S: Final = 1.0
"""An offset further from the truth than this is set, not slewed."""

JUMP_S: Final = 0.25
"""More than this between a stream's two clocks from one report to the next: one of them was set."""

STALE_S: Final = 10.0
"""A report that goes back on both clocks is a late one, unless nothing else came for so long."""

MAX_AGE_S: Final = 5.0
MAX_AHEAD_S: Final = 1.0
"""How long before or after its capture a packet may arrive; beyond, the reports are not believed."""


class SourceClock:
    """The clock of one publishing peer; `stream` makes the view of it that each of its SSRCs has."""

    __slots__ = (
        "_jumped_s",
        "_least",
        "_least_before",
        "_moved_at",
        "_offset",
        "_origin",
        "_settled_at",
        "_window_began_at",
    )

    def __init__(self) -> None:
        # The publisher's seconds count from its first report, and go on as if its clock were never set.
        self._origin: int | None = None
        self._jumped_s = 0.0
        self._offset = 0.0
        self._moved_at = 0.0
        self._settled_at: float | None = None
        self._window_began_at = 0.0
        self._least = float("inf")
        self._least_before = float("inf")

    @property
    def offset(self) -> float:
        """Server seconds minus publisher seconds, the fastest path included."""
        return self._offset

    def stream(self, clock_rate: int) -> "StreamClock":
        """The clock of one SSRC with RTP ticks of 1/`clock_rate` s."""
        return StreamClock(self, clock_rate)

    def seconds(self, ntp: int) -> float:
        """Seconds of the publisher's clock at a 64 bit NTP time, since its first report."""
        if self._origin is None:
            self._origin = ntp
        return ntp_difference(ntp, self._origin) - self._jumped_s

    def jumped(self, seconds: float) -> None:
        """The publisher's NTP clock was set forward by `seconds`."""
        self._jumped_s += seconds

    def observe(self, seconds: float, now: float) -> None:
        """A report sent at the publisher's `seconds` arrived."""
        if self._settled_at is None:
            self._window_began_at = self._moved_at = now
            self._settled_at = now + SETTLE_S
            self._offset = self._least = now - seconds
            return
        passed = now - self._window_began_at
        if passed >= HALF_WINDOW_S:
            self._least_before = self._least if passed < 2 * HALF_WINDOW_S else float("inf")
            self._least = float("inf")
            self._window_began_at = now
        self._least = min(self._least, now - seconds)
        error = min(self._least, self._least_before) - self._offset
        settling = now < self._settled_at and error < 0
        if not settling and abs(error) <= LEAP_S:
            limit = SLEW * (now - self._moved_at)
            error = min(max(error, -limit), limit)
        self._offset += error
        self._moved_at = now


class StreamClock:
    """Capture times of one SSRC. Until its first sender report they rest on arrival times."""

    __slots__ = (
        "_anchor_time",
        "_anchor_timestamp",
        "_clock_rate",
        "_report_at",
        "_report_seconds",
        "_report_timestamp",
        "_source",
        "_synchronised",
    )

    def __init__(self, source: SourceClock, clock_rate: int) -> None:
        self._source = source
        self._clock_rate = clock_rate
        self._synchronised = False
        self._report_at = 0.0
        self._report_seconds = 0.0
        self._report_timestamp = 0
        self._anchor_time: float | None = None
        self._anchor_timestamp = 0

    @property
    def synchronised(self) -> bool:
        """Whether a sender report came."""
        return self._synchronised

    def sender_report(self, ntp: int, rtp_timestamp: int, now: float) -> None:
        """A sender report of this SSRC arrived."""
        if ntp == 0:  # RFC 3550 §6.4.1: the sender has no wall clock
            return
        seconds = self._source.seconds(ntp)
        if self._synchronised:
            by_rtp = self._after(rtp_timestamp, self._report_timestamp)
            by_ntp = seconds - self._report_seconds
            passed = now - self._report_at
            if by_rtp <= 0 and by_ntp <= 0 and passed < STALE_S:
                return
            # The clock that disagrees with ours was set. If it is RTP's, the new report says all.
            if abs(by_ntp - by_rtp) > JUMP_S and abs(passed - by_rtp) < abs(passed - by_ntp):
                self._source.jumped(by_ntp - by_rtp)
                seconds = self._report_seconds + by_rtp
        self._synchronised = True
        self._report_at = now
        self._report_seconds = seconds
        self._report_timestamp = rtp_timestamp
        self._source.observe(seconds, now)

    def capture_time(self, rtp_timestamp: int, arrival: float) -> float:
        """When the packet that came at `arrival` was captured, in seconds of the server's clock.

        It is late by the delay of the publisher's fastest path, the same for all its streams.
        """
        if self._synchronised:
            seconds = self._report_seconds + self._after(rtp_timestamp, self._report_timestamp)
            capture = seconds + self._source.offset
            if -MAX_AHEAD_S <= arrival - capture <= MAX_AGE_S:
                return capture
        return self._by_arrival(rtp_timestamp, arrival)

    def _by_arrival(self, rtp_timestamp: int, arrival: float) -> float:
        """A line through the least delayed packets, with the slope of the stream's own clock."""
        if self._anchor_time is not None:
            passed = self._after(rtp_timestamp, self._anchor_timestamp)
            capture = self._anchor_time + passed
            if -MAX_AHEAD_S <= arrival - capture <= MAX_AGE_S:
                if passed > 0 or arrival < capture:
                    # Nothing arrives before it is captured; and the line may rise to follow a slow clock.
                    rise = max(passed, 0.0) * SLEW
                    capture = min(capture + rise, arrival)
                    self._anchor_time, self._anchor_timestamp = capture, rtp_timestamp
                return capture
        self._anchor_time, self._anchor_timestamp = arrival, rtp_timestamp
        return arrival

    def _after(self, timestamp: int, reference: int) -> float:
        return seconds_from_ticks(timestamp_delta(timestamp, reference), self._clock_rate)
