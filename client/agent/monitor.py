"""Which monitor is the shared one: a page is not told its name, only the size of its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from client.agent.injector import NoScreen


@dataclass(frozen=True, slots=True)
class Monitor:
    """A part of the display, in its pixels."""

    name: str
    x: int
    y: int
    width: int
    height: int
    primary: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.width}×{self.height})"

    def place(self, x: float, y: float) -> tuple[int, int]:
        """The pixel at a place from 0 to 1."""
        return self.x + round(x * (self.width - 1)), self.y + round(y * (self.height - 1))


def in_words(chosen: Monitor, monitors: Sequence[Monitor]) -> str:
    """Which one it is, and how to say that it is another."""
    others = [one.name for one in monitors if one != chosen]
    return f"{chosen}, not {' or '.join(others)} (--monitor NAME says another)" if others else str(chosen)


def choose(monitors: Sequence[Monitor], name: str | None, width: int, height: int) -> Monitor:
    """The one of that name, else the only one of the picture's size, else the primary or first one.

    Raises `NoScreen` if there is none of that name.
    """
    if name is not None:
        named = [one for one in monitors if one.name == name]
        if not named:
            raise NoScreen(f"There is no monitor {name}, but: {', '.join(one.name for one in monitors)}")
        return named[0]
    sized = [one for one in monitors if (one.width, one.height) == (width, height)]
    if len(sized) == 1:
        return sized[0]
    return next((one for one in monitors if one.primary), monitors[0])
