"""A page in Chromium or Firefox, driven by expressions."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from playwright.async_api import async_playwright

_PAGE = Path(__file__).parent / "page.html"
_START_TIMEOUT_S = 60

_CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
_FIREFOX_PREFERENCES = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
}

BROWSERS = {"chromium": "chromium", "firefox": "firefox-esr"}
"""Our names to the commands."""


class Page(Protocol):
    """Whatever evaluates JavaScript."""

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression, awaited if it is a promise, as JSON carries it."""


@contextlib.asynccontextmanager
async def open_page(browser: str) -> AsyncIterator[Page]:
    """`page.html` in a new browser, with a fake camera and microphone."""
    command = shutil.which(BROWSERS[browser])
    assert command is not None, f"{browser} is not installed"
    async with _served() as url:
        opened = _chromium(command, url) if browser == "chromium" else _firefox(command, url)
        async with opened as page:
            yield page


@contextlib.asynccontextmanager
async def _served() -> AsyncIterator[str]:
    """Cameras need a secure context: a file will not do, loopback does."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text=_PAGE.read_text(), content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _chromium(command: str, url: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=command, args=list(_CHROMIUM_FLAGS))
        try:
            page = await browser.new_page()
            await page.goto(url)
            yield page
        finally:
            await browser.close()


class _BidiPage:
    """WebDriver BiDi, as far as one page needs it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0
        self._context = ""

    async def open(self, url: str) -> None:
        await self._command("session.new", capabilities={})
        tree = await self._command("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]
        await self._command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def evaluate(self, expression: str) -> Any:
        found = await self._command(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    async def _command(self, method: str, **params: Any) -> Any:
        self._count += 1
        await self._socket.send_json({"id": self._count, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=_START_TIMEOUT_S)
            if message.get("id") == self._count:
                assert message["type"] == "success", message
                return message["result"]


@contextlib.asynccontextmanager
async def _firefox(command: str, url: str) -> AsyncIterator[Page]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        _write_preferences(Path(profile))
        process = await asyncio.create_subprocess_exec(
            command,
            "--headless",
            "--no-remote",
            "--profile",
            profile,
            "--remote-debugging-port",
            "0",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.ws_connect(f"{await _bidi_address(process)}/session", max_msg_size=0) as socket,
            ):
                page = _BidiPage(socket)
                await page.open(url)
                yield page
        finally:
            # Its content processes are children in the same session: the group ends them all.
            os.killpg(process.pid, signal.SIGKILL)
            await process.communicate()


def _write_preferences(profile: Path) -> None:
    lines = (
        f"user_pref({json.dumps(key)}, {json.dumps(value)});" for key, value in _FIREFOX_PREFERENCES.items()
    )
    (profile / "user.js").write_text("\n".join(lines))


async def _bidi_address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(_START_TIMEOUT_S):
        while line := await process.stderr.readline():
            if found := re.search(rb"ws://\S+", line):
                return found[0].decode()
    raise AssertionError("Firefox ended without saying where it listens")
