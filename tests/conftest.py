"""What holds for every test."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from loadtests.postgresql import PROGRAMS, Postgres

CI = os.environ.get("CI") == "true"

# How long an example takes says how busy the machine is, nothing about the example.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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
