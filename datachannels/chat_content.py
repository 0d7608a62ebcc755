"""One room's chat: what `datachannels.topic` needs to know of it. Storage has the messages, memory none."""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

import orjson

from datachannels.content import Opened, Origin, Step
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, ChatMessage, ChatRepository, Head, Receipt
from datachannels.service_node import ServiceNode

CHAT = "chat"
"""The chat's name among the open topics of a meeting."""


@dataclass(frozen=True, slots=True)
class Say:
    """Something said, to everybody in the room or to one identity."""

    seq: int
    text: str
    to: str | None


class ChatContent:
    """`datachannels.content.Content` of a room's chat."""

    topic = CHAT
    names: Mapping[str, str] = {}

    def __init__(self, room: str, repository: ChatRepository, node: ServiceNode) -> None:
        self._room = room
        self._repository = repository
        self._node = node

    def load(self) -> Awaitable[Head | None]:
        """See `Content`."""
        return self._repository.load(self._room)

    async def open(self, member: Member, version: int | None, head: int) -> Opened:
        """See `Content`; of more news than a snapshot has, the newest."""
        most = self._node.limits.chat
        if version is not None:
            news = await self._repository.history(self._room, member.identity, version, most + 1)
            if len(news) <= most:
                return Opened("changes", {"messages": told(news, head)}, "")
        last = await self._repository.history(
            self._room, member.identity, 0, most, before=head + 1, newest=True
        )
        return Opened("snapshot", {"messages": told(last, head)}, content_url(self._room, head))

    def prepare(self, request: object, origin: Origin, tail: int, now: float) -> Step:
        """See `Content`; the request is a `Say`."""
        if not isinstance(request, Say):
            raise RequestRefused("bad_message", "a chat has no such message")
        member = origin.member
        if not member.may("say", now):
            raise RequestRefused("forbidden", "needs the grant chat")
        to = None if request.to is None else self._identity(member, request.to)
        message = ChatMessage(
            tail + 1,
            self._node.new_id("me"),
            Author(member.identity, member.name),
            self._node.unix_ms(now),
            origin.client,
            origin.seq,
            request.text,
            to,
        )
        return Step(
            message.version,
            partial(self._repository.append, self._room, tail, [message]),
            orjson.dumps({"t": "message", **described(message)}),
            None if to is None else frozenset((member.identity, to)),
            made=message.id,
            # Its author shows it with the time that the others see, whatever their own clock says.
            ack={"at": message.at},
        )

    def _identity(self, member: Member, name: str) -> str:
        """Whom somebody writes to alone: an identity, or the participant of that id, who has one."""
        there = [one.member for one in self._node.channels.of(name)]
        return next((one.identity for one in there if one.meeting == member.meeting), name)

    def committed(self, step: Step) -> None:
        """See `Content`; storage has it."""

    def told(self, made: str) -> Mapping[str, Any]:
        """See `Content`."""
        return {"message": made}

    def receipt(self, identity: str, client: str, seq: int) -> Awaitable[Receipt | None]:
        """See `Content`."""
        return self._repository.receipt(self._room, identity, client, seq)

    async def told_again(self, receipt: Receipt, request: object) -> Mapping[str, Any]:
        """See `Content`."""
        return self.told(receipt.made)

    def last_seq(self, identity: str, client: str) -> Awaitable[int]:
        """See `Content`."""
        return self._repository.last_seq(self._room, identity, client)


def described(message: ChatMessage) -> dict[str, Any]:
    """A message as clients see it, on channels and over HTTP."""
    fields: dict[str, Any] = {
        "version": message.version,
        "message": message.id,
        "from": message.author.identity,
        "name": message.author.name,
        "text": message.text,
        "at": message.at,
        "client": message.client,
        "seq": message.seq,
    }
    return fields if message.to is None else fields | {"to": message.to}


def told(messages: Sequence[ChatMessage], head: int) -> list[dict[str, Any]]:
    """Messages up to `head`: those above are stored, but not said yet."""
    return [described(message) for message in messages if message.version <= head]


def content_url(room: str, version: int) -> str:
    """Where the `messages` of a snapshot are fetched."""
    return f"/api/v1/rooms/{quote(room, safe='')}/chat?version={version}"
