"""What a typed character costs the service and its storage, without the way there and back.

``python -m loadtests.one_character`` prints one JSON line: processor time of a change to a document of 100 kB
in 2 000 runs, from the text of the message to the ack: on the loop, and with SQLite in its thread.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import click
import orjson

from config.settings import Limits
from datachannels.channel import Channel
from datachannels.documents.service import DocumentService
from datachannels.repositories import RepositoryError
from datachannels.service_node import ServiceNode
from datachannels.services import Services
from datachannels.topic_lists import TopicKind
from storage.store import Store

T = TypeVar("T")
UNITS, RUNS = 100_000, 2_000
WARM_UP = 100


class Author:
    """May do everything."""

    id, identity, name, room, meeting = "pa_1", "anna", "Anna", "r", "rm_1"
    hidden, listed = False, True

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        """See `datachannels.member.Member`."""
        return True

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        """See `datachannels.member.Member`."""
        return True


class Bench:
    """A service on a store: delivery, tasks and lists are its own."""

    def __init__(self, store: Store) -> None:
        self._answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._names = Random(1)
        limits = Limits(messages_per_s=1_000_000)
        node = ServiceNode(limits, self, self, lambda now: int(now * 1e3), self._new_id, self._observe)
        documents = DocumentService(store.documents, store.access, self, node)
        self._services = Services(node, {documents.label: documents})
        self._services.opened(1, documents.label, Author())

    def _new_id(self, prefix: str) -> str:
        return f"{prefix}_{self._names.getrandbits(64):x}"

    def _observe(self, operation: str, seconds: float) -> None:
        """Measured here by other means."""

    def send(self, channels: Sequence[Channel], data: bytes) -> None:
        """See `Delivery`: only answers come."""
        self._answer.set_result(orjson.loads(data))

    def close(self, channel: Channel) -> None:
        """See `Delivery`."""

    def put(self, kind: TopicKind, room: str, topic: str, title: str) -> None:
        """See `TopicLists`."""

    def remove(self, kind: TopicKind, room: str, topic: str) -> None:
        """See `TopicLists`."""

    def run(self, work: Awaitable[T], done: Callable[[T | RepositoryError, float], None]) -> None:
        """See `Tasks`."""
        future = asyncio.ensure_future(work)
        future.add_done_callback(lambda ended: done(ended.result(), time.monotonic()))

    async def ask(self, message: dict[str, Any]) -> Any:
        """The answer to a message."""
        self._answer = asyncio.get_running_loop().create_future()
        self._services.received(1, orjson.dumps(message).decode(), time.monotonic())
        return await self._answer


async def measure(changes: int, folder: Path) -> dict[str, str | float]:
    """Milliseconds a change."""
    store = await Store.open(f"sqlite:///{folder / 'bench.sqlite'}", Random(1))
    bench, random = Bench(store), Random(2)
    doc = (await bench.ask({"t": "create", "title": "Load"}))["doc"]["id"]
    await bench.ask({"t": "open", "doc": doc, "client": "c"})
    run = "x" * (UNITS // RUNS)
    seq = 0

    async def change(ops: list[dict[str, Any]]) -> None:
        nonlocal seq
        seq += 1
        message = {"t": "submit", "doc": doc, "seq": seq, "base": seq, "delta": {"ops": ops}}
        answer = await bench.ask(message)
        if answer["t"] != "ack":
            raise RuntimeError(f"answered {answer}")

    for first in range(0, RUNS, 500):
        colors = [f"#{number:06x}" for number in range(first, first + 500)]
        await change([{"insert": run, "attributes": {"color": color}} for color in colors])
    for _ in range(WARM_UP):
        await change([{"retain": random.randint(1, UNITS)}, {"insert": "a"}])
    began, loop, whole = time.perf_counter(), time.thread_time(), time.process_time()
    for _ in range(changes):
        await change([{"retain": random.randint(1, UNITS)}, {"insert": "a"}])
    wall, loop, whole = time.perf_counter() - began, time.thread_time() - loop, time.process_time() - whole
    await store.close()
    return {
        "case": "one-character",
        "changes": changes,
        "loop_ms_a_change": round(loop / changes * 1e3, 3),
        "cpu_ms_a_change": round(whole / changes * 1e3, 3),
        "ack_ms_mean": round(wall / changes * 1e3, 3),
    }


@click.command()
@click.option("--changes", default=500, show_default=True, type=click.IntRange(min=1))
def main(changes: int) -> None:
    """Measure a typed character."""
    with TemporaryDirectory(prefix="sfumato-bench-") as folder:
        print(json.dumps(asyncio.run(measure(changes, Path(folder)))))


if __name__ == "__main__":
    main()
