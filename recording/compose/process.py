"""``python -m recording.compose.process``: one composition, for who shows its progress elsewhere.

On standard input one JSON object (`Job`); on standard output lines ``{"share": 0.25}`` and at the end
``{"done": true}`` or ``{"error": CODE, "message": …}``. It runs with low priority: calls come first.
"""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from recording.compose.composition import PART_S, CannotCompose, Order, compose
from recording.compose.director import Look
from recording.compose.film import Format
from recording.compose.layout import Layout

NICE = 15


@dataclass(frozen=True, slots=True)
class Job:
    """An `Order` in plain words."""

    folder: str
    out: str
    layout: Layout = "grid"
    format: Format = "mp4"
    width: int = 1280
    height: int = 720
    fps: int = 30
    pictures: str = ""
    part_s: int = PART_S

    def order(self) -> Order:
        """The same for `compose`."""
        pictures = Path(self.pictures) if self.pictures else None
        look = Look(self.layout, self.width, self.height, self.fps, pictures)
        return Order(Path(self.folder), Path(self.out), self.format, look, self.part_s)


def say(message: dict[str, Any]) -> None:
    """A line; whoever does not listen any more ends us."""
    sys.stdout.buffer.write(orjson.dumps(message) + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """One job."""
    with suppress(OSError):
        os.nice(NICE)
    job = TypeAdapter(Job).validate_json(sys.stdin.buffer.readline())
    try:
        compose(job.order(), lambda share: say({"share": round(share, 4)}))
    except CannotCompose as error:
        say({"error": error.code, "message": str(error)})
    else:
        say({"done": True})


if __name__ == "__main__":
    main()
