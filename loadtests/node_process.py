"""A node as a process of its own, and what the kernel tells of it."""

import asyncio
import os
import re
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

READY = re.compile(r"ready (https?://\S+) media \S+")
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0

NODE_CPU, CLIENT_CPU = 0, 1

_UTIME, _STIME = 11, 12
"""Fields of /proc/PID/stat behind the name, which may hold spaces (proc(5): 14 and 15)."""


class NodeFailed(Exception):
    """The node did not start, or ended by itself; the text is the end of its log."""


@dataclass(frozen=True, slots=True)
class CpuTime:
    """Seconds of processor time, all threads."""

    user_s: float
    system_s: float

    def since(self, before: "CpuTime") -> "CpuTime":
        """What was used between the two."""
        return CpuTime(self.user_s - before.user_s, self.system_s - before.system_s)


def read_cpu_time(stat: str, ticks_per_s: int) -> CpuTime:
    """From the text of /proc/PID/stat."""
    fields = stat.rpartition(")")[2].split()
    return CpuTime(int(fields[_UTIME]) / ticks_per_s, int(fields[_STIME]) / ticks_per_s)


def read_resident_mb(status: str) -> float:
    """Resident memory in MiB from the text of /proc/PID/status."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def pin(pid: int, processor: int) -> None:
    """Keep a process (0: this one) on one processor, where there are two."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {processor})


class NodeProcess:
    """`sfumato serve --dev` on free ports, on a processor of its own where there are two; an async context
    manager. `environment` are settings (``SFUMATO_…``); `pinned` False lets it run on any processor.
    `module`: another program that says when it is ready."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, *, pinned: bool = True, module: str = ""
    ) -> None:
        self.url = ""
        self._module = module
        self._pinned = pinned
        self._environment = {**os.environ, **(environment or {})}
        self._data: tempfile.TemporaryDirectory[str] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._log: asyncio.Task[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        self._data = tempfile.TemporaryDirectory(prefix="sfumato-bench-")
        # A client that is killed takes its node along (prctl PR_SET_PDEATHSIG).
        bound = ("setpriv", "--pdeathsig", "TERM")
        serve = ("signaling.main", "serve", "--dev", "--data", self._data.name)
        command = (self._module,) if self._module else (*serve, "--http-port", "0", "--media-port", "0")
        self._process = await asyncio.create_subprocess_exec(
            *bound,
            *(sys.executable, "-m", *command),
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        if self._pinned:
            pin(self._process.pid, NODE_CPU)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._log = asyncio.create_task(self._process.stderr.read())
        async with asyncio.timeout(START_TIMEOUT_S):
            line = (await self._process.stdout.readline()).decode()
        found = READY.match(line)
        if found is None:
            await self.__aexit__(None, None, None)
            raise NodeFailed((await self._log).decode()[-2000:])
        self.url = found[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, log, data = self._process, self._log, self._data
        if process is None or log is None or data is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await log
        data.cleanup()

    def cpu_time(self) -> CpuTime:
        """Processor time used so far."""
        return read_cpu_time(Path(f"/proc/{self.pid}/stat").read_text(), os.sysconf("SC_CLK_TCK"))

    def resident_mb(self) -> float:
        """Memory in MiB."""
        return read_resident_mb(Path(f"/proc/{self.pid}/status").read_text())
