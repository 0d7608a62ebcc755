"""Chat: what is said in a room, kept with the room's name; reactions, which are not kept (PROTOCOL.md 3)."""

from typing import Any

import orjson

from datachannels.channel import Channel
from datachannels.chat_content import ChatContent, Say
from datachannels.envelope import Reply
from datachannels.fields import Field, Shape, nullable, text
from datachannels.rate import Allowance
from datachannels.refusals import RequestRefused
from datachannels.repositories import ChatRepository
from datachannels.service_node import ServiceNode
from datachannels.topic_messages import said_text, seq
from datachannels.topic_service import TopicService
from datachannels.topics import Topics

MAX_IDENTITY = 256
MAX_EMOJI = 32
"""UTF-16 units: a family of four with skin tones has 23."""

REACTIONS_PER_S = 5.0
"""Of one participant: each goes to everybody."""


class ChatService(TopicService[str]):
    """`datachannels.service.Service` of the label ``chat``."""

    label = "chat"
    topic_field = ""

    def __init__(self, repository: ChatRepository, node: ServiceNode) -> None:
        self._reactions = Allowance(REACTIONS_PER_S, burst_s=2.0)
        self._say = Shape(
            Say,
            (
                Field("seq", seq),
                Field("text", said_text(node.limits.chat_text)),
                Field("to", nullable(said_text(MAX_IDENTITY)), None),
            ),
        )
        super().__init__(
            node,
            Topics(node, lambda room: ChatContent(room, repository, node)),
            lambda member, message: member.room,
            {"say": self.say, "react": self.react},
            (self._reactions,),
        )

    def say(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`say {seq, text, to?}` → `ack`; `message` to whom it concerns."""
        request = self._say(message)
        self._opened(channel, message).submit(channel, request.seq, request, "say", reply, now)

    def react(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`react {emoji}` → `reaction` to all who have the channel, the sender too."""
        request = _REACT(message)
        member = channel.member
        if member.hidden or not member.may("say", now):
            raise RequestRefused("forbidden", "needs the grant chat, and to be seen")
        self._reactions.spend(member.id, now)
        event = {"t": "reaction", "participant": member.id, "emoji": request["emoji"]}
        self._node.delivery.send(
            self._node.channels.labelled(member.meeting, self.label), orjson.dumps(event)
        )


def _emoji(value: Any) -> str:
    emoji = text(MAX_EMOJI, 1)(value)
    if any(character.isspace() or ord(character) < ord(" ") for character in emoji):
        raise RequestRefused("bad_message", "must be an emoji")
    return emoji


_REACT: Shape[dict[str, Any]] = Shape(dict, (Field("emoji", _emoji),))
