"""Data channels of a client's connection: who opens one gets an object to speak and listen with."""

from collections.abc import Callable

from sfu.drops import Drops
from sfu.messages import Priority
from sfu.sctp.association import Closed, Message, Opened
from sfu.sctp.data_channels import DataChannels
from sfu.sctp.dcep import ChannelKind

PROTOCOL = "sfumato.v1"

MAX_MESSAGE_BYTES = 65_536
"""No message of a server is longer, unless it is set up otherwise (`limits.data_message_bytes`)."""


class DataChannel:
    """One channel. `number` is None until the connection is up; `is_open` once the server agreed.

    What is sent before is sent then. `on_message` gets str for text and bytes for binary. `on_slow`: the
    server takes so little that what waited was let go.
    """

    def __init__(self, owner: "ClientData", kind: ChannelKind) -> None:
        self.kind = kind
        self.number: int | None = None
        self.is_open = False
        self.closed = False
        self.on_open: Callable[[], None] = lambda: None
        self.on_message: Callable[[str | bytes], None] = lambda data: None
        self.on_slow: Callable[[], None] = lambda: None
        self.on_close: Callable[[], None] = lambda: None
        self._owner = owner

    @property
    def label(self) -> str:
        """The name of the service."""
        return self.kind.label

    def send(self, data: str | bytes, now: float, priority: Priority = "edits", key: str = "") -> None:
        """Send a message at the end of the turn. ValueError if it is longer than a message may be."""
        self._owner.send(self, data, priority, key, now)

    def close(self, now: float) -> None:
        """Close the channel; what waits is not sent."""
        self._owner.close(self, now)


class ClientData:
    """All data channels of a connection, on the association that begins when DTLS is up."""

    def __init__(self, random_bits: Callable[[int], int], drops: Drops) -> None:
        self._random_bits = random_bits
        self._drops = drops
        self._channels: DataChannels | None = None
        self._early: list[tuple[DataChannel, bytes, bool, Priority, str]] = []
        self._unnumbered: list[DataChannel] = []
        self._by_number: dict[int, DataChannel] = {}

    def open(self, kind: ChannelKind, now: float) -> DataChannel:
        """A channel, opened as soon as can be."""
        channel = DataChannel(self, kind)
        if self._channels is None:
            self._unnumbered.append(channel)
        else:
            self._number(channel, self._channels, now)
        return channel

    def _number(self, channel: DataChannel, channels: DataChannels, now: float) -> None:
        channel.number = channels.open(channel.kind, now)
        self._by_number[channel.number] = channel

    def connect(self, now: float) -> None:
        """DTLS is up and data was agreed on; the first time counts."""
        if self._channels is not None:
            return
        channels = self._channels = DataChannels(
            "client", MAX_MESSAGE_BYTES, self._random_bits, self._drops, now
        )
        for channel in self._unnumbered:
            self._number(channel, channels, now)
        for channel, payload, text, priority, key in self._early:
            if channel.number is not None:
                channels.send(channel.number, payload, text, priority, key, now)
        self._unnumbered.clear()
        self._early.clear()

    def send(self, channel: DataChannel, data: str | bytes, priority: Priority, key: str, now: float) -> None:
        """See `DataChannel.send`."""
        text = isinstance(data, str)
        payload = data.encode() if isinstance(data, str) else data
        if len(payload) > MAX_MESSAGE_BYTES:
            raise ValueError(f"a message of {len(payload)} bytes")
        if self._channels is None:
            self._early.append((channel, payload, text, priority, key))
        elif channel.number is not None and not channel.closed:
            self._channels.send(channel.number, payload, text, priority, key, now)

    def close(self, channel: DataChannel, now: float) -> None:
        """See `DataChannel.close`."""
        if self._channels is not None and channel.number is not None:
            self._channels.close(channel.number, now)
        elif channel in self._unnumbered:
            self._unnumbered.remove(channel)

    def receive(self, packets: list[bytes], now: float) -> None:
        """Take what DTLS decrypted, and tell the channels."""
        channels = self._channels
        if channels is None:
            return
        for packet in packets:
            channels.receive(packet, now)
        self._tell(channels)

    def _tell(self, channels: DataChannels) -> None:
        for event in channels.poll_events():
            channel = self._by_number.get(event.channel)
            if channel is None:
                continue
            if isinstance(event, Message):
                channel.on_message(event.data)
            elif isinstance(event, Opened):
                channel.is_open = True
                channel.on_open()
            elif isinstance(event, Closed):
                del self._by_number[event.channel]
                channel.is_open, channel.closed = False, True
                channel.on_close()
        for number in channels.poll_slow():
            slow = self._by_number.get(number)
            if slow is not None:
                slow.on_slow()

    def poll_packets(self, now: float) -> list[bytes]:
        """SCTP packets that are to leave now."""
        if self._channels is None:
            return []
        packets = self._channels.poll_packets(now)
        self._tell(self._channels)
        return packets

    def next_timeout(self) -> float | None:
        """When `handle_timeout` has something to do."""
        return None if self._channels is None else self._channels.next_timeout()

    def handle_timeout(self, now: float) -> None:
        """Repeat what was not answered."""
        if self._channels is not None and now >= self._channels.next_timeout():
            self._channels.handle_timeout(now)
