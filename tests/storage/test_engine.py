"""What is asserted of connections."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from loadtests.postgresql import Postgres
from storage.engine import DATABASE, check_sqlite, open_engine, sqlite_url
from storage.errors import BadDatabase
from storage.store import Store

DEADLINE_S = 60.0


def test_every_sqlite_connection_is_durable_and_keeps_foreign_keys(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    with engine.connect() as first, engine.connect() as second:
        for connection in (first, second):
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert found == ["wal", 2, 1, 5_000]
    engine.dispose()


@pytest.mark.parametrize("setting", ["synchronous = NORMAL", "foreign_keys = OFF", "journal_mode = DELETE"])
def test_a_connection_that_is_less_durable_is_refused(tmp_path: Path, setting: str) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        check_sqlite(cursor)
        cursor.execute(f"PRAGMA {setting}")
        with pytest.raises(BadDatabase, match="did not take"):
            check_sqlite(cursor)
    finally:
        raw.close()
        engine.dispose()


def test_a_new_file_that_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    with closing(other), ThreadPoolExecutor() as threads:
        other.execute("BEGIN IMMEDIATE")
        opening = threads.submit(engine.connect)
        with pytest.raises(TimeoutError):
            opening.result(0.2)
        other.execute("COMMIT")
        opening.result(DEADLINE_S).close()
    engine.dispose()


def test_a_new_file_that_another_process_keeps_is_not_waited_for_without_end(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path), busy_timeout_s=0.05)
    other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            engine.connect()
    engine.dispose()


async def test_a_postgresql_that_acknowledges_before_it_keeps_is_refused(postgres: Postgres) -> None:
    url = postgres.new_database() + "&options=-csynchronous_commit%3Doff"
    with pytest.raises(BadDatabase, match="synchronous_commit"):
        await Store.open(url, Random(1))


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://root:secret@localhost/x", "://secret",
     "postgresql://u:an@:secret@localhost/x"],
)  # fmt: skip
def test_a_url_of_nothing_we_know_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(BadDatabase) as refused:
        open_engine(url)
    assert "secret" not in str(refused.value)


async def test_a_database_that_cannot_be_reached_stops_the_start(tmp_path: Path) -> None:
    for url in (sqlite_url(tmp_path / "missing"), f"postgresql://u@/d?host={tmp_path}"):
        with pytest.raises(BadDatabase, match="cannot be opened"):
            await Store.open(url, Random(1))


async def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    (tmp_path / "sfumato.db").write_bytes(b"not a database at all, " * 100)
    with pytest.raises(BadDatabase, match="cannot be opened"):
        await Store.open(url, Random(1))
