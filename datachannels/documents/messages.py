"""Comments and reviews as clients see them, on channels and over HTTP."""

from typing import Any

import orjson

from datachannels.kinds import described_author
from datachannels.repositories import Comment, Review


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
