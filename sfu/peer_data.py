"""A peer's data channels on its DTLS association: what the Room is told, what leaves in which datagram."""

from collections.abc import Callable
from math import inf

from sfu.drops import DropReason, Drops
from sfu.dtls import DtlsTransport
from sfu.flush import FlushSchedule
from sfu.identifiers import PeerId
from sfu.messages import ChannelClosed, ChannelMessage, ChannelOpened, ChannelSlow, Event, Priority
from sfu.outbox import Outbox
from sfu.path import Path
from sfu.sctp.association import Message, Opened
from sfu.sctp.data_channels import DataChannels


class PeerData:
    """Data channels as the server sees them. They begin with the first packet of the client. At the end of a
    turn the Room is told what came, and what is to be sent leaves: one SACK for all that came in it.

    `allowed` once an m=application was agreed on; `path` is None until something may be sent.
    """

    __slots__ = (
        "_channels",
        "_drops",
        "_dtls",
        "_max_message_bytes",
        "_outbox",
        "_peer",
        "_random_bits",
        "_schedule",
        "_scheduled",
        "_tell",
        "_wake",
        "allowed",
        "path",
    )

    def __init__(
        self,
        peer: PeerId,
        dtls: DtlsTransport,
        outbox: Outbox,
        schedule: FlushSchedule,
        drops: Drops,
        max_message_bytes: int,
        random_bits: Callable[[int], int],
        tell: Callable[[Event], None],
        wake: Callable[[float], None],
    ) -> None:
        self.allowed = False
        self.path: Path | None = None
        self._peer = peer
        self._dtls = dtls
        self._outbox = outbox
        self._schedule = schedule
        self._scheduled = False
        self._drops = drops
        self._max_message_bytes = max_message_bytes
        self._random_bits = random_bits
        self._tell = tell
        self._wake = wake
        self._channels: DataChannels | None = None

    def receive(self, packets: list[bytes], now: float) -> None:
        """Take what DTLS decrypted."""
        if not packets:
            return
        channels = self._channels
        if channels is None:
            if not self.allowed:
                self._drops[DropReason.SCTP_UNEXPECTED] += len(packets)
                return
            channels = self._channels = DataChannels(
                "server", self._max_message_bytes, self._random_bits, self._drops, now
            )
        for packet in packets:
            channels.receive(packet, now)
        if not self._scheduled:
            self._schedule_flush()

    def _report(self, channels: DataChannels) -> None:
        tell, peer = self._tell, self._peer
        for event in channels.poll_events():
            if isinstance(event, Message):
                data = event.data
                tell(ChannelMessage(peer, event.channel, data if isinstance(data, str) else None))
            elif isinstance(event, Opened):
                kind = event.kind
                tell(
                    ChannelOpened(
                        peer,
                        event.channel,
                        kind.label,
                        kind.protocol,
                        kind.ordered,
                        kind.max_retransmits,
                        kind.max_lifetime_ms,
                    )
                )
            else:
                tell(ChannelClosed(peer, event.channel))
        for channel in channels.poll_slow():
            tell(ChannelSlow(peer, channel))

    def _schedule_flush(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._schedule.outboxes.append(self)

    def send(self, channel: int, payload: bytes, priority: Priority, key: str, now: float) -> None:
        """Send text, given as UTF-8, when its turn comes."""
        channels = self._channels
        if channels is not None:
            channels.send(channel, payload, True, priority, key, now)
            self._schedule_flush()

    def close_channel(self, channel: int, now: float) -> None:
        """Close a channel."""
        channels = self._channels
        if channels is not None:
            channels.close(channel, now)
            self._schedule_flush()

    def stop(self) -> None:
        """The connection is over: nothing is sent or told any more."""
        self._channels = None
        self.allowed = False

    def flush(self, now: float) -> None:
        """The end of a turn: what came is told; acknowledgements, answers and messages leave."""
        channels, path = self._channels, self.path
        if channels is not None:
            self._report(channels)  # may stop us
        self._scheduled = False
        if channels is None or path is None or self._channels is None:
            return
        packets = channels.poll_packets(now)
        if packets:
            for packet in packets:
                self._dtls.send(packet)
            datagrams = self._dtls.poll_datagrams()
            path.send(datagrams)
            self._outbox.sent_beside(sum(map(len, datagrams)))
        self._wake(channels.next_timeout())

    def next_timeout(self) -> float:
        """When `handle_timeout` has something to do."""
        return inf if self._channels is None else self._channels.next_timeout()

    def handle_timeout(self, now: float) -> None:
        """Repeat what was not answered."""
        channels = self._channels
        if channels is not None and now >= channels.next_timeout():
            channels.handle_timeout(now)
            self._schedule_flush()
