"""What the services ask of storage, and the plain values that go in and out; nothing of databases.

Every durable topic (a chat, a document, a board) has a *head*: the version of its newest change. Its one
owner in memory says with each `append` which head it builds on; storage takes the change only if that is
still so, and raises the head in the same transaction. So two owners are fenced, and so is one that missed a
failure.

Errors:

- `RepositoryError`
  - `Unavailable`: not stored, or not known to be (a connection lost during COMMIT); the database cannot be
    reached, is full or locked
  - `Fenced`: not stored; the topic's head is another than the writer believes
  - `Unstorable`: not stored; a value that no database keeps (a lone surrogate, a NUL)

After each of them the owner forgets its head and what it knew of this topic, and calls `load` again. What was
reported as failed may be in after all: its receipt then says so.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


class RepositoryError(Exception):
    """Something was not stored, or could not be read."""


class Unavailable(RepositoryError):
    """The database cannot be reached, is full, locked or closed; perhaps later."""


class Fenced(RepositoryError):
    """The head in storage is not the writer's: somebody else wrote, or an earlier write of it failed."""


class Unstorable(RepositoryError):
    """A value that cannot be kept; it never will be."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who made something durable: the identity, and the name it had then."""

    identity: str
    name: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a topic stands. `epoch` changes only when history was lost; `version` 0 has no change yet."""

    epoch: str
    version: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The `seq`-th message by which this client of this identity changed the topic, and what came of it.

    `version` is the topic's version after it, `made` the id of what it made (a comment, review or message).
    """

    identity: str
    client: str
    seq: int
    version: int
    made: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One version of a document or board. `body` is JSON text: the delta, or the board's changes.

    `at` is UTC milliseconds since 1970, as all times here.
    """

    version: int
    author: Author
    at: int
    client: str
    seq: int
    body: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole content at a version, as JSON text."""

    version: int
    body: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """What somebody said; with `to` only to that identity."""

    version: int
    id: str
    author: Author
    at: int
    client: str
    seq: int
    text: str
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """A document or board as lists show it. `owner` is an identity, `updated_at` the newest change's time."""

    id: str
    room: str
    title: str
    owner: str
    created_at: int
    updated_at: int
    version: int


CommentState = Literal["open", "resolved", "detached", "deleted"]


@dataclass(frozen=True, slots=True)
class Comment:
    """`index` and `length` are the anchor at `anchored_at`, a version of the document; `quote` its text."""

    id: str
    thread: str
    author: Author
    text: str
    index: int
    length: int
    anchored_at: int
    quote: str
    state: CommentState
    at: int
    updated_at: int


ReviewStatus = Literal["pending", "approved", "changes_requested", "rejected"]


@dataclass(frozen=True, slots=True)
class Review:
    """`version` is what was judged, or is to be."""

    id: str
    reviewer: str
    requested_by: Author
    status: ReviewStatus
    note: str
    deadline_at: int | None
    version: int
    at: int
    completed_at: int | None


@dataclass(frozen=True, slots=True)
class Notes:
    """Comments and reviews as they are now, and the receipts of the messages that made or changed them."""

    comments: Sequence[Comment] = ()
    reviews: Sequence[Review] = ()
    receipts: Sequence[Receipt] = ()


NOTHING = Notes()


class Receipts(Protocol):
    """Recognises what a client sends again."""

    async def receipt(self, topic: str, identity: str, client: str, seq: int) -> Receipt | None:
        """What came of that message, None if it is not in."""

    async def last_seq(self, topic: str, identity: str, client: str) -> int:
        """The highest seq of this client that is in, 0 without any."""


class ChatRepository(Receipts, Protocol):
    """Chats; the topic is the room's name. A chat that nobody wrote in has version 0."""

    async def load(self, topic: str) -> Head:
        """Where the chat stands."""

    def append(self, topic: str, head: int, messages: Sequence[ChatMessage]) -> Awaitable[None]:
        """Store messages `head` + 1, + 2, … together, with their receipts.

        Queued at once, in the order of calls, before anything is awaited; done when committed.
        """

    async def history(
        self,
        topic: str,
        identity: str,
        after: int,
        limit: int,
        *,
        before: int | None = None,
        newest: bool = False,
    ) -> list[ChatMessage]:
        """Messages above version `after` and below `before` that `identity` may read, oldest first.

        At most `limit`: the first ones, or with `newest` the last ones.
        """


class ChangeLog(Receipts, Protocol):
    """What the logs of documents and boards have in common."""

    def create(self, topic: Topic, first: Change) -> Awaitable[None]:
        """A new one, at version 1."""

    async def load(self, topic: str) -> Head | None:
        """Where it stands, None if there is none."""

    async def describe(self, topic: str) -> Topic | None:
        """It as lists show it."""

    async def of_room(self, room: str, after: str, limit: int) -> list[Topic]:
        """Those of a room, by id, above the id `after`."""

    async def changes(self, topic: str, first: int, last: int) -> list[Change]:
        """Versions `first` to `last`, both included, as far as there are."""

    async def snapshot(self, topic: str, version: int) -> Snapshot | None:
        """The newest snapshot at or below a version."""

    def save_snapshot(self, topic: str, snapshot: Snapshot) -> Awaitable[None]:
        """Keep the content at a version that is committed."""

    def forget_before(self, topic: str, version: int) -> Awaitable[None]:
        """Let go what is below a version of which there is a snapshot: changes to it, older snapshots."""

    def rename(self, topic: str, title: str) -> Awaitable[None]:
        """Another title."""

    def delete(self, topic: str) -> Awaitable[None]:
        """It and everything that belongs to it."""


class DocumentRepository(ChangeLog, Protocol):
    """Documents, their comments and reviews."""

    def append(
        self, topic: str, head: int, changes: Sequence[Change], notes: Notes = NOTHING
    ) -> Awaitable[None]:
        """Store all of it together: changes `head` + 1, + 2, … with their receipts, and notes.

        Queued at once, in the order of calls, before anything is awaited; done when committed.
        """

    def thin_snapshots(self, topic: str, below: int, every: int) -> Awaitable[None]:
        """Let go the snapshots below a version but those of each `every`-th."""

    async def comments(self, topic: str) -> list[Comment]:
        """All of them, oldest first; those deleted are left out."""

    async def reviews(self, topic: str) -> list[Review]:
        """All of them, oldest first."""

    async def topic_of_comment(self, comment: str) -> str | None:
        """The document a comment belongs to."""

    async def topic_of_review(self, review: str) -> str | None:
        """The document a review belongs to."""


class BoardRepository(ChangeLog, Protocol):
    """Boards."""

    def append(self, topic: str, head: int, changes: Sequence[Change]) -> Awaitable[None]:
        """Store changes `head` + 1, + 2, … together; queued at once, in the order of calls."""


Access = Literal["owner", "editor", "commenter", "viewer"]


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link that lets whoever has it at a document or board; `id` stands in the link's token."""

    id: str
    topic: str
    role: Access
    made_by: str
    at: int
    expires_at: int | None


class AccessRepository(Protocol):
    """Who may do what to a document or board beyond what the room gives."""

    async def roles(self, topic: str) -> dict[str, Access]:
        """What is said of identities."""

    def grant(self, topic: str, identity: str, role: Access | None, at: int) -> Awaitable[None]:
        """Say it of one; None takes it back."""

    def add_link(self, link: ShareLink) -> Awaitable[None]:
        """A new share link."""

    async def links(self, topic: str) -> list[ShareLink]:
        """The links of a topic."""

    async def link(self, link: str) -> ShareLink | None:
        """One link, None if it was revoked."""

    def revoke_link(self, link: str) -> Awaitable[None]:
        """It opens nothing any more."""
