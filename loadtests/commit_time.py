"""How long storage takes: from an append to its acknowledgement, and each transaction.

``python -m loadtests.commit_time`` measures SQLite in a folder that goes at the end, ``--url`` a database of
your own; one JSON line a rate. The topics `bench-…` stay in it.
"""

import asyncio
import json
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
import uvloop

from datachannels.repositories import Author, ChatMessage
from loadtests.figures import percentile
from storage.engine import sqlite_url
from storage.store import Store

RATES = (20, 200, 2_000)
TOPICS = 10
TEXT = "a sentence as people write it in a chat, neither long nor short" * 2
PACE_S = 0.002
WARM_UP_S = 1.0


@dataclass(slots=True)
class Measured:
    """Seconds of each append, transaction and turn of the loop beyond what it was asked to wait."""

    appends: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


class Writers:
    """Chats that are written to in turn, each message when it is due."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store = store
        self._heads = {f"{prefix}-{number}": 0 for number in range(TOPICS)}
        self._topics = list(self._heads)

    async def run(self, rate: int, seconds: float, measured: Measured) -> None:
        """So many appends a second."""
        began, made = time.perf_counter(), 0
        waiting: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        while (now := time.perf_counter() - began) < seconds:
            while made < now * rate:
                waiting.append(loop.create_task(self._append(self._topics[made % TOPICS], measured)))
                made += 1
            asked = time.perf_counter()
            await asyncio.sleep(PACE_S)
            measured.late.append(time.perf_counter() - asked - PACE_S)
        await asyncio.gather(*waiting)

    async def _append(self, topic: str, measured: Measured) -> None:
        self._heads[topic] = version = self._heads[topic] + 1
        message = ChatMessage(version, f"m{version}", Author("anna", "Anna"), 0, topic, version, TEXT)
        began = time.perf_counter()
        await self._store.chat.append(topic, version - 1, [message])
        measured.appends.append(time.perf_counter() - began)


async def measure(url: str, rate: int, seconds: float) -> dict[str, str | int | float]:
    """One rate, on topics of its own."""
    measured = Measured()
    number = random.SystemRandom()
    store = await Store.open(url, number, on_commit=lambda took, _: measured.commits.append(took))
    try:
        writers = Writers(store, f"bench-{number.getrandbits(64):x}")
        await writers.run(rate, WARM_UP_S, Measured())
        measured.commits.clear()
        await writers.run(rate, seconds, measured)
    finally:
        await store.close()
    return {
        "case": "commit",
        "database": url.partition(":")[0],
        "appends_per_s": rate,
        "ack_ms_p50": _ms(measured.appends, 0.5),
        "ack_ms_p99": _ms(measured.appends, 0.99),
        "commit_ms_p50": _ms(measured.commits, 0.5),
        "commit_ms_p99": _ms(measured.commits, 0.99),
        "appends_per_commit": round(len(measured.appends) / len(measured.commits), 1),
        "loop_late_ms_p99": _ms(measured.late, 0.99),
    }


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1e3, 2)


@click.command()
@click.option("--url", help="Another database than SQLite in a temporary folder.")
@click.option("--seconds", default=5.0, show_default=True, help="How long each rate is measured.")
@click.option("--rate", "rates", multiple=True, type=int, default=RATES, show_default=True)
def main(url: str | None, seconds: float, rates: tuple[int, ...]) -> None:
    """Measure the time to commit."""
    with tempfile.TemporaryDirectory(prefix="sfumato-") as folder:
        for rate in rates:
            print(json.dumps(uvloop.run(measure(url or sqlite_url(Path(folder)), rate, seconds))), flush=True)


if __name__ == "__main__":
    main()
