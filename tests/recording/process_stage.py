"""A stage whose recorder is the real process, killed and starved as tests like it. Media comes as fast as it
is taken, in simulated time that begins now."""

import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from recording.manifest import Manifest, load_manifest
from tests.recording.stage import Stage

DEADLINE_S = 60.0
MOMENT_S = 0.02


class ProcessStage(Stage):
    """Also as a context: the process is gone at its end, whatever happened."""

    def __init__(self, folder: Path, file_bytes: int | None = None) -> None:
        self._link, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            (sys.executable, "-m", "recording.process", str(theirs.fileno())),
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        if file_bytes is not None:  # every file is full there, as a disk would be
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        super().__init__(folder, origin=time.monotonic())

    def __enter__(self) -> "ProcessStage":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    # --- the recorder

    def deliver(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._link.setblocking(False)
            try:
                rest = rest[self._link.send(rest) :]
            except BlockingIOError:
                select.select([self._link], [self._link], [], DEADLINE_S)
                self.listen()

    def pass_time(self) -> None:
        """Its time is its own."""

    def listen(self) -> None:
        while select.select([self._link], [], [], 0)[0]:
            data = self._link.recv(65_536)
            if not data:
                break
            self.heard(data)

    # --- what befalls it

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait(DEADLINE_S)
        self._link.close()

    def leave(self) -> int:
        """The node dies; how the process ends."""
        self._link.close()
        return self._process.wait(DEADLINE_S)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Let the process work until that holds."""
        deadline = time.monotonic() + DEADLINE_S
        while not holds():
            assert time.monotonic() < deadline, "the recorder takes too long"
            select.select([self._link], [], [], MOMENT_S)
            self.listen()

    def wait_for_stopped(self) -> Manifest:
        """The answer to a stop."""
        self.wait_for(lambda: any(message["did"] == "stopped" for message in self.told))
        return load_manifest((self.folder / "manifest.json").read_bytes())


def seconds_on_disk(path: Path) -> float:
    """How far a file can be played that is still being written."""
    try:
        with av.open(str(path)) as file:
            return max(
                (float(packet.pts * packet.time_base) for packet in file.demux() if packet.pts is not None),
                default=0.0,
            )
    except (FileNotFoundError, EOFError, av.error.InvalidDataError):
        return 0.0


@contextmanager
def recording_process(folder: Path, file_bytes: int | None = None) -> Iterator[ProcessStage]:
    """A process that has begun to record."""
    with ProcessStage(folder, file_bytes) as stage:
        stage.start()
        stage.wait_for(lambda: any(message["did"] == "started" for message in stage.told))
        yield stage
