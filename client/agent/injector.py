"""What an agent needs of the computer it runs on."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol


class ScreenLost(Exception):
    """The display is gone; nothing can be done on it any more."""


class NoScreen(Exception):
    """This computer has no display that an agent could act on; the text says what would help."""


class Own(Enum):
    """What who sits at the computer did."""

    USED = auto()
    ESCAPE = auto()
    OTHER_KEY = auto()


class Injector(Protocol):
    """Acts on the display as mouse and keyboard would. Everything may raise `ScreenLost`.

    Keys are named as in `keys`: a character, or a name like ``Enter``.
    """

    def move(self, x: float, y: float) -> None:
        """The pointer, to a place from 0 to 1 of the shared monitor."""

    def button(self, button: int, down: bool) -> None:
        """A button, numbered as in UI Events: left, middle, right, back, forward."""

    def scroll(self, right: int, down: int) -> None:
        """Notches of the wheel; negative ones go left and up."""

    def prepare(self, keys: Sequence[str]) -> bool:
        """Make keys for what this keyboard does not have; True if that was done, which programs have to read
        before the keys are pressed."""

    def press(self, key: str) -> bool:
        """Hold a key down; False if this keyboard cannot."""

    def release(self, key: str) -> None:
        """Let go of it."""

    def type_character(self, character: str) -> bool:
        """Press and release, as if nothing else were held; False if this keyboard cannot."""


class Screen(Injector, Protocol):
    """A display with who sits before it."""

    def fileno(self) -> int:
        """Readable when there may be something of `poll_own`."""

    def poll_own(self) -> Sequence[Own]:
        """What was done here by hand since the last call, not by `Injector`."""

    def aim(self, width: int, height: int) -> str:
        """Choose the monitor that is shared, by the size of its picture, 0 if unknown; in words."""

    def close(self) -> None:
        """Leave the keyboard as it was found."""
