"""Does the growth of the delay mean that the link is full? Compared with a threshold that follows the path's
noise (draft-ietf-rmcat-gcc-02 §5.4; Carlucci et al., "Analysis and design of the Google congestion control
for WebRTC", MMSys 2016: a fixed threshold starves against TCP or takes jitter for congestion).
"""

from typing import Final

NORMAL: Final = 0
OVERUSED: Final = 1
UNDERUSED: Final = 2

GAIN: Final = 4.0
COUNT_LIMIT: Final = 60
"""The slope times the groups seen (at most 60) times 4 is compared, in milliseconds (libwebrtc)."""

START_MS: Final = 12.5
LEAST_MS: Final = 6.0
MOST_MS: Final = 600.0
UP: Final = 0.0087
DOWN: Final = 0.039
"""The threshold's start, bounds and speed towards the signal, a millisecond (§5.4: del_var_th, K_u, K_d)."""

OUTLIER_MS: Final = 15.0
"""A signal so far above the threshold does not move it: it is a change of the route (§5.4)."""

LONGEST_STEP_MS: Final = 100.0
OVERUSE_S: Final = 0.01
"""The link is overused when the delay grows for so long (§5.4: overuse_time_th)."""


class OveruseDetector:
    """`usage` is the verdict after each group: `NORMAL`, `OVERUSED` or `UNDERUSED` (a queue drains)."""

    __slots__ = ("_adapted_at", "_for_s", "_in_row", "_slope", "_threshold_ms", "usage")

    def __init__(self) -> None:
        self._threshold_ms = START_MS
        self._adapted_at = 0.0
        self.reset()

    def reset(self) -> None:
        """Forget what was seen, but not how noisy the path is."""
        self.usage = NORMAL
        self._for_s = 0.0
        self._in_row = 0
        self._slope = 0.0

    def add(self, slope: float, groups: int, send_delta_s: float, at: float) -> None:
        """The trend after one more group: its slope in s/s, from how many groups, how long after the one
        before this was sent; `at` is the time it was sent (seconds)."""
        signal = min(groups, COUNT_LIMIT) * slope * GAIN
        threshold = self._threshold_ms
        if signal > threshold:
            self._for_s += send_delta_s if self._in_row else send_delta_s / 2
            self._in_row += 1
            # A delay that grows more slowly than before is a queue about to drain.
            if self._for_s > OVERUSE_S and self._in_row > 1 and slope >= self._slope:
                self._for_s = 0.0
                self._in_row = 0
                self.usage = OVERUSED
        else:
            self._for_s = 0.0
            self._in_row = 0
            self.usage = UNDERUSED if signal < -threshold else NORMAL
        self._slope = slope
        self._adapt(abs(signal), at)

    def _adapt(self, size: float, at: float) -> None:
        threshold = self._threshold_ms
        passed_ms = min(max((at - self._adapted_at) * 1000.0, 0.0), LONGEST_STEP_MS)
        self._adapted_at = at
        if size <= threshold + OUTLIER_MS:
            speed = DOWN if size < threshold else UP
            # Never beyond the signal: a step of 100 ms times 0.039 would overshoot it.
            share = min(speed * passed_ms, 1.0)
            self._threshold_ms = min(max(threshold + share * (size - threshold), LEAST_MS), MOST_MS)
