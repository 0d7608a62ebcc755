"""``python -m recording.compose.process``: one composition, for who shows its progress elsewhere.

On standard input one JSON object (`Job`); on standard output lines ``{"share": 0.25}`` and at the end
``{"done": true}`` or ``{"error": CODE, "message": …}``. It runs with low priority: calls come first.
"""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from recording.compose.composition import CannotCompose, Order, compose
from recording.compose.director import Look
from recording.compose.job import Job

NICE = 15


def order_of(job: Job) -> Order:
    """The same for `compose`."""
    pictures = Path(job.pictures) if job.pictures else None
    look = Look(job.layout, job.width, job.height, job.fps, pictures)
    return Order(Path(job.folder), Path(job.out), job.format, look, job.part_s)


def say(message: dict[str, Any]) -> None:
    """A line; whoever does not listen any more ends us."""
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """One job. In the session of whoever ordered it: being nice counts for nothing between sessions."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with suppress(OSError):
        os.nice(NICE)
    job = TypeAdapter(Job).validate_json(sys.stdin.buffer.readline())
    try:
        compose(order_of(job), lambda share: say({"share": round(share, 4)}))
    except CannotCompose as error:
        say({"error": error.code, "message": str(error)})
    else:
        say({"done": True})


if __name__ == "__main__":
    main()
