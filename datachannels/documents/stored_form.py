"""Deltas as JSON text of one line an op, which large ones are written and read by a few lines at a time.

A document of a megabyte takes some 20 ms either way; nobody else may have to wait that long.
"""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from datachannels.documents.delta_json import read_delta, read_op, write_delta, write_op
from datachannels.documents.document import Document, Inserts, document_of, inserts_of, weight_of
from datachannels.documents.ops import Delta, DeltaBuilder, Insert, Op
from datachannels.turn import Turn

SLICE = 200
"""Ops between two turns: half a millisecond."""

_BEGIN, _END = '{"ops":[\n', "\n]}"


def encode_op(op: Op) -> bytes:
    """One op as JSON text; that of an insert is kept with it."""
    if not isinstance(op, Insert):
        return orjson.dumps(write_op(op))
    encoded = op.encoded
    if encoded is None:
        encoded = op.encoded = orjson.dumps(write_op(op))
    return encoded


def encode_now(delta: Delta) -> str:
    """A delta as JSON text at once; a short one, which clients are sent as it is, on one line."""
    if len(delta) <= SLICE:
        return orjson.dumps(write_delta(delta)).decode()
    return _BEGIN + b",\n".join([encode_op(op) for op in delta]).decode() + _END


async def encode(delta: Delta) -> bytes:
    """A delta as JSON text."""
    lines: list[bytes] = []
    for start in range(0, len(delta), SLICE):
        lines += [encode_op(op) for op in delta[start : start + SLICE]]
        await Turn()
    return _BEGIN.encode() + b",\n".join(lines) + _END.encode()


async def decode(body: str) -> Delta:
    """A delta that was encoded here."""
    lines = body.split("\n")
    if len(lines) <= SLICE:
        return read_delta(orjson.loads(body))
    ops: list[Op] = []
    for start in range(1, len(lines) - 1, SLICE):
        text = "".join(lines[start : min(start + SLICE, len(lines) - 1)])
        ops += [read_op(op) for op in orjson.loads(f"[{text.removesuffix(',')}]")]
        await Turn()
    return tuple(ops)


async def read_in_turns(ops: Sequence[Any]) -> Delta:
    """As `read_change`, from the JSON values of its ops. Raises `RequestRefused` (``bad_message``)."""
    builder = DeltaBuilder()
    for start in range(0, len(ops), SLICE):
        for op in ops[start : start + SLICE]:
            builder.add(read_op(op))
        await Turn()
    return builder.build_whole()


async def decode_document(body: str) -> Document:
    """A document that was encoded here."""
    return await document_in_turns(await decode(body))


async def document_in_turns(ops: Delta) -> Document:
    """A document of these ops, the last a line break.

    Raises `RequestRefused` (``bad_message``) unless they are inserts only.
    """
    if len(ops) <= SLICE:
        return document_of(ops)
    length = weight = 0
    for start in range(0, len(ops), SLICE):
        some = inserts_of(ops[start : start + SLICE])
        length += sum([op.length for op in some])
        weight += weight_of(some)
        await Turn()
    return Document(cast(Inserts, ops), length, weight)
