"""The operations on changes: compose, transform, invert, and what becomes of a position.

After Ressel et al., "An integrating, transformation-oriented approach to concurrency control" (CSCW 1996):
for two changes *a*, *b* of one document, *a* then *b* transformed over *a* is *b* then *a* transformed over
*b* (TP1). With one server that orders all, that is enough.
"""

from datachannels.documents.attributes import composed, inverted, transformed
from datachannels.documents.ops import Cursor, Delete, Delta, DeltaBuilder, Insert, Retain
from datachannels.turn import Steps, at_once

PIECES = 200
"""Taken between two pauses: half a millisecond."""


def compose(first: Delta, second: Delta) -> Delta:
    """One change that does what `first` and then `second` do."""
    one, two = Cursor(first), Cursor(second)
    result = DeltaBuilder()
    while True:
        before, after = one.op, two.op
        if isinstance(after, Insert):
            result.add(two.take(two.left))
        elif isinstance(before, Delete):
            result.add(one.take(one.left))
        elif before is not None and after is not None:
            length = min(one.left, two.left)
            before, after = one.take(length), two.take(length)
            if isinstance(after, Retain):
                if isinstance(before, Insert):
                    result.insert(before.content, composed(before.attributes, after.attributes, False))
                elif isinstance(before, Retain):
                    result.retain(length, composed(before.attributes, after.attributes, True))
            elif isinstance(before, Retain):
                result.delete(length)
        elif before is not None:
            result.add(one.take(one.left))
        elif after is not None:
            result.add(two.take(two.left))
        else:
            return result.build()


def transform(change: Delta, over: Delta, over_first: bool) -> Delta:
    """`change` as it has to read after `over`, both being changes of one document.

    With `over_first` the other has priority: at one place its insert stays left, its attributes win. Of a
    change that waits and one that is committed, the committed one always comes first.
    """
    return at_once(transforming(change, over, over_first))


def transforming(change: Delta, over: Delta, over_first: bool) -> Steps[Delta]:
    """`transform`, a little at a time: for changes of thousands of ops."""
    pieces = 0
    own, other = Cursor(change), Cursor(over)
    result = DeltaBuilder()
    while own.op is not None:
        pieces += 1
        if not pieces % PIECES:
            yield
        if isinstance(other.op, Insert) and (over_first or not isinstance(own.op, Insert)):
            result.retain(other.take(other.left).length)
        elif isinstance(own.op, Insert) or other.op is None:
            result.add(own.take(own.left))
        else:
            length = min(own.left, other.left)
            piece, against = own.take(length), other.take(length)
            if isinstance(against, Delete):
                continue  # what the other took away needs neither deleting nor formatting
            if isinstance(piece, Retain) and isinstance(against, Retain):
                result.retain(length, transformed(piece.attributes, against.attributes, over_first))
            else:
                result.add(piece)
    return result.build()


def transform_position(position: int, over: Delta, stays: bool) -> int:
    """Where the place before unit `position` is after `over`; an insert there moves it unless it `stays`."""
    offset = 0
    for op in over:
        if offset > position:
            break
        if isinstance(op, Delete):
            position -= min(op.length, position - offset)
            continue
        if isinstance(op, Insert) and (offset < position or not stays):
            position += op.length
        offset += op.length
    return position


def invert(change: Delta, content: Delta) -> Delta:
    """The change that undoes `change`, which was made to `content`."""
    result = DeltaBuilder()
    cursor = Cursor(content)
    for op in change:
        if isinstance(op, Insert):
            result.delete(op.length)
            continue
        for piece in cursor.pieces(op.length):
            if isinstance(op, Delete):
                result.add(piece)
            elif op.attributes is None or not isinstance(piece, Insert):
                result.retain(piece.length)
            else:
                result.retain(piece.length, inverted(op.attributes, piece.attributes))
    return result.build()
