"""A real X display, a real program on it, and the hands of who sits before it."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from Xlib.display import Display
from Xlib.ext import xinput
from Xlib.protocol import rq

from tests.e2e.requirements import require

WIDTH, HEIGHT = 1280, 720

PROGRAM = """
fconfigure stdout -encoding utf-8 -buffering line
proc told {kind what} { puts [join [list $kind $what] "\\t"] }
wm overrideredirect . 1
wm geometry . 640x360+100+50
button .press -text Press -command { told pressed once }
entry .words -textvariable words -font {Helvetica 14}
place .press -x 20 -y 20 -width 200 -height 100
place .words -x 20 -y 200 -width 600 -height 60
trace add variable words write { apply { args { told words $::words } } }
bind .words <Return> { told key Return }
bind .words <<SelectAll>> { told key SelectAll }
bind . <KeyPress-Shift_L> { told down Shift }
bind . <KeyRelease-Shift_L> { told up Shift }
bind . <ButtonPress-3> { told down right }
bind . <ButtonRelease-3> { told up right }
bind . <Button-5> { told wheel down }
bind . <Button-4> { told wheel up }
bind . <Motion> { told at %X,%Y }
bind . <Map> { after idle { focus -force .words; told ready "[winfo rootx .] [winfo rooty .]" } }
"""
"""For Tk's `wish`: a button and a line to write on, which say what is done to them."""

BUTTON_AT = ((100 + 20 + 100) / (WIDTH - 1), (50 + 20 + 50) / (HEIGHT - 1))
WORDS_AT = ((100 + 20 + 300) / (WIDTH - 1), (50 + 200 + 30) / (HEIGHT - 1))
"""Their middles, as shares of the screen."""


@contextmanager
def display() -> Iterator[str]:
    """The name of a new display."""
    reading, writing = os.pipe()
    command = [
        require("Xvfb"),
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        f"{WIDTH}x{HEIGHT}x24",
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with open(reading) as numbers:
        number = numbers.readline().strip()
    try:
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


class Program:
    """What a program said of itself."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[tuple[str, str]] = []

    async def hear(self, kind: str, what: str, within_s: float = 20.0) -> None:
        """Until it says that; what it said before stays in `said`."""
        assert self._process.stdout is not None
        async with asyncio.timeout(within_s):
            while True:
                line = (await self._process.stdout.readline()).decode().rstrip("\n")
                assert line, "the program ended"
                self.said.append((line.partition("\t")[0], line.partition("\t")[2]))
                if self.said[-1] == (kind, what):
                    return


@asynccontextmanager
async def program(name: str, text: str = PROGRAM) -> AsyncIterator[Program]:
    """One with its window on a display."""
    process = await asyncio.create_subprocess_exec(
        require("wish"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"DISPLAY": name, "LC_ALL": "C.UTF-8"},
    )
    assert process.stdin is not None
    process.stdin.write(text.encode())
    try:
        running = Program(process)
        await running.hear("ready", "100 50")
        yield running
    finally:
        process.stdin.close()
        process.terminate()
        await process.wait()


class _FakeDeviceInput(rq.Request):  # type: ignore[misc]
    """XTestFakeInput for a named device: what a device that is there would do."""

    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(2),
        rq.RequestLength(),
        rq.Card8("event"),
        rq.Card8("detail"),
        rq.Pad(2),
        rq.Card32("time"),
        rq.Card32("root"),
        rq.Pad(8),
        rq.Int16("x"),
        rq.Int16("y"),
        rq.Pad(7),
        rq.Card8("device"),
    )


class OwnHands:
    """Mouse and keyboard of who sits before the display: Xvfb's devices, not those of XTEST."""

    def __init__(self, name: str) -> None:
        self._display: Any = Display(name)
        self._display.xinput_query_version()
        devices = {
            one.name: one.deviceid for one in self._display.xinput_query_device(xinput.AllDevices).devices
        }
        self._mouse, self._keyboard = devices["Xvfb mouse"], devices["Xvfb keyboard"]
        self._first = self._display.query_extension("XInputExtension").first_event
        self._opcode = self._display.query_extension("XTEST").major_opcode
        self.escape_code = self._display.keysym_to_keycode(0xFF1B)

    def hold(self, keycode: int, down: bool) -> None:
        self._do(1 if down else 2, keycode, self._keyboard)

    def key(self, keycode: int) -> None:
        """Press and release."""
        self.hold(keycode, True)
        self.hold(keycode, False)

    def escape(self) -> None:
        self.key(self.escape_code)

    def click(self) -> None:
        self._do(3, 1, self._mouse)
        self._do(4, 1, self._mouse)

    def _do(self, event: int, detail: int, device: int) -> None:
        _FakeDeviceInput(
            display=self._display.display,
            opcode=self._opcode,
            event=self._first + event,
            detail=detail,
            time=0,
            root=0,
            x=0,
            y=0,
            device=device,
        )
        self._display.sync()

    def pointer(self) -> tuple[int, int]:
        """Where the pointer is."""
        at = self._display.screen().root.query_pointer()
        return at.root_x, at.root_y

    def held(self) -> tuple[list[int], int]:
        """Keycodes that are down, and the mask of buttons and modifiers."""
        keys = self._display.query_keymap()
        down = [code for code in range(256) if keys[code // 8] >> (code % 8) & 1]
        return down, self._display.screen().root.query_pointer().mask

    def mapping(self) -> list[tuple[int, ...]]:
        """What the keys make."""
        return [tuple(row) for row in self._display.get_keyboard_mapping(8, 248)]

    def close(self) -> None:
        self._display.close()


@contextmanager
def own_hands(name: str) -> Iterator[OwnHands]:
    hands = OwnHands(name)
    try:
        yield hands
    finally:
        hands.close()
