"""What holds for every test."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop
from hypothesis import settings

from loadtests.postgresql import PROGRAMS, Postgres

CI = os.environ.get("CI") == "true"

# How long an example takes says how busy the machine is, nothing about the example.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_WITH_SOCKETS = {
    "client/test_meeting.py",
    "sfu/test_driver.py",
    "sfu/test_tcp_port.py",
    "sfu/test_udp_port.py",
    "signaling/test_websocket.py",
}
"""What deals with sockets and transports themselves: runs on the loop of production, and on Python's own."""

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, LoopFactory]:
    """The loops a test runs on."""
    del config
    loops: dict[str, LoopFactory] = {"asyncio": asyncio.new_event_loop}
    if item.path.relative_to(Path(__file__).parent).as_posix() in _WITH_SOCKETS:
        loops["uvloop"] = uvloop.new_event_loop
    return loops


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this run."""
    if not PROGRAMS:
        pytest.skip("needs PostgreSQL")
    server = Postgres(durable=False)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI nothing may be skipped: says which tests were."""
    for report in terminalreporter.stats.get("skipped", []) if CI else []:
        terminalreporter.write_line(f"skipped in CI, which fails the run: {report.nodeid}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run: it would hide that something is missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if CI and reporter is not None and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
