"""What is asked of a process that composes, in plain words: for who asks without the libraries it needs."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from recording.compose.layout import Layout

Format = Literal["mp4", "webm"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

PART_S: Final = 20
"""Seconds a part: what a kill costs at most."""


@dataclass(frozen=True, slots=True)
class Job:
    """One line of JSON on the standard input of `recording.compose.process`."""

    folder: str
    out: str
    layout: Layout = "grid"
    format: Format = "mp4"
    width: int = 1280
    height: int = 720
    fps: int = 30
    pictures: str = ""
    part_s: int = PART_S
