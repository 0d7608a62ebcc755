"""An agent on a real display and a real node, driven by somebody who was given control."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from client.agent.run import Exit
from tests.client.agent.display import BUTTON_AT, WORDS_AT, display, own_hands, program
from tests.client.serving import serving, token
from tests.client.sharing import Speaker, give_control, sharing, speaking

DEADLINE_S = 30.0
COMMAND = [sys.executable, "-c", "from client.agent.command import agent; agent(prog_name='agent')"]


class Command:
    """`sfumato agent` as it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def hear(self, words: str) -> None:
        """Until it prints a line with these words."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            while True:
                line = (await self.process.stdout.readline()).decode()
                assert line, f"it ended, without {words!r}: {self.lines}"
                self.lines.append(line)
                if words in line:
                    return

    async def ended(self) -> int:
        """Its exit code."""
        async with asyncio.timeout(DEADLINE_S):
            return await self.process.wait()


@asynccontextmanager
async def agent(*flags: str, **environment: str) -> AsyncIterator[Command]:
    kept = {name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "DISPLAY")}
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *flags,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=kept | {"PYTHONUNBUFFERED": "1"} | environment,
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def act(viewer: Speaker, sharer: Speaker, kind: str, **fields: Any) -> None:
    viewer.say("control", {"t": "input", "track": sharer.track, "kind": kind, **fields})


def press(viewer: Speaker, sharer: Speaker, code: str, key: str) -> None:
    for down in (True, False):
        act(viewer, sharer, "key", code=code, key=key, down=down)


def click(viewer: Speaker, sharer: Speaker, at: tuple[float, float], button: int = 0) -> None:
    for kind in ("down", "up"):
        act(viewer, sharer, kind, x=at[0], y=at[1], button=button)


async def test_a_viewer_uses_a_program_on_the_sharers_screen_until_it_is_taken_back() -> None:
    with display() as name, own_hands(name) as hands:
        async with (
            serving() as url,
            program(name) as window,
            sharing(url, token("anna")) as anna,
            speaking(url, token("bert")) as bert,
            agent("--url", url, "--code", await anna.code(), DISPLAY=name) as command,
        ):
            mapping = hands.mapping()
            await command.hear("Paired")
            assert (await anna.hear("control", "agent"))["connected"] is True
            await give_control(anna, bert)
            await command.hear("Control was given: pointer and keyboard")

            bert.say("live", {"t": "move", "track": anna.track, "x": BUTTON_AT[0], "y": BUTTON_AT[1]})
            await window.hear("at", "220,120")
            click(bert, anna, BUTTON_AT)
            await window.hear("pressed", "once")
            click(bert, anna, WORDS_AT)
            for code, key in (("KeyS", "s"), ("KeyF", "f"), ("KeyU", "U"), ("Digit1", "!"), ("KeyQ", "@")):
                press(bert, anna, code, key)
            await window.hear("words", "sfU!@")
            act(bert, anna, "text", text="mäß こんにちは世界")
            await window.hear("words", "sfU!@mäß こんにちは世界")
            press(bert, anna, "Backspace", "Backspace")
            press(bert, anna, "Enter", "Enter")
            await window.hear("words", "sfU!@mäß こんにちは世")
            await window.hear("key", "Return")
            act(bert, anna, "wheel", x=WORDS_AT[0], y=0.5, dx=0, dy=120)
            await window.hear("wheel", "down")

            # What is held in silence is let go of.
            act(bert, anna, "key", code="ShiftLeft", key="Shift", down=True)
            act(bert, anna, "down", x=WORDS_AT[0], y=0.5, button=2)
            await window.hear("down", "right")
            await window.hear("up", "right")
            assert hands.held() == ([], 0)

            # Keys of the system are not pressed.
            act(bert, anna, "key", code="AltLeft", key="Alt", down=True)
            press(bert, anna, "F4", "F4")
            act(bert, anna, "key", code="AltLeft", key="Alt", down=False)
            await command.hear("Alt+F4 was not pressed")

            # Anna's own hand comes first, and Escape three times is the end.
            act(bert, anna, "down", x=WORDS_AT[0], y=0.5, button=2)
            await window.hear("down", "right")
            hands.click()
            await window.hear("up", "right")
            assert (await bert.hear("control", "paused"))["paused"] is True
            act(bert, anna, "text", text="lost")
            assert (await bert.hear("control", "paused"))["paused"] is False
            act(bert, anna, "text", text="!")
            await window.hear("words", "sfU!@mäß こんにちは世!")
            for _ in range(3):
                hands.escape()
            assert (await bert.hear("control", "revoked"))["reason"] == "revoked"
            await command.hear("Escape was pressed three times")

            # Nothing reaches the display once the agent has heard of the end.
            await give_control(anna, bert)
            await command.hear("Control was given")
            act(bert, anna, "key", code="ShiftLeft", key="Shift", down=True)
            await window.hear("down", "Shift")
            for step in range(10):
                act(bert, anna, "text", text="x")
                bert.say("live", {"t": "move", "track": anna.track, "x": step / 10, "y": 0.9})
                if step == 5:
                    anna.say("control", {"t": "revoke", "track": anna.track})
            await command.hear("Control is over")
            assert hands.held() == ([], 0)
            at, said = hands.pointer(), len(window.said)
            assert (await bert.hear("control", "error"))["code"] == "forbidden"
            await bert.client.ping()
            assert hands.pointer() == at
            click(bert, anna, BUTTON_AT)
            await bert.client.ping()

            command.process.terminate()
            assert await command.ended() == Exit.OK
            assert hands.mapping() == mapping
            assert ("pressed", "once") not in window.said[said:]
            assert "lost" not in str(window.said)
