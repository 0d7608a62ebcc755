"""Every channel of a node and the service behind its label: the one way in for messages.

PROTOCOL.md 3: an unknown label, and what is binary or not JSON, closes the channel; whatever else is wrong is
answered to the sender alone.
"""

from collections.abc import Mapping
from typing import Any

from datachannels.channel import Channel
from datachannels.envelope import ChannelReply, Unreadable, read_text, reply_to
from datachannels.json_text import Unsayable
from datachannels.member import Member
from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused
from datachannels.service import Service
from datachannels.service_node import ServiceNode

FLOOD_FACTOR = 5
"""A client this many times above its rate loses the channel: it does not listen to errors."""

BATCHED = "live"
"""The label on which a message may be an array of messages."""


class Services:
    """`by_label` are the services of the node."""

    def __init__(self, node: ServiceNode, by_label: Mapping[str, Service]) -> None:
        self._node = node
        self._by_label = by_label
        self._rates: dict[tuple[str, str], tuple[Bucket, Bucket]] = {}

    def opened(self, channel_id: int, label: str, member: Member) -> bool:
        """A channel has opened. False, and it is to be closed: there is no such service, or are too many."""
        return label in self._by_label and self._node.channels.add(Channel(channel_id, label, member))

    def held(self, participant: str, label: str) -> list[int]:
        """The channels that a participant has for one service."""
        return [one.id for one in self._node.channels.of(participant) if one.label == label]

    def member_of(self, channel_id: int) -> Member | None:
        """Whose channel it is; None if it is no longer there."""
        channel = self._node.channels.get(channel_id)
        return None if channel is None else channel.member

    def received(self, channel_id: int, text: str | None, now: float) -> None:
        """A message came, None if it was binary."""
        channel = self._node.channels.get(channel_id)
        if channel is None:
            return
        try:
            value, too_long = read_text(text, self._node.limits.data_message_bytes)
        except Unsayable as error:
            self._one(channel, error.value, now, RequestRefused("bad_message", str(error)))
            return
        except Unreadable:
            self._end(channel)
            return
        self.received_value(channel_id, value, now, too_long=too_long)

    def received_value(self, channel_id: int, value: object, now: float, *, too_long: bool = False) -> None:
        """A message came that was read already."""
        channel = self._node.channels.get(channel_id)
        if channel is None:
            return
        if too_long:
            limit = self._node.limits.data_message_bytes
            refusal = RequestRefused("too_large", f"at most {limit} bytes a message")
            self._reply(channel, value).refuse(refusal)
        elif isinstance(value, list) and channel.label == BATCHED:
            for one in value:
                self._one(channel, one, now)
        else:
            self._one(channel, value, now)

    def _one(self, channel: Channel, value: Any, now: float, wrong: RequestRefused | None = None) -> None:
        service = self._by_label[channel.label]
        rate, flood = self._rates_of(channel, service, now)
        if not flood.take(now):
            self._end(channel)
            return
        reply = self._reply(channel, value)
        try:
            if not rate.take(now):
                raise RequestRefused("rate_limited", "too many messages", retry_ms=rate.wait_ms(now))
            if wrong is not None:
                raise wrong
            if not isinstance(value, dict):
                raise RequestRefused("bad_message", "not an object")
            service.received(channel, value, reply, now)
        except RequestRefused as refusal:
            reply.refuse(refusal)

    def _reply(self, channel: Channel, value: object) -> ChannelReply:
        return reply_to(self._node.delivery, channel, value, self._by_label[channel.label].topic_field)

    def _rates_of(self, channel: Channel, service: Service, now: float) -> tuple[Bucket, Bucket]:
        """Of a participant, not of a channel: opening more of them gives no more."""
        key = (channel.member.id, channel.label)
        rates = self._rates.get(key)
        if rates is None:
            per_s = service.rate_per_s
            rates = self._rates[key] = (Bucket(per_s, now), Bucket(per_s * FLOOD_FACTOR, now))
        return rates

    def _end(self, channel: Channel) -> None:
        self._node.delivery.close(channel)
        self.closed(channel.id)

    def closed(self, channel_id: int) -> None:
        """A channel is gone."""
        channel = self._node.channels.get(channel_id)
        if channel is not None:
            self._node.channels.remove(channel)
            self._by_label[channel.label].closed(channel)

    def left(self, participant: str) -> None:
        """A participant is gone with all its channels."""
        for channel in self._node.channels.of(participant):
            self.closed(channel.id)
        for label in self._by_label:
            self._rates.pop((participant, label), None)

    def rehome(self, participant: str, old: str, new: str) -> None:
        """Who is in no meeting's list belongs to another meeting now; its channels and topics stay open."""
        if old != new:
            self._node.channels.rehome(participant, old, new)
            self._node.watchers.rehome(participant, old, new)

    def watching(self, meeting: str, topic: str) -> frozenset[str]:
        """Who in a meeting has a document or board open."""
        return self._node.watchers.of(meeting, topic)

    def slow(self, channel_id: int) -> None:
        """A channel lost what waited on it, because its client reads too slowly."""
        channel = self._node.channels.get(channel_id)
        if channel is not None:
            self._by_label[channel.label].slow(channel)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due at the latest; it may be called at any time."""
        due = [at for service in self._by_label.values() if (at := service.next_timeout()) is not None]
        return min(due, default=None)

    def handle_timeout(self, now: float) -> None:
        """What comes with time."""
        for service in self._by_label.values():
            service.handle_timeout(now)

    def oldest_pending_at(self) -> float | None:
        """Since when a change waits to be stored."""
        due = [at for service in self._by_label.values() if (at := service.oldest_pending_at()) is not None]
        return min(due, default=None)

    @property
    def open_channels(self) -> int:
        """How many channels there are."""
        return len(self._node.channels)
