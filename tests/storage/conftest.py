"""Both databases, for tests that run on each."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loadtests.postgresql import Postgres
from storage.engine import sqlite_url
from storage.store import Store
from tests.storage.samples import opened


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An empty store."""
    async with opened(url) as it:
        yield it
