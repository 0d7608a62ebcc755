"""What all services of durable topics do alike: channels come and go, topics are opened and closed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic

from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.member import Member
from datachannels.rate import Allowance
from datachannels.refusals import RequestRefused
from datachannels.service_node import ServiceNode
from datachannels.topic import Topic
from datachannels.topic_messages import OPEN
from datachannels.topics import K, Topics

Handler = Callable[[Channel, dict[str, Any], Reply, float], None]
"""Takes one message and the time. May raise `RequestRefused`."""


class TopicService(Generic[K]):
    """`datachannels.service.Service` of topics; `key` reads which one a message is about, `handlers` are the
    messages there are beside `open` and `close`."""

    label: str
    topic_field: str

    def __init__(
        self,
        node: ServiceNode,
        topics: Topics[K],
        key: Callable[[Member, Mapping[str, Any]], K],
        handlers: Mapping[str, Handler],
        allowances: Sequence[Allowance] = (),
    ) -> None:
        self._node = node
        self._topics = topics
        self._key = key
        self._handlers = {"open": self.open, "close": self.close, **handlers}
        self._allowances = allowances

    @property
    def rate_per_s(self) -> float:
        """See `Service`."""
        return float(self._node.limits.messages_per_s)

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """See `Service`."""
        handler = self._handlers.get(str(message.get("t")))
        if handler is None:
            raise RequestRefused("bad_message", "unknown message")
        handler(channel, message, reply, now)

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {…, client, version, epoch?}` → `snapshot` or `changes`."""
        key, request = self._key(channel.member, message), OPEN(message)
        check_reading(channel.member, now)
        self._topics.at(key).open(channel, request.client, request.version, request.epoch, reply, now)

    def close(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`close {…}`: no more messages."""
        topic = self._topics.known(self._key(channel.member, message))
        if topic is not None:
            topic.close(channel)

    def _opened(self, channel: Channel, message: Mapping[str, Any]) -> Topic:
        """The topic that a message changes. Raises `RequestRefused`."""
        topic = self._topics.known(self._key(channel.member, message))
        if topic is None:
            raise RequestRefused("conflict", "open the topic first")
        return topic

    def closed(self, channel: Channel) -> None:
        """See `Service`."""
        self._topics.close(channel)
        if not any(one.label == self.label for one in self._node.channels.of(channel.member.id)):
            for allowance in self._allowances:
                allowance.forget(channel.member.id)

    def slow(self, channel: Channel) -> None:
        """See `Service`."""
        self._topics.slow(channel)

    def next_timeout(self) -> float | None:
        """See `Service`; nothing that could not wait for the next call."""
        return None

    def handle_timeout(self, now: float) -> None:
        """See `Service`."""
        self._topics.handle_timeout(now)

    def oldest_pending_at(self) -> float | None:
        """See `Service`."""
        return self._topics.oldest_pending_at()


def check_reading(member: Member, now: float) -> None:
    """Raises `RequestRefused` for whoever may not look at topics."""
    if not member.may("open_topic", now):
        raise RequestRefused("forbidden", "not a member")
