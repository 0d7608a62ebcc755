"""What is to be written together: rows, and the topic whose head they raise."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Executable, Table

Row = dict[str, Any]
"""Column → value."""


class Existing(Enum):
    """What becomes of a row that is there already, by its primary key."""

    REFUSE = "refuse"
    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class Into:
    """A table, and how rows go in; columns that are `fixed` keep what they were first given."""

    table: Table
    existing: Existing = Existing.REFUSE
    fixed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that go in alike."""

    into: Into
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Raise:
    """The head of a topic goes from `base`, 0 if it is new, to `version`; the same twice only checks it."""

    topic: str
    base: int
    version: int


@dataclass(frozen=True, slots=True)
class Write:
    """Committed as a whole or not at all; `statements` come after the rows, in a transaction of their own."""

    rows: Sequence[Rows] = ()
    raises: Raise | None = None
    statements: Sequence[Executable] = ()
