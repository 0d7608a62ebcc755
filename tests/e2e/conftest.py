"""Browsers, camera files and the server for end-to-end tests."""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from tests.e2e.chromium import Chromium
from tests.e2e.firefox import Firefox
from tests.e2e.patterns import write_camera
from tests.e2e.requirements import require
from tests.e2e.server import Server

StartChromium = Callable[..., Awaitable[Chromium]]
StartServer = Callable[..., Awaitable[Server]]

SERVERS = pytest.StashKey[list[Server]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing test's report ends with what its servers logged."""
    report = yield
    if report.failed:
        for server in item.stash.get(SERVERS, []):
            report.sections.append(("server log", "\n".join(server.log)))
    return report


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Path]]:
    """The camera file of a person, made once a session (720p, 15 fps, one second, 21 MB)."""
    folder = tmp_path_factory.mktemp("cameras")
    files: dict[int, Path] = {}

    def file_of(person: int) -> Path:
        if person not in files:
            files[person] = write_camera(folder / f"{person}.y4m", person)
        return files[person]

    yield file_of
    for file in files.values():
        file.unlink()


@pytest.fixture
async def chromium(playwright: Playwright, camera: Callable[[int], Path]) -> AsyncIterator[StartChromium]:
    """`await chromium(person=7)`: a running Chromium that films person 7; stopped after the test."""
    executable = require("chromium", "chromium-browser", "google-chrome")
    async with AsyncExitStack() as running:

        async def start(person: int | None = None, flags: tuple[str, ...] = ()) -> Chromium:
            file = None if person is None else camera(person)
            return await running.enter_async_context(Chromium(playwright, executable, file, flags))

        yield start


@pytest.fixture
async def firefox() -> AsyncIterator[Firefox]:
    """A running Firefox; its fake camera has no pattern."""
    async with Firefox(require("firefox-esr", "firefox")) as running:
        yield running


@pytest.fixture
async def start_server(request: pytest.FixtureRequest) -> AsyncIterator[StartServer]:
    """`await start_server("--announce", …)`: a running server, stopped after the test."""
    servers = request.node.stash.setdefault(SERVERS, [])
    async with AsyncExitStack() as running:

        async def start(*arguments: str) -> Server:
            server = Server(*arguments)
            servers.append(server)
            return await running.enter_async_context(server)

        yield start


@pytest.fixture
async def server(start_server: StartServer) -> Server:
    """A running server with the settings of `--dev`."""
    return await start_server()
