"""Does media keep its pace beside shared work? One publisher, 50 subscribers, 50 who chat and point.

``python -m loadtests.media_beside`` prints one JSON line: the one-way latency of media packets (as in
`loadtests.bench`) with nothing beside it, then with each of `loadtests.shared_work`'s cases, then with all of
them at once. Everybody is in one meeting, the clients are one process.
"""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import click

from client.meeting import connect
from client.session import dev_token
from loadtests import shared_work
from loadtests.cases import CASES
from loadtests.figures import percentile
from loadtests.light_client import LightClient, make_identity
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin
from loadtests.precise_loop import precise_loop

MEDIA = CASES["1x50"]
ROOM = "work"
WARM_UP_S = 2.0
DRAIN_S = 0.5
FLOWS_S = 20.0

Figures = dict[str, str | float]


@asynccontextmanager
async def media(url: str, subscribers: int, random: Random) -> AsyncIterator[list[LightClient]]:
    """One publisher and those who receive, while the context lasts. RuntimeError if a slot stays silent."""
    case = replace(MEDIA, subscribers=subscribers)
    identity = make_identity(datetime.now(UTC), case.profiles)
    clients: list[LightClient] = []
    try:
        for part in case.parts():
            clients.append(LightClient(part, identity, random))
            await clients[-1].join(url, await dev_token(url, ROOM, part.name))
        loop = asyncio.get_running_loop()
        until = loop.time() + FLOWS_S
        while (streams := sum(client.streams for client in clients)) < case.streams:
            if loop.time() > until:
                raise RuntimeError(f"{streams} slots carry something, not {case.streams}")
            await asyncio.sleep(0.1)
        yield clients
    finally:
        for client in clients:
            await client.close()


@asynccontextmanager
async def bots(url: str, label: str, people: int) -> AsyncIterator[list[shared_work.Bot]]:
    """People with one channel each, while the context lasts."""
    async with AsyncExitStack() as opened:
        made = []
        for number in range(people):
            name = f"{label}-{number}"
            client = await opened.enter_async_context(connect(url, await dev_token(url, ROOM, name)))
            made.append(shared_work.Bot(client, name, label))
            await client.negotiate()
            async with asyncio.timeout(shared_work.OPEN_S):
                await made[-1].ready.wait()
        yield made


async def measure(beside: Sequence[str], subscribers: int, people: int, seconds: float) -> Figures:
    """One run on a node of its own."""
    async with NodeProcess() as node, AsyncExitStack() as opened:
        watching = await opened.enter_async_context(media(node.url, subscribers, Random(1)))
        working = {label: await opened.enter_async_context(bots(node.url, label, people)) for label in beside}

        async def work(length_s: float) -> list[int]:
            busy = (shared_work.CASES[label](group, length_s) for label, group in working.items())
            said, _ = await asyncio.gather(asyncio.gather(*busy), asyncio.sleep(length_s))
            return said

        await work(WARM_UP_S)
        await asyncio.sleep(DRAIN_S)
        for group in working.values():
            for bot in group:
                bot.forget()
        gc.collect()
        gc.disable()  # a pause of ours would look like the node's
        loop = asyncio.get_running_loop()
        began, cpu = loop.time(), node.cpu_time()
        said = await work(seconds)
        ended, used = loop.time(), node.cpu_time().since(cpu)
        gc.enable()
        await asyncio.sleep(DRAIN_S)
        delays = [delay for client in watching for delay in client.delays.between(began, ended)]
    figures: Figures = {
        "case": "+".join(("media", *beside)),
        "forward_ms_p50": round(percentile(delays, 0.5), 2),
        "forward_ms_p99": round(percentile(delays, 0.99), 2),
        "node_cpu_share": round((used.user_s + used.system_s) / (ended - began), 3),
    }
    for count, (label, group) in zip(said, working.items(), strict=True):
        heard = [delay for bot in group for delay in bot.heard_ms]
        figures[f"{label}_heard_share"] = round(len(heard) / (count * (people - 1)), 4)
        figures[f"{label}_heard_ms_p99"] = round(percentile(heard, 0.99), 2)
    return figures


@click.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long is measured.")
@click.option("--subscribers", default=MEDIA.subscribers, show_default=True, type=click.IntRange(min=1))
@click.option("--people", default=shared_work.PEOPLE, show_default=True, type=click.IntRange(min=2))
@click.option("--beside", multiple=True, type=click.Choice(sorted(shared_work.CASES)), help="Only these.")
def main(seconds: float, subscribers: int, people: int, beside: tuple[str, ...]) -> None:
    """Measure media beside shared work."""
    pin(0, CLIENT_CPU)
    runs = [beside] if beside else [(), ("chat",), ("live",), ("chat", "live")]
    for run in runs:
        with asyncio.Runner(loop_factory=precise_loop) as runner:
            print(json.dumps(runner.run(measure(run, subscribers, people, seconds))), flush=True)


if __name__ == "__main__":
    main()
