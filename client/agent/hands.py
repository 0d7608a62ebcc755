"""The hands of who controls a screen: what they hold, and that they let go of it.

Nothing stays pressed that nobody holds: after a second without a word of the holder, and at every end, all is
released. Text that is longer than a few characters is typed bit by bit, and keys that follow wait for it.
"""

from collections import deque

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
PAUSE_S = 0.03
"""Characters not on the keyboard need keys of their own for a moment, of which there are few; programs have
to have read which before they are used again."""
MAX_TEXT = 8_000
"""Characters that wait to be typed; what is over is not."""


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
        self._typing: deque[tuple[str, str, bool]] = deque()
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
        if self._typing:
            self._wait((code, key, down))
        else:
            self._do_key(code, key, down)

    def text(self, text: str, now: float) -> None:
        """What an input method made."""
        self._heard_at = now
        if not self._typing:
            self._type_at = max(self._type_at, now)
        for character in text:
            self._wait(("", character, True))
        self.handle_timeout(now)

    def _wait(self, act: tuple[str, str, bool]) -> None:
        if len(self._typing) < MAX_TEXT:
            self._typing.append(act)

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
        if self._typing and now >= self._type_at:
            for _ in range(min(AT_ONCE, len(self._typing))):
                code, key, down = self._typing.popleft()
                if code:
                    self._do_key(code, key, down)
                else:
                    self._injector.type_character(key_of_character(key))
            self._type_at = now + PAUSE_S
            if self._typing:
                self._heard_at = now
        if (self._keys or self._buttons) and now >= self._heard_at + SILENCE_S:
            self.release()
