"""The real server as a process of its own, as a user starts it."""

import asyncio
import re
import signal
import sys
import tempfile
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

READY = re.compile(r"ready (https?://\S+) media (\S+):(\d+)")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30
COMMAND = (sys.executable, "-m", "signaling.main")
KEPT_LINES = 2_000  # of the log, for the report of a test that fails


class ServerError(Exception):
    """The server did not start, or did not stop when told."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the server says when it accepts clients (PROTOCOL.md 1)."""

    url: str
    media: tuple[str, int]


def parse_ready(line: str) -> Ready | None:
    """The addresses in a `ready` line; None for any other line."""
    found = READY.fullmatch(line.strip())
    return Ready(found[1], (found[2].strip("[]"), int(found[3]))) if found else None


class Server:
    """`sfumato serve --dev` on free ports; an async context manager.

    `log` holds the last lines of its standard error.
    """

    def __init__(self, *arguments: str, command: tuple[str, ...] = COMMAND) -> None:
        self.log: deque[str] = deque(maxlen=KEPT_LINES)
        self._command = (*command, "serve", "--dev", "--http-port", "0", "--media-port", "0")
        self._arguments = arguments
        self._data: tempfile.TemporaryDirectory[str] | None = None
        self._ready: Ready | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._logging: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where pages are, without a slash at the end."""
        return self._need_ready().url.rstrip("/")

    @property
    def media(self) -> tuple[str, int]:
        """The media port's address."""
        return self._need_ready().media

    @property
    def pid(self) -> int:
        """The process's id."""
        if self._process is None:
            raise ServerError("not started")
        return self._process.pid

    async def __aenter__(self) -> Self:
        self._data = tempfile.TemporaryDirectory(prefix="sfumato-")
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            *("--data", self._data.name),
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._logging = asyncio.create_task(self._keep_log(self._process.stderr))
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while self._ready is None:
                    line = await self._process.stdout.readline()
                    if not line:
                        await self._logging
                        raise ServerError("the server ended:\n" + "\n".join(self.log))
                    self._ready = parse_ready(line.decode())
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended_as_told = await self._end()
        if not ended_as_told and error is None:
            raise ServerError(f"the server outlived SIGTERM by {STOP_TIMEOUT_S} s:\n" + "\n".join(self.log))

    def _need_ready(self) -> Ready:
        if self._ready is None:
            raise ServerError("not ready")
        return self._ready

    async def _keep_log(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self.log.append(line.decode(errors="replace").rstrip())

    async def _end(self) -> bool:
        process, in_time = self._process, True
        if process is not None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                in_time = False
                process.kill()
                await process.wait()
        if self._logging is not None:
            await self._logging
        if self._data is not None:
            self._data.cleanup()
        return in_time
