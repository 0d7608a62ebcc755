"""How much video may leave now: a bucket that fills at a given rate."""

from math import inf
from typing import Final

DEPTH_S: Final = 0.04
"""What a bucket holds, in time to fill it: at 1.5 times the estimate two frames, of 30 a second, of all that
the estimate allows, so that only key frames and bursts ever wait."""

MIN_DEPTH_BYTES: Final = 6000.0
"""Five packets: at a few hundred kbit/s a frame comes in one or two of them."""


class Pacer:
    """A bucket of bytes. Unlimited until `pace` says otherwise.

    It may be overdrawn by a packet, or by what asks for no leave (audio, repairs), but by no more than it
    holds: what did not wait must not stop all else for long.
    """

    __slots__ = ("_at", "_depth", "_level", "_rate", "limited")

    def __init__(self) -> None:
        self.limited = False
        self._rate = inf
        self._depth = inf
        self._level = inf
        self._at = 0.0

    def pace(self, rate_bps: float, now: float) -> None:
        """Fill at this rate from now on; infinity: do not pace."""
        if rate_bps == inf:
            self.limited = False
            return
        if self.limited:
            self.available(now)
        self._rate = rate_bps / 8
        self._depth = max(self._rate * DEPTH_S, MIN_DEPTH_BYTES)
        if not self.limited:
            self.limited = True
            self._level = self._depth
            self._at = now

    def available(self, now: float) -> float:
        """Bytes that may leave now; negative after an overdraft."""
        if not self.limited:
            return inf
        if now > self._at:
            self._level = min(self._level + (now - self._at) * self._rate, self._depth)
            self._at = now
        return self._level

    def take(self, size_bytes: int) -> None:
        """So much left."""
        if self.limited:
            self._level = max(self._level - float(size_bytes), -self._depth)

    def ready_at(self) -> float:
        """When the next packet may leave."""
        return self._at if self._level > 0 else self._at + (1.0 - self._level) / self._rate
