"""The label `whiteboard`: boards of a room, drawn on by everybody in it (PROTOCOL.md 3, whiteboard)."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any
from weakref import WeakValueDictionary

import orjson

from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.fields import Field, Shape, nullable, text
from datachannels.member import Member
from datachannels.rate import Bucket
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Change, Fenced, RepositoryError, Topic, Unstorable
from datachannels.service_node import ServiceNode
from datachannels.standing import missing, unavailable
from datachannels.topic_lists import MAX_TOPICS, TopicKind, TopicLists
from datachannels.topic_messages import OPEN, said_text, seq, topic_id
from datachannels.topics import Topics
from datachannels.whiteboard.board import Board, apply
from datachannels.whiteboard.content import BoardContent, BoardStorage, Submit, content_at
from datachannels.whiteboard.properties import BoardLimits
from datachannels.whiteboard.templates import TEMPLATES

LABEL = "whiteboard"
KIND: TopicKind = "boards"

CREATED_PER_S, CREATED_AT_ONCE_S = 1.0, 10.0
"""By one participant."""

MAX_TEMPLATE = 64

Answer = tuple[str, Mapping[str, Any]] | RequestRefused

_BOARD: Shape[dict[str, str]] = Shape(dict, (Field("board", topic_id),))


class BoardService:
    """`datachannels.service.Service` of the label ``whiteboard``."""

    topic_field = "board"

    def __init__(self, storage: BoardStorage, node: ServiceNode, lists: TopicLists) -> None:
        self._storage = storage
        self._node = node
        self._lists = lists
        self._limits = BoardLimits(node.limits.board_elements, node.limits.stroke_points)
        self._contents: WeakValueDictionary[tuple[str, str], BoardContent] = WeakValueDictionary()
        """Of the topics in memory."""
        self._created: dict[str, Bucket] = {}
        self._topics: Topics[tuple[str, str]] = Topics(node, self._content)
        self._create: Shape[dict[str, Any]] = Shape(
            dict,
            (
                Field("title", said_text(node.limits.title)),
                Field("template", nullable(text(MAX_TEMPLATE)), None),
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
            self._created.pop(channel.member.id, None)

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

    # --- messages ----------------------------------------------------------------------------------------

    def ask_create(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`create {title, template?}` → `created`; `room_updated` to everybody."""
        bucket = self._created.get(channel.member.id)
        if bucket is None:
            bucket = self._created[channel.member.id] = Bucket(CREATED_PER_S, now, CREATED_AT_ONCE_S)
        if not bucket.take(now):
            raise RequestRefused("rate_limited", "too many boards", retry_ms=bucket.wait_ms(now))
        self.create(channel.member, message, "", reply, now)

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {board, client, version, epoch?}` → `snapshot` or `changes`."""
        request = OPEN(message)
        board = _BOARD(message)["board"]
        if not channel.member.may("open_topic", now):
            raise RequestRefused("forbidden", "not a member")
        topic = self._topics.at((channel.member.room, board))
        topic.open(channel, request.client, request.version, request.epoch, reply, now)

    def close(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`close {board}`: no more messages."""
        topic = self._topics.known((channel.member.room, _BOARD(message)["board"]))
        if topic is not None:
            topic.close(channel)

    def submit(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`submit {board, seq, changes}` → `ack`; `change` to the others."""
        topic = self._topics.known((channel.member.room, _BOARD(message)["board"]))
        if topic is None:
            raise RequestRefused("conflict", "open the board first")
        topic.submit(channel, seq(message.get("seq")), Submit(message.get("changes")), "submit", reply, now)

    # --- requests without a channel ----------------------------------------------------------------------

    def create(self, member: Member, message: dict[str, Any], key: str, reply: Reply, now: float) -> None:
        """A new board with the `title` and `template` of `message`: `created {board: {id, title, version}}`.

        With the same `key` it is made once; with "" each time. Raises `RequestRefused`.
        """
        request = self._create(message)
        if not member.may("edit_board", now):
            raise RequestRefused("forbidden", "may not: edit_board")
        template = request["template"]
        if template is not None and template not in TEMPLATES:
            raise RequestRefused("not_found", "there is no such template")
        author = {"identity": member.identity, "name": member.name}
        entries = () if template is None else TEMPLATES[template].entries()
        body = orjson.dumps(apply(Board(), entries, author, self._limits).entries).decode()
        board = _keyed_id(member, key) if key else self._node.new_id("bo")
        at = self._node.unix_ms(now)
        topic = Topic(board, member.room, request["title"], member.identity, at, at, 1)
        by = Author(member.identity, member.name)
        first = Change(1, by, at, self._node.new_id("cr"), 1, body)
        self._answer(self._make(topic, first), reply)

    async def _make(self, topic: Topic, first: Change) -> Answer:
        boards = self._storage.boards
        if len(await boards.of_room(topic.room, "", MAX_TOPICS)) >= MAX_TOPICS:
            return RequestRefused("too_large", f"at most {MAX_TOPICS} boards in a room")
        made: Topic | None = topic
        try:
            await boards.create(topic, first)
        except Fenced:
            made = await boards.describe(topic.id)  # asked again with the same key
        if made is None:
            return unavailable()
        self._lists.put(KIND, made.room, made.id, made.title)
        return "created", {"board": {"id": made.id, "title": made.title, "version": made.version}}

    def visit(
        self, board: str, member: Member, message: dict[str, Any], key: str, reply: Reply, now: float
    ) -> None:
        """A `submit` of somebody who does not have the board open, done once for each `key`.

        Raises `RequestRefused`.
        """
        if message.get("t") != "submit":
            raise RequestRefused("bad_message", "unknown message")
        topic = self._topics.at((member.room, board))
        topic.visit(member, key, 1, Submit(message.get("changes")), "submit", reply, now)

    def rename(self, board: str, member: Member, title: str, reply: Reply, now: float) -> None:
        """Another title: `renamed {board: {id, title, version}}`. Raises `RequestRefused`."""
        given = self._create({"title": title})["title"]
        self._answer(self._rename(board, member, given, now), reply)

    async def _rename(self, board: str, member: Member, title: str, now: float) -> Answer:
        topic = await self._manageable(board, member, now)
        if isinstance(topic, RequestRefused):
            return topic
        await self._storage.boards.rename(board, title)
        self._lists.put(KIND, topic.room, board, title)
        return "renamed", {"board": {"id": board, "title": title, "version": topic.version}}

    def delete(self, board: str, member: Member, reply: Reply, now: float) -> None:
        """It goes for good: `deleted {}`; whoever has it open is told `closed`. Raises `RequestRefused`."""
        self._answer(self._delete(board, member, now), reply)

    async def _delete(self, board: str, member: Member, now: float) -> Answer:
        topic = await self._manageable(board, member, now)
        if isinstance(topic, RequestRefused):
            return topic
        await self._storage.boards.delete(board)
        opened = self._topics.known((topic.room, board))
        if opened is not None:
            opened.end("deleted")
        self._lists.remove(KIND, topic.room, board)
        return "deleted", {}

    async def _manageable(self, board: str, member: Member, now: float) -> Topic | RequestRefused:
        topic = await self._storage.boards.describe(board)
        if topic is None or topic.room != member.room:
            return missing()
        role = (await self._storage.access.roles(board)).get(member.identity, "")
        if not member.may("manage_topic", now, topic.owner, role):
            return RequestRefused("forbidden", "may not: manage_topic")
        return topic

    async def access_changed(self, board: str) -> None:
        """Somebody else may do something else there, from when this is done. Raises `RepositoryError`."""
        for (_, name), content in list(self._contents.items()):
            if name == board:
                await content.reload_access()

    # --- reading -----------------------------------------------------------------------------------------

    async def content(self, board: str, version: int) -> bytes | None:
        """`pages` and `elements` of a version that is there, in JSON; None if it is not kept any more.

        Raises `RepositoryError`.
        """
        for (_, name), content in list(self._contents.items()):
            if name == board and version <= content.version:
                return await content.content(version)
        return await content_at(self._storage.boards, board, version)

    def _answer(self, work: Awaitable[Answer], reply: Reply) -> None:
        self._node.tasks.run(work, partial(_answered, reply))

    def _content(self, key: tuple[str, str]) -> BoardContent:
        room, board = key
        content = BoardContent(room, board, self._storage, self._node, self._limits)
        self._contents[key] = content
        return content


def _answered(reply: Reply, answer: Answer | RepositoryError, now: float) -> None:
    if isinstance(answer, RequestRefused):
        reply.refuse(answer)
    elif isinstance(answer, Unstorable):
        reply.refuse(RequestRefused("bad_message", str(answer)))
    elif isinstance(answer, RepositoryError):
        reply.refuse(unavailable())
    else:
        reply.send(*answer)


def _keyed_id(member: Member, key: str) -> str:
    """The id of what this identity makes in this room with this key."""
    return "bo_" + sha256(orjson.dumps([member.room, member.identity, key])).hexdigest()[:32]


HANDLERS: Mapping[str, Callable[[BoardService, Channel, dict[str, Any], Reply, float], None]] = {
    "create": BoardService.ask_create,
    "open": BoardService.open,
    "submit": BoardService.submit,
    "close": BoardService.close,
}
