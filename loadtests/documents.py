"""How long documents take through a whole node: from one's typing to the others' seeing.

``python -m loadtests.documents`` prints one JSON line a case, over data channels of `client`:

- ``documents``: 20 people type 5 times a second each in one document of 20 kB
- ``documents-open``: 20 type in a document of 1 MB, which another opens and fetches every second
- ``documents-viewers``: 3 type, 200 look on
- ``documents-media``: the first, in the meeting of `loadtests.media_beside`

The clients are one process, whose own delay is in the figures.
"""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import click
import orjson

from client.channel import DataChannel
from client.meeting import Client, connect
from client.session import dev_token
from loadtests.figures import percentile
from loadtests.media_beside import media
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin
from loadtests.precise_loop import precise_loop

ROOM = "work"
WARM_UP_S = 2.0
DRAIN_S = 1.0
OPEN_S = 30.0
TYPED_PER_S = 5
SUBSCRIBERS = 50

Figures = dict[str, str | float]


@dataclass(frozen=True, slots=True)
class Case:
    """`units` of text in `runs`; how many type and how many look on."""

    units: int = 20_000
    runs: int = 200
    editors: int = 20
    viewers: int = 0
    opened_every_s: float | None = None
    beside_media: bool = False


CASES = {
    "documents": Case(),
    "documents-open": Case(1_000_000, 10_000, opened_every_s=1.0),
    "documents-viewers": Case(editors=3, viewers=200),
    "documents-media": Case(beside_media=True),
}


class Typist:
    """Somebody with the document open. Delays are in milliseconds; `typed_at` is everybody's."""

    def __init__(self, client: Client, name: str, typed_at: dict[tuple[str, int], float]) -> None:
        self.ready = asyncio.Event()
        self.acked = asyncio.Event()
        """Nothing of theirs is on its way."""

        self.acked.set()
        self.created: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.heard_ms: list[float] = []
        self.acked_ms: list[float] = []
        self.skipped = 0
        self.version = 0
        self.url = ""
        self._client = client
        self._name = name
        self._typed_at = typed_at
        self._length = 0
        self._seq = 0
        self._doc = ""
        self._channel: DataChannel = client.open_channel("documents")
        self._channel.on_message = self._hear

    def open(self, doc: str, length: int) -> None:
        """Open a document of so many units."""
        self.ready.clear()
        self._doc, self._length = doc, length
        self._send({"t": "open", "doc": doc, "client": self._name, "version": None})

    def type(self, random: Random) -> None:
        """One character somewhere, unless the last is still on its way."""
        if not self.acked.is_set():
            self.skipped += 1
            return
        at = random.randrange(self._length)
        self.submit([*([{"retain": at}] if at else []), {"insert": "x"}], 1)

    def submit(self, ops: list[dict[str, Any]], grown: int) -> None:
        """A change that makes the document longer."""
        self._seq += 1
        self.acked.clear()
        self._length += grown
        self._typed_at[self._name, self._seq] = self._client.now()
        delta = {"ops": ops}
        self._send({"t": "submit", "doc": self._doc, "seq": self._seq, "base": self.version, "delta": delta})

    def create(self) -> None:
        """A new document."""
        self._send({"t": "create", "title": "Load"})

    def _send(self, message: dict[str, object]) -> None:
        self._channel.send(orjson.dumps(message).decode(), self._client.now())
        self._client.turn()

    def _hear(self, data: str | bytes) -> None:
        now = self._client.now()
        message = orjson.loads(data)
        name = message["t"]
        if name == "change":
            self._length += 1
            self.version = message["version"]
            typed_at = self._typed_at[message["client"], message["seq"]]
            self.heard_ms.append((now - typed_at) * 1e3)
        elif name == "ack":
            self.version = message["version"]
            self.acked.set()
            self.acked_ms.append((now - self._typed_at[self._name, message["seq"]]) * 1e3)
        elif name == "snapshot":
            self.version = message["version"]
            self.url = message.get("url", "")
            self.ready.set()
        elif name == "created":
            self.created.set_result(message["doc"]["id"])
        else:
            raise RuntimeError(f"answered {message}")

    def forget(self) -> None:
        """The warm-up is over."""
        self.heard_ms.clear()
        self.acked_ms.clear()
        self.skipped = 0


@asynccontextmanager
async def typists(
    url: str, count: int, prefix: str, typed_at: dict[tuple[str, int], float]
) -> AsyncIterator[list[Typist]]:
    """People with a channel, while the context lasts."""
    async with AsyncExitStack() as opened:
        made = []
        for number in range(count):
            name = f"{prefix}-{number}"
            client = await opened.enter_async_context(connect(url, await dev_token(url, ROOM, name)))
            made.append(Typist(client, name, typed_at))
            await client.negotiate()
        yield made


async def fill(author: Typist, case: Case) -> str:
    """A document as the case wants it, made by one of them; its id."""
    author.create()
    doc = await author.created
    author.open(doc, 1)
    await author.ready.wait()
    size = case.units // case.runs
    per_change = max(1, 30_000 // (size + 60))
    text = ("some words that people write " * (size // 28 + 1))[:size]
    for first in range(0, case.runs, per_change):
        last = min(first + per_change, case.runs)
        ops = [
            {"insert": text, "attributes": {"color": f"#{number:06x}"}} if number % 2 else {"insert": text}
            for number in range(first, last)
        ]
        author.submit(ops, size * (last - first))
        await author.acked.wait()
    return doc


async def type_all(editors: list[Typist], seconds: float, random: Random) -> int:
    """Everybody in turn, evenly; how many changes that were."""
    loop = asyncio.get_running_loop()
    began, per_s = loop.time(), TYPED_PER_S * len(editors)
    count = int(seconds * per_s)
    for number in range(count):
        editors[number % len(editors)].type(random)
        await asyncio.sleep(max(0.0, began + (number + 1) / per_s - loop.time()))
    return count


async def open_again(
    client: Client, reader: Typist, doc: str, every_s: float, opened_ms: list[float]
) -> None:
    """Open and fetch it, again and again."""
    while True:
        began = client.now()
        reader.open(doc, 1)
        await reader.ready.wait()
        await client.fetch(reader.url)
        opened_ms.append((client.now() - began) * 1e3)
        await asyncio.sleep(every_s)


async def measure(name: str, case: Case, seconds: float) -> Figures:
    """One case on a node of its own."""
    random = Random(1)
    typed_at: dict[tuple[str, int], float] = {}
    opened_ms: list[float] = []
    async with NodeProcess() as node, AsyncExitStack() as opened:
        watching = []
        if case.beside_media:
            watching = await opened.enter_async_context(media(node.url, SUBSCRIBERS, random))
        editors = await opened.enter_async_context(typists(node.url, case.editors, "editor", typed_at))
        doc = await fill(editors[0], case)
        viewers = await opened.enter_async_context(typists(node.url, case.viewers, "viewer", typed_at))
        for one in [*editors, *viewers]:
            one.open(doc, case.units)
            async with asyncio.timeout(OPEN_S):
                await one.ready.wait()
        opening = await opened.enter_async_context(opener(node.url, doc, case, opened_ms, typed_at))
        await type_all(editors, WARM_UP_S, random)
        await asyncio.sleep(DRAIN_S)
        for one in [*editors, *viewers]:
            one.forget()
        opened_ms.clear()
        gc.collect()
        gc.disable()  # a pause of ours would look like the node's
        loop = asyncio.get_running_loop()
        began, cpu = loop.time(), node.cpu_time()
        typed = await type_all(editors, seconds, random)
        ended, used = loop.time(), node.cpu_time().since(cpu)
        gc.enable()
        await asyncio.sleep(DRAIN_S)
        if opening is not None:
            opening.cancel()
    typed -= sum(one.skipped for one in editors)
    heard = [delay for one in [*editors, *viewers] for delay in one.heard_ms]
    acked = [delay for one in editors for delay in one.acked_ms]
    cpu_s = used.user_s + used.system_s
    figures: Figures = {
        "case": name,
        "typed": typed,
        "skipped": sum(one.skipped for one in editors),
        "ack_ms_p50": round(percentile(acked, 0.5), 2),
        "ack_ms_p99": round(percentile(acked, 0.99), 2),
        "node_cpu_share": round(cpu_s / (ended - began), 3),
        "node_cpu_ms_a_change": round(cpu_s / typed * 1e3, 3),
    }
    if heard:
        figures["heard_share"] = round(len(heard) / (typed * (len(editors) + len(viewers) - 1)), 4)
        figures["heard_ms_p50"] = round(percentile(heard, 0.5), 2)
        figures["heard_ms_p99"] = round(percentile(heard, 0.99), 2)
    if opened_ms:
        figures["opened"] = len(opened_ms)
        figures["open_ms_p50"] = round(percentile(opened_ms, 0.5), 2)
    if watching:
        delays = [delay for client in watching for delay in client.delays.between(began, ended)]
        figures["forward_ms_p50"] = round(percentile(delays, 0.5), 2)
        figures["forward_ms_p99"] = round(percentile(delays, 0.99), 2)
    return figures


@asynccontextmanager
async def opener(
    url: str, doc: str, case: Case, opened_ms: list[float], typed_at: dict[tuple[str, int], float]
) -> AsyncIterator[asyncio.Task[None] | None]:
    """Somebody who opens the document again and again, if the case has one."""
    if case.opened_every_s is None:
        yield None
        return
    async with connect(url, await dev_token(url, ROOM, "opener")) as client:
        reader = Typist(client, "opener", typed_at)
        await client.negotiate()
        task = asyncio.create_task(open_again(client, reader, doc, case.opened_every_s, opened_ms))
        yield task
        task.cancel()


@click.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long each case is measured.")
@click.option("--case", "cases", multiple=True, type=click.Choice(sorted(CASES)), default=sorted(CASES))
@click.option("--editors", type=click.IntRange(min=2), help="Other than the case has.")
@click.option("--units", type=click.IntRange(min=20_000), help="Of text, other than the case has.")
def main(seconds: float, cases: tuple[str, ...], editors: int | None, units: int | None) -> None:
    """Measure documents."""
    pin(0, CLIENT_CPU)
    for name in cases:
        case = CASES[name]
        case = replace(case, editors=editors or case.editors, units=units or case.units)
        with asyncio.Runner(loop_factory=precise_loop) as runner:
            print(json.dumps(runner.run(measure(name, case, seconds))), flush=True)


if __name__ == "__main__":
    main()
