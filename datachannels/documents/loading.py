"""Documents as a whole: a new one, the newest version with all that is needed to go on, or an old one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datachannels.documents.comments import Comments
from datachannels.documents.document import EMPTY, Document, applied, whole_lines
from datachannels.documents.head import DocumentLimits, check_size
from datachannels.documents.ops import Delta
from datachannels.documents.stored_form import decode, decode_document, document_in_turns, read_in_turns
from datachannels.refusals import RequestRefused
from datachannels.repositories import Change, Comment, DocumentRepository, Head, Review, Topic, Unavailable
from datachannels.turn import Turn


@dataclass(frozen=True, slots=True)
class Stored:
    """A document at `head`. `recent` are the changes that led there, the last of them to `head.version`."""

    topic: Topic
    head: Head
    content: Document
    recent: Sequence[Delta]
    comments: Sequence[Comment]
    reviews: Sequence[Review]

    def placed(self, version: int | None = None) -> Comments:
        """Its comments, where they stand now; or those known to be there in an older version, as they did."""
        until = self.head.version if version is None else version
        first = self.head.version - len(self.recent) + 1
        changes = [(number, change) for number, change in enumerate(self.recent, first) if number <= until]
        return Comments([one for one in self.comments if one.anchored_at <= until], changes)


async def new_document(value: Any, limits: DocumentLimits) -> Document:
    """Version 1, from the JSON value of a delta; a missing last line break is added.

    Raises `RequestRefused` (``bad_message``, ``too_large``).
    """
    ops = value.get("ops") if isinstance(value, dict) else None
    if not isinstance(ops, list):
        raise RequestRefused("bad_message", "a delta is an object with a list of ops")
    document = await document_in_turns(whole_lines(await read_in_turns(ops)))
    check_size(document, limits, EMPTY)
    return document


async def load(repository: DocumentRepository, doc: str, window: int) -> Stored | None:
    """The newest version, with at least `window` changes if there are as many; None if there is no document.

    Raises `RepositoryError`.
    """
    # Comments first: none of them may stand in a version above the one that is read after them.
    comments = await repository.comments(doc)
    reviews = await repository.reviews(doc)
    topic, head = await repository.describe(doc), await repository.load(doc)
    if topic is None or head is None:
        return None
    snapshot = await repository.snapshot(doc, head.version)
    kept = 0 if snapshot is None else snapshot.version
    wanted = min([kept, head.version - window, *[comment.anchored_at for comment in comments]])
    changes = await repository.changes(doc, max(wanted, 0 if snapshot is None else 1) + 1, head.version)
    content = None if snapshot is None else await decode_document(snapshot.body)
    recent: list[Delta] = []
    for change in changes:
        if content is None:
            content = await decode_document(change.body)
            continue
        recent.append(await decode(change.body))
        if change.version > kept:
            content = applied(content, recent[-1])
        await Turn()
    if content is None or _gap(changes, kept, head.version):
        raise Unavailable("the document's log is not whole")
    return Stored(topic, head, content, recent, comments, reviews)


async def read_version(repository: DocumentRepository, doc: str, version: int) -> Document | None:
    """The content at a version, None if there was none or it is no longer kept. Raises `RepositoryError`."""
    snapshot = await repository.snapshot(doc, version)
    kept = 0 if snapshot is None else snapshot.version
    changes = await repository.changes(doc, kept + 1, version)
    if _gap(changes, kept, version):
        return None
    content = None if snapshot is None else await decode_document(snapshot.body)
    for change in changes:
        if content is None:
            content = await decode_document(change.body)
        else:
            content = applied(content, await decode(change.body))
        await Turn()
    return content


def _gap(changes: Sequence[Change], kept: int, version: int) -> bool:
    """Is there a version above `kept` without its change?"""
    return [one.version for one in changes if one.version > kept] != list(range(kept + 1, version + 1))
