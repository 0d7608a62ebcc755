"""Connections to the database: SQLite in a file, or PostgreSQL by URL, and what is asserted of each.

Nothing is acknowledged that a power cut could take back: SQLite runs with ``synchronous=FULL`` (in WAL mode
each COMMIT is one fsync of the log, https://www.sqlite.org/pragma.html#pragma_synchronous), PostgreSQL with
``synchronous_commit`` on.
"""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import BadDatabase

DATABASE = "sfumato.db"
"""The file in the data folder."""

BUSY_TIMEOUT_S = 5.0
"""How long SQLite waits for another process's write lock."""

RETRY_S = 0.02
"""Between tries of what SQLite does not wait with itself."""

CONNECT_TIMEOUT_S = 5
TCP_TIMEOUT_MS = 10_000
"""A PostgreSQL that is cut off without a word counts as gone after this (tcp(7): TCP_USER_TIMEOUT)."""

CONNECTIONS = 4
"""One that writes, the others read."""

FULL, WAL = 2, "wal"


def sqlite_url(folder: Path) -> str:
    """The embedded database of a data folder."""
    return URL.create("sqlite", database=str(folder / DATABASE)).render_as_string()


def open_engine(url: str, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """An engine whose every connection keeps what it commits. Raises BadDatabase for a URL we cannot use."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter of what stands for a port
        # The text may hold a password: it is not quoted.
        raise BadDatabase("not a database URL; like postgresql://USER@HOST/DATABASE") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise BadDatabase("SQLite needs a file")
        return _sqlite(parsed.set(drivername="sqlite+pysqlite"), busy_timeout_s)
    if backend in ("postgresql", "postgres"):
        return _postgresql(parsed.set(drivername="postgresql+psycopg"))
    raise BadDatabase(f"{backend} is not supported: SQLite or PostgreSQL")


def is_sqlite(engine: Engine) -> bool:
    """True for the embedded database."""
    return engine.dialect.name == "sqlite"


def _sqlite(url: URL, busy_timeout_s: float) -> Engine:
    engine = create_engine(
        url, pool_size=CONNECTIONS, max_overflow=0, connect_args={"timeout": busy_timeout_s}
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        # The driver's own transactions begin late and not at all before DDL; BEGIN is ours (see below).
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            _write_ahead(cursor, busy_timeout_s)
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA foreign_keys = ON")
            # A reader that stays long keeps the log growing; after a checkpoint it is cut back to this.
            cursor.execute("PRAGMA journal_size_limit = 67108864")
            check_sqlite(cursor)
        finally:
            cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # Writers take the lock at once (`IMMEDIATE`): one that reads first and is overtaken could only fail.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(cursor: sqlite3.Cursor, busy_timeout_s: float) -> None:
    """A log instead of a journal, for good. Of two who do this to a new file SQLite refuses one at once.

    It holds a read lock by then, with which it never waits for a write lock
    (https://www.sqlite.org/c3ref/busy_handler.html); so the wait is ours.
    """
    give_up_at = time.monotonic() + busy_timeout_s
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up_at:
                raise
        time.sleep(RETRY_S)


def check_sqlite(cursor: Any) -> None:
    """Is a connection as durable as we say? Raises BadDatabase (a file system without shared memory)."""
    found = {
        name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys")
    }
    if found != {"journal_mode": WAL, "synchronous": FULL, "foreign_keys": 1}:
        raise BadDatabase(f"SQLite did not take our settings: {found}")


def _postgresql(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_use_lifo=True,
        pool_pre_ping=True,  # a server that was restarted is no reason to refuse a write
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "tcp_user_timeout": TCP_TIMEOUT_MS},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            found = cursor.fetchone()[0]
        connection.rollback()
        if found == "off":
            raise BadDatabase("PostgreSQL has synchronous_commit off: a crash would lose what we acknowledge")

    return engine
