"""Headless Firefox through WebDriver BiDi (W3C), spoken directly: no geckodriver needed."""

import asyncio
import json
import re
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.e2e.patterns import PAGE_SCRIPT_JS
from tests.e2e.polling import poll

PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "permissions.default.camera": 1,
    "permissions.default.microphone": 1,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    # No traffic of its own: no updates, no telemetry, no captive portal, no start page, no codec downloads.
    "app.update.enabled": False,
    "app.normandy.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
START_TIMEOUT_S = 60
COMMAND_TIMEOUT_S = 60
EXIT_TIMEOUT_S = 15


class FirefoxError(Exception):
    """Firefox did not start, a command failed or a script threw."""


class Firefox:
    """One Firefox process with one tab; an async context manager. `errors` collects console errors."""

    def __init__(self, executable: str) -> None:
        self.errors: list[str] = []
        self._executable = executable
        self._numbers = count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._profile: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._tab = ""

    async def __aenter__(self) -> Self:
        # Firefox's helper processes may outlive it by a moment and still write.
        self._profile = tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
        profile = Path(self._profile.name)
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()
        ]
        (profile / "user.js").write_text("\n".join(lines))
        self._process = await asyncio.create_subprocess_exec(
            *(self._executable, "--headless", "--no-remote", "--profile", str(profile)),
            *("--remote-debugging-port", "0"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                address = await self._listening()
                self._session = aiohttp.ClientSession()
                self._socket = await self._session.ws_connect(f"{address}/session", max_msg_size=0)
                self._tasks.append(asyncio.create_task(self._read()))
                await self._command("session.new", {"capabilities": {}})
                await self._command("session.subscribe", {"events": ["log.entryAdded"]})
                await self._command(
                    "script.addPreloadScript", {"functionDeclaration": _function(PAGE_SCRIPT_JS)}
                )
                tree = await self._command("browsingContext.getTree", {})
                self._tab = tree["contexts"][0]["context"]
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    async def open(self, url: str) -> None:
        """Load `url` in the tab and wait until it is there."""
        await self._command(
            "browsingContext.navigate", {"context": self._tab, "url": url, "wait": "complete"}
        )

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, its promise awaited, as JSON carries it.

        Raises FirefoxError if it throws.
        """
        result = await self._command(
            "script.evaluate",
            {
                "expression": f"(async () => JSON.stringify(await ({expression})) ?? 'null')()",
                "target": {"context": self._tab},
                "awaitPromise": True,
            },
        )
        if result["type"] != "success":
            raise FirefoxError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    async def wait_for(self, condition: str, timeout_s: float = 30) -> Any:
        """The first truthy value of a JavaScript expression, asked again and again in the page."""
        return await self.evaluate(poll(condition, timeout_s))

    async def _listening(self) -> str:
        assert self._process is not None
        assert self._process.stderr is not None
        said = b""
        while line := await self._process.stderr.readline():
            said += line
            found = LISTENING.search(line.decode(errors="replace"))
            if found:
                self._tasks.append(asyncio.create_task(_drain(self._process.stderr)))
                return found[1]
        raise FirefoxError(f"Firefox ended: {said.decode(errors='replace')}")

    async def _command(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        assert self._socket is not None
        number = next(self._numbers)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            message = await reply
        if message["type"] == "error":
            raise FirefoxError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    async def _read(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            message = json.loads(frame.data)
            if message["type"] == "event":
                entry = message["params"]
                if message["method"] == "log.entryAdded" and entry["level"] == "error":
                    self.errors.append(str(entry["text"]))
            elif message.get("id") in self._replies:
                self._replies.pop(message["id"]).set_result(message)
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(FirefoxError("Firefox closed the connection"))

    async def _stop(self) -> None:
        if self._socket is not None:
            with suppress(FirefoxError, TimeoutError, ConnectionError):
                await self._command("browser.close", {})
            await self._socket.close()
        if self._session is not None:
            await self._session.close()
        if self._process is not None:
            await _end(self._process)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._profile is not None:
            self._profile.cleanup()


def _function(script: str) -> str:
    return f"() => {{ {script} }}"


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for the process, which was asked to end; what does not is terminated, then killed, by its id."""
    for act in (process.terminate, process.kill):
        with suppress(TimeoutError):
            async with asyncio.timeout(EXIT_TIMEOUT_S):
                await process.wait()
                return
        with suppress(ProcessLookupError):
            act()
    await process.wait()
