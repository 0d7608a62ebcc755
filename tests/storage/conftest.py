"""Both databases, for tests that run on each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.engine import sqlite_url
from tests.storage.postgresql import PROGRAMS, Postgres

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this run."""
    if not PROGRAMS:
        pytest.skip("needs PostgreSQL")
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()
