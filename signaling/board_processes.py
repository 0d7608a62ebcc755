"""Drawing and reading whole boards, each in a process that is ended in time."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import asdict

import orjson

from datachannels.whiteboard.convert import Task
from datachannels.whiteboard.render import Job

AT_ONCE = 2
DEADLINE_S = 60.0


class ProcessFailed(Exception):
    """It took too long, or too much memory, or found a fault of ours."""


class BoardProcesses:
    """Few at a time; others wait their turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def render(self, job: Job, content: bytes) -> bytes:
        """The exported file. Raises `ProcessFailed`."""
        return await self._run("datachannels.whiteboard.render", orjson.dumps(asdict(job)), content)

    async def convert(self, task: Task, drawing: bytes) -> list[bytes]:
        """The lines of `datachannels.whiteboard.convert`. Raises `ProcessFailed`."""
        out = await self._run("datachannels.whiteboard.convert", orjson.dumps(asdict(task)), drawing)
        return out.split(b"\n") if out else []

    async def _run(self, module: str, head: bytes, body: bytes) -> bytes:
        async with self._turns:
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
