"""A screen that writes down what is done to it."""

from collections.abc import Sequence
from typing import Any

from client.agent.injector import Own


class PaperScreen:
    """`client.agent.injector.Screen` on paper.

    `missing` are characters its keyboard does not have, `foreign` those it has to make keys for.
    """

    def __init__(self, missing: str = "", foreign: str = "") -> None:
        self.foreign = foreign
        self.made: set[str] = set()
        self.acts: list[tuple[Any, ...]] = []
        self.held: set[str | int] = set()
        self.missing = missing

    def take(self) -> list[tuple[Any, ...]]:
        """What was done since the last call."""
        acts, self.acts = self.acts, []
        return acts

    def move(self, x: float, y: float) -> None:
        self.acts.append(("move", x, y))

    def button(self, button: int, down: bool) -> None:
        self._hold(button, down)
        self.acts.append(("button", button, down))

    def scroll(self, right: int, down: int) -> None:
        self.acts.append(("scroll", right, down))

    def prepare(self, keys: Sequence[str]) -> bool:
        new = {key for key in keys if key in self.foreign} - self.made
        self.made |= new
        if new:
            self.acts.append(("make", "".join(sorted(new))))
        return bool(new)

    def press(self, key: str) -> bool:
        if key in self.missing:
            return False
        assert key not in self.foreign or key in self.made
        self._hold(key, True)
        self.acts.append(("press", key))
        return True

    def release(self, key: str) -> None:
        self._hold(key, False)
        self.acts.append(("release", key))

    def type_character(self, character: str) -> bool:
        assert character not in self.foreign or character in self.made
        self.acts.append(("type", character))
        return character not in self.missing

    def fileno(self) -> int:
        raise NotImplementedError

    def poll_own(self) -> Sequence[Own]:
        return ()

    def aim(self, width: int, height: int) -> str:
        return f"paper ({width}×{height})"

    def close(self) -> None:
        assert not self.held

    def _hold(self, what: str | int, down: bool) -> None:
        assert (what in self.held) != down, f"{what} is {'down already' if down else 'not down'}"
        (self.held.add if down else self.held.remove)(what)
