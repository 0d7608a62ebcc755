"""The data channels of one connection: an association, and what waits until it takes more. Sans-IO."""

from collections.abc import Callable
from typing import Literal

from sfu.drops import Drops
from sfu.errors import RemoteError
from sfu.messages import Priority
from sfu.sctp.association import Association, AssociationEvent, AssociationState, Closed
from sfu.sctp.dcep import ChannelKind
from sfu.sctp.message_queue import MessageQueue


class DataChannels:
    """Both roles: a server answers, a client opens.

    After a call the driver drains `poll_events` and `poll_slow`; at the end of its turn `poll_packets`, each
    packet of which goes into a DTLS record of its own.
    """

    def __init__(
        self,
        role: Literal["client", "server"],
        max_message_bytes: int,
        random_bits: Callable[[int], int],
        drops: Drops,
        now: float,
    ) -> None:
        self._slow: list[int] = []
        self._max_message_bytes = max_message_bytes
        self._drops = drops
        self._association = Association(role, max_message_bytes, random_bits, now)
        self._queue = MessageQueue(drops)

    @property
    def state(self) -> AssociationState:
        """Where the association is."""
        return self._association.phase

    def receive(self, packet: bytes, now: float) -> None:
        """Take one SCTP packet; what is wrong with it is counted, and ends this association at most."""
        try:
            self._association.receive(packet, now)
        except RemoteError as error:
            self._drops[error.reason] += 1

    def poll_events(self) -> list[AssociationEvent]:
        """What happened since the last call, in order."""
        events = self._association.poll_events()
        for event in events:
            if isinstance(event, Closed):
                self._queue.discard(event.channel)
        return events

    def poll_slow(self) -> list[int]:
        """Channels whose reader was too slow since the last call: what waited on them is gone."""
        slow, self._slow = self._slow, []
        return slow

    def open(self, kind: ChannelKind, now: float) -> int:
        """Open a channel: its number."""
        return self._association.open(kind, now)

    def send(
        self, channel: int, payload: bytes, text: bool, priority: Priority, key: str, now: float
    ) -> None:
        """Send a message when its turn comes. What is longer than a message may be is not sent."""
        if len(payload) > self._max_message_bytes:
            raise ValueError(f"a message of {len(payload)} bytes")
        if self.state is not AssociationState.CLOSED and not self._queue.put(
            channel, payload, text, priority, key, now
        ):
            self._slow.append(channel)

    def close(self, channel: int, now: float) -> None:
        """Close a channel; what waits on it is not sent any more."""
        self._queue.discard(channel)
        self._association.close_channel(channel, now)

    def abort(self, now: float) -> None:
        """End all channels at once."""
        self._association.abort(now)

    def poll_packets(self, now: float) -> list[bytes]:
        """Packets to send now."""
        association, queue = self._association, self._queue
        packets = association.poll_packets(now)
        while queue and association.has_room:
            while queue and association.has_room:
                waiting = queue.pop(now)
                if waiting is not None:
                    association.send(waiting.channel, waiting.payload, waiting.text, now)
            more = association.poll_packets(now)
            if not more:
                break
            packets += more
        return packets

    def next_timeout(self) -> float:
        """When `handle_timeout` has something to do."""
        due, late = self._association.next_timeout(), self._queue.next_timeout()
        return due if late is None else min(due, late)

    def handle_timeout(self, now: float) -> None:
        """Repeat what was not answered, give up on who does not read."""
        self._association.handle_timeout(now)
        self._slow += self._queue.late(now)
