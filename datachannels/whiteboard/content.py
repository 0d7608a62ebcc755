"""One board: what `datachannels.topic` needs to know of it.

Two boards are in memory, which share their elements: one with all that was accepted, on which the next
change is judged, and one with what is stored, which is what others may be told.
"""

from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from datachannels.content import LONG_BYTES, NotReady, Opened, Origin, Step
from datachannels.kinds import BOARDS
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.repositories import (
    Access,
    AccessRepository,
    Author,
    BoardRepository,
    Change,
    Head,
    Receipt,
    RepositoryError,
    Snapshot,
    Topic,
    Unavailable,
)
from datachannels.service_node import ServiceNode
from datachannels.turn import Turn
from datachannels.whiteboard.board import Applied, Board, Element, Page, Patch, apply, came_of, replay
from datachannels.whiteboard.entries import AT_ONCE, Entry, EntryReader, read_back
from datachannels.whiteboard.properties import BoardLimits
from datachannels.whiteboard.snapshot_text import (
    SLICE_BYTES,
    content_text,
    read_stored,
    stored_lines,
    stored_text,
)

SNAPSHOT_EVERY = 100
"""Versions; of a large board more, since all of it is written each time and changes wait behind that."""

LARGE_BYTES = 256 * 1024
RAREST = 10
"""As often as `SNAPSHOT_EVERY` for each `LARGE_BYTES`, and at most so many times."""

MAX_CHANGES = 1_000
"""Versions that are told as changes; who lacks more gets a snapshot."""

KEPT_TEXTS = 2
"""Encoded contents in memory: whoever opens a busy board fetches one of the newest."""


@dataclass(frozen=True, slots=True)
class BoardStorage:
    """Where boards are, and who may do what to them."""

    boards: BoardRepository
    access: AccessRepository


@dataclass(frozen=True, slots=True)
class Submit:
    """A client's changes to a board, not read yet: what is sent again need not be."""

    changes: Any


@dataclass(frozen=True, slots=True)
class Entries:
    """The same, read."""

    read: tuple[Entry, ...]


class BoardContent:
    """`datachannels.content.Content` of a board of a room."""

    def __init__(
        self, room: str, board: str, storage: BoardStorage, node: ServiceNode, limits: BoardLimits
    ) -> None:
        self.topic = board
        self.names: Mapping[str, str] = {"board": board}
        self.described: Topic | None = None
        self.roles: Mapping[str, Access] = {}
        self._room = room
        self._storage = storage
        self._node = node
        self._limits = limits
        self._read = EntryReader(limits)
        self._accepted = Board()
        self._stored = Board()
        self._version = 0
        self._patches: deque[Patch] = deque()
        """Of the changes accepted and not stored yet."""
        self._texts: dict[int, bytes] = {}

    async def load(self) -> Head | None:
        """See `Content`."""
        boards = self._storage.boards
        self.described = await boards.describe(self.topic)
        head = await boards.load(self.topic)
        if self.described is None or self.described.room != self._room or head is None:
            return None
        self.roles = await self._storage.access.roles(self.topic)
        board = await board_at(boards, self.topic, head.version)
        if board is None:
            raise Unavailable("changes of a board are missing")
        self._stored = board
        self._accepted = board.copy()
        self._version = head.version
        self._patches.clear()
        self._texts.clear()
        return head

    async def reload_access(self) -> None:
        """Who may do what has changed."""
        self.roles = await self._storage.access.roles(self.topic)

    # --- reading -----------------------------------------------------------------------------------------

    def open(self, member: Member, version: int | None, head: int) -> Awaitable[Opened]:
        """See `Content`."""
        if version is not None and head - version <= MAX_CHANGES:
            return self._changes(version, head)
        return self._snapshot(head, *self._view())

    async def _changes(self, version: int, head: int) -> Opened:
        changes = [] if version == head else await self._storage.boards.changes(self.topic, version + 1, head)
        if len(changes) < head - version or sum([len(one.body) for one in changes]) > LONG_BYTES:
            return Opened("changes", None, "")
        return Opened("changes", {"changes": [BOARDS.described(one) for one in changes]}, "")

    async def _snapshot(self, head: int, pages: Sequence[Page], elements: Sequence[Element]) -> Opened:
        text = await self._text(head, pages, elements)
        if len(text) > LONG_BYTES:
            return Opened("snapshot", None, BOARDS.content_url(self.topic, head))
        return Opened("snapshot", orjson.loads(text), BOARDS.content_url(self.topic, head))

    async def content(self, version: int) -> bytes | None:
        """`pages` and `elements` at a version that is stored, in JSON; None if it is not kept any more."""
        if version in self._texts or version == self._version:
            return await self._text(version, *self._view())
        return await content_at(self._storage.boards, self.topic, version)

    @property
    def version(self) -> int:
        """The newest version stored."""
        return self._version

    def _view(self) -> tuple[Sequence[Page], Sequence[Element]]:
        """What is stored, as it is now."""
        return list(self._stored.pages.values()), list(self._stored.elements.values())

    async def _text(self, version: int, pages: Sequence[Page], elements: Sequence[Element]) -> bytes:
        kept = self._texts.get(version)
        if kept is not None:
            return kept
        text = self._texts[version] = await content_text(pages, elements)
        while len(self._texts) > KEPT_TEXTS:
            del self._texts[min(self._texts)]
        return text

    # --- writing -----------------------------------------------------------------------------------------

    def prepare(self, request: object, origin: Origin, tail: int, now: float) -> Step:
        """See `Content`; the request is a `Submit`, or what was read of one."""
        entries = self._entries(request)
        member = origin.member
        if not self.may(member, "edit_board", now):
            raise RequestRefused("forbidden", "may not draw here")
        author = {"identity": member.identity, "name": member.name}
        applied = apply(self._accepted, entries, author, self._limits)
        change = Change(
            tail + 1,
            Author(member.identity, member.name),
            self._node.unix_ms(now),
            origin.client,
            origin.seq,
            orjson.dumps(applied.entries).decode(),
        )
        self._accepted.take(applied.patch)
        self._patches.append(applied.patch)
        return Step(
            change.version,
            partial(self._storage.boards.append, self.topic, tail, [change]),
            orjson.dumps({"t": "change", **self.names, **BOARDS.told(self.topic, change)}),
            ack=self._ack(change.version, applied),
        )

    def _entries(self, request: object) -> tuple[Entry, ...]:
        if isinstance(request, Entries):
            return request.read
        if not isinstance(request, Submit):
            raise RequestRefused("bad_message", "a board has no such message")
        if isinstance(request.changes, list) and len(request.changes) > AT_ONCE:
            raise NotReady(self._read_in_turns(request.changes))
        return self._read(request.changes)

    async def _read_in_turns(self, changes: Any) -> object:
        try:
            return Entries(await self._read.in_turns(changes))
        except RequestRefused as refusal:
            return refusal

    def may(self, member: Member, action: str, now: float) -> bool:
        """May this member do that to this board?"""
        owner = "" if self.described is None else self.described.owner
        return member.may(action, now, owner, self.roles.get(member.identity, ""))

    def _ack(self, version: int, applied: Applied) -> Mapping[str, Any]:
        ack: dict[str, Any] = {"ignored": applied.ignored}
        if applied.ignored:
            ack["ignored_at"] = applied.ignored_at
        restored = [{"id": one.id, "props": orjson.Fragment(one.props)} for one in applied.restored]
        if restored and len(orjson.dumps([ack, restored])) > LONG_BYTES:
            ack["url"] = BOARDS.change_url(self.topic, version)
        elif restored:
            ack["restored"] = restored
        return ack

    def committed(self, step: Step) -> None:
        """See `Content`."""
        self._stored.take(self._patches.popleft())
        self._version = step.version
        if step.version % (SNAPSHOT_EVERY * min(RAREST, 1 + self._stored.bytes // LARGE_BYTES)) == 0:
            self._node.tasks.run(self._save(step.version, *stored_lines(self._stored)), _saved)

    async def _save(self, version: int, pages: bytes, elements: Sequence[Element]) -> None:
        text = await stored_text(pages, elements)
        boards = self._storage.boards
        await boards.save_snapshot(self.topic, Snapshot(version, text))
        if version > self._node.limits.history:
            oldest = await boards.snapshot(self.topic, version - self._node.limits.history)
            if oldest is not None:
                await boards.forget_before(self.topic, oldest.version)

    def told(self, made: str) -> Mapping[str, Any]:
        """See `Content`; a change makes nothing with an id of its own."""
        return {}

    def receipt(self, identity: str, client: str, seq: int) -> Awaitable[Receipt | None]:
        """See `Content`."""
        return self._storage.boards.receipt(self.topic, identity, client, seq)

    async def told_again(self, receipt: Receipt, request: object) -> Mapping[str, Any]:
        """See `Content`: what was sent and is not stored was ignored. Nothing once that is no longer kept."""
        version = receipt.version
        changes = await self._storage.boards.changes(self.topic, version, version)
        if not changes:
            return {}
        said = request.changes if isinstance(request, Submit) and isinstance(request.changes, list) else []
        return self._ack(version, came_of(said, orjson.loads(changes[0].body)))

    def last_seq(self, identity: str, client: str) -> Awaitable[int]:
        """See `Content`."""
        return self._storage.boards.last_seq(self.topic, identity, client)


async def board_at(boards: BoardRepository, topic: str, version: int) -> Board | None:
    """A board as it was at a version, from storage; None if that is not kept any more."""
    snapshot = await boards.snapshot(topic, version)
    board = Board() if snapshot is None else await read_stored(snapshot.body)
    after = 0 if snapshot is None else snapshot.version
    while after < version:
        last = min(after + SNAPSHOT_EVERY, version)
        changes = await boards.changes(topic, after + 1, last)
        if len(changes) < last - after:
            return None
        size = 0
        for change in changes:
            replay(board, read_back(orjson.loads(change.body)))
            size += len(change.body)
            if size > SLICE_BYTES:
                size = 0
                await Turn()
        after = last
    return board


async def content_at(boards: BoardRepository, topic: str, version: int) -> bytes | None:
    """As `BoardContent.content`, of a board that is not in memory."""
    board = await board_at(boards, topic, version)
    if board is None:
        return None
    return await content_text(list(board.pages.values()), list(board.elements.values()))


def _saved(result: RepositoryError | None, now: float) -> None:
    """A snapshot that was not saved is made up for by the next; until then a load reads more changes."""
