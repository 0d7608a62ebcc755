"""What a document holds at one version, and how a change is applied to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import orjson

from datachannels.documents.algebra import compose
from datachannels.documents.delta_json import read_delta, write_delta
from datachannels.documents.ops import Delta, Insert, Retain, base_length, canonical, growth
from datachannels.refusals import RequestRefused


class LastLineBroken(RequestRefused):
    """A document would not end in a line break."""

    def __init__(self) -> None:
        super().__init__("bad_message", "a document ends in a line break")


Inserts = tuple[Insert, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Inserts only, in canonical form; ends in a line break.

    `length` in units; `weight` is `length` plus the bytes of attributes and embeds as JSON, once a run: what
    it costs to keep and to send.
    """

    ops: Inserts
    length: int
    weight: int

    def text(self, start: int = 0, end: int | None = None) -> str:
        """What stands between two indexes, in unit form."""
        stop = self.length if end is None else end
        found = []
        position = 0
        for op in self.ops:
            if position >= stop:
                break
            if position + op.length > start:
                found.append(op.text[max(start - position, 0) : stop - position])
            position += op.length
        return "".join(found)


EMPTY = Document((Insert("\n"),), 1, 1)
"""A new document without text."""


def document_of(ops: Delta) -> Document:
    """A document made of these ops, inserts only; else raises `RequestRefused` (``bad_message``)."""
    inserts = inserts_of(canonical(ops))
    _check_last_line(inserts)
    return Document(inserts, sum([op.length for op in inserts]), weight_of(inserts))


def read_document(value: Any) -> Document:
    """A new document from the JSON value of a delta; a missing last line break is added."""
    return document_of(whole_lines(read_delta(value)))


def whole_lines(delta: Delta) -> Delta:
    """A missing last line break is added."""
    last = delta[-1] if delta else None
    if isinstance(last, Insert) and isinstance(last.content, str) and last.content.endswith("\n"):
        return delta
    return canonical((*delta, Insert("\n")))


def replayed(content: Document, changes: Iterable[Delta]) -> Document:
    """The document after each of `changes` in turn."""
    for change in changes:
        content = applied(content, change)
    return content


def write_document(content: Document) -> bytes:
    """The document as JSON text."""
    return orjson.dumps(write_delta(content.ops))


def applied(content: Document, change: Delta) -> Document:
    """The document after `change`.

    Raises `RequestRefused` (``bad_message``) if the change reaches beyond the end, cuts a character in two or
    leaves a document that does not end in a line break. What lies before and after it is not looked into.
    """
    if not change:
        return content
    reach = base_length(change)
    if reach > content.length:
        raise RequestRefused("bad_message", "beyond the end of the document")
    ops = content.ops
    first = change[0]
    lead = first.length if isinstance(first, Retain) and first.attributes is None else 0
    # The ops that change, and one on each side that text may grow together with.
    end = start = 0
    for op in ops:
        end += op.length
        if end >= lead:
            break
        start += 1
    position = end - ops[start].length
    stop = start + 1
    while stop < len(ops) and end <= reach:
        end += ops[stop].length
        stop += 1
    rest = (Retain(lead - position), *change[1:]) if lead else change
    old = ops[start:stop]
    new = inserts_of(compose(old, rest))
    after = ops[:start] + new + ops[stop:]
    if stop == len(ops):
        _check_last_line(after)
    length = content.length + growth(change)
    return Document(after, length, content.weight - weight_of(old) + weight_of(new))


def inserts_of(delta: Delta) -> Inserts:
    """These ops if they are inserts only; else raises `RequestRefused` (``bad_message``)."""
    if not all(isinstance(op, Insert) for op in delta):
        raise RequestRefused("bad_message", "a document has inserts only")
    return cast(Inserts, delta)


def _check_last_line(ops: Inserts) -> None:
    content = ops[-1].content if ops else None
    if not isinstance(content, str) or not content.endswith("\n"):
        raise LastLineBroken


def weight_of(ops: Iterable[Insert]) -> int:
    """See `Document.weight`."""
    weight = 0
    for op in ops:
        weight += op.length
        if op.attributes is not None:
            weight += len(orjson.dumps(op.attributes))
        if not isinstance(op.content, str):
            weight += len(orjson.dumps(op.content))
    return weight
