"""Is the one-way delay growing? A line through the smoothed delays of the last groups of packets.

draft-ietf-rmcat-gcc-02 §5.3 estimates the same gradient with a Kalman filter; the line replaced it in
libwebrtc, since it needs no noise model. The sums of the regression are kept as the window moves, so a group
costs the same whatever the window, and are taken anew once a window, so rounding does not add up. (numpy
does not pay here: one call costs as much as a whole group.)
"""

from typing import Final

WINDOW: Final = 20
SMOOTHING: Final = 0.9
"""libwebrtc's trendline estimator."""


class Trendline:
    """`slope` is the growth of the delay, in seconds a second, 0.0 until the window is full. `groups` counts
    those seen."""

    __slots__ = (
        "_at",
        "_delay",
        "_delays",
        "_place",
        "_smooth",
        "_sx",
        "_sxx",
        "_sxy",
        "_sy",
        "_times",
        "groups",
        "slope",
    )

    def __init__(self) -> None:
        self._times = [0.0] * WINDOW
        self._delays = [0.0] * WINDOW
        self.reset()

    def reset(self) -> None:
        """Forget all groups."""
        self.slope = 0.0
        self.groups = 0
        self._place = 0
        self._at = 0.0
        self._delay = 0.0
        self._smooth = 0.0
        self._sx = self._sy = self._sxx = self._sxy = 0.0

    def add(self, send_delta_s: float, arrival_delta_s: float) -> None:
        """One more group, so much later sent and arrived than the one before."""
        times, delays, place = self._times, self._delays, self._place
        self._delay += arrival_delta_s - send_delta_s
        self._smooth = y = SMOOTHING * self._smooth + (1 - SMOOTHING) * self._delay
        self._at = x = self._at + arrival_delta_s
        if self.groups >= WINDOW:
            old_x, old_y = times[place], delays[place]
            self._sx -= old_x
            self._sy -= old_y
            self._sxx -= old_x * old_x
            self._sxy -= old_x * old_y
        times[place], delays[place] = x, y
        self._sx += x
        self._sy += y
        self._sxx += x * x
        self._sxy += x * y
        self._place = place + 1
        self.groups += 1
        if place + 1 == WINDOW:
            self._place = 0
            self._centre()
        if self.groups >= WINDOW:
            spread = WINDOW * self._sxx - self._sx * self._sx
            if spread > 1e-9:
                self.slope = (WINDOW * self._sxy - self._sx * self._sy) / spread

    def _centre(self) -> None:
        """Count times and delays from the window's beginning, and take the sums anew."""
        times, delays = self._times, self._delays
        x0, y0 = times[0], delays[0]
        sx = sy = sxx = sxy = 0.0
        for place in range(WINDOW):
            x = times[place] - x0
            y = delays[place] - y0
            times[place], delays[place] = x, y
            sx += x
            sy += y
            sxx += x * x
            sxy += x * y
        self._sx, self._sy, self._sxx, self._sxy = sx, sy, sxx, sxy
        self._at -= x0
        self._delay -= y0
        self._smooth -= y0
