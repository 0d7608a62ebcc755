"""One transaction: the outcome of each write. Runs in the thread that commits."""

import logging
from collections.abc import Sequence
from functools import cache

from sqlalchemy import Connection, Engine, Insert, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from datachannels.repositories import Fenced, RepositoryError, Unavailable, Unstorable
from storage.batch import Batch, Broken, merge
from storage.failpoints import Failpoints
from storage.models import TopicRow
from storage.models.model import table_of
from storage.write import Existing, Into, Row, Write

log = logging.getLogger(__name__)

Outcome = RepositoryError | None
"""None: committed."""

_TOPICS = table_of(TopicRow)
_NEW_TOPICS = Into(_TOPICS, Existing.KEEP)
_RAISE = (
    update(_TOPICS)
    .where(_TOPICS.c.id == bindparam("topic"), _TOPICS.c.version == bindparam("base"))
    .values(version=bindparam("raised"))
)


class HeadMoved(Exception):
    """A topic's head in storage is not what a write builds on."""


def commit(engine: Engine, writes: Sequence[Write], failpoints: Failpoints) -> list[Outcome]:
    """Store all of it in one transaction; where something is wrong with one, each in its own.

    The outcomes are in the order of the writes.
    """
    try:
        _transact(engine, merge(writes), failpoints)
    except (Broken, HeadMoved, IntegrityError, DataError, UnicodeError, OverflowError) as error:
        if len(writes) == 1:
            return [_blame(error)]
    except StatementError as error:
        if not _at_fault(error):
            return [_unavailable(error)] * len(writes)
        if len(writes) == 1:
            return [Unstorable(str(error.orig))]
    except (SQLAlchemyError, OSError) as error:
        return [_unavailable(error)] * len(writes)
    else:
        return [None] * len(writes)
    return _one_by_one(engine, writes, failpoints)


def _one_by_one(engine: Engine, writes: Sequence[Write], failpoints: Failpoints) -> list[Outcome]:
    outcomes: list[Outcome] = []
    lost: set[str] = set()
    for write in writes:
        topic = None if write.raises is None else write.raises.topic
        if outcomes and isinstance(outcomes[-1], Unavailable):
            outcomes.append(outcomes[-1])
        elif topic in lost:
            outcomes.append(behind())
        else:
            outcomes.extend(commit(engine, [write], failpoints))
        if topic is not None and outcomes[-1] is not None:
            lost.add(topic)
    return outcomes


def behind() -> Fenced:
    """For a write behind one of its topic that failed: it builds on that, even if the head fits by chance."""
    return Fenced("an earlier write to this topic was not stored")


def _blame(error: Exception) -> RepositoryError:
    if isinstance(error, DataError | UnicodeError | OverflowError):
        return Unstorable("a value that the database does not take")
    return Fenced("the topic's head is another, or this is stored already")


def _at_fault(error: StatementError) -> bool:
    """Is it the value, not the database? Drivers refuse lone surrogates with plain ValueErrors."""
    return isinstance(error.orig, ValueError | TypeError | OverflowError)


def _unavailable(error: Exception) -> Unavailable:
    cause = getattr(error, "orig", None) or error
    log.warning("the database did not commit: %s: %s", type(cause).__name__, cause)
    return Unavailable("the database cannot be written to")


def _transact(engine: Engine, batch: Batch, failpoints: Failpoints) -> None:
    with engine.connect() as connection, connection.begin():
        _write(connection, batch)
        failpoints.before_commit()
    failpoints.after_commit()


def _write(connection: Connection, batch: Batch) -> None:
    dialect = connection.dialect.name
    if batch.raises:
        fresh: list[Row] = [{"id": one.topic, "version": 0} for one in batch.raises if one.base == 0]
        if fresh:
            connection.execute(insertion(_NEW_TOPICS, dialect), fresh)
        steps: list[Row] = [
            {"topic": one.topic, "base": one.base, "raised": one.version} for one in batch.raises
        ]
        if connection.execute(_RAISE, steps).rowcount != len(steps):
            raise HeadMoved
    for into, rows in batch.inserts:
        connection.execute(insertion(into, dialect), rows)
    for statement in batch.statements:
        connection.execute(statement)


@cache
def insertion(into: Into, dialect: str) -> Insert:
    """The statement by which rows go in."""
    table = into.table
    if into.existing is Existing.REFUSE:
        return table.insert()
    keys = list(table.primary_key.columns)
    statement = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    if into.existing is Existing.KEEP:
        return statement.on_conflict_do_nothing(index_elements=keys)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key and column.name not in into.fixed
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
