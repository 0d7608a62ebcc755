"""The marks on one track, and who may draw there. They are kept nowhere else and end with the track."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from datachannels.refusals import RequestRefused

MAX_MARKS = 500
MAX_BYTES = 256 * 1024
"""Of one track, as JSON: twenty strokes of a thousand points. Who opens late is sent all of it."""

Annotators = Literal["all", "none"] | frozenset[str]
"""Who may draw besides who shares the track: participants by id, or all who have the grant, or nobody."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of `participant`. `fields` are those of its `draw` message, checked."""

    id: str
    participant: str
    fields: dict[str, Any]
    size_bytes: int

    def describe(self) -> dict[str, Any]:
        """As it stands in a snapshot."""
        return {"mark": self.id, "participant": self.participant, **self.fields}


def new_mark(mark_id: str, participant: str, fields: dict[str, Any]) -> Mark:
    """A mark and what it takes."""
    return Mark(mark_id, participant, fields, len(orjson.dumps(fields)) + len(mark_id) + len(participant))


class TrackMarks:
    """Marks by participant and id, in the order they were begun."""

    def __init__(self) -> None:
        self.who: Annotators = "all"
        self.size_bytes = 0
        self._marks: dict[tuple[str, str], Mark] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def __iter__(self) -> Iterator[Mark]:
        return iter(list(self._marks.values()))

    def lets_draw(self, participant: str) -> bool:
        """Whether who shares the track lets this participant."""
        return self.who == "all" or (self.who != "none" and participant in self.who)

    def put(self, mark: Mark, room_bytes: int) -> None:
        """A new mark, or another form of one. Raises `RequestRefused` if it takes more than `room_bytes` in
        all, or there are too many; nothing has changed then."""
        key = (mark.participant, mark.id)
        known = self._marks.get(key)
        size = self.size_bytes + mark.size_bytes - (known.size_bytes if known is not None else 0)
        if size > min(room_bytes, MAX_BYTES) or (known is None and len(self._marks) >= MAX_MARKS):
            raise RequestRefused("too_large", "too much is drawn here already")
        self._marks[key] = mark
        self.size_bytes = size

    def erase(self, participant: str, mark_id: str) -> None:
        """Take one away, if it is there."""
        gone = self._marks.pop((participant, mark_id), None)
        if gone is not None:
            self.size_bytes -= gone.size_bytes

    def owner(self, mark_id: str, participant: str) -> str:
        """Whose the mark of this id is: of `participant` if they have one, else of who drew one last."""
        drew = [one.participant for one in self._marks.values() if one.id == mark_id]
        return participant if participant in drew or not drew else drew[-1]

    def clear(self, participant: str | None) -> None:
        """Take away those of one participant, or all."""
        for mark in self:
            if participant is None or mark.participant == participant:
                self.erase(mark.participant, mark.id)

    def describe_annotators(self) -> str | list[str]:
        """Who may draw, as messages say it."""
        return sorted(self.who) if isinstance(self.who, frozenset) else self.who
