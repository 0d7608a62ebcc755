"""What clients ask of documents, as it is read from their messages (PROTOCOL.md 3, documents)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datachannels.documents.ops import Delta
from datachannels.fields import Field, Reader, Shape, flag, integer, json_object, nullable, one_of, text
from datachannels.json_text import MAX_INTEGER
from datachannels.refusals import RequestRefused
from datachannels.repositories import ReviewStatus
from datachannels.service_node import Limits
from datachannels.topic_messages import said_text, seq, topic_id, version

MAX_IDENTITY = 256

units = integer(0, MAX_INTEGER - 1)


@dataclass(frozen=True, slots=True)
class Submit:
    """A change made to version `base`, not read yet."""

    seq: int
    base: int
    delta: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change made to version `base`."""

    base: int
    delta: Delta


@dataclass(frozen=True, slots=True)
class Restore:
    """The content of an old version again."""

    seq: int
    version: int


@dataclass(frozen=True, slots=True)
class History:
    """Changes `first` to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class CommentOn:
    """A comment on `length` units from `index` on, as of version `base`."""

    seq: int
    base: int
    index: int
    length: int
    text: str
    thread: str | None


@dataclass(frozen=True, slots=True)
class UpdateComment:
    """Other words, or resolved, or open again."""

    seq: int
    comment: str
    text: str | None
    resolved: bool | None


@dataclass(frozen=True, slots=True)
class DeleteComment:
    """It goes."""

    seq: int
    comment: str


@dataclass(frozen=True, slots=True)
class RequestReview:
    """Ask the identity `reviewer`, until `deadline_at` (UTC milliseconds)."""

    seq: int
    reviewer: str
    deadline_at: int | None


@dataclass(frozen=True, slots=True)
class UpdateReview:
    """What the reviewer judges."""

    seq: int
    review: str
    status: ReviewStatus
    note: str | None


Write = Submit | Restore | CommentOn | UpdateComment | DeleteComment | RequestReview | UpdateReview


def _history(**fields: int) -> History:
    if fields["to"] < fields["from"] - 1:
        raise RequestRefused("bad_message", "to is before from")
    return History(fields["from"], fields["to"])


HISTORY = Shape(_history, (Field("from", integer(1, MAX_INTEGER - 1)), Field("to", version)))


def write_shapes(limits: Limits) -> Mapping[str, Shape[Any]]:
    """Of every message that changes a document, by its name."""
    said = said_text(limits.comment)
    identity = said_text(MAX_IDENTITY)

    def shape(make: Callable[..., Write], *fields: Field) -> Shape[Any]:
        return Shape(make, (Field("seq", seq), *fields))

    return {
        "submit": shape(Submit, Field("base", version), Field("delta", json_object)),
        "restore": shape(Restore, Field("version", version)),
        "comment": shape(
            CommentOn,
            Field("base", version),
            Field("index", units),
            Field("length", units),
            Field("text", said),
            Field("thread", nullable(topic_id), None),
        ),
        "comment_update": shape(
            UpdateComment,
            Field("comment", topic_id),
            Field("text", nullable(said), None),
            Field("resolved", nullable(flag), None),
        ),
        "comment_delete": shape(DeleteComment, Field("comment", topic_id)),
        "review_request": shape(
            RequestReview, Field("reviewer", identity), Field("deadline_at", nullable(units), None)
        ),
        "review_update": shape(
            UpdateReview,
            Field("review", topic_id),
            Field("status", one_of("pending", "approved", "changes_requested", "rejected")),
            Field("note", nullable(_note(limits.comment)), None),
        ),
    }


def _note(max_units: int) -> Reader[str]:
    read_text = text(max_units)

    def read(value: Any) -> str:
        note = read_text(value)
        if "\0" in note:
            raise RequestRefused("bad_message", "has a NUL")
        return note

    return read
