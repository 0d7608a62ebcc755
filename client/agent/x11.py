"""An X display: XTEST acts on it, XInput 2 tells what is done by hand (its raw events).

What XTEST does comes from devices of its own, so the two are never mistaken for each other.
"""

import struct
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

from Xlib import X, error
from Xlib.display import Display
from Xlib.ext import ge, xinput, xtest

from client.agent.injector import NoScreen, Own, ScreenLost
from client.agent.keys import MODIFIERS
from client.agent.monitor import Monitor, choose
from client.agent.x_keymap import GROUP_SHIFT, Keymap, Stroke
from client.agent.x_keysyms import ESCAPE, keysym_of

BUTTONS = {0: 1, 1: 2, 2: 3, 3: 8, 4: 9}
"""UI Events → X."""
UP, DOWN, LEFT, RIGHT = 4, 5, 6, 7
"""The wheel's notches are buttons."""

RAW = (
    xinput.RawKeyPressMask
    | xinput.RawKeyReleaseMask
    | xinput.RawButtonPressMask
    | xinput.RawMotionMask
)  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")


def _on_display(
    method: Callable[Concatenate["X11Screen", P], T],
) -> Callable[Concatenate["X11Screen", P], T]:
    def call(self: "X11Screen", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            result = method(self, *args, **kwargs)
            self.flush()
        except (error.ConnectionClosedError, OSError) as lost:
            raise ScreenLost("the display is gone") from lost
        return result

    return call


class X11Screen:
    """`injector.Screen` on the display called `name`. `monitor` is the one shared, if it was named."""

    def __init__(self, name: str, monitor: str | None = None) -> None:
        try:
            self._display: Any = Display(name)
        except (error.DisplayError, error.XauthError, OSError) as refused:
            raise NoScreen(f"The display {name} cannot be opened: {refused}") from refused
        try:
            self._begin(monitor)
        except BaseException:
            self._display.close()
            raise

    def _begin(self, monitor: str | None) -> None:
        display = self._display
        if display.query_extension("XWAYLAND"):
            raise NoScreen("This display is a part of a Wayland desktop.")
        for extension in ("XTEST", "XInputExtension"):
            if not display.query_extension(extension):
                raise NoScreen(f"The display has no {extension}.")
        display.set_error_handler(lambda problem, request: None)
        self._root = display.screen().root
        self._monitor_name = monitor
        self._monitor = self._choose(0, 0)
        self._keymap: Keymap | None = None
        self._down: dict[str, int] = {}
        self._bound: OrderedDict[int, int] = OrderedDict()
        self._own_down: set[int] = set()
        self._xinput = display.query_extension("XInputExtension").major_opcode
        # Up to 2.0 nothing is told while a program has grabbed the pointer, as with each button held down.
        xinput.XIQueryVersion(display=display.display, opcode=self._xinput, major_version=2, minor_version=2)
        devices = display.xinput_query_device(xinput.AllDevices).devices
        self._ours = {device.deviceid for device in devices if "XTEST" in device.name}
        self._let_go()
        self._root.xinput_select_events([(xinput.AllMasterDevices, RAW)])
        display.flush()

    def _let_go(self) -> None:
        """Of what is held, as an agent that was killed would go on holding it."""
        keys, state = self._display.query_keymap(), self._root.query_pointer().mask
        for keycode in range(256):
            if keys[keycode // 8] >> (keycode % 8) & 1:
                self._key(keycode, False)
        for button in range(1, 6):
            if state & X.Button1Mask << (button - 1):
                xtest.fake_input(self._display, X.ButtonRelease, button)

    def flush(self) -> None:
        """Let out what was asked for."""
        self._display.flush()

    def close(self) -> None:
        """See `Screen`."""
        with suppress(error.ConnectionClosedError, OSError):  # gone is gone
            for keycode in self._bound.values():
                self._bind(keycode, X.NoSymbol)
            self._display.sync()
            self._display.close()

    # --- pointer -----------------------------------------------------------------------------------------

    @_on_display
    def aim(self, width: int, height: int) -> str:
        """See `Screen`."""
        self._monitor = self._choose(width, height)
        return str(self._monitor)

    def _choose(self, width: int, height: int) -> Monitor:
        whole = self._root.get_geometry()
        monitors = [Monitor("the whole screen", 0, 0, whole.width, whole.height)]
        version = self._display.query_extension("RANDR") and self._display.xrandr_query_version()
        if version and (version.major_version, version.minor_version) >= (1, 5):
            found = self._root.xrandr_get_monitors().monitors
            monitors = [
                Monitor(
                    self._display.get_atom_name(one.name),
                    one.x,
                    one.y,
                    one.width_in_pixels,
                    one.height_in_pixels,
                    bool(one.primary),
                )
                for one in found
            ] or monitors
        return choose(monitors, self._monitor_name, width, height)

    @_on_display
    def move(self, x: float, y: float) -> None:
        """See `Injector`."""
        left, top = self._monitor.place(x, y)
        xtest.fake_input(self._display, X.MotionNotify, x=left, y=top)

    @_on_display
    def button(self, button: int, down: bool) -> None:
        """See `Injector`."""
        event = X.ButtonPress if down else X.ButtonRelease
        xtest.fake_input(self._display, event, BUTTONS[button])

    @_on_display
    def scroll(self, right: int, down: int) -> None:
        """See `Injector`."""
        for notches, forth, back in ((down, DOWN, UP), (right, RIGHT, LEFT)):
            for _ in range(abs(notches)):
                for event in (X.ButtonPress, X.ButtonRelease):
                    xtest.fake_input(self._display, event, forth if notches > 0 else back)

    # --- keyboard ----------------------------------------------------------------------------------------

    @_on_display
    def prepare(self, keys: Sequence[str]) -> bool:
        """See `Injector`."""
        group = self._root.query_pointer().mask >> GROUP_SHIFT & 3
        keymap = self._known_keymap()
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

    @_on_display
    def press(self, key: str) -> bool:
        """See `Injector`."""
        state = self._root.query_pointer().mask
        stroke = self._stroke(key, state)
        if stroke is None:
            return False
        shifts = [code for name, code in self._down.items() if MODIFIERS.get(name) == "Shift"]
        self._strike(stroke, key, state, shifts)
        self._down[key] = stroke.keycode
        return True

    @_on_display
    def release(self, key: str) -> None:
        """See `Injector`."""
        keycode = self._down.pop(key, None)
        if keycode is not None:
            self._key(keycode, False)

    @_on_display
    def type_character(self, character: str) -> bool:
        """See `Injector`."""
        held = [code for name, code in self._down.items() if name in MODIFIERS]
        for keycode in held:
            self._key(keycode, False)
        state = self._root.query_pointer().mask
        stroke = self._stroke(character, state)
        if stroke is not None:
            self._strike(stroke, character, state, [])
            self._key(stroke.keycode, False)
        for keycode in held:
            self._key(keycode, True)
        return stroke is not None

    def _strike(self, stroke: Stroke, key: str, state: int, shifts: Sequence[int]) -> None:
        """Press it with the modifiers its symbol needs, whatever is held; named keys with what is held."""
        keymap = self._known_keymap()
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
        stroke = self._known_keymap().find(keysym, state >> GROUP_SHIFT & 3)
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

    def _known_keymap(self) -> Keymap:
        if self._keymap is None:
            info = self._display.display.info
            first, last = info.min_keycode, info.max_keycode
            rows = [list(row) for row in self._display.get_keyboard_mapping(first, last - first + 1)]
            for keycode in self._bound.values():
                rows[keycode - first] = []
            self._keymap = Keymap(rows, first)
        return self._keymap

    # --- who sits before it ------------------------------------------------------------------------------

    def fileno(self) -> int:
        """See `Screen`."""
        return int(self._display.fileno())

    @_on_display
    def poll_own(self) -> Sequence[Own]:
        """See `Screen`."""
        done = []
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.MappingNotify:
                self._keymap = None
            elif event.type == ge.GenericEventCode and event.extension == self._xinput:
                own = self._read_raw(event.evtype, event.data)
                if own is not None:
                    done.append(own)
        return done

    def _read_raw(self, kind: int, data: Any) -> Own | None:
        """xXIRawEvent: device, time, detail, source."""
        if not isinstance(data, bytes):
            return None
        _, _, detail, source = struct.unpack_from("=HIIH", data)
        if source in self._ours:
            return None
        if kind == xinput.RawKeyRelease:
            self._own_down.discard(detail)
            return None
        if kind != xinput.RawKeyPress or detail in self._own_down:
            return Own.USED
        self._own_down.add(detail)
        escape = self._known_keymap().find(ESCAPE, 0)
        return Own.ESCAPE if escape is not None and escape.keycode == detail else Own.OTHER_KEY
