"""``python -m recording.process FD``: the process that writes recordings, at the other end of a socket.

It ends when the node closes the socket, or dies: then every file is finished first. A slow disk holds up
nobody but this process.
"""

import logging
import os
import select
import signal
import socket
import sys
import time
from dataclasses import asdict
from queue import SimpleQueue
from threading import Thread
from typing import Any

from recording.folder_lock import FolderLocks
from recording.manifest import Problem
from recording.media_file import MediaFile, suffix_of
from recording.recording import Recording
from recording.recordings import Recordings
from recording.repair import finish
from recording.track import problem_code

log = logging.getLogger(__name__)

READ_BYTES = 1 << 15
"""Half a millisecond of work. After each such piece the node, if it has something to do, may have the
processor at once: the kernel would let us run on for a slice of some milliseconds."""

TICK_S = 0.5
NICE = 5
"""Calls come first where processors are few."""


class Process:
    """Moves the recordings by the socket and the clock."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._finished: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._finishing: list[Thread] = []
        self._locks = FolderLocks()
        self._recordings = Recordings(MediaFile, suffix_of, self._locks, self._finish)

    def run(self) -> None:
        """Until the node is gone."""
        next_tick = time.monotonic() + TICK_S
        recordings = self._recordings
        recordings.say({"did": "ready"})
        incoming = select.poll()
        incoming.register(self._link, select.POLLIN)
        while True:
            self._send()
            if incoming.poll(1000 * TICK_S / 2):
                data = self._link.recv(READ_BYTES)
                if not data:
                    break
                recordings.receive(data)
                os.sched_yield()
            now = time.monotonic()
            if now >= next_tick:
                next_tick = now + TICK_S
                # Behind with reading, time is that of what was read: what waits in the socket is not late.
                recordings.tick(recordings.newest if incoming.poll(0) else now)
            while not self._finished.empty():
                recordings.say(self._finished.get())
        for recording in recordings.close(time.monotonic()):
            self._finish(recording)
        for thread in self._finishing:
            thread.join()

    def _send(self) -> None:
        answers = self._recordings.take()
        if answers:
            try:
                self._link.sendall(answers)
            except OSError:
                log.warning("the node does not listen any more")

    def _finish(self, recording: Recording) -> None:
        thread = Thread(target=self._finish_files, args=(recording,))
        thread.start()
        self._finishing = [other for other in self._finishing if other.is_alive()] + [thread]

    def _finish_files(self, recording: Recording) -> None:
        """Repairs and checksums take a while for long files; other recordings go on meanwhile."""
        manifest = recording.manifest
        try:
            finish(recording.folder, manifest)
        except OSError as error:
            detail = error.strerror or str(error)
            manifest.add_problem(Problem(manifest.duration_ms, problem_code(error), "", detail))
        self._locks.release(recording.folder)
        self._finished.put({"did": "stopped", "recording": recording.id, "manifest": asdict(manifest)})


def main() -> None:
    """The program."""
    logging.basicConfig(format="recorder: %(levelname)s %(message)s")
    for told in (signal.SIGINT, signal.SIGTERM):  # a service manager tells every process: the node decides
        signal.signal(told, signal.SIG_IGN)
    # A process group of its own: what a terminal says to the node is the node's to hear. Not a session of its
    # own: the kernel weighs sessions against each other as if nobody were nice (sched(7), autogroup).
    os.setpgrp()
    os.nice(NICE)
    link = socket.socket(fileno=int(sys.argv[1]))
    link.setblocking(True)
    Process(link).run()


if __name__ == "__main__":
    main()
