"""The documents, or the boards, of all rooms: those in memory, and how one comes to be and goes.

What is asked here is answered as on a channel, whoever asks; some of it over HTTP alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

import orjson

from datachannels.channel import Channel
from datachannels.content import Content
from datachannels.envelope import Reply
from datachannels.fields import Field, Shape
from datachannels.kinds import Kind
from datachannels.member import Member
from datachannels.rate import Allowance
from datachannels.refusals import RequestRefused
from datachannels.repositories import (
    AccessRepository,
    Author,
    Change,
    ChangeLog,
    Fenced,
    RepositoryError,
    Topic,
    Unstorable,
)
from datachannels.service_node import ServiceNode
from datachannels.standing import missing, unavailable
from datachannels.topic_lists import MAX_TOPICS, TopicLists
from datachannels.topic_messages import said_text, topic_id
from datachannels.topics import Topics

CHANGES = 200
"""Of one answer."""

CREATED_PER_S, CREATED_AT_ONCE_S = 1.0, 10.0
"""By one participant."""

Answer = tuple[str, Mapping[str, Any]] | RequestRefused
First = Callable[[Member, Mapping[str, Any]], Awaitable[str]]
"""The body of a topic's first change, by who makes it with which message. May raise `RequestRefused`."""


class Judged(Content, Protocol):
    """The content of a topic that has an access list."""

    def reload_access(self) -> Awaitable[None]:
        """Who may do what has changed. Raises `RepositoryError`."""


C = TypeVar("C", bound=Judged)


class Catalogue(Generic[C]):
    """All topics of one kind; `make` gives the content of one of a room, not loaded yet."""

    def __init__(
        self,
        kind: Kind,
        log: ChangeLog,
        access: AccessRepository,
        lists: TopicLists,
        node: ServiceNode,
        make: Callable[[str, str], C],
        first: First,
    ) -> None:
        self.kind = kind
        self.topics: Topics[tuple[str, str]] = Topics(node, self._content)
        """By room and id."""

        self.created = Allowance(CREATED_PER_S, CREATED_AT_ONCE_S)
        self._log = log
        self._access = access
        self._lists = lists
        self._node = node
        self._make = make
        self._first = first
        self._contents: WeakValueDictionary[tuple[str, str], C] = WeakValueDictionary()
        self._title: Shape[dict[str, str]] = Shape(dict, (Field("title", said_text(node.limits.title)),))
        self._named: Shape[dict[str, str]] = Shape(dict, (Field(kind.field, topic_id),))

    def _content(self, key: tuple[str, str]) -> C:
        content = self._contents[key] = self._make(*key)
        return content

    def key(self, member: Member, message: Mapping[str, Any]) -> tuple[str, str]:
        """Room and id of the topic that a message names. Raises `RequestRefused`."""
        return member.room, self._named(message)[self.kind.field]

    def content(self, room: str, topic: str) -> C | None:
        """What is in memory of a topic of a room."""
        return self._contents.get((room, topic))

    def contents(self, topic: str) -> list[C]:
        """What is in memory of a topic, whichever rooms it was asked for in."""
        return [content for (_, name), content in list(self._contents.items()) if name == topic]

    async def access_changed(self, topic: str) -> None:
        """Somebody else may do something else there, from when this is done. Raises `RepositoryError`."""
        for content in self.contents(topic):
            await content.reload_access()

    async def changes(self, room: str, topic: str, first: int, last: int) -> list[Change] | RequestRefused:
        """Versions from `first` to `last`, or as many as are given at once. Raises `RepositoryError`."""
        described = await self._log.describe(topic)
        if described is None or described.room != room:
            return missing()
        if last < first:
            return []
        changes = await self._log.changes(topic, first, min(last, first + CHANGES - 1))
        if first <= described.version and (not changes or changes[0].version != first):
            return RequestRefused("stale", f"version {first} is no longer kept")
        return changes

    # --- writing -----------------------------------------------------------------------------------------

    def ask_create(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`create {title, …}` → `created`; others get `room_updated`."""
        self.created.spend(channel.member.id, now)
        self.create(channel.member, message, "", reply, now)

    def create(self, member: Member, message: Mapping[str, Any], key: str, reply: Reply, now: float) -> None:
        """A new one, as `message` says: `created`, with `id`, `title` and `version`.

        With the same `key` it is made once; with "" each time. Raises `RequestRefused`.
        """
        title = self._title(message)["title"]
        if not member.may(self.kind.making, now):
            raise RequestRefused("forbidden", f"may not: {self.kind.making}")
        topic = _keyed_id(self.kind, member, key) if key else self._node.new_id(self.kind.prefix)
        at = self._node.unix_ms(now)
        made = Topic(topic, member.room, title, member.identity, at, at, 1)
        self.answer(self._create(made, member, message), reply)

    async def _create(self, topic: Topic, member: Member, message: Mapping[str, Any]) -> Answer:
        try:
            body = await self._first(member, message)
        except RequestRefused as refusal:
            return refusal
        there = await self._log.of_room(topic.room, "", MAX_TOPICS)
        if len(there) >= MAX_TOPICS and all(one.id != topic.id for one in there):
            return RequestRefused("too_large", f"at most {MAX_TOPICS} {self.kind.name} in a room")
        author = Author(member.identity, member.name)
        first = Change(1, author, topic.created_at, self._node.new_id("cr"), 1, body)
        made: Topic | None = topic
        try:
            await self._log.create(topic, first)
        except Fenced:
            made = await self._log.describe(topic.id)  # asked again with the same key
        if made is None:
            return unavailable()
        return "created", self._listed(made)

    def rename(
        self, topic: str, member: Member, message: Mapping[str, Any], reply: Reply, now: float
    ) -> None:
        """Another `title`: `renamed`, as `created`. Raises `RequestRefused`."""
        self.answer(self._rename(topic, member, self._title(message)["title"], now), reply)

    async def _rename(self, topic: str, member: Member, title: str, now: float) -> Answer:
        found = await self._manageable(topic, member, now)
        if isinstance(found, RequestRefused):
            return found
        await self._log.rename(topic, title)
        return "renamed", self._listed(replace(found, title=title))

    def delete(self, topic: str, member: Member, reply: Reply, now: float) -> None:
        """It goes for good: `deleted {}`; whoever has it open is told `closed`."""
        self.answer(self._delete(topic, member, now), reply)

    async def _delete(self, topic: str, member: Member, now: float) -> Answer:
        found = await self._manageable(topic, member, now)
        if isinstance(found, RequestRefused):
            return found
        await self._log.delete(topic)
        opened = self.topics.known((found.room, topic))
        if opened is not None:
            opened.end("deleted")
        self._lists.remove(self.kind.name, found.room, topic)
        return "deleted", {}

    async def _manageable(self, topic: str, member: Member, now: float) -> Topic | RequestRefused:
        found = await self._log.describe(topic)
        if found is None or found.room != member.room:
            return missing()
        role = (await self._access.roles(topic)).get(member.identity, "")
        if not member.may("manage_topic", now, found.owner, role):
            return RequestRefused("forbidden", "may not: manage_topic")
        return found

    def _listed(self, topic: Topic) -> dict[str, Any]:
        """Told to its room, and to who asked."""
        self._lists.put(self.kind.name, topic.room, topic.id, topic.title)
        return {self.kind.field: {"id": topic.id, "title": topic.title, "version": topic.version}}

    def answer(self, work: Awaitable[Answer], reply: Reply) -> None:
        """Tell what comes of something that reads or writes."""
        self._node.tasks.run(work, partial(_answered, reply))


def _answered(reply: Reply, answer: Answer | RepositoryError, now: float) -> None:
    if isinstance(answer, RequestRefused):
        reply.refuse(answer)
    elif isinstance(answer, Unstorable):
        reply.refuse(RequestRefused("bad_message", str(answer)))
    elif isinstance(answer, RepositoryError):
        reply.refuse(unavailable())
    else:
        reply.send(*answer)


def _keyed_id(kind: Kind, member: Member, key: str) -> str:
    """The id of what this identity makes in this room with this key."""
    digest = sha256(orjson.dumps([member.room, member.identity, key])).hexdigest()
    return f"{kind.prefix}_{digest[:32]}"
