"""What waits to be written on a socket: bounded, data-channel messages more than the rest.

Of the meeting's own messages none may be missed, so a socket that falls too far behind with them is closed.
Data-channel messages can: whoever has a topic open gets a snapshot instead.
"""

from collections import deque
from enum import Enum, auto


class Taken(Enum):
    """What became of a message."""

    WAITS = auto()
    SLOW = auto()
    """All data-channel messages that waited are dropped, with this one."""

    FULL = auto()
    """Too much waits: the client does not read."""


class SocketQueue:
    """Bounds of all messages in bytes, of data-channel messages in bytes and seconds."""

    def __init__(self, total_bytes: int, channel_bytes: int, channel_wait_s: float) -> None:
        self._total_bytes = total_bytes
        self._channel_bytes = channel_bytes
        self._channel_wait_s = channel_wait_s
        self._queue: deque[tuple[bytes, float | None]] = deque()
        self._bytes = 0
        self._of_channels = 0

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, data: bytes, now: float, *, channel: bool) -> Taken:
        """Queue a message, of a data channel or of the meeting."""
        if channel and self._behind(len(data), now):
            self._queue = deque(entry for entry in self._queue if entry[1] is None)
            self._bytes -= self._of_channels
            self._of_channels = 0
            return Taken.SLOW
        if self._bytes + len(data) > self._total_bytes:
            return Taken.FULL
        self._queue.append((data, now if channel else None))
        self._bytes += len(data)
        self._of_channels += len(data) if channel else 0
        return Taken.WAITS

    def _behind(self, size: int, now: float) -> bool:
        oldest = next((at for _, at in self._queue if at is not None), now)
        return self._of_channels + size > self._channel_bytes or now - oldest > self._channel_wait_s

    def take(self) -> bytes | None:
        """The next message, if any waits."""
        if not self._queue:
            return None
        data, channel_at = self._queue.popleft()
        self._bytes -= len(data)
        self._of_channels -= len(data) if channel_at is not None else 0
        return data

    def clear(self) -> None:
        """Nothing waits any more."""
        self._queue.clear()
        self._bytes = self._of_channels = 0
