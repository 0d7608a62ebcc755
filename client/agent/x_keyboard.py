"""The keyboard of an X display, as XTEST's own keyboard plays it."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any

from Xlib import X
from Xlib.ext import xtest

from client.agent.keys import MODIFIERS
from client.agent.x_keymap import GROUP_SHIFT, Keymap, Stroke
from client.agent.x_keysyms import ESCAPE, keysym_of


class XKeyboard:
    """Everything may raise what python-xlib does where the display is gone."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._keymap: Keymap | None = None
        self._down: dict[str, int] = {}
        self._bound: OrderedDict[int, int] = OrderedDict()
        """Symbol → a keycode that made nothing before; last is what was needed last."""

    def changed(self) -> None:
        """The keys make something else from now on."""
        self._keymap = None

    def restore(self) -> None:
        """Take back the keys that were made."""
        for keycode in self._bound.values():
            self._bind(keycode, X.NoSymbol)
        self._bound.clear()

    def is_escape(self, keycode: int) -> bool:
        """Whether this key is Escape."""
        stroke = self._table().find(ESCAPE, 0)
        return stroke is not None and stroke.keycode == keycode

    def prepare(self, keys: Sequence[str]) -> bool:
        """See `injector.Injector`."""
        group = self._state() >> GROUP_SHIFT & 3
        keymap = self._table()
        missing = {keysym_of(key) for key in keys if keymap.find(keysym_of(key), group) is None}
        made = False
        for keysym in missing:
            if keysym in self._bound:
                self._bound.move_to_end(keysym)
                continue
            keycode = self._spare(keymap, missing)
            if keycode is None:
                break
            # In all groups and levels, so that no modifier makes anything else of it.
            self._bind(keycode, keysym)
            self._bound[keysym] = keycode
            made = True
        return made

    def press(self, key: str) -> bool:
        """See `injector.Injector`."""
        state = self._state()
        stroke = self._stroke(key, state)
        if stroke is None:
            return False
        shifts = [code for name, code in self._down.items() if MODIFIERS.get(name) == "Shift"]
        self._strike(stroke, key, state, shifts)
        self._down[key] = stroke.keycode
        return True

    def release(self, key: str) -> None:
        """See `injector.Injector`."""
        keycode = self._down.pop(key, None)
        if keycode is not None:
            self._key(keycode, False)

    def type_character(self, character: str) -> bool:
        """See `injector.Injector`."""
        held = [code for name, code in self._down.items() if name in MODIFIERS]
        for keycode in held:
            self._key(keycode, False)
        state = self._state()
        stroke = self._stroke(character, state)
        if stroke is not None:
            self._strike(stroke, character, state, [])
            self._key(stroke.keycode, False)
        for keycode in held:
            self._key(keycode, True)
        return stroke is not None

    def _strike(self, stroke: Stroke, key: str, state: int, shifts: Sequence[int]) -> None:
        """Press it with the modifiers its symbol needs, whatever is held; named keys with what is held."""
        keymap = self._table()
        lift: Sequence[int] = ()
        add: list[int] = []
        if len(key) == 1:
            shift = stroke.shift
            if shift is not None and state & X.LockMask and key.lower() != key.upper():
                shift = not shift
            if shift is False and state & X.ShiftMask:
                lift = shifts
            elif shift and not state & X.ShiftMask:
                add += keymap.shift_keys[:1]
            if stroke.level3:
                add += keymap.level3_keys[:1]
        for keycode in lift:
            self._key(keycode, False)
        for keycode in add:
            self._key(keycode, True)
        self._key(stroke.keycode, True)
        for keycode in reversed(add):
            self._key(keycode, False)
        for keycode in lift:
            self._key(keycode, True)

    def _key(self, keycode: int, down: bool) -> None:
        xtest.fake_input(self._display, X.KeyPress if down else X.KeyRelease, keycode)

    def _stroke(self, key: str, state: int) -> Stroke | None:
        keysym = keysym_of(key)
        stroke = self._table().find(keysym, state >> GROUP_SHIFT & 3)
        keycode = self._bound.get(keysym)
        return stroke if stroke is not None or keycode is None else Stroke(keycode, None, None)

    def _spare(self, keymap: Keymap, wanted: Collection[int]) -> int | None:
        """A keycode that is not in use; that of the symbol that was needed the longest time ago, at last."""
        used = set(self._bound.values())
        free = [keycode for keycode in keymap.spare if keycode not in used]
        if free:
            return free[-1]
        held = set(self._down.values())
        free_again = (one for one, code in self._bound.items() if code not in held and one not in wanted)
        oldest = next(free_again, None)
        return None if oldest is None else self._bound.pop(oldest)

    def _bind(self, keycode: int, keysym: int) -> None:
        self._display.change_keyboard_mapping(keycode, [(keysym,) * 4])

    def _table(self) -> Keymap:
        if self._keymap is None:
            info = self._display.display.info
            first, last = info.min_keycode, info.max_keycode
            rows = [list(row) for row in self._display.get_keyboard_mapping(first, last - first + 1)]
            for keycode in self._bound.values():
                rows[keycode - first] = []
            self._keymap = Keymap(rows, first)
        return self._keymap

    def _state(self) -> int:
        """Modifiers and group in force (X Window System Protocol, SETofKEYBUTMASK)."""
        return int(self._display.screen().root.query_pointer().mask)
