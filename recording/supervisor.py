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

STOP_S: Final = 60.0
"""A recorder that finishes its files may take so long; then it is killed."""


class Supervisor:
    """Starts ``recording.process`` and starts it again when it ends. `on_socket` is given our end of each
    process's socket."""

    def __init__(self, on_socket: Callable[[socket.socket], None]) -> None:
        self.pid: int | None = None
        self._on_socket = on_socket
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin, unless it runs."""
        if self._task is None:
            self._stopping = False
            self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """Wait until the process has ended by itself: its socket is closed."""
        self._stopping = True
        task, self._task = self._task, None
        if task is not None and self.pid is None:
            task.cancel()
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
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
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "recording.process", str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # what a terminal says to the node is the node's to hear
            )
        self.pid = process.pid
        self._on_socket(ours)
        try:
            while True:
                try:
                    async with asyncio.timeout(STOP_S if self._stopping else None):
                        return await process.wait()
                except TimeoutError:
                    log.error("the recorder does not end: killed")
                    process.kill()
        finally:
            self.pid = None
