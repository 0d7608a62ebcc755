"""What was typed here and is not yet confirmed: one change on its way, and all typed since as one more.

So an author is in one of three states: synchronized, awaiting confirmation, awaiting it with a buffer. What
comes from others is transformed over both, and both over it; theirs is committed and comes first.
"""

import orjson

from datachannels.documents.algebra import compose, invert, transform
from datachannels.documents.delta_json import write_delta
from datachannels.documents.diff import diff
from datachannels.documents.document import Document, LastLineBroken, applied
from datachannels.documents.ops import (
    Cursor,
    Delete,
    Delta,
    DeltaBuilder,
    Insert,
    Retain,
    base_length,
    canonical,
    growth,
)
from datachannels.documents.units import inside_pair

MAX_SUBMIT_BYTES = 32 * 1024
"""A change of more is sent in parts, of which each may be longer by one piece; a message has 64 KiB."""

PIECE_UNITS = 4_096
"""At most 24 KiB as JSON."""


class PendingEdits:
    """`confirmed` is the document at the version last heard of, `content` is it with all made here."""

    def __init__(self, confirmed: Document) -> None:
        self.confirmed = confirmed
        self.content = confirmed
        self.in_flight: Delta | None = None
        self.buffer: Delta = ()

    @property
    def synchronized(self) -> bool:
        """Whether the server has all."""
        return self.in_flight is None and not self.buffer

    def make(self, change: Delta) -> Delta:
        """Type something; returns the change as it was taken. Raises `RequestRefused` if it fits not."""
        content = applied(self.content, change)
        if _touches_end(change, self.content):
            change = diff(self.content, content)
        self.content = content
        self.buffer = compose(self.buffer, change)
        return change

    def send(self) -> Delta | None:
        """The next change to send, which then is in flight; None if there is none, or one is."""
        if self.in_flight is not None or not self.buffer:
            return None
        self.in_flight, self.buffer = split(self.buffer)
        return self.in_flight

    def confirm(self) -> Delta:
        """What is in flight was committed as the next version; returns it as it was committed."""
        change = self.in_flight or ()
        self.confirmed = applied(self.confirmed, change)
        self.in_flight = None
        return change

    def receive(self, change: Delta) -> Delta:
        """Somebody else's change is the next version; returns it as it applies to `content`."""
        self.confirmed = applied(self.confirmed, change)
        if self.in_flight is not None:
            self.in_flight, change = _pass(self.in_flight, change)
        self.buffer, change = _pass(self.buffer, change)
        if self.synchronized:
            self.content = self.confirmed
            return change
        return self._apply(change)

    def take_back(self) -> Delta:
        """What is in flight was refused; returns the change of `content` that takes it out.

        If only its last line was broken, by what others did meanwhile, it stays: what mends that is in the
        buffer, and both are sent as one.
        """
        if mending(self.confirmed, self.in_flight or ()):
            self.buffer, self.in_flight = compose(self.in_flight or (), self.buffer), None
            return ()
        inverse = invert(self.in_flight or (), self.confirmed.ops)
        self.in_flight = None
        self.buffer, change = _pass(self.buffer, inverse)
        return self._apply(change)

    def _apply(self, change: Delta) -> Delta:
        mend = mending(self.content, change)
        self.buffer = compose(self.buffer, mend)
        change = compose(change, mend)
        self.content = applied(self.content, change)
        return change


def split(change: Delta) -> tuple[Delta, Delta]:
    """As much of a change as fits a message, and the rest as it reads after that."""
    cursor = Cursor(change)
    first, rest = DeltaBuilder(), DeltaBuilder()
    size = length = 0
    while cursor.op is not None and size < MAX_SUBMIT_BYTES:
        piece = cursor.take(_step(cursor))
        size += len(orjson.dumps(write_delta((piece,))))
        first.add(piece)
        if not isinstance(piece, Delete):
            length += piece.length
    rest.retain(length)
    while cursor.op is not None:
        rest.add(cursor.take(cursor.left))
    return first.build(), rest.build()


def _step(cursor: Cursor) -> int:
    """How much of an op to take at once: of long text a piece that ends between two characters."""
    op, left = cursor.op, cursor.left
    if left <= PIECE_UNITS or not isinstance(op, Insert) or not isinstance(op.content, str):
        return left
    return PIECE_UNITS - inside_pair(op.content, op.length - left + PIECE_UNITS)


def _pass(own: Delta, other: Delta) -> tuple[Delta, Delta]:
    """Each as it reads after the other; `other` comes first."""
    return transform(own, other, over_first=True), transform(other, own, over_first=False)


def mending(document: Document, change: Delta) -> Delta:
    """The line break that `document` lacks at its end after `change`; nothing if it has one."""
    try:
        applied(document, change)
    except LastLineBroken:
        return canonical((Retain(document.length + growth(change)), Insert("\n")))
    return ()


def _touches_end(change: Delta, content: Document) -> bool:
    """Whether it deletes the last line break or inserts after it (`datachannels.documents.head`)."""
    if not change or base_length(change) < content.length:
        return False
    return isinstance(change[-1], (Insert, Delete))
