"""Documents, their changes, comments and reviews as clients see them, on channels and over HTTP."""

from typing import Any

import orjson

from datachannels.repositories import Author, Change, Comment, Review

LONG_BYTES = 48 * 1024
"""A longer change is fetched over HTTP."""


def described_author(author: Author) -> dict[str, str]:
    """Who made something."""
    return {"identity": author.identity, "name": author.name}


def described_change(doc: str, change: Change) -> dict[str, Any]:
    """One version; a long one says where its delta is."""
    fields: dict[str, Any] = {
        "version": change.version,
        "author": described_author(change.author),
        "at": change.at,
        "client": change.client,
        "seq": change.seq,
    }
    # A character is at most three bytes, so the length alone settles most changes.
    if len(change.body) * 3 > LONG_BYTES and len(change.body.encode()) > LONG_BYTES:
        return fields | {"url": change_url(doc, change.version)}
    return fields | {"delta": orjson.Fragment(change.body)}


def described_comment(comment: Comment) -> dict[str, Any]:
    """A comment; where it stands is known together with a version of the document."""
    return {
        "id": comment.id,
        "thread": comment.thread,
        "author": described_author(comment.author),
        "text": comment.text,
        "index": comment.index,
        "length": comment.length,
        "quote": comment.quote,
        "state": comment.state,
        "at": comment.at,
        "updated_at": comment.updated_at,
    }


def described_review(review: Review) -> dict[str, Any]:
    """A review."""
    return {
        "id": review.id,
        "reviewer": review.reviewer,
        "requested_by": described_author(review.requested_by),
        "status": review.status,
        "note": review.note,
        "deadline_at": review.deadline_at,
        "version": review.version,
        "at": review.at,
        "completed_at": review.completed_at,
    }


def event(name: str, doc: str, **fields: Any) -> bytes:
    """A message about a document, for many."""
    return orjson.dumps({"t": name, "doc": doc, **fields})


def content_url(doc: str, version: int) -> str:
    """Where delta, comments and reviews of a version are fetched."""
    return f"/api/v1/documents/{doc}/content?version={version}"


def change_url(doc: str, version: int) -> str:
    """Where the delta of one change is fetched."""
    return f"/api/v1/documents/{doc}/changes/{version}"


def changes_url(doc: str, first: int, last: int) -> str:
    """Where the `changes` of a history are fetched."""
    return f"/api/v1/documents/{doc}/changes?from={first}&to={last}"
