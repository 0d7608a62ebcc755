"""The hands of who controls a screen: what they hold, and that they let go of it.

Nothing stays pressed that nobody holds: after a second without a word of the holder, and at every end, all is
released. Keys and text are done in their order, long text bit by bit.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from client.agent.injector import Injector
from client.agent.keys import MODIFIERS, key_of, key_of_character
from client.agent.system_keys import system_keys

SILENCE_S = 1.0
MAX_HELD = 16
"""Keys; nobody has more fingers, and what is held is let go of one by one."""

NOTCH_PX = 100.0
"""Of a wheel: browsers give 100 to 120 pixels for one."""
MAX_NOTCHES = 20
"""Of one event."""

AT_ONCE = 8
SETTLE_S = 0.02
PAUSE_S = 0.03
"""Characters not on the keyboard get keys of their own, of which there are few. Programs have to have read
which (Tk and all of Xlib mistake keys that are made and pressed by turns), and what was pressed before keys
are used again."""
MAX_TEXT = 8_000
"""Characters that wait to be typed; what is over is not."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A key that goes down or up; without a `code`, a character that is typed."""

    code: str
    key: str
    down: bool


class Hands:
    """Acts through `injector`. Times are monotonic seconds."""

    def __init__(self, injector: Injector, *, allow_system_keys: bool) -> None:
        self.refused: list[str] = []
        """What was not done because the system would have: cleared by who reads it."""
        self._injector = injector
        self._allow_system_keys = allow_system_keys
        self._buttons: dict[int, None] = {}
        self._keys: dict[str, str] = {}
        self._scrolled = [0.0, 0.0]
        self._heard_at = 0.0
        self._typing: deque[Stroke] = deque()
        self._ready = 0
        self._pausing = False
        self._type_at = 0.0

    # --- pointer -----------------------------------------------------------------------------------------

    def move(self, x: float, y: float, now: float) -> None:
        """The pointer goes there."""
        self._heard_at = now
        self._injector.move(x, y)

    def button(self, button: int, down: bool, x: float, y: float, now: float) -> None:
        """A button goes down or up there. One that is not down does not go up."""
        self.move(x, y, now)
        if down == (button in self._buttons):
            return
        if down:
            self._buttons[button] = None
        else:
            del self._buttons[button]
        self._injector.button(button, down)

    def wheel(self, dx: float, dy: float, x: float, y: float, now: float) -> None:
        """So many pixels; what is less than a notch is kept for the next."""
        self.move(x, y, now)
        notches = [0, 0]
        for axis, pixels in enumerate((dx, dy)):
            total = self._scrolled[axis] + pixels
            whole = int(total / NOTCH_PX)
            self._scrolled[axis] = total - whole * NOTCH_PX
            notches[axis] = max(-MAX_NOTCHES, min(MAX_NOTCHES, whole))
        if any(notches):
            self._injector.scroll(*notches)

    # --- keyboard ----------------------------------------------------------------------------------------

    def key(self, code: str, key: str, down: bool, now: float) -> None:
        """A key goes down or up; one that is down already is only not silent."""
        self._heard_at = now
        self._wait(Stroke(code, key, down))
        self._go_on(now)

    def text(self, text: str, now: float) -> None:
        """What an input method made."""
        self._heard_at = now
        for character in text:
            self._wait(Stroke("", character, True))
        self._go_on(now)

    def _wait(self, stroke: Stroke) -> None:
        if len(self._typing) < MAX_TEXT:
            self._typing.append(stroke)

    def _go_on(self, now: float) -> None:
        """Do what waits, as much as may be done at once."""
        while self._typing and now >= self._type_at:
            if self._ready == 0:
                coming = list(islice(self._typing, AT_ONCE))
                self._ready, made = len(coming), self._injector.prepare(_keys_of(coming))
                self._pausing = made or len(coming) == AT_ONCE
                if made:
                    self._type_at = now + SETTLE_S
                    return
            stroke = self._typing.popleft()
            self._ready -= 1
            if stroke.code:
                self._do_key(stroke.code, stroke.key, stroke.down)
            else:
                self._injector.type_character(key_of_character(stroke.key))
            if self._ready == 0 and self._pausing:
                self._type_at = now + PAUSE_S

    def _do_key(self, code: str, key: str, down: bool) -> None:
        if not down:
            held = self._keys.pop(code, None)
            if held is not None:
                self._injector.release(held)
            return
        if key == "AltGraph" and (fake := self._keys.pop("ControlLeft", None)) is not None:
            self._injector.release(fake)  # Windows says Control and Alt for AltGr
        name = key_of(code, key, [MODIFIERS.get(one, one) for one in self._keys.values()])
        held_already = code in self._keys or name in self._keys.values()
        if name is None or held_already or len(self._keys) >= MAX_HELD:
            return
        if not self._allow_system_keys and (refused := system_keys([*self._keys.values(), name])):
            self.refused.append(refused)
            return
        if self._injector.press(name):
            self._keys[code] = name

    # --- letting go --------------------------------------------------------------------------------------

    def release(self) -> None:
        """Let go of everything, and type no further."""
        self._typing.clear()
        self._ready = 0
        self._scrolled = [0.0, 0.0]
        while self._keys:
            self._injector.release(self._keys.popitem()[1])
        while self._buttons:
            self._injector.button(self._buttons.popitem()[0], False)

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due."""
        due = [self._type_at] if self._typing else []
        if self._keys or self._buttons:
            due.append(self._heard_at + SILENCE_S)
        return min(due, default=None)

    def handle_timeout(self, now: float) -> None:
        """Type on; let go of what nobody holds any more."""
        if self._typing:
            self._go_on(now)
            self._heard_at = now
        if (self._keys or self._buttons) and now >= self._heard_at + SILENCE_S:
            self.release()


def _keys_of(strokes: Sequence[Stroke]) -> list[str]:
    """The keys that will be needed."""
    pressed = [one for one in strokes if one.down]
    named = [key_of(one.code, one.key, ()) if one.code else key_of_character(one.key) for one in pressed]
    return [name for name in named if name is not None]
