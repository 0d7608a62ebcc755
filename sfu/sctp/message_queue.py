"""Messages that wait to be handed to SCTP: which goes next, and which waited too long.

SCTP sends in the order it was given, so little is given ahead, and what matters most goes first. A reliable
channel must not lose a message in silence: where a reader is too slow, all that waits on its channel is let
go and its service told, which then sends one snapshot of how things are.
"""

from collections import deque

from sfu.drops import DropReason, Drops
from sfu.messages import Priority

ORDER: tuple[Priority, ...] = ("control", "live", "edits", "bulk")
"""Which goes first. Order holds within a priority, not between two."""

MAX_WAIT_S = 5.0
"""Of a message on a reliable channel: later a snapshot says more in less."""

BULK_WAIT_S = 30.0
"""Of a snapshot itself, which nothing replaces."""

MAX_CHANNEL_BYTES = 1 << 20
"""Of what waits on one channel."""

LIVE_WAIT_S = 0.25
LIVE_BYTES = 64 * 1024
"""Nobody needs to know where a cursor was a quarter of a second ago."""


class Waiting:
    """A message, since when it waits; `key` names what a newer live message replaces."""

    __slots__ = ("channel", "key", "payload", "since", "text")

    def __init__(self, channel: int, payload: bytes, text: bool, key: str, since: float) -> None:
        self.channel = channel
        self.payload = payload
        self.text = text
        self.key = key
        self.since = since


class MessageQueue:
    """What waits on all channels of a peer."""

    __slots__ = ("_bytes", "_drops", "_keys", "_live_bytes", "_queues")

    def __init__(self, drops: Drops) -> None:
        self._drops = drops
        self._queues: dict[str, deque[Waiting]] = {priority: deque() for priority in ORDER}
        self._bytes: dict[int, int] = {}
        self._keys: dict[tuple[int, str], Waiting] = {}
        self._live_bytes = 0

    def __bool__(self) -> bool:
        return any(self._queues.values())

    def put(self, channel: int, payload: bytes, text: bool, priority: Priority, key: str, now: float) -> bool:
        """Let a message wait. False: its channel has too much waiting already; all of it was let go, this
        message too."""
        size = len(payload)
        if priority == "live":
            self._put_live(channel, payload, text, key, now)
            return True
        total = self._bytes.get(channel, 0) + size
        if total > MAX_CHANNEL_BYTES:
            self._drops[DropReason.DATA_AGE] += 1
            self.discard(channel)
            return False
        self._bytes[channel] = total
        self._queues[priority].append(Waiting(channel, payload, text, key, now))
        return True

    def _put_live(self, channel: int, payload: bytes, text: bool, key: str, now: float) -> None:
        if key:
            old = self._keys.get((channel, key))
            if old is not None:  # takes the place of the older one, so that many keys have their turns
                self._drops[DropReason.DATA_SUPERSEDED] += 1
                self._live_bytes += len(payload) - len(old.payload)
                old.payload, old.text, old.since = payload, text, now
                return
        waiting = Waiting(channel, payload, text, key, now)
        live = self._queues["live"]
        live.append(waiting)
        self._live_bytes += len(payload)
        if key:
            self._keys[channel, key] = waiting
        while self._live_bytes > LIVE_BYTES and len(live) > 1:
            self._drops[DropReason.DATA_AGE] += 1
            self._take(live, True)

    def _take(self, queue: deque[Waiting], live: bool) -> Waiting:
        waiting = queue.popleft()
        if not live:
            self._bytes[waiting.channel] -= len(waiting.payload)
            return waiting
        self._live_bytes -= len(waiting.payload)
        if waiting.key:
            self._keys.pop((waiting.channel, waiting.key), None)
        return waiting

    def pop(self, now: float) -> Waiting | None:
        """The message to hand over next."""
        for priority in ORDER:
            queue = self._queues[priority]
            live = priority == "live"
            while queue:
                waiting = self._take(queue, live)
                if live and now - waiting.since > LIVE_WAIT_S:
                    self._drops[DropReason.DATA_AGE] += 1
                    continue
                return waiting
        return None

    def late(self, now: float) -> list[int]:
        """Channels whose messages have waited too long; nothing waits on them any more."""
        channels: list[int] = []
        for priority in ORDER:
            queue = self._queues[priority]
            while priority != "live" and queue and now >= queue[0].since + _patience(priority):
                channel = queue[0].channel
                self.discard(channel)
                if channel not in channels:
                    channels.append(channel)
                queue = self._queues[priority]
        return channels

    def discard(self, channel: int) -> None:
        """Nothing of what waits on `channel` is to leave."""
        for priority, queue in self._queues.items():
            kept = deque(waiting for waiting in queue if waiting.channel != channel)
            if priority == "live":
                self._live_bytes = sum(len(waiting.payload) for waiting in kept)
            else:
                self._drops[DropReason.DATA_AGE] += len(queue) - len(kept)
            self._queues[priority] = kept
        self._bytes.pop(channel, None)
        self._keys = {key: waiting for key, waiting in self._keys.items() if key[0] != channel}

    def next_timeout(self) -> float | None:
        """When `late` finds something."""
        due: float | None = None
        for priority in ORDER:
            queue = self._queues[priority]
            if queue and priority != "live":
                at = queue[0].since + _patience(priority)
                if due is None or at < due:
                    due = at
        return due


def _patience(priority: Priority) -> float:
    return BULK_WAIT_S if priority == "bulk" else MAX_WAIT_S
