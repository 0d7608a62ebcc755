"""A node for tests over real sockets, and the databases it may have."""

from collections.abc import AsyncIterator

import pytest

from loadtests.postgresql import Postgres
from tests.signaling.live_node import Node, node_settings, running


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings()) as started:
        yield started


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nodes that are started as processes keep everything in."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setenv("SFUMATO_STORAGE__URL", server.new_database())
