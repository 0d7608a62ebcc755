"""The label `whiteboard`: boards of a room, drawn on by everybody in it (PROTOCOL.md 3, whiteboard)."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import orjson

from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.fields import Field, Shape, nullable, text
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Change, RepositoryError, Topic, Unstorable
from datachannels.service_node import ServiceNode
from datachannels.standing import unavailable
from datachannels.topic_lists import MAX_TOPICS, TopicLists
from datachannels.topic_messages import OPEN, said_text, seq, topic_id
from datachannels.topics import Topics
from datachannels.whiteboard.board import Board, apply
from datachannels.whiteboard.content import BoardContent, BoardStorage, Submit, content_at
from datachannels.whiteboard.properties import BoardLimits
from datachannels.whiteboard.templates import TEMPLATES

LABEL = "whiteboard"
MAX_TEMPLATE = 64

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

    def create(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`create {title, template?}` → `created`; `room_updated` to everybody."""
        self.create_board(channel.member, message, reply, now)

    def open(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`open {board, client, version, epoch?}` → `snapshot` or `changes`."""
        request = OPEN(message)
        topic = self._topics.at((channel.member.room, _BOARD(message)["board"]))
        if not channel.member.may("open_topic", now):
            raise RequestRefused("forbidden", "not a member")
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

    def create_board(self, member: Member, message: dict[str, Any], reply: Reply, now: float) -> None:
        """A new board with what `message` says: `title`, `template`. Raises `RequestRefused`."""
        request = self._create(message)
        if not member.may("edit_board", now):
            raise RequestRefused("forbidden", "needs the grant draw")
        template = request["template"]
        if template is not None and template not in TEMPLATES:
            raise RequestRefused("not_found", "there is no such template")
        author = {"identity": member.identity, "name": member.name}
        entries = () if template is None else TEMPLATES[template].entries()
        at = self._node.unix_ms(now)
        topic = Topic(self._node.new_id("bo"), member.room, request["title"], member.identity, at, at, 1)
        first = Change(
            1,
            Author(member.identity, member.name),
            at,
            "",
            0,
            orjson.dumps(apply(Board(), entries, author, self._limits).entries).decode(),
        )
        self._node.tasks.run(self._store_new(topic, first), partial(self._created, topic, reply))

    async def _store_new(self, topic: Topic, first: Change) -> RequestRefused | None:
        boards = self._storage.boards
        if len(await boards.of_room(topic.room, "", MAX_TOPICS)) >= MAX_TOPICS:
            return RequestRefused("too_large", f"a room has at most {MAX_TOPICS} boards")
        await boards.create(topic, first)
        return None

    def _created(
        self, topic: Topic, reply: Reply, failed: RequestRefused | RepositoryError | None, now: float
    ) -> None:
        if failed is not None:
            reply.refuse(_refusal(failed))
            return
        self._lists.put("boards", topic.room, topic.id, topic.title)
        reply.send("created", {"board": {"id": topic.id, "title": topic.title, "version": topic.version}})

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

    def rename(self, board: str, member: Member, title: object, reply: Reply, now: float) -> None:
        """Another title, which its owner or a moderator gives it; answers `renamed`."""
        given = said_text(self._node.limits.title)(title)

        async def work() -> Topic | RequestRefused:
            found = await self._managed(board, member, now)
            if isinstance(found, Topic):
                await self._storage.boards.rename(board, given)
            return found

        def done(result: Topic | RequestRefused | RepositoryError, now: float) -> None:
            if isinstance(result, Topic):
                self._lists.put("boards", result.room, board, given)
                reply.send("renamed", {"board": {"id": board, "title": given}})
            else:
                reply.refuse(_refusal(result))

        self._node.tasks.run(work(), done)

    def delete(self, board: str, member: Member, reply: Reply, now: float) -> None:
        """It goes, with all that was drawn; whoever has it open is told. Answers `deleted`."""

        async def work() -> Topic | RequestRefused:
            found = await self._managed(board, member, now)
            if isinstance(found, Topic):
                await self._storage.boards.delete(board)
            return found

        def done(result: Topic | RequestRefused | RepositoryError, now: float) -> None:
            if isinstance(result, Topic):
                topic = self._topics.known((result.room, board))
                if topic is not None:
                    topic.end("deleted")
                self._lists.remove("boards", result.room, board)
                reply.send("deleted", {})
            else:
                reply.refuse(_refusal(result))

        self._node.tasks.run(work(), done)

    async def _managed(self, board: str, member: Member, now: float) -> Topic | RequestRefused:
        """The board, if it is in the member's room and theirs to manage."""
        found = await self._storage.boards.describe(board)
        if found is None or found.room != member.room:
            return RequestRefused("not_found", "there is no such board")
        roles = await self._storage.access.roles(board)
        if not member.may("manage_topic", now, found.owner, roles.get(member.identity, "")):
            return RequestRefused("forbidden", "is its owner's to do")
        return found

    def access_changed(self, board: str) -> None:
        """Somebody else may do something else there from now on."""
        for (_, name), content in list(self._contents.items()):
            if name == board:
                self._node.tasks.run(content.reload_access(), _told)

    def content(self, room: str, board: str, version: int) -> Awaitable[bytes]:
        """`pages` and `elements` of a version, in JSON. Raises `LookupError` for one that is not kept."""
        content = self._contents.get((room, board))
        if content is not None and version <= content.version:
            return content.content(version)
        return content_at(self._storage.boards, board, version)

    def _content(self, key: tuple[str, str]) -> BoardContent:
        room, board = key
        content = BoardContent(room, board, self._storage, self._node, self._limits)
        self._contents[key] = content
        return content


def _refusal(error: RequestRefused | RepositoryError) -> RequestRefused:
    if isinstance(error, Unstorable):
        return RequestRefused("bad_message", str(error))
    return error if isinstance(error, RequestRefused) else unavailable()


def _told(result: RepositoryError | None, now: float) -> None:
    """Nobody waits for it; who may do what is read again with the board's head."""


HANDLERS: Mapping[str, Callable[[BoardService, Channel, dict[str, Any], Reply, float], None]] = {
    "create": BoardService.create,
    "open": BoardService.open,
    "submit": BoardService.submit,
    "close": BoardService.close,
}
