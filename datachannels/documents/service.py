"""The label `documents`: texts that everybody in a room writes together (PROTOCOL.md 3, documents).

Over HTTP the same is asked by `visit`, `create`, `rename` and `delete`, and read by `read`.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

import orjson

from datachannels.channel import Channel
from datachannels.documents.content import DocumentContent
from datachannels.documents.document import EMPTY
from datachannels.documents.head import DocumentLimits
from datachannels.documents.loading import load, new_document, read_version
from datachannels.documents.messages import described_change
from datachannels.documents.requests import DOC, HISTORY, History, Submit, create_shape, write_shapes
from datachannels.documents.shown import DocumentAt
from datachannels.documents.stored_form import SLICE, encode
from datachannels.envelope import Reply
from datachannels.member import Member
from datachannels.openings import LONG_BYTES
from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused
from datachannels.repositories import (
    AccessRepository,
    Author,
    Change,
    DocumentRepository,
    Fenced,
    RepositoryError,
    Topic,
    Unstorable,
)
from datachannels.service_node import ServiceNode
from datachannels.standing import missing, unavailable
from datachannels.topic_lists import MAX_TOPICS, TopicKind, TopicLists
from datachannels.topic_messages import OPEN
from datachannels.topics import Topics

LABEL = "documents"
KIND: TopicKind = "documents"

CREATED_PER_S, CREATED_AT_ONCE_S = 1.0, 10.0
"""By one participant."""

OPS_PER_S, OPS_AT_ONCE_S = 3_000.0, 5.0
"""By one participant: a change of thousands of ops takes tens of milliseconds. A message holds some 5 000."""

HISTORY_CHANGES = 200
"""Of one answer."""

Answer = tuple[str, Mapping[str, Any]] | RequestRefused


class DocumentService:
    """`datachannels.service.Service` of the label ``documents``."""

    topic_field = "doc"

    def __init__(
        self, repository: DocumentRepository, access: AccessRepository, lists: TopicLists, node: ServiceNode
    ) -> None:
        limits = node.limits
        self._repository = repository
        self._access = access
        self._lists = lists
        self._node = node
        self._limits = DocumentLimits(limits.document_units, limits.base_window, limits.history)
        self._contents: WeakValueDictionary[tuple[str, str], DocumentContent] = WeakValueDictionary()
        self._topics: Topics[tuple[str, str]] = Topics(node, self._content)
        self._create = create_shape(limits)
        self._writes = write_shapes(limits)
        self._created: dict[str, Bucket] = {}
        self._ops: dict[str, Bucket] = {}

    def _content(self, key: tuple[str, str]) -> DocumentContent:
        room, doc = key
        content = DocumentContent(room, doc, self._repository, self._access, self._node)
        self._contents[key] = content
        return content

    @property
    def rate_per_s(self) -> float:
        """See `Service`."""
        return float(self._node.limits.messages_per_s)

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """See `Service`."""
        name = str(message.get("t"))
        handler = HANDLERS.get(name)
        if handler is not None:
            handler(self, channel, message, reply, now)
        elif name in self._writes:
            self._write(channel, name, message, reply, now)
        else:
            raise RequestRefused("bad_message", "unknown message")

    def closed(self, channel: Channel) -> None:
        """See `Service`."""
        self._topics.close(channel)
        if not any(one.label == LABEL for one in self._node.channels.of(channel.member.id)):
            self._created.pop(channel.member.id, None)
            self._ops.pop(channel.member.id, None)

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

    # --- on a channel ------------------------------------------------------------------------------------

    def ask_create(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`create {title, delta?}` → `created {doc}`."""
        bucket = self._created.get(channel.member.id)
        if bucket is None:
            bucket = self._created[channel.member.id] = Bucket(CREATED_PER_S, now, CREATED_AT_ONCE_S)
        _spend(bucket, 1, now)
        self.create(channel.member, message, "", reply, now)

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {doc, client, version, epoch?}` → `snapshot` or `changes`."""
        doc, request = DOC(message)["doc"], OPEN(message)
        _check_reading(channel.member, now)
        topic = self._topics.at((channel.member.room, doc))
        topic.open(channel, request.client, request.version, request.epoch, reply, now)

    def close(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`close {doc}`: no more changes."""
        topic = self._topics.known((channel.member.room, DOC(message)["doc"]))
        if topic is not None:
            topic.close(channel)

    def _write(self, channel: Channel, name: str, message: dict[str, Any], reply: Reply, now: float) -> None:
        doc, request = DOC(message)["doc"], self._writes[name](message)
        topic = self._topics.known((channel.member.room, doc))
        if topic is None:
            raise RequestRefused("conflict", "open the document first")
        if isinstance(request, Submit):
            ops = request.delta.get("ops")
            if isinstance(ops, list) and len(ops) > SLICE:
                bucket = self._ops.get(channel.member.id)
                if bucket is None:
                    bucket = self._ops[channel.member.id] = Bucket(OPS_PER_S, now, OPS_AT_ONCE_S)
                _spend(bucket, len(ops), now)
        topic.submit(channel, request.seq, request, name, reply, now)

    def history(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`history {doc, from, to}` → `history {doc, from, to, changes}`."""
        doc, request = DOC(message)["doc"], HISTORY(message)
        _check_reading(channel.member, now)
        self._answer(self._history(channel.member.room, doc, request), reply)

    async def _history(self, room: str, doc: str, request: History) -> Answer:
        changes = await self.changes(room, doc, request.first, request.last)
        if isinstance(changes, RequestRefused):
            return changes
        told: list[dict[str, Any]] = []
        size = 0
        for change in changes:
            size += len(change.body.encode())
            if told and size > LONG_BYTES:
                break
            told.append(described_change(doc, change))
        last = request.first + len(told) - 1
        return "history", {"from": request.first, "to": last, "changes": told}

    # --- without a channel -------------------------------------------------------------------------------

    def visit(
        self, doc: str, member: Member, message: dict[str, Any], key: str, reply: Reply, now: float
    ) -> None:
        """A message that changes a document, by somebody who need not have it open.

        `message` is as on a channel, without `seq`; with the same `key` (printable ASCII, at most 64) it is
        done once, however often it is asked. The answer is what a channel would have: `ack`, or a refusal.
        Raises `RequestRefused`.
        """
        name = str(message.get("t"))
        shape = self._writes.get(name)
        if shape is None:
            raise RequestRefused("bad_message", "unknown message")
        request = shape({**message, "seq": 1})
        topic = self._topics.at((member.room, doc))
        topic.visit(member, key, 1, request, name, reply, now)

    def create(self, member: Member, message: dict[str, Any], key: str, reply: Reply, now: float) -> None:
        """A new document: `created {doc: {id, title, version}}`.

        With the same `key` it is made once; with "" each time. Raises `RequestRefused`.
        """
        request = self._create(message)
        if not member.may("edit_document", now):
            raise RequestRefused("forbidden", "may not: edit_document")
        doc = _keyed_id(member, key) if key else self._node.new_id("do")
        at = self._node.unix_ms(now)
        topic = Topic(doc, member.room, request.title, member.identity, at, at, 1)
        self._answer(self._make(topic, request.delta, Author(member.identity, member.name)), reply)

    async def _make(self, topic: Topic, delta: dict[str, Any] | None, author: Author) -> Answer:
        try:
            content = EMPTY if delta is None else await new_document(delta, self._limits)
        except RequestRefused as refusal:
            return refusal
        if len(await self._repository.of_room(topic.room, "", MAX_TOPICS)) >= MAX_TOPICS:
            return RequestRefused("too_large", f"at most {MAX_TOPICS} documents in a room")
        body = (await encode(content.ops)).decode()
        first = Change(1, author, topic.created_at, self._node.new_id("cr"), 1, body)
        made: Topic | None = topic
        try:
            await self._repository.create(topic, first)
        except Fenced:
            made = await self._repository.describe(topic.id)  # asked again with the same key
        if made is None:
            return unavailable()
        self._lists.put(KIND, made.room, made.id, made.title)
        return "created", {"doc": {"id": made.id, "title": made.title, "version": made.version}}

    def rename(self, doc: str, member: Member, title: str, reply: Reply, now: float) -> None:
        """Another title: `renamed {doc: {id, title, version}}`. Raises `RequestRefused`."""
        request = self._create({"title": title})
        self._answer(self._rename(doc, member, request.title, now), reply)

    async def _rename(self, doc: str, member: Member, title: str, now: float) -> Answer:
        topic = await self._manageable(doc, member, now)
        if isinstance(topic, RequestRefused):
            return topic
        await self._repository.rename(doc, title)
        self._lists.put(KIND, topic.room, doc, title)
        return "renamed", {"doc": {"id": doc, "title": title, "version": topic.version}}

    def delete(self, doc: str, member: Member, reply: Reply, now: float) -> None:
        """It goes for good: `deleted {}`; whoever has it open is told `closed`. Raises `RequestRefused`."""
        self._answer(self._delete(doc, member, now), reply)

    async def _delete(self, doc: str, member: Member, now: float) -> Answer:
        topic = await self._manageable(doc, member, now)
        if isinstance(topic, RequestRefused):
            return topic
        await self._repository.delete(doc)
        open_topic = self._topics.known((topic.room, doc))
        if open_topic is not None:
            open_topic.end("deleted")
        self._lists.remove(KIND, topic.room, doc)
        return "deleted", {}

    async def _manageable(self, doc: str, member: Member, now: float) -> Topic | RequestRefused:
        topic = await self._repository.describe(doc)
        if topic is None or topic.room != member.room:
            return missing()
        role = (await self._access.roles(doc)).get(member.identity, "")
        if not member.may("manage_topic", now, topic.owner, role):
            return RequestRefused("forbidden", "may not: manage_topic")
        return topic

    async def access_changed(self, doc: str) -> None:
        """Somebody else may do something else there, from when this is done. Raises `RepositoryError`."""
        for (_, other), content in list(self._contents.items()):
            if other == doc:
                await content.reload_access()

    # --- reading -----------------------------------------------------------------------------------------

    async def read(self, room: str, doc: str, version: int | None) -> DocumentAt | RequestRefused:
        """A version, or the newest one, with the notes of that version as far as they are still known.

        A version that somebody was told to fetch is exactly what they were told. Raises `RepositoryError`.
        """
        content = self._contents.get((room, doc))
        shown = None if content is None else content.shown
        if shown is not None and version is not None:
            kept = shown.kept(version)
            if kept is not None:
                return kept
        stored = await load(self._repository, doc, 0)
        if stored is None or stored.topic.room != room:
            return missing()
        newest = stored.head.version
        comments, text = stored.placed().at(newest), stored.content
        if version is not None and version != newest:
            if not 1 <= version <= newest:
                return RequestRefused("not_found", f"there is no version {version}")
            old = await read_version(self._repository, doc, version)
            if old is None:
                return RequestRefused("stale", f"version {version} is no longer kept")
            comments, text = stored.placed(version).at(version), old
        return DocumentAt(stored.topic, version or newest, text, comments, stored.reviews)

    async def changes(self, room: str, doc: str, first: int, last: int) -> list[Change] | RequestRefused:
        """Versions from `first` to `last`, or as many as are given at once. Raises `RepositoryError`."""
        topic = await self._repository.describe(doc)
        if topic is None or topic.room != room:
            return missing()
        if last < first:
            return []
        changes = await self._repository.changes(doc, first, min(last, first + HISTORY_CHANGES - 1))
        if first <= topic.version and (not changes or changes[0].version != first):
            return RequestRefused("stale", f"version {first} is no longer kept")
        return changes

    def _answer(self, work: Awaitable[Answer], reply: Reply) -> None:
        self._node.tasks.run(work, partial(_answered, reply))


def _spend(bucket: Bucket, amount: int, now: float) -> None:
    if not bucket.take(now, amount):
        raise RequestRefused("rate_limited", "too much at once", retry_ms=bucket.wait_ms(now, amount))


def _answered(reply: Reply, answer: Answer | RepositoryError, now: float) -> None:
    if isinstance(answer, RequestRefused):
        reply.refuse(answer)
    elif isinstance(answer, Unstorable):
        reply.refuse(RequestRefused("bad_message", str(answer)))
    elif isinstance(answer, RepositoryError):
        reply.refuse(unavailable())
    else:
        reply.send(*answer)


def _check_reading(member: Member, now: float) -> None:
    if not member.may("open_topic", now):
        raise RequestRefused("forbidden", "not a member")


def _keyed_id(member: Member, key: str) -> str:
    """The id of what this identity makes in this room with this key."""
    return "do_" + sha256(orjson.dumps([member.room, member.identity, key])).hexdigest()[:32]


HANDLERS: Mapping[str, Callable[[DocumentService, Channel, dict[str, Any], Reply, float], None]] = {
    "create": DocumentService.ask_create,
    "open": DocumentService.open,
    "close": DocumentService.close,
    "history": DocumentService.history,
}
