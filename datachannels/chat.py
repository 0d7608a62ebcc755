"""Chat: what is said in a room, kept with the room's name; reactions, which are not kept (PROTOCOL.md 3)."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from datachannels.channel import Channel
from datachannels.chat_content import ChatContent, Say
from datachannels.envelope import Reply
from datachannels.fields import Field, Shape, nullable, text
from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused
from datachannels.repositories import ChatRepository
from datachannels.service_node import ServiceNode
from datachannels.topic_messages import OPEN, said_text, seq
from datachannels.topics import Topics

LABEL = "chat"
MAX_IDENTITY = 256
MAX_EMOJI = 32
"""UTF-16 units: a family of four with skin tones has 23."""

REACTIONS_PER_S = 5.0
"""Of one participant: each goes to everybody."""


class ChatService:
    """`datachannels.service.Service` of the label ``chat``."""

    topic_field = ""

    def __init__(self, repository: ChatRepository, node: ServiceNode) -> None:
        self._node = node
        self._topics: Topics[str] = Topics(node, lambda room: ChatContent(room, repository, node))
        self._reactions: dict[str, Bucket] = {}
        self._say = Shape(
            Say,
            (
                Field("seq", seq),
                Field("text", said_text(node.limits.chat_text)),
                Field("to", nullable(said_text(MAX_IDENTITY)), None),
            ),
        )

    @property
    def rate_per_s(self) -> float:
        """See `Service`."""
        return float(self._node.limits.messages_per_s)

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """See `Service`."""
        handler = HANDLERS.get(str(message.get("t")))
        if handler is None:
            raise RequestRefused("bad_message", "unknown message")
        handler(self, channel, message, reply, now)

    def closed(self, channel: Channel) -> None:
        """See `Service`."""
        self._topics.close(channel)
        if not any(one.label == LABEL for one in self._node.channels.of(channel.member.id)):
            self._reactions.pop(channel.member.id, None)

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

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {client, version, epoch?}` → `snapshot` or `changes`."""
        request = OPEN(message)
        if not channel.member.may("open_topic", now):
            raise RequestRefused("forbidden", "not a member")
        topic = self._topics.at(channel.member.room)
        topic.open(channel, request.client, request.version, request.epoch, reply, now)

    def close(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`close {}`: no more messages."""
        self._topics.close(channel)

    def say(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`say {seq, text, to?}` → `ack`; `message` to whom it concerns."""
        request = self._say(message)
        topic = self._topics.known(channel.member.room)
        if topic is None:
            raise RequestRefused("conflict", "open the chat first")
        topic.submit(channel, request.seq, request, "say", reply, now)

    def react(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`react {emoji}` → `reaction` to all who have the channel, the sender too."""
        request = _REACT(message)
        member = channel.member
        if member.hidden or not member.may("say", now):
            raise RequestRefused("forbidden", "needs the grant chat, and to be seen")
        bucket = self._reactions.setdefault(member.id, Bucket(REACTIONS_PER_S, now, burst_s=2.0))
        if not bucket.take(now):
            raise RequestRefused("rate_limited", "too many reactions", retry_ms=bucket.wait_ms(now))
        event = {"t": "reaction", "participant": member.id, "emoji": request["emoji"]}
        self._node.delivery.send(self._node.channels.labelled(member.meeting, LABEL), orjson.dumps(event))


def _emoji(value: Any) -> str:
    emoji = text(MAX_EMOJI, 1)(value)
    if any(character.isspace() or ord(character) < ord(" ") for character in emoji):
        raise RequestRefused("bad_message", "must be an emoji")
    return emoji


_REACT: Shape[dict[str, Any]] = Shape(dict, (Field("emoji", _emoji),))

HANDLERS: Mapping[str, Callable[[ChatService, Channel, dict[str, Any], Reply, float], None]] = {
    "open": ChatService.open,
    "close": ChatService.close,
    "say": ChatService.say,
    "react": ChatService.react,
}
