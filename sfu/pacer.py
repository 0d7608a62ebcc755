"""How much video may leave now: a bucket that fills at a multiple of the estimate."""

from math import inf

FACTOR = 1.5
"""Of the estimate. What is faster than the link only moves the waiting into the link's queue, where it can be
lost: of a key frame sent at 1.5 times the link's rate a third waits there, at 2.5 times (libwebrtc, whose
encoder keeps its key frames small) three fifths. What is slower would make the picture late."""

DEPTH_S = 0.04
"""What a bucket holds, in time to fill it: with the factor, two frames of 30 a second of all the estimate
allows, so that only key frames and bursts ever wait."""

MIN_DEPTH_BYTES = 6000.0
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

    def pace(self, estimate_bps: float, now: float) -> None:
        """Follow an estimate in bit/s; infinity: do not pace."""
        if estimate_bps == inf:
            self.limited = False
            return
        if self.limited:
            self.available(now)
        self._rate = estimate_bps * FACTOR / 8
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
