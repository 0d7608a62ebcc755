"""Documents or boards in memory, and who may do what to them."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace

from datachannels.repositories import (
    NOTHING,
    Access,
    Author,
    Change,
    Comment,
    Fenced,
    Head,
    Notes,
    Receipt,
    Review,
    ShareLink,
    Snapshot,
    Topic,
)
from tests.datachannels.memory_writes import Writes


@dataclass(slots=True)
class Kept:
    """One of them as it is stored; `log` has every change there ever was, `first` is the oldest kept."""

    topic: Topic
    log: list[Change]
    first: int = 1
    snapshots: list[Snapshot] = field(default_factory=list)
    comments: dict[str, Comment] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    receipts: dict[tuple[str, str, int], Receipt] = field(default_factory=dict)


class MemoryTopics(Writes):
    """`DocumentRepository` and `BoardRepository`."""

    def __init__(self, epoch: str = "e1") -> None:
        super().__init__()
        self.epoch = epoch
        self.kept: dict[str, Kept] = {}
        self.reads: list[str] = []

    def make(self, topic: str, body: str) -> None:
        """One of Ada's in room r, which is there already."""
        first = Change(1, Author("ada", "Ada"), 1, "", 0, body)
        self.kept[topic] = Kept(Topic(topic, "r", "Title", "ada", 1, 1, 1), [first])

    # --- writing ---

    def create(self, topic: Topic, first: Change) -> Awaitable[None]:
        def store() -> None:
            if topic.id in self.kept:
                raise Fenced("there is one")
            self.kept[topic.id] = Kept(topic, [first])

        return self.put(store)

    def append(
        self, topic: str, head: int, changes: Sequence[Change], notes: Notes = NOTHING
    ) -> Awaitable[None]:
        def store() -> None:
            kept = self.kept.get(topic)
            if kept is None or len(kept.log) != head:
                raise Fenced("another head")
            made = [Receipt(one.author.identity, one.client, one.seq, one.version) for one in changes]
            for receipt in [*made, *notes.receipts]:
                key = (receipt.identity, receipt.client, receipt.seq)
                if key in kept.receipts:
                    raise Fenced("stored already")
                kept.receipts[key] = receipt
            kept.log.extend(changes)
            kept.comments |= {one.id: one for one in notes.comments}
            kept.reviews |= {one.id: one for one in notes.reviews}

        return self.put(store)

    def save_snapshot(self, topic: str, snapshot: Snapshot) -> Awaitable[None]:
        return self.put(lambda: self.kept[topic].snapshots.append(snapshot))

    def thin_snapshots(self, topic: str, below: int, every: int) -> Awaitable[None]:
        def store() -> None:
            kept = self.kept[topic]
            kept.snapshots = [
                one for one in kept.snapshots if one.version >= below or not one.version % every
            ]

        return self.put(store)

    def forget_before(self, topic: str, version: int) -> Awaitable[None]:
        def store() -> None:
            kept = self.kept[topic]
            kept.first = version + 1
            kept.snapshots = [one for one in kept.snapshots if one.version >= version]

        return self.put(store)

    def rename(self, topic: str, title: str) -> Awaitable[None]:
        def store() -> None:
            self.kept[topic].topic = replace(self.kept[topic].topic, title=title)

        return self.put(store)

    def delete(self, topic: str) -> Awaitable[None]:
        def store() -> None:
            self.kept.pop(topic, None)

        return self.put(store)

    # --- reading ---

    def _read(self, topic: str) -> Kept | None:
        self.reads.append(topic)
        self.check_readable()
        return self.kept.get(topic)

    async def load(self, topic: str) -> Head | None:
        kept = self._read(topic)
        return None if kept is None else Head(self.epoch, len(kept.log))

    async def describe(self, topic: str) -> Topic | None:
        kept = self._read(topic)
        if kept is None:
            return None
        return replace(kept.topic, version=len(kept.log), updated_at=kept.log[-1].at)

    async def of_room(self, room: str, after: str, limit: int) -> list[Topic]:
        self._read("")
        found = [one.topic for name, one in sorted(self.kept.items()) if name > after]
        return [one for one in found if one.room == room][:limit]

    async def changes(self, topic: str, first: int, last: int) -> list[Change]:
        kept = self._read(topic)
        return [] if kept is None else kept.log[max(first, kept.first) - 1 : last]

    async def snapshot(self, topic: str, version: int) -> Snapshot | None:
        kept = self._read(topic)
        found = [] if kept is None else [one for one in kept.snapshots if one.version <= version]
        return max(found, key=lambda one: one.version, default=None)

    async def comments(self, topic: str) -> list[Comment]:
        kept = self._read(topic)
        return [] if kept is None else [one for one in kept.comments.values() if one.state != "deleted"]

    async def reviews(self, topic: str) -> list[Review]:
        kept = self._read(topic)
        return [] if kept is None else list(kept.reviews.values())

    async def topic_of_comment(self, comment: str) -> str | None:
        return next((name for name, kept in self.kept.items() if comment in kept.comments), None)

    async def topic_of_review(self, review: str) -> str | None:
        return next((name for name, kept in self.kept.items() if review in kept.reviews), None)

    async def receipt(self, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
        kept = self._read(topic)
        return None if kept is None else kept.receipts.get((identity, client, seq))

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        kept = self._read(topic)
        receipts = {} if kept is None else kept.receipts
        own = [seq for one, name, seq in receipts if (one, name) == (identity, client)]
        return max(own, default=0)


class MemoryAccess:
    """`AccessRepository`, as far as the services ask it."""

    def __init__(self) -> None:
        self.said: dict[str, dict[str, Access]] = {}

    async def roles(self, topic: str) -> dict[str, Access]:
        return dict(self.said.get(topic, {}))

    async def grant(self, topic: str, identity: str, role: Access | None, at: int) -> None:
        said = self.said.setdefault(topic, {})
        said.pop(identity, None)
        if role is not None:
            said[identity] = role

    async def add_link(self, link: ShareLink) -> None:
        raise NotImplementedError

    async def links(self, topic: str) -> list[ShareLink]:
        return []

    async def link(self, link: str) -> ShareLink | None:
        return None

    async def revoke_link(self, link: str) -> None:
        raise NotImplementedError
