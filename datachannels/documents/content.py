"""One document that is open: what `datachannels.topic` needs to know of it.

Two states live here: what is accepted, on which the next message builds (`_head` and the notes beside it),
and what is stored, which readers are told (`_shown`). `_made` is what lies between.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from datachannels.content import LONG_BYTES, NotReady, Opened, Origin, OutOfDate, Step
from datachannels.documents.comments import Comments, NewComment
from datachannels.documents.delta_json import read_change
from datachannels.documents.head import (
    KEPT_CLOSE,
    KEPT_EVERY,
    SNAPSHOT_EVERY,
    Behind,
    DocumentHead,
    DocumentLimits,
    kept_whole,
)
from datachannels.documents.loading import load, read_version
from datachannels.documents.messages import described_comment, described_review, event
from datachannels.documents.ops import Delta
from datachannels.documents.requests import (
    CommentOn,
    DeleteComment,
    Edit,
    RequestReview,
    Restore,
    Submit,
    UpdateComment,
    UpdateReview,
)
from datachannels.documents.restoring import Restored, rebased, restored
from datachannels.documents.reviews import Reviews
from datachannels.documents.shown import DocumentAt, Made, Shown
from datachannels.documents.stored_form import SLICE, encode, encode_now, read_in_turns
from datachannels.kinds import DOCUMENTS
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.repositories import (
    Access,
    AccessRepository,
    Author,
    Change,
    Comment,
    DocumentRepository,
    Head,
    Notes,
    Receipt,
    RepositoryError,
    Review,
    Snapshot,
)
from datachannels.service_node import ServiceNode
from datachannels.turn import Turn

MAX_CHANGES = 1_000
"""Who lacks more versions is given a snapshot."""

STORED_WITHIN = 50
"""Turns of the loop: a commit takes a millisecond or two."""

COMMENT, REVIEW = "co", "rv"


class DocumentContent:
    """`datachannels.content.Content` of a document, as the room it belongs to sees it."""

    def __init__(
        self,
        room: str,
        doc: str,
        repository: DocumentRepository,
        access: AccessRepository,
        node: ServiceNode,
    ) -> None:
        limits = node.limits
        self.topic = doc
        self.names: Mapping[str, str] = {"doc": doc}
        self._room = room
        self._repository = repository
        self._access = access
        self._node = node
        self._limits = DocumentLimits(limits.document_units, limits.base_window, limits.history)
        self._head: DocumentHead | None = None
        self._comments = Comments(())
        self._reviews = Reviews()
        self._roles: dict[str, Access] = {}
        self._shown: Shown | None = None
        self._made: deque[Made] = deque()

    # --- reading -----------------------------------------------------------------------------------------

    async def load(self) -> Head | None:
        """See `Content`; None too if it is another room's."""
        stored = await load(self._repository, self.topic, self._limits.base_window)
        roles = await self._access.roles(self.topic)
        if stored is None or stored.topic.room != self._room:
            return None
        self._head = DocumentHead(stored.head.version, stored.content, self._limits, stored.recent)
        self._comments = stored.placed()
        self._reviews = Reviews(stored.reviews)
        self._roles = roles
        self._shown = Shown(
            stored.topic, stored.head.version, stored.content, stored.placed(), Reviews(stored.reviews)
        )
        self._made.clear()
        return stored.head

    async def reload_access(self) -> None:
        """Who may do what has changed. Raises `RepositoryError`."""
        self._roles = await self._access.roles(self.topic)

    @property
    def shown(self) -> Shown | None:
        """What readers may see, None before it is loaded."""
        return self._shown

    def open(self, member: Member, version: int | None, head: int) -> Awaitable[Opened]:
        """See `Content`."""
        document = self._current().now()
        if version is None or head - version > MAX_CHANGES or head - version > self._limits.history:
            return self._snapshot(document)
        return self._changes(document, version)

    async def _snapshot(self, document: DocumentAt) -> Opened:
        url = DOCUMENTS.content_url(self.topic, document.version)
        if document.content.weight <= LONG_BYTES:
            fields = {
                "delta": orjson.Fragment(await encode(document.content.ops)),
                **_notes(document),
            }
            if len(orjson.dumps(fields)) <= LONG_BYTES:
                return Opened("snapshot", fields, url)
        self._current().keep(document)
        return Opened("snapshot", None, url)

    async def _changes(self, document: DocumentAt, version: int) -> Opened:
        changes: list[Change] = []
        if version < document.version:
            changes = await self._repository.changes(self.topic, version + 1, document.version)
        if len(changes) != document.version - version or sum(len(one.body) for one in changes) > LONG_BYTES:
            return Opened("changes", None, "")
        told = [DOCUMENTS.told(self.topic, one) for one in changes]
        return Opened("changes", {"changes": told, **_notes(document)}, "")

    # --- writing -----------------------------------------------------------------------------------------

    def prepare(self, request: object, origin: Origin, tail: int, now: float) -> Step:
        """See `Content`; the request is one of `datachannels.documents.requests`."""
        prepare = PREPARE.get(type(request))
        if prepare is None:
            raise RequestRefused("bad_message", "a document has no such message")
        return prepare(self, request, origin, now)

    def _submit(self, request: Submit, origin: Origin, now: float) -> Step:
        self._check(origin.member, "edit_document", now)
        ops = request.delta.get("ops")
        if isinstance(ops, list) and len(ops) > SLICE:
            raise NotReady(_read_long(request.base, ops))
        return self._edit(Edit(request.base, read_change(request.delta)), origin, now)

    def _edit(self, request: Edit, origin: Origin, now: float) -> Step:
        self._check_turn(origin, now)
        committed = self._accepted().receive(request.base, request.delta)
        if isinstance(committed, Behind):
            raise OutOfDate(committed.first - 1)
        return self._step(origin, committed, False, now)

    def _check_turn(self, origin: Origin, now: float) -> None:
        """One change of a client is on its way at a time: a second was made without knowing of the first."""
        self._check(origin.member, "edit_document", now)
        author = (origin.member.identity, origin.client)
        if any(made.author == author and made.change is not None for made in self._made):
            raise RequestRefused("conflict", "another change of this client is on its way")

    def _step(self, origin: Origin, committed: Delta, told: bool, now: float, body: str = "") -> Step:
        head = self._accepted()
        moved = self._comments.follow(committed, head.content, head.version)
        kept: list[Comment] = []
        if head.snapshot_due:
            kept = self._comments.anchored_before(head.version - SNAPSHOT_EVERY, head.version)
        change = Change(
            head.version,
            _author(origin.member),
            self._node.unix_ms(now),
            origin.client,
            origin.seq,
            body or encode_now(committed),
        )
        self._made.append(self._record(origin, committed, comments=moved))
        return Step(
            head.version,
            partial(self._repository.append, self.topic, head.version - 1, [change], Notes([*kept, *moved])),
            event("change", self.topic, **DOCUMENTS.told(self.topic, change)),
            echoed=told,
            after=[self._comment_event(comment) for comment in moved],
        )

    def _restore(self, request: Restore, origin: Origin, now: float) -> Step:
        self._check_turn(origin, now)  # now: by the time the old version is read the other may be stored
        head = self._accepted()
        if request.version < 1 or request.version > head.version:
            raise RequestRefused("not_found", f"there is no version {request.version}")
        raise NotReady(self._read_old(request.version))

    async def _read_old(self, version: int) -> Restored | RequestRefused:
        old = await read_version(self._repository, self.topic, version)
        if old is None:
            return RequestRefused("stale", f"version {version} is no longer kept")
        return await restored(old, self._current())

    def _bring_back(self, request: Restored, origin: Origin, now: float) -> Step:
        self._check_turn(origin, now)
        head = self._accepted()
        if head.content is request.before:
            head.replace(request.delta, request.old)
            return self._step(origin, request.delta, True, now, request.body)
        if request.takes_long and not isinstance(head.since(request.base), Behind):
            raise NotReady(self._catch_up(request))
        committed = head.receive(request.base, request.delta, whatever_it_takes=True)
        if isinstance(committed, Behind):
            raise OutOfDate(committed.first - 1)
        return self._step(origin, committed, True, now)

    async def _catch_up(self, request: Restored) -> Restored | RequestRefused:
        """The same on top of what others wrote meanwhile, once some of that is stored."""
        for _ in range(STORED_WITHIN):
            if self._current().version > request.base:
                break
            await Turn()
        shown = self._current()
        try:
            since = self._accepted().since(request.base)
        except RequestRefused as refusal:
            return refusal  # what it was made to was never stored
        if isinstance(since, Behind):
            return RequestRefused("conflict", "too much was written meanwhile")
        return await rebased(request, since[: shown.version - request.base], shown.version, shown.content)

    # --- comments and reviews ----------------------------------------------------------------------------

    def _comment(self, request: CommentOn, origin: Origin, now: float) -> Step:
        self._check(origin.member, "comment", now)
        head = self._accepted()
        since = head.since(request.base)
        if isinstance(since, Behind):
            raise OutOfDate(since.first - 1)
        new = NewComment(
            self._node.new_id(COMMENT),
            _author(origin.member),
            request.text,
            request.index,
            request.length,
            request.thread,
        )
        comment = self._comments.add(new, since, head.content, head.version, self._node.unix_ms(now))
        return self._commented(comment, origin, made=comment.id)

    def _update_comment(self, request: UpdateComment, origin: Origin, now: float) -> Step:
        if request.text is None and request.resolved is None:
            raise RequestRefused("bad_message", "neither text nor resolved")
        known = self._comments.get(request.comment)
        if request.text is not None:
            self._check(origin.member, "edit_comment", now, known.author.identity)
        if request.resolved is not None:
            self._check(origin.member, "comment", now)
        version, at = self._accepted().version, self._node.unix_ms(now)
        comment = self._comments.update(request.comment, request.text, request.resolved, version, at)
        return self._commented(comment, origin)

    def _delete_comment(self, request: DeleteComment, origin: Origin, now: float) -> Step:
        known = self._comments.get(request.comment)
        self._check(origin.member, "edit_comment", now, known.author.identity)
        version, at = self._accepted().version, self._node.unix_ms(now)
        return self._commented(self._comments.delete(request.comment, version, at), origin)

    def _commented(self, comment: Comment, origin: Origin, made: str = "") -> Step:
        self._made.append(self._record(origin, comments=[comment]))
        return self._noted(origin, made, self._comment_event(comment), Notes([comment]))

    def _request_review(self, request: RequestReview, origin: Origin, now: float) -> Step:
        self._check(origin.member, "request_review", now)
        review = self._reviews.request(
            self._node.new_id(REVIEW),
            request.reviewer,
            _author(origin.member),
            request.deadline_at,
            self._accepted().version,
            self._node.unix_ms(now),
        )
        return self._reviewed(review, origin, made=review.id)

    def _update_review(self, request: UpdateReview, origin: Origin, now: float) -> Step:
        version, at = self._accepted().version, self._node.unix_ms(now)
        identity = origin.member.identity
        self._check(origin.member, "judge_review", now, identity)
        review = self._reviews.update(request.review, identity, request.status, request.note, version, at)
        return self._reviewed(review, origin)

    def _reviewed(self, review: Review, origin: Origin, made: str = "") -> Step:
        self._made.append(self._record(origin, reviews=[review]))
        told = event("review", self.topic, review=described_review(review))
        return self._noted(origin, made, told, Notes(reviews=[review]))

    def _noted(self, origin: Origin, made: str, told: bytes, notes: Notes) -> Step:
        """What takes no version: its receipt is stored with it, and everybody hears of it."""
        version = self._accepted().version
        receipt = Receipt(origin.member.identity, origin.client, origin.seq, version, made)
        stored = replace(notes, receipts=[receipt])
        write = partial(self._repository.append, self.topic, version, (), stored)
        return Step(version, write, told, echoed=True, made=made)

    def _comment_event(self, comment: Comment) -> bytes:
        return event("comment", self.topic, comment=described_comment(comment))

    # --- stored ------------------------------------------------------------------------------------------

    def committed(self, step: Step) -> None:
        """See `Content`; every hundredth version is kept whole, fewer of the old ones."""
        made = self._made.popleft()
        shown = self._current()
        shown.follow(made)
        if made.change is not None and kept_whole(made.version):
            self._node.tasks.run(self._keep(made), _whatever_came)

    async def _keep(self, made: Made) -> None:
        body = (await encode(made.content.ops)).decode()
        await self._repository.save_snapshot(self.topic, Snapshot(made.version, body))
        below = made.version - KEPT_CLOSE * SNAPSHOT_EVERY
        await self._repository.thin_snapshots(self.topic, below, KEPT_EVERY)
        oldest = self._limits.oldest_needed(made.version)
        # It may not have been possible to keep that one whole.
        whole = await self._repository.snapshot(self.topic, oldest) if oldest > 1 else None
        if whole is not None:
            await self._repository.forget_before(self.topic, whole.version)

    def told(self, made: str) -> Mapping[str, Any]:
        """See `Content`."""
        if not made:
            return {}
        return {"comment" if made.startswith(f"{COMMENT}_") else "review": made}

    def receipt(self, identity: str, client: str, seq: int) -> Awaitable[Receipt | None]:
        """See `Content`."""
        return self._repository.receipt(self.topic, identity, client, seq)

    async def told_again(self, receipt: Receipt, request: object) -> Mapping[str, Any]:
        """See `Content`."""
        return self.told(receipt.made)

    def last_seq(self, identity: str, client: str) -> Awaitable[int]:
        """See `Content`."""
        return self._repository.last_seq(self.topic, identity, client)

    # --- the two states ----------------------------------------------------------------------------------

    def _record(
        self,
        origin: Origin,
        change: Delta | None = None,
        comments: Sequence[Comment] = (),
        reviews: Sequence[Review] = (),
    ) -> Made:
        head = self._accepted()
        author = (origin.member.identity, origin.client)
        return Made(author, head.version, head.content, change, comments, reviews)

    def _accepted(self) -> DocumentHead:
        if self._head is None:
            raise LookupError("not loaded")
        return self._head

    def _current(self) -> Shown:
        if self._shown is None:
            raise LookupError("not loaded")
        return self._shown

    def role_of(self, identity: str) -> str:
        """What the access list says of somebody, "" if nothing."""
        topic = self._current().topic
        return self._roles.get(identity, "owner" if identity == topic.owner else "")

    def _check(self, member: Member, action: str, now: float, owner: str = "") -> None:
        if not member.may(action, now, owner, self.role_of(member.identity)):
            raise RequestRefused("forbidden", f"may not: {action}")


def _author(member: Member) -> Author:
    return Author(member.identity, member.name)


def _notes(document: DocumentAt) -> dict[str, Any]:
    return {
        "comments": [described_comment(one) for one in document.comments],
        "reviews": [described_review(one) for one in document.reviews],
    }


async def _read_long(base: int, ops: Sequence[Any]) -> Edit | RequestRefused:
    """A change of many ops."""
    try:
        return Edit(base, await read_in_turns(ops))
    except RequestRefused as refusal:
        return refusal


def _whatever_came(_: RepositoryError | None, now: float) -> None:
    """A snapshot that could not be kept is missed by nobody: the next load reads more changes."""


PREPARE: Mapping[type, Callable[[DocumentContent, Any, Origin, float], Step]] = {
    Submit: DocumentContent._submit,
    Edit: DocumentContent._edit,
    Restore: DocumentContent._restore,
    Restored: DocumentContent._bring_back,
    CommentOn: DocumentContent._comment,
    UpdateComment: DocumentContent._update_comment,
    DeleteComment: DocumentContent._delete_comment,
    RequestReview: DocumentContent._request_review,
    UpdateReview: DocumentContent._update_review,
}
