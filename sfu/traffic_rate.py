"""How much passes in a second: bits, packets and frames, over a sliding window."""

from collections import deque
from typing import Final

WINDOW_S: Final = 1.0
BUCKET_S: Final = 0.05
"""What passes within a bucket leaves the window together, when half of it has left."""

SHORTEST_SPAN_S: Final = 0.25
"""A stream younger than the window is divided by its age, but by no less: one key frame is not a bitrate."""


class TrafficRate:
    """Counts packets and frames of one stream; the rates are those of the last second."""

    __slots__ = ("_began_at", "_buckets", "_bytes", "_ends_at", "_frames", "_packets")

    def __init__(self) -> None:
        # Whole buckets as (end, bytes, packets, frames), the current one in the fields.
        self._buckets: deque[tuple[float, int, int, int]] = deque()
        self._began_at: float | None = None
        self._ends_at = 0.0
        self._bytes = 0
        self._packets = 0
        self._frames = 0

    def count(self, size_bytes: int, now: float) -> None:
        """One packet of `size_bytes`."""
        if now >= self._ends_at:
            self._next_bucket(now)
        self._bytes += size_bytes
        self._packets += 1

    def count_frame(self, now: float) -> None:
        """One frame: call it once for each, at any of its packets."""
        if now >= self._ends_at:
            self._next_bucket(now)
        self._frames += 1

    def bitrate_bps(self, now: float) -> float:
        """Bits per second."""
        return self._total(1, self._bytes, now) * 8 / self._span(now)

    def packets_per_s(self, now: float) -> float:
        """Packets per second."""
        return self._total(2, self._packets, now) / self._span(now)

    def fps(self, now: float) -> float:
        """Frames per second."""
        return self._total(3, self._frames, now) / self._span(now)

    def _next_bucket(self, now: float) -> None:
        if self._packets or self._frames:
            self._buckets.append((self._ends_at, self._bytes, self._packets, self._frames))
        self._forget(now)
        if not self._buckets:  # the first, or the first after silence: the stream is young again
            self._began_at = now
        self._ends_at = now + BUCKET_S
        self._bytes = self._packets = self._frames = 0

    def _forget(self, now: float) -> None:
        buckets = self._buckets
        while buckets and buckets[0][0] <= now - WINDOW_S + BUCKET_S / 2:
            buckets.popleft()

    def _total(self, column: int, current: int, now: float) -> int:
        self._forget(now)
        total = sum(int(bucket[column]) for bucket in self._buckets)
        return total + current if self._ends_at > now - WINDOW_S + BUCKET_S / 2 else total

    def _span(self, now: float) -> float:
        if self._began_at is None:
            return WINDOW_S
        return min(max(now - self._began_at, SHORTEST_SPAN_S), WINDOW_S)
