"""An agent on a real display and a real node, driven by somebody who was given control."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from client.agent.run import Exit
from tests.client.agent.display import BUTTON_AT, WORDS_AT, OwnHands, display, own_hands, program
from tests.client.serving import serving, token
from tests.client.sharing import Speaker, give_control, sharing, speaking

DEADLINE_S = 30.0
POLL_S = 0.02
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
        """Its exit code; a traceback would be among the lines."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            self.lines += (await self.process.stdout.read()).decode().splitlines()
            assert not [line for line in self.lines if "Traceback" in line], self.lines
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


async def holds(hands: OwnHands, something: bool) -> None:
    """Until keys or buttons are down, or none."""
    async with asyncio.timeout(DEADLINE_S):
        while (hands.held() != ([], 0)) != something:  # noqa: ASYNC110 - the display tells nobody
            await asyncio.sleep(POLL_S)


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
            await command.hear("bert has control: pointer and keyboard, on screen (1280×720)")

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
            await holds(hands, False)

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
            await command.hear("bert has control")
            act(bert, anna, "key", code="ShiftLeft", key="Shift", down=True)
            await window.hear("down", "Shift")
            for step in range(10):
                act(bert, anna, "text", text="x")
                bert.say("live", {"t": "move", "track": anna.track, "x": step / 10, "y": 0.9})
                if step == 5:
                    anna.say("control", {"t": "revoke", "track": anna.track})
            await command.hear("Control is over")
            await holds(hands, False)
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


class Cable:
    """A TCP connection to a node that can be cut."""

    def __init__(self, url: str) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.url = ""

    async def plug(self) -> None:
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        self._writers += [writer, far_writer]

        async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65_536):
                    sink.write(data)
            sink.close()

        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))


async def test_an_agent_lets_go_when_its_connection_is_lost_and_comes_back() -> None:
    with display() as name, own_hands(name) as hands:
        async with (
            serving() as url,
            sharing(url, token("anna")) as anna,
            speaking(url, token("bert")) as bert,
        ):
            cable = Cable(url)
            await cable.plug()
            async with agent("--url", cable.url, "--code", await anna.code(), DISPLAY=name) as command:
                await command.hear("Paired")
                await give_control(anna, bert)
                await command.hear("bert has control")
                act(bert, anna, "down", x=0.5, y=0.5, button=0)
                await holds(hands, True)
                await cable.cut()
                await command.hear("connection is lost")
                await holds(hands, False)
                while (await anna.hear("control", "agent"))["connected"]:
                    pass
                await cable.plug()
                await command.hear("Connected again")
                await command.hear("bert has control")
                act(bert, anna, "down", x=0.25, y=0.25, button=0)
                await holds(hands, True)
                await anna.client.leave()
                await command.hear("This is over")
                assert await command.ended() == Exit.OK
                await holds(hands, False)
            await cable.cut()


async def test_an_agent_ends_when_its_display_is_gone() -> None:
    async with serving() as url, sharing(url, token("anna")) as anna, AsyncExitStack() as stack:
        with display() as name:
            started = agent("--url", url, "--code", await anna.code(), DISPLAY=name)
            command = await stack.enter_async_context(started)
            await command.hear("Paired")
        await command.hear("The display is gone")
        assert await command.ended() == Exit.UNAVAILABLE


async def test_what_stands_in_the_way_is_said() -> None:
    async with serving() as url:
        with display() as name:
            code = ("--code", "ABCDE-01234")
            for flags, environment, words, how in (
                (("--url", url), {"DISPLAY": name}, "The code was not taken", Exit.NO_PERMISSION),
                (("--url", "http://127.0.0.1:9"), {"DISPLAY": name}, "does not answer", Exit.TEMPORARY),
                (("--url", f"{url}/r/x"), {"DISPLAY": name}, "no answer of a Sfumato", Exit.NO_PERMISSION),
                ((), {"DISPLAY": name, "WAYLAND_DISPLAY": "w"}, "Wayland", Exit.UNAVAILABLE),
                ((), {}, "no display", Exit.UNAVAILABLE),
            ):
                async with agent(*code, *flags, **environment) as command:
                    await command.hear(words)
                    assert await command.ended() == how
