"""What a delta is made of, how one is built and how one is read piece by piece (github.com/slab/delta).

A delta is a tuple of ops, in canonical form: neighbours of one kind and equal attributes are one op, an
insert stands before the delete at its place, no plain retain at the end. Text is in unit form (`units`). Ops
are never changed once made: deltas share them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from datachannels.documents.attributes import Attributes, same_attributes, same_value
from datachannels.documents.units import inside_pair
from datachannels.refusals import RequestRefused

Embed = Mapping[str, Any]
"""An object in the text, one unit long: `{"image": "https://…"}`."""

EMBED_TEXT = "\ufffc"
"""OBJECT REPLACEMENT CHARACTER: an embed, where only text can stand."""


@dataclass(slots=True, eq=False)
class Insert:
    """New text or an embed. `encoded` is its JSON once somebody needed it: versions share their ops."""

    content: str | Embed
    attributes: Attributes | None = None
    length: int = field(init=False)
    encoded: bytes | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.length = len(self.content) if isinstance(self.content, str) else 1

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Insert)
            and same_value(self.content, other.content)
            and same_attributes(self.attributes, other.attributes)
        )

    def __hash__(self) -> int:
        return self.length

    @property
    def text(self) -> str:
        """What a reader sees of it."""
        return self.content if isinstance(self.content, str) else EMBED_TEXT


@dataclass(slots=True, eq=False)
class Retain:
    """Text that stays, perhaps formatted otherwise."""

    length: int
    attributes: Attributes | None = None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Retain)
            and self.length == other.length
            and same_attributes(self.attributes, other.attributes)
        )

    def __hash__(self) -> int:
        return self.length


@dataclass(slots=True)
class Delete:
    """Text that goes."""

    length: int


Op = Insert | Retain | Delete
Delta = tuple[Op, ...]


def base_length(delta: Delta) -> int:
    """How much of the document it walks over, in units."""
    return sum([op.length for op in delta if not isinstance(op, Insert)])


def growth(delta: Delta) -> int:
    """By how many units a document gets longer, negative if shorter."""
    grown = 0
    for op in delta:
        if isinstance(op, Insert):
            grown += op.length
        elif isinstance(op, Delete):
            grown -= op.length
    return grown


class DeltaBuilder:
    """Puts ops together in canonical form."""

    __slots__ = ("_ops",)

    def __init__(self) -> None:
        self._ops: list[Op] = []

    def insert(self, content: str | Embed, attributes: Attributes | None = None) -> None:
        """Text (empty is nothing) or an embed."""
        if content != "":
            self._put(Insert(content, attributes))

    def _put(self, op: Insert) -> None:
        ops = self._ops
        place = len(ops)
        if place and isinstance(ops[-1], Delete):
            place -= 1  # before or after it is the same: so all write it alike
        last = ops[place - 1] if place else None
        if (
            isinstance(last, Insert)
            and isinstance(op.content, str)
            and isinstance(last.content, str)
            and same_attributes(last.attributes, op.attributes)
        ):
            ops[place - 1] = Insert(last.content + op.content, op.attributes)
        else:
            ops.insert(place, op)

    def retain(self, length: int, attributes: Attributes | None = None) -> None:
        """So many units stay."""
        if length <= 0:
            return
        last = self._ops[-1] if self._ops else None
        if isinstance(last, Retain) and same_attributes(last.attributes, attributes):
            self._ops[-1] = Retain(last.length + length, attributes)
        else:
            self._ops.append(Retain(length, attributes))

    def delete(self, length: int) -> None:
        """So many units go."""
        if length <= 0:
            return
        last = self._ops[-1] if self._ops else None
        if isinstance(last, Delete):
            self._ops[-1] = Delete(last.length + length)
        else:
            self._ops.append(Delete(length))

    def add(self, op: Op) -> None:
        """Any op."""
        if isinstance(op, Insert):
            self._put(op)
        elif isinstance(op, Retain):
            self.retain(op.length, op.attributes)
        else:
            self.delete(op.length)

    def build(self) -> Delta:
        """What was put together."""
        return without_tail(self.build_whole())

    def build_whole(self) -> Delta:
        """The same with what is retained plainly at its end."""
        return tuple(self._ops)


def without_tail(delta: Delta) -> Delta:
    """What is retained plainly at its end changes nothing."""
    stop = len(delta)
    while stop and isinstance(last := delta[stop - 1], Retain) and last.attributes is None:
        stop -= 1
    return delta[:stop]


def canonical(ops: Iterable[Op]) -> Delta:
    """These ops as one delta."""
    builder = DeltaBuilder()
    for op in ops:
        builder.add(op)
    return builder.build()


class Cursor:
    """Reads a delta piece by piece. `op` is the current one, None at the end; `left` its units to come."""

    __slots__ = ("_next", "_ops", "left", "op")

    def __init__(self, ops: Delta) -> None:
        self._ops = ops
        self._next = 0
        self.op: Op | None = None
        self.left = 0
        self._advance()

    def _advance(self) -> None:
        if self._next < len(self._ops):
            self.op = self._ops[self._next]
            self.left = self.op.length
            self._next += 1
        else:
            self.op = None
            self.left = 0

    def take(self, length: int) -> Op:
        """The next `length` units of the current op, at most `left`.

        Raises `RequestRefused` (``bad_message``) if a cut would fall inside a surrogate pair.
        """
        op = self.op
        if op is None or not 0 < length <= self.left:
            raise IndexError("no more units in this op")
        start = op.length - self.left
        if length == op.length:
            piece = op
        elif isinstance(op, Insert) and isinstance(op.content, str):
            if inside_pair(op.content, start + length):
                raise RequestRefused("bad_message", "an edge inside a surrogate pair")
            piece = Insert(op.content[start : start + length], op.attributes)
        elif isinstance(op, Retain):
            piece = Retain(length, op.attributes)
        else:
            piece = Delete(length)
        self.left -= length
        if not self.left:
            self._advance()
        return piece

    def pieces(self, length: int) -> Iterator[Op]:
        """The next `length` units, cut at the ends of ops; less where the delta ends."""
        while length > 0 and self.op is not None:
            piece = self.take(min(length, self.left))
            length -= piece.length
            yield piece
