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

from recording.media_file import MediaFile, suffix_of
from recording.recording import Recording
from recording.recordings import Recordings
from recording.repair import finish

log = logging.getLogger(__name__)

READ_BYTES = 1 << 20
TICK_S = 0.5
NICE = 5
"""Calls come first where processors are few."""


class Process:
    """Moves the recordings by the socket and the clock."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._finished: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._finishing: list[Thread] = []
        self._recordings = Recordings(MediaFile, suffix_of, self._finish)

    def run(self) -> None:
        """Until the node is gone."""
        next_tick = time.monotonic() + TICK_S
        recordings = self._recordings
        recordings.say({"did": "ready"})
        while True:
            self._send()
            readable, _, _ = select.select([self._link], [], [], TICK_S / 2)
            if readable:
                data = self._link.recv(READ_BYTES)
                if not data:
                    break
                recordings.receive(data)
            now = time.monotonic()
            if now >= next_tick:
                next_tick = now + TICK_S
                # Behind with reading, time is that of what was read: what waits in the socket is not late.
                recordings.tick(min(now, recordings.newest) if readable else now)
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
        error = ""
        try:
            finish(recording.folder, recording.manifest)
        except OSError as failed:
            error = failed.strerror or str(failed)
        self._finished.put(
            {
                "did": "stopped",
                "recording": recording.id,
                "manifest": asdict(recording.manifest),
                "error": error,
            }
        )


def main() -> None:
    """The program."""
    logging.basicConfig(format="recorder: %(levelname)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node's to handle; the socket tells
    os.nice(NICE)
    link = socket.socket(fileno=int(sys.argv[1]))
    link.setblocking(True)
    Process(link).run()


if __name__ == "__main__":
    main()
