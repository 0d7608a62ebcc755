"""A board repository in memory that commits, loses and fences when it is told to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from datachannels.repositories import (
    Access,
    Author,
    Change,
    Fenced,
    Head,
    Receipt,
    ShareLink,
    Snapshot,
    Topic,
    Unavailable,
)
from tests.datachannels.memory_chat import Promise


class MemoryBoards:
    """`datachannels.repositories.BoardRepository`; `commit` and `fail` decide what becomes of writes."""

    def __init__(self, epoch: str = "e1") -> None:
        self.epoch = epoch
        self.topics: dict[str, Topic] = {}
        self.logs: dict[str, list[Change]] = {}
        self.forgotten: dict[str, int] = {}
        self.snapshots: dict[str, dict[int, Snapshot]] = {}
        self.writes: list[tuple[Callable[[], bool], Promise]] = []
        self.readable = True

    # --- what tests decide ---

    def commit(self, count: int | None = None) -> None:
        """Store the first `count` writes, or all."""
        taken = self.writes if count is None else self.writes[:count]
        self.writes = self.writes[len(taken) :]
        for store, promise in taken:
            if not store():
                promise.error = Fenced("another head")
            promise.done = True

    def fail(self, *, stored: int = 0) -> None:
        """The connection is lost: the first `stored` are in, and nobody was told."""
        for index, (store, promise) in enumerate(self.writes):
            if index < stored:
                store()
            promise.error = Unavailable("the database is gone")
            promise.done = True
        self.writes = []

    def make(self, board: str = "bo_1", room: str = "r", title: str = "Board", owner: str = "ada") -> str:
        """A board that is there already, empty."""
        self.topics[board] = Topic(board, room, title, owner, 1, 1, 1)
        self.logs[board] = [_first()]
        return board

    def _write(self, store: Callable[[], bool]) -> Awaitable[None]:
        promise = Promise()
        self.writes.append((store, promise))
        return promise

    # --- the repository ---

    def create(self, topic: Topic, first: Change) -> Awaitable[None]:
        def store() -> bool:
            self.topics[topic.id], self.logs[topic.id] = topic, [first]
            return True

        return self._write(store)

    def append(self, topic: str, head: int, changes: Sequence[Change]) -> Awaitable[None]:
        def store() -> bool:
            if len(self.logs.get(topic, ())) != head:
                return False
            self.logs[topic].extend(changes)
            return True

        return self._write(store)

    def save_snapshot(self, topic: str, snapshot: Snapshot) -> Awaitable[None]:
        def store() -> bool:
            self.snapshots.setdefault(topic, {})[snapshot.version] = snapshot
            return True

        return self._write(store)

    def forget_before(self, topic: str, version: int) -> Awaitable[None]:
        def store() -> bool:
            kept = self.snapshots[topic]
            self.snapshots[topic] = {at: one for at, one in kept.items() if at >= version}
            self.forgotten[topic] = version
            return True

        return self._write(store)

    def rename(self, topic: str, title: str) -> Awaitable[None]:
        def store() -> bool:
            self.topics[topic] = replace(self.topics[topic], title=title)
            return True

        return self._write(store)

    def delete(self, topic: str) -> Awaitable[None]:
        def store() -> bool:
            del self.topics[topic], self.logs[topic]
            return True

        return self._write(store)

    async def load(self, topic: str) -> Head | None:
        self._read()
        return Head(self.epoch, len(self.logs[topic])) if topic in self.logs else None

    async def describe(self, topic: str) -> Topic | None:
        self._read()
        return self.topics.get(topic)

    async def of_room(self, room: str, after: str, limit: int) -> list[Topic]:
        self._read()
        return [one for one in self.topics.values() if one.room == room and one.id > after][:limit]

    async def changes(self, topic: str, first: int, last: int) -> list[Change]:
        self._read()
        return [
            one for one in self.logs[topic][first - 1 : last] if one.version > self.forgotten.get(topic, 0)
        ]

    async def snapshot(self, topic: str, version: int) -> Snapshot | None:
        self._read()
        kept = [one for at, one in self.snapshots.get(topic, {}).items() if at <= version]
        return max(kept, key=lambda one: one.version, default=None)

    async def receipt(self, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
        self._read()
        for one in self.logs.get(topic, ()):
            if (one.author.identity, one.client, one.seq) == (identity, client, seq):
                return Receipt(identity, client, seq, one.version)
        return None

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        self._read()
        mine = [
            one.seq
            for one in self.logs.get(topic, ())
            if (one.author.identity, one.client) == (identity, client)
        ]
        return max(mine, default=0)

    def _read(self) -> None:
        if not self.readable:
            raise Unavailable("the database is gone")


class MemoryAccess:
    """`datachannels.repositories.AccessRepository`: what tests put into it."""

    def __init__(self) -> None:
        self.said: dict[str, dict[str, Access]] = {}

    async def roles(self, topic: str) -> dict[str, Access]:
        return self.said.get(topic, {})

    async def grant(self, topic: str, identity: str, role: Access | None, at: int) -> None:
        roles = self.said.setdefault(topic, {})
        roles.pop(identity, None)
        if role is not None:
            roles[identity] = role

    async def add_link(self, link: ShareLink) -> None:
        raise Unavailable("has no links")

    async def links(self, topic: str) -> list[ShareLink]:
        return []

    async def link(self, link: str) -> ShareLink | None:
        return None

    async def revoke_link(self, link: str) -> None:
        raise Unavailable("has no links")


def _first() -> Change:
    return Change(1, Author("ada", "Ada"), 1, "", 0, "[]")
