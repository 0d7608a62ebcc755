"""Many writes as few statements: what one transaction executes, in an order that foreign keys allow."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Executable

from storage.models import Model
from storage.write import Into, Raise, Row, Write

_RANK = {table.name: rank for rank, table in enumerate(Model.metadata.sorted_tables)}


@dataclass(slots=True)
class Batch:
    """One transaction. Topics are sorted, so that two processes lock them in the same order."""

    raises: list[Raise] = field(default_factory=list)
    inserts: list[tuple[Into, list[Row]]] = field(default_factory=list)
    statements: list[Executable] = field(default_factory=list)


class Broken(Exception):
    """Writes that do not follow one another on a topic: they cannot all be stored."""


def merge(writes: Sequence[Write]) -> Batch:
    """All of them as one. Raises `Broken`."""
    raised: dict[str, Raise] = {}
    groups: dict[Into, list[Row]] = {}
    statements: list[Executable] = []
    for write in writes:
        step = write.raises
        if step is not None:
            before = raised.get(step.topic)
            if before is not None:
                if before.version != step.base:
                    raise Broken
                step = Raise(step.topic, before.base, step.version)
            raised[step.topic] = step
        for rows in write.rows:
            if rows.rows:
                groups.setdefault(rows.into, []).extend(rows.rows)
        statements.extend(write.statements)
    return Batch(
        [raised[topic] for topic in sorted(raised)],
        sorted(groups.items(), key=lambda group: _RANK[group[0].table.name]),
        statements,
    )


def take(writes: Sequence[Write], limit: int) -> int:
    """How many of them make the next transaction: at most `limit`; one with statements stands alone."""
    for count, write in enumerate(writes[:limit]):
        if write.statements:
            return max(count, 1)
    return min(len(writes), limit)
