"""Drawing and reading whole boards, each in a process that is ended in time."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict

import orjson

from datachannels.whiteboard.convert import Task
from datachannels.whiteboard.render import Job

AT_ONCE = 2
MOST_WAITING = 20
"""Each holds a whole board, and goes on waiting when who asked is gone."""

DEADLINE_S = 60.0


class ProcessFailed(Exception):
    """It took too long, or too much memory, or found a fault of ours."""


class TooManyProcesses(Exception):
    """As many wait as may."""


class BoardProcesses:
    """Few at a time; others wait their turn. Everything raises `ProcessFailed` or `TooManyProcesses`."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def render(self, job: Job, content: bytes) -> bytes:
        """The exported file."""
        return await self._run("datachannels.whiteboard.render", orjson.dumps(asdict(job)), content)

    async def convert(self, task: Task, drawing: bytes) -> list[bytes]:
        """The lines of `datachannels.whiteboard.convert`."""
        out = await self._run("datachannels.whiteboard.convert", orjson.dumps(asdict(task)), drawing)
        return out.split(b"\n") if out else []

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise TooManyProcesses("too many boards are drawn or read")
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

    async def _run(self, module: str, head: bytes, body: bytes) -> bytes:
        async with self._turn():
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                talk = process.communicate(head + b"\n" + body)
                out, _ = await asyncio.wait_for(talk, DEADLINE_S)
            except TimeoutError as error:
                raise ProcessFailed("took too long") from error
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
            if process.returncode != 0:
                raise ProcessFailed("failed")
            return out
