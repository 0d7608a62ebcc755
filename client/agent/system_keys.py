"""Combinations that go to the system rather than to a program: who has them could lock the sharer out."""

from collections.abc import Collection

from client.agent.keys import MODIFIERS

_COMBINATIONS = (
    "Meta",  # the desktop's own: overview, lock, terminals
    "Alt+Tab",
    "Alt+Escape",
    "Alt+F1",
    "Alt+F2",
    "Alt+F4",
    "Alt+Space",
    "Control+Escape",
    "Control+Alt+Delete",
    "Control+Alt+Backspace",  # ends the X server
    "Control+Alt+Escape",
    "Control+Alt+Tab",
    "Control+Alt+l",  # locks the screen
    "Control+Alt+t",  # opens a terminal
    "PrintScreen",
    *(f"Control+Alt+F{number}" for number in range(1, 13)),  # other consoles
)

SYSTEM_KEYS = {frozenset(name.replace("Space", " ").split("+")): name for name in _COMBINATIONS}
"""Keys held at the same time, whichever came last → how people write it."""


def system_keys(held: Collection[str]) -> str | None:
    """The combination that these keys make, modifiers of either side; None if there is none."""
    down = {MODIFIERS.get(key, key.lower() if len(key) == 1 else key) for key in held}
    return next((name for keys, name in SYSTEM_KEYS.items() if keys <= down), None)
