"""A node for tests over real sockets."""

from collections.abc import AsyncIterator

import pytest

from tests.signaling.live_node import Node, node_settings, running


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings()) as started:
        yield started
