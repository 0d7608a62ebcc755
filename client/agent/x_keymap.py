"""Which key of an X keyboard makes a symbol, and with which modifiers.

The core protocol's table of an XKB keyboard has four columns of the first two groups, then two of each group
for the third level: G1L1 G1L2 G2L1 G2L2 G1L3 G1L4 G2L3 G2L4 (XKB Protocol, §17.1.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from client.agent.x_keysyms import ISO_LEVEL3_SHIFT, NO_SYMBOL, SHIFT_L, SHIFT_R

_COLUMNS = ((0, 1, 4, 5), (2, 3, 6, 7))
"""Of a group: plain, Shift, third level, both."""
MAX_SPARE = 24
GROUP_SHIFT = 13
"""Bits 13 and 14 of a core state are the group (XKB Protocol, §17.1)."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key to press. None: it makes the symbol with the modifier and without."""

    keycode: int
    shift: bool | None
    level3: bool | None


class Keymap:
    """Of one keyboard: `rows` are the symbols of each keycode from `first` on."""

    def __init__(self, rows: Sequence[Sequence[int]], first: int) -> None:
        self.spare = [first + at for at, row in enumerate(rows) if not any(row)][-MAX_SPARE:]
        """Keycodes that make nothing, for symbols that no key makes."""
        self._groups = [_strokes(rows, first, columns) for columns in _COLUMNS]
        self.shift_keys = self._keycodes(SHIFT_L) + self._keycodes(SHIFT_R)
        self.level3_keys = self._keycodes(ISO_LEVEL3_SHIFT)

    def _keycodes(self, keysym: int) -> list[int]:
        stroke = self._groups[0].get(keysym)
        return [] if stroke is None else [stroke.keycode]

    def find(self, keysym: int, group: int) -> Stroke | None:
        """The stroke for a symbol while `group` is in force; None if there is none."""
        return self._groups[min(group, 1)].get(keysym)


def _strokes(rows: Sequence[Sequence[int]], first: int, columns: Sequence[int]) -> dict[int, Stroke]:
    found: dict[int, Stroke] = {}
    # The fewest modifiers first.
    for level in range(4):
        for at, row in enumerate(rows):
            symbols = _levels(row, columns)
            keysym = symbols[level]
            if keysym != NO_SYMBOL and keysym not in found:
                found[keysym] = Stroke(first + at, _needs(symbols, level, 1), _needs(symbols, level, 2))
    return found


def _needs(symbols: Sequence[int], level: int, bit: int) -> bool | None:
    other, with_it = symbols[level ^ bit], bool(level & bit)
    # What has nothing above it stays as it is there.
    same = other == symbols[level] or (other == NO_SYMBOL and not with_it)
    return None if same else with_it


def _levels(row: Sequence[int], columns: Sequence[int]) -> list[int]:
    symbols = [row[column] if column < len(row) else NO_SYMBOL for column in columns]
    if not any(symbols) and columns != _COLUMNS[0]:
        return _levels(row, _COLUMNS[0])  # a key without this group stays in the first (XKB Protocol, §7)
    return symbols
