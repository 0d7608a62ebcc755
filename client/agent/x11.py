"""An X display: XTEST acts on it, XInput 2 tells what is done by hand (its raw events).

What XTEST does comes from devices of its own, so the two are never mistaken for each other.
"""

import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

from Xlib import X, error
from Xlib.display import Display
from Xlib.ext import ge, xinput, xtest

from client.agent.injector import NoScreen, Own, ScreenLost
from client.agent.monitor import Monitor, choose, in_words
from client.agent.x_keyboard import XKeyboard

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
        self._monitor = choose(self._monitors(), monitor, 0, 0)
        self._keyboard = XKeyboard(display)
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
                xtest.fake_input(self._display, X.KeyRelease, keycode)
        for button in range(1, 6):
            if state & X.Button1Mask << (button - 1):
                xtest.fake_input(self._display, X.ButtonRelease, button)

    def flush(self) -> None:
        """Let out what was asked for."""
        self._display.flush()

    def close(self) -> None:
        """See `Screen`."""
        with suppress(error.ConnectionClosedError, OSError):  # gone is gone
            self._keyboard.restore()
            self._display.sync()
            self._display.close()

    # --- pointer -----------------------------------------------------------------------------------------

    @_on_display
    def aim(self, width: int, height: int) -> str:
        """See `Screen`."""
        monitors = self._monitors()
        self._monitor = choose(monitors, self._monitor_name, width, height)
        return in_words(self._monitor, monitors)

    def _monitors(self) -> list[Monitor]:
        version = self._display.query_extension("RANDR") and self._display.xrandr_query_version()
        found = []
        if version and (version.major_version, version.minor_version) >= (1, 5):
            for one in self._root.xrandr_get_monitors().monitors:
                name = self._display.get_atom_name(one.name)
                size = one.width_in_pixels, one.height_in_pixels
                found.append(Monitor(name, one.x, one.y, *size, primary=bool(one.primary)))
        whole = self._root.get_geometry()
        return found or [Monitor("the whole screen", 0, 0, whole.width, whole.height)]

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
        return self._keyboard.prepare(keys)

    @_on_display
    def press(self, key: str) -> bool:
        """See `Injector`."""
        return self._keyboard.press(key)

    @_on_display
    def release(self, key: str) -> None:
        """See `Injector`."""
        self._keyboard.release(key)

    @_on_display
    def type_character(self, character: str) -> bool:
        """See `Injector`."""
        return self._keyboard.type_character(character)

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
                self._keyboard.changed()
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
        return Own.ESCAPE if self._keyboard.is_escape(detail) else Own.OTHER_KEY
