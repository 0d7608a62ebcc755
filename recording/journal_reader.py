"""Reads the lines of `journal.jsonl` (docs/recording.md), in the order of their time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Final

import orjson

LATE_MS: Final = 10_000
"""A line that is later than this stands where it was written."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """What happened `at_ms` after the recording began; `fields` are those of its `kind`."""

    at_ms: int
    kind: str
    fields: Mapping[str, Any]


def read_journal(lines: Iterable[bytes]) -> Iterator[JournalLine]:
    """All of them that can be read: a recorder that was killed leaves half a line."""
    waiting: list[tuple[int, int, JournalLine]] = []
    newest = 0
    for number, text in enumerate(lines):
        line = read_line(text)
        if line is None:
            continue
        newest = max(newest, line.at_ms)
        heappush(waiting, (line.at_ms, number, line))
        while waiting[0][0] < newest - LATE_MS:
            yield heappop(waiting)[2]
    while waiting:
        yield heappop(waiting)[2]


def read_line(text: bytes) -> JournalLine | None:
    """None: it is no line of a journal."""
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(fields, dict):
        return None
    at_ms, kind = fields.pop("at_ms", None), fields.pop("kind", None)
    if type(at_ms) is not int or not isinstance(kind, str):
        return None
    return JournalLine(at_ms, kind, fields)
