"""Tests with real sockets run on the loop of production, and on Python's own."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

_WITH_SOCKETS = {"test_udp_port.py", "test_tcp_port.py", "test_driver.py"}

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    """The loops a test runs on."""
    del config
    loops: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
    if item.path.name in _WITH_SOCKETS:
        loops["uvloop"] = uvloop.new_event_loop
    return loops
