"""How long shared work takes through a whole node: from a client's saying to the others' hearing.

``python -m loadtests.shared_work`` prints one JSON line a case, over data channels of `client`. ``chat``: 50
people, together 20 messages a second. ``live``: 10 of 50 point, each 60 times a second. The clients are one
process, whose own delay is in the figures.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack

import click
import uvloop

from client.channel import DataChannel
from client.meeting import Client, connect
from client.session import dev_token
from loadtests.figures import percentile
from loadtests.node_process import CLIENT_CPU, CpuTime, NodeProcess, pin
from loadtests.postgresql import Postgres

PEOPLE = 50
POINTING = 10
"""At most."""

SAID_PER_S = 20
POINTED_PER_S = 60
WARM_UP_S = 2.0
DRAIN_S = 0.5
TEXT = "a sentence as people write it in a chat, neither long nor short" * 2
OPEN_S = 20.0


class Bot:
    """Somebody with one channel. Delays are in milliseconds."""

    def __init__(self, client: Client, name: str, label: str) -> None:
        self._client = client
        self._name = name
        self._seq = 0
        self._said_at: dict[int, float] = {}
        self.heard_ms: list[float] = []
        self.acked_ms: list[float] = []
        self.ready = asyncio.Event()
        self.datagrams = 0
        self._channel: DataChannel = client.open_channel(label)
        self._channel.on_message = self._hear
        self._channel.on_open = self._opened

    def _opened(self) -> None:
        if self._channel.label == "chat":
            self._send({"t": "open", "client": self._name})
        else:
            self.ready.set()

    def say(self) -> None:
        """One message; the text says when it was said."""
        self._seq += 1
        now = self._client.now()
        self._said_at[self._seq] = now
        self._send({"t": "say", "seq": self._seq, "text": f"{now:.6f} {TEXT}"})

    def point(self) -> None:
        """One pointer; where it points says when."""
        self._send({"t": "pointer", "board": "bo_1", "x": self._client.now(), "y": 0.0, "laser": True})

    def _send(self, message: dict[str, object]) -> None:
        self._channel.send(json.dumps(message), self._client.now())
        self._client.turn()

    def _hear(self, data: str | bytes) -> None:
        now = self._client.now()
        self.datagrams += 1
        value = json.loads(data)
        for message in value if isinstance(value, list) else [value]:
            if message["t"] == "message":
                self.heard_ms.append((now - float(message["text"].partition(" ")[0])) * 1e3)
            elif message["t"] == "pointer":
                self.heard_ms.append((now - message["x"]) * 1e3)
            elif message["t"] == "ack":
                self.acked_ms.append((now - self._said_at.pop(message["seq"])) * 1e3)
            elif message["t"] in ("snapshot", "changes"):
                self.ready.set()

    def forget(self) -> None:
        """The warm-up is over."""
        self.heard_ms.clear()
        self.acked_ms.clear()
        self.datagrams = 0


async def chat(bots: list[Bot], seconds: float) -> int:
    """Everybody in turn."""
    return await _paced(seconds, SAID_PER_S, lambda number: bots[number % len(bots)].say())


async def live(bots: list[Bot], seconds: float) -> int:
    """Those who point are spread over each sixtieth of a second."""
    pointing = bots[:POINTING]
    rate = len(pointing) * POINTED_PER_S
    return await _paced(seconds, rate, lambda number: pointing[number % len(pointing)].point())


async def _paced(seconds: float, per_s: float, act: Callable[[int], None]) -> int:
    loop = asyncio.get_running_loop()
    began = loop.time()
    count = int(seconds * per_s)
    for number in range(count):
        act(number)
        await asyncio.sleep(max(0.0, began + (number + 1) / per_s - loop.time()))
    return count


CASES: dict[str, Callable[[list[Bot], float], Awaitable[int]]] = {"chat": chat, "live": live}


async def measure(
    case: str, people: int, seconds: float, environment: dict[str, str]
) -> dict[str, str | float]:
    """One case on a node of its own."""
    async with NodeProcess(environment) as node, AsyncExitStack() as open_clients:
        bots: list[Bot] = []
        for number in range(people):
            name = f"bot-{number}"
            token = await dev_token(node.url, "work", name)
            client = await open_clients.enter_async_context(connect(node.url, token))
            bots.append(Bot(client, name, case))
            await client.negotiate()
            async with asyncio.timeout(OPEN_S):
                await bots[-1].ready.wait()
        await CASES[case](bots, WARM_UP_S)
        await asyncio.sleep(DRAIN_S)
        for bot in bots:
            bot.forget()
        before = node.cpu_time()
        said = await CASES[case](bots, seconds)
        await asyncio.sleep(DRAIN_S)
        used = node.cpu_time().since(before)
    return _figures(case, bots, said, seconds, used)


def _figures(case: str, bots: list[Bot], said: int, seconds: float, used: CpuTime) -> dict[str, str | float]:
    heard = [delay for bot in bots for delay in bot.heard_ms]
    acked = [delay for bot in bots for delay in bot.acked_ms]
    figures: dict[str, str | float] = {
        "case": case,
        "said": said,
        "heard_share": round(len(heard) / (said * (len(bots) - 1)), 4),
        "heard_ms_p50": round(percentile(heard, 0.5), 2),
        "heard_ms_p99": round(percentile(heard, 0.99), 2),
        "datagrams_per_s_each": round(sum(bot.datagrams for bot in bots) / seconds / len(bots), 1),
        "node_cpu_share": round((used.user_s + used.system_s) / seconds, 3),
    }
    if acked:
        figures["acked_share"] = round(len(acked) / said, 4)
        figures["ack_ms_p99"] = round(percentile(acked, 0.99), 2)
    return figures


@click.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long each case is measured.")
@click.option("--case", "cases", multiple=True, type=click.Choice(sorted(CASES)), default=sorted(CASES))
@click.option("--people", default=PEOPLE, show_default=True, type=click.IntRange(min=2))
@click.option("--database", help="A PostgreSQL URL instead of SQLite.")
@click.option("--postgresql", is_flag=True, help="A PostgreSQL of Debian's package, started for this.")
def main(
    seconds: float, cases: tuple[str, ...], people: int, database: str | None, *, postgresql: bool
) -> None:
    """Measure shared work."""
    with ExitStack() as ends:
        server = Postgres(durable=True) if postgresql else None
        if server is not None:
            ends.callback(server.remove)
            server.start()
        pin(0, CLIENT_CPU)
        for case in cases:
            url = database if server is None else server.new_database()
            environment = {} if url is None else {"SFUMATO_STORAGE__URL": url}
            print(json.dumps(uvloop.run(measure(case, people, seconds, environment))), flush=True)


if __name__ == "__main__":
    main()
