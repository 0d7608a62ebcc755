"""The durable topics of one service that are in memory: whoever is open or has something on its way."""

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from datachannels.channel import Channel
from datachannels.content import Content
from datachannels.service_node import ServiceNode
from datachannels.topic import Topic

K = TypeVar("K", bound=Hashable)

TICK_S = 1.0
"""How often topics are looked at: those to be read again, those nobody needs any more."""


class Topics(Generic[K]):
    """Topics by what names them; `make` gives the content of one, not loaded yet."""

    def __init__(self, node: ServiceNode, make: Callable[[K], Content]) -> None:
        self._node = node
        self._make = make
        self._topics: dict[K, Topic] = {}
        self._next_tick = 0.0

    def __iter__(self) -> Iterator[Topic]:
        return iter(list(self._topics.values()))

    def __len__(self) -> int:
        return len(self._topics)

    def at(self, topic: K) -> Topic:
        """The topic, which begins to load if it was not in memory."""
        found = self._topics.get(topic)
        if found is None:
            found = self._topics[topic] = Topic(self._make(topic), self._node)
        return found

    def known(self, topic: K) -> Topic | None:
        """The topic, if it is in memory."""
        return self._topics.get(topic)

    def close(self, channel: Channel) -> None:
        """A channel is gone."""
        for topic in self:
            topic.close(channel)

    def slow(self, channel: Channel) -> None:
        """A channel lost what it was sent."""
        for topic in self:
            topic.slow(channel)

    def oldest_pending_at(self) -> float | None:
        """Since when a change waits to be stored."""
        return min((at for topic in self if (at := topic.oldest_pending_at) is not None), default=None)

    def handle_timeout(self, now: float) -> None:
        """To be called from time to time."""
        if now < self._next_tick:
            return
        self._next_tick = now + TICK_S
        for key, topic in list(self._topics.items()):
            topic.handle_timeout(now)
            if topic.idle:
                del self._topics[key]
