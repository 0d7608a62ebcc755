"""Keeps a recorder process running, with pauses that grow while it does not."""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 30.0
"""Who ran for so long starts with the first pause again."""

SOCKET_BYTES: Final = 1 << 20
"""Some turns of a large node fit, so that one send a turn is enough; the kernel may give less."""


class Supervisor:
    """Starts ``recording.process`` and starts it again when it ends. `on_socket` is given our end of each
    process's socket."""

    def __init__(self, on_socket: Callable[[socket.socket], None]) -> None:
        self._on_socket = on_socket
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Begin, unless it runs."""
        if self._task is None:
            self._stopping = False
            self._task = asyncio.create_task(self._keep_running())

    async def stop(self, within_s: float) -> None:
        """Wait until the process has ended by itself: its socket is closed. One that does not is killed."""
        self._stopping = True
        task, self._task = self._task, None
        if task is None:
            return
        if self._process is None:
            task.cancel()
        elif not (await asyncio.wait([task], timeout=within_s))[0]:
            log.error("the recorder does not end: killed")
            self._process.kill()
        await asyncio.gather(task, return_exceptions=True)

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while True:
            began_at = loop.time()
            try:
                code = await self._run()
                log.log(logging.INFO if self._stopping else logging.ERROR, "the recorder ended: %d", code)
            except OSError:
                log.exception("the recorder cannot be started")
            if self._stopping:
                return
            pause_s = (
                FIRST_PAUSE_S if loop.time() - began_at > STEADY_S else min(2 * pause_s, LONGEST_PAUSE_S)
            )
            await asyncio.sleep(pause_s)

    async def _run(self) -> int:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "recording.process", str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._process = process
        try:
            self._on_socket(ours)
            return await process.wait()
        finally:
            self._process = None
