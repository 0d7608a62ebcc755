"""Deltas as JSON values, read with distrust: PROTOCOL rules that need no document are checked here."""

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from datachannels.documents.attributes import Attributes
from datachannels.documents.ops import Delete, Delta, DeltaBuilder, Embed, Insert, Op, Retain, without_tail
from datachannels.documents.units import from_units, to_units
from datachannels.refusals import RequestRefused

MAX_LENGTH = 2**53
MAX_ATTRIBUTES = 64
"""On one op. Editors have some twenty."""
MAX_KEY_UNITS = 128

LINKS = {"link": {"http", "https", "mailto"}, "image": {"http", "https"}, "video": {"http", "https"}}
"""Attributes and embeds that hold an address, with its schemes; without a scheme it is relative."""

# What URL parsers pass over: controls and spaces before, tabs and line breaks anywhere (WHATWG URL §4.4).
_PASSED_OVER = re.compile("^[\x00-\x20]+|[\t\n\r]")
_SCHEME = re.compile(r"([^/?#:]*):")


def read_delta(value: Any) -> Delta:
    """A delta from its JSON value. Raises `RequestRefused` (``bad_message``)."""
    return without_tail(read_change(value))


def read_change(value: Any) -> Delta:
    """The same with what is retained plainly at its end, which must be in the document, too."""
    ops = value.get("ops") if isinstance(value, dict) else None
    if not isinstance(ops, list):
        raise _bad("a delta is an object with a list of ops")
    builder = DeltaBuilder()
    for op in ops:
        builder.add(read_op(op))
    return builder.build_whole()


def write_delta(delta: Delta) -> dict[str, Any]:
    """The JSON value of a delta."""
    return {"ops": [write_op(op) for op in delta]}


def read_op(op: Any) -> Op:
    """One op from its JSON value. Raises `RequestRefused` (``bad_message``)."""
    if not isinstance(op, dict):
        raise _bad("an op is an object")
    if len(op) - ("attributes" in op) != 1:
        raise _bad("an op has one action")
    attributes = _read_attributes(op["attributes"]) if "attributes" in op else None
    if "insert" in op:
        return Insert(_read_content(op["insert"]), _without_null(attributes))
    if "retain" in op:
        return Retain(_read_length(op["retain"]), attributes)
    if "delete" in op:
        if attributes is not None:
            raise _bad("a delete has no attributes")
        return Delete(_read_length(op["delete"]))
    raise _bad("an op inserts, retains or deletes")


def _read_length(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < MAX_LENGTH:
        raise _bad("a length is a positive integer")
    return value


def _read_content(value: Any) -> str | Embed:
    if isinstance(value, str):
        if not value:
            raise _bad("an insert is not empty")
        try:
            return to_units(value)
        except UnicodeDecodeError:
            raise _bad("a lone surrogate") from None
    if not _is_object(value) or len(value) != 1:
        raise _bad("an insert is text or an object with one key")
    _check_entries(value)
    if None in value.values():
        raise _bad("an embed holds something")
    return value


def _read_attributes(value: Any) -> Attributes:
    if not _is_object(value) or not 0 < len(value) <= MAX_ATTRIBUTES:
        raise _bad(f"attributes are an object of 1 to {MAX_ATTRIBUTES} keys")
    _check_entries(value)
    return value


def _without_null(attributes: Attributes | None) -> Attributes | None:
    if attributes is not None and None in attributes.values():
        raise _bad("new text has nothing that null could take away")
    return attributes


def _check_entries(entries: Mapping[str, Any]) -> None:
    for key, value in entries.items():
        if not 0 < len(key) <= MAX_KEY_UNITS:
            raise _bad(f"a name has 1 to {MAX_KEY_UNITS} characters")
        schemes = LINKS.get(key)
        if schemes is not None and value is not None:
            if not isinstance(value, str):
                raise _bad(f"{key} is an address")
            scheme = scheme_of(value)
            if scheme is not None and scheme not in schemes:
                raise _bad(f"{key} has a scheme that is not allowed")


def scheme_of(address: str) -> str | None:
    """What a browser would take for the address's scheme, None for a relative one."""
    found = _SCHEME.match(_PASSED_OVER.sub("", address))
    return None if found is None else found[1].lower()


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def write_op(op: Op) -> dict[str, Any]:
    """The JSON value of one op."""
    written: dict[str, Any]
    if isinstance(op, Delete):
        return {"delete": op.length}
    if isinstance(op, Retain):
        written = {"retain": op.length}
    else:
        written = {"insert": from_units(op.content) if isinstance(op.content, str) else op.content}
    if op.attributes is not None:
        written["attributes"] = op.attributes
    return written


def _bad(message: str) -> RequestRefused:
    return RequestRefused("bad_message", message)
