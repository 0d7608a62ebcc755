"""JSON from the other side, bounded before anybody looks into it (PROTOCOL.md, first paragraph)."""

import json
import re
from typing import Any

import orjson

MAX_DEPTH = 32
MAX_INTEGER = 2**53
MAX_VALUES = 20_000
"""More values than any request needs; keeps the walk below, the only slow step, under two milliseconds."""

MAX_UNSAYABLE_BYTES = 64 * 1024
"""Longer text is not read a second time to answer it by its numbers."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LONG_NUMBER = re.compile(rb"[0-9]{16}")  # 2^53 has 16 digits: without such a run no integer is too big


class NotJson(ValueError):
    """Not JSON, or beyond its bounds, which counts as the same."""


class TooManyValues(NotJson):
    """JSON of more than `MAX_VALUES` values."""


class Unsayable(NotJson):
    """JSON with half a surrogate pair: what UTF-8 cannot say, neither storage nor an answer can hold.

    `value` has it still, and is only good for finding out what is refused.
    """

    def __init__(self, value: Any) -> None:
        super().__init__("half a surrogate pair")
        self.value = value


def is_sayable(text: str) -> bool:
    """Whether UTF-8 has it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_json(data: str | bytes) -> Any:
    """The value of a JSON text. Raises `NotJson`."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _refused(raw, str(error)) from error
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH or _LONG_NUMBER.search(raw):
        _check_bounds(value)
    return value


def _refused(raw: bytes, why: str) -> NotJson:
    if len(raw) > MAX_UNSAYABLE_BYTES or _SURROGATE.search(raw) is None:
        return NotJson(why)
    try:
        value = json.loads(raw.decode())
        _check_bounds(value)
    except (ValueError, RecursionError):
        return NotJson(why)
    return Unsayable(value)


def _check_bounds(value: Any) -> None:
    level: list[Any] = [value]
    depth = values = 0
    while level:
        values += len(level)
        if values > MAX_VALUES:
            raise TooManyValues(f"at most {MAX_VALUES} values")
        deeper: list[Any] = []
        nested = False
        for item in level:
            if isinstance(item, dict):
                nested = True
                deeper.extend(item.values())
            elif isinstance(item, list):
                nested = True
                deeper.extend(item)
            # Integers of 64 bits and more arrive as floats, so one comparison judges both.
            elif isinstance(item, (int, float)) and abs(item) >= MAX_INTEGER:
                raise NotJson("number out of range")
        if nested:
            depth += 1
            if depth > MAX_DEPTH:
                raise NotJson("too deep")
        level = deeper
