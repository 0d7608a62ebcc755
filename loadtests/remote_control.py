"""How long remote control takes through a whole node and a real agent, on an X display.

``python -m loadtests.remote_control`` prints two JSON lines. ``control-move``: somebody who was given control
moves 60 times a second; from saying it to the display's own event of the motion. ``control-revoke``: the
holder holds a key and the sharer takes control back; from saying that to the display's event of the key's
release, the first thing the agent does. Xvfb, node, agent and clients are processes of one machine.
"""

import asyncio
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import click
from Xlib.display import Display
from Xlib.ext import ge, xinput

from client.channel import DataChannel
from client.meeting import Client, connect
from client.session import dev_token
from loadtests.figures import percentile
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin

WIDTH, HEIGHT = 1920, 1080
MOVES_PER_S = 60
WAIT_S = 30.0
AGENT = "from client.agent.command import agent; agent(prog_name='agent')"


@contextmanager
def display() -> Iterator[str]:
    """A display of its own; its name."""
    reading, writing = os.pipe()
    size = f"{WIDTH}x{HEIGHT}x24"
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with open(reading) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


class Watch:
    """When the display's events came, by the loop's clock."""

    def __init__(self, name: str) -> None:
        self.moved: list[tuple[int, float]] = []
        """Pixels, counted in lines from the upper left, and times."""
        self.released: asyncio.Queue[float] = asyncio.Queue()
        self.pressed: asyncio.Queue[float] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._display: Any = Display(name)
        opcode = self._display.query_extension("XInputExtension").major_opcode
        xinput.XIQueryVersion(display=self._display.display, opcode=opcode, major_version=2, minor_version=2)
        mask = xinput.RawMotionMask | xinput.RawKeyPressMask | xinput.RawKeyReleaseMask
        self._display.screen().root.xinput_select_events([(xinput.AllMasterDevices, mask)])
        self._display.sync()
        self._loop.add_reader(self._display.fileno(), self._read)

    def _read(self) -> None:
        now = self._loop.time()
        while self._display.pending_events():
            event = self._display.next_event()
            if event.type != ge.GenericEventCode:
                continue
            if event.evtype == xinput.RawMotion:
                # Behind 22 bytes and a mask of 8: whole and fraction of each valuator (XI2, FP3232).
                x, _, y, _ = struct.unpack_from("=iIiI", event.data, 30)
                self.moved.append((y * WIDTH + x, now))
            elif event.evtype == xinput.RawKeyPress:
                self.pressed.put_nowait(now)
            elif event.evtype == xinput.RawKeyRelease:
                self.released.put_nowait(now)

    def close(self) -> None:
        """No more."""
        self._loop.remove_reader(self._display.fileno())
        self._display.close()


class Person:
    """A client with the channels of remote control."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._live = client.open_channel("live")
        self._control = client.open_channel("control")
        self._control.on_message = lambda data: self._heard.put_nowait(json.loads(data))
        self.say({"t": "open"})

    def say(self, message: dict[str, Any]) -> None:
        """On `control`."""
        self._send(self._control, message)

    def move(self, message: dict[str, Any]) -> None:
        """On `live`."""
        self._send(self._live, message)

    def _send(self, channel: DataChannel, message: dict[str, Any]) -> None:
        channel.send(json.dumps(message), self.client.now())
        self.client.turn()

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of that kind."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await self._heard.get()
                if message["t"] == kind:
                    return message
                if message["t"] == "error":
                    raise RuntimeError(f"refused: {message}")


class Control:
    """Somebody who shares a screen and somebody who controls it."""

    def __init__(self, sharer: Person, viewer: Person, track: str, watch: Watch) -> None:
        self._sharer, self._viewer, self._track, self._watch = sharer, viewer, track, watch

    async def give(self) -> None:
        """Ask and grant."""
        scope = {"track": self._track, "scope": ["pointer", "keyboard"]}
        self._viewer.say({"t": "request", **scope})
        asked = await self._sharer.hear("requested")
        self._sharer.say({"t": "grant", "participant": asked["participant"], **scope})
        await self._viewer.hear("granted")

    async def moves(self, count: int) -> list[float]:
        """Milliseconds until each place, or a later one, was reached."""
        loop, said = asyncio.get_running_loop(), []
        begun = loop.time()
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / MOVES_PER_S - loop.time()))
            y, x = divmod(number, WIDTH)
            at = {"x": x / (WIDTH - 1), "y": y / (HEIGHT - 1)}
            said.append(loop.time())
            self._viewer.move({"t": "move", "track": self._track, **at})
        await asyncio.sleep(1.0)
        delays, reached = [], iter(self._watch.moved)
        place, then = -1, begun
        for number, asked in enumerate(said):
            while place < number:
                place, then = next(reached, (count, float("inf")))
            delays.append((then - asked) * 1e3)
        return delays

    async def revoke(self) -> float:
        """Milliseconds from taking control back to the release of what the holder held."""
        key = {"t": "input", "track": self._track, "kind": "key", "code": "ShiftLeft", "key": "Shift"}
        self._viewer.say({**key, "down": True})
        async with asyncio.timeout(WAIT_S):
            await self._watch.pressed.get()
            said = asyncio.get_running_loop().time()
            self._sharer.say({"t": "revoke", "track": self._track})
            released = await self._watch.released.get()
        await self._viewer.hear("revoked")
        return (released - said) * 1e3


@asynccontextmanager
async def agent_on(name: str, url: str, code: str) -> Any:
    """A real agent that is paired."""
    flags = ("--url", url, "--code", code)
    hidden = {"WAYLAND_DISPLAY", "XDG_SESSION_TYPE"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-c", AGENT, *flags),
        stdout=asyncio.subprocess.PIPE,
        env=environment | {"DISPLAY": name},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(WAIT_S):
            if not (line := await process.stdout.readline()).startswith(b"Paired"):
                raise RuntimeError(line.decode())
        yield
    finally:
        process.terminate()
        await process.communicate()


async def run(seconds: float, rounds: int) -> None:
    """Both cases."""
    with display() as name:
        watch = Watch(name)
        async with NodeProcess() as node:
            pin(0, CLIENT_CPU)
            tokens = [await dev_token(node.url, "load", one) for one in ("sharer", "viewer")]
            async with connect(node.url, tokens[0]) as ann, connect(node.url, tokens[1]) as ben:
                sharer, viewer = Person(ann), Person(ben)
                screen = ann.publish("screen", surface="monitor")
                await ann.negotiate()
                await ben.negotiate()
                sharer.say({"t": "agent", "track": screen.id})
                code = (await sharer.hear("code"))["code"]
                async with agent_on(name, node.url, code):
                    control = Control(sharer, viewer, str(screen.id), watch)
                    await sharer.hear("agent")
                    await control.give()
                    told("control-move", await control.moves(round(seconds * MOVES_PER_S)))
                    delays = []
                    for _ in range(rounds):
                        delays.append(await control.revoke())
                        await control.give()
                    told("control-revoke", delays)
        watch.close()


def told(case: str, delays_ms: list[float]) -> None:
    """One line."""
    figures = {
        "p50_ms": round(percentile(delays_ms, 0.5), 1),
        "p99_ms": round(percentile(delays_ms, 0.99), 1),
        "most_ms": round(max(delays_ms, default=0.0), 1),
    }
    print(json.dumps({"case": case, "count": len(delays_ms), **figures}), flush=True)


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="Of moving.")
@click.option("--rounds", default=50, show_default=True, help="Of taking control back.")
def main(seconds: float, rounds: int) -> None:
    """Measure remote control."""
    asyncio.run(run(seconds, rounds))


if __name__ == "__main__":
    main()
