"""The label `whiteboard`: boards of a room, drawn on by everybody in it (PROTOCOL.md 3, whiteboard).

Over HTTP the same is asked by `visit`, and read by `content`.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from datachannels.catalogue import Catalogue
from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.fields import nullable, text
from datachannels.kinds import BOARDS
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.service_node import ServiceNode
from datachannels.topic_lists import TopicLists
from datachannels.topic_messages import seq
from datachannels.topic_service import TopicService
from datachannels.whiteboard.board import Board, apply
from datachannels.whiteboard.content import BoardContent, BoardStorage, Submit, content_at
from datachannels.whiteboard.properties import BoardLimits
from datachannels.whiteboard.templates import TEMPLATES

MAX_TEMPLATE = 64

_template = nullable(text(MAX_TEMPLATE))


class BoardService(TopicService[tuple[str, str]]):
    """`datachannels.service.Service` of the label ``whiteboard``."""

    label = "whiteboard"
    topic_field = BOARDS.field

    def __init__(self, storage: BoardStorage, node: ServiceNode, lists: TopicLists) -> None:
        self._storage = storage
        self._limits = BoardLimits(node.limits.board_elements, node.limits.stroke_points)

        def content(room: str, board: str) -> BoardContent:
            return BoardContent(room, board, storage, node, self._limits)

        self.catalogue = Catalogue(BOARDS, storage.boards, storage.access, lists, node, content, self._first)
        super().__init__(
            node,
            self.catalogue.topics,
            self.catalogue.key,
            {"create": self.catalogue.ask_create, "submit": self.submit},
            (self.catalogue.created,),
        )

    async def _first(self, member: Member, message: Mapping[str, Any]) -> str:
        """`create {title, template?}`: what is on it."""
        template = _template(message.get("template"))
        if template is not None and template not in TEMPLATES:
            raise RequestRefused("not_found", "there is no such template")
        author = {"identity": member.identity, "name": member.name}
        entries = () if template is None else TEMPLATES[template].entries()
        return orjson.dumps(apply(Board(), entries, author, self._limits).entries).decode()

    def submit(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """`submit {board, seq, changes}` → `ack`; `change` to the others."""
        topic = self._opened(channel, message)
        topic.submit(channel, seq(message.get("seq")), Submit(message.get("changes")), "submit", reply, now)

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

    async def content(self, board: str, version: int) -> bytes | None:
        """`pages` and `elements` of a version that is there, in JSON; None if it is not kept any more.

        Raises `RepositoryError`.
        """
        for content in self.catalogue.contents(board):
            if version <= content.version:
                return await content.content(version)
        return await content_at(self._storage.boards, board, version)
