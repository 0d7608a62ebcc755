"""``python -m loadtests.bench``: what a forwarded packet costs, one JSON line a case (docs/performance.md).

The node runs as a process of its own on the first processor, all clients here on the second.
"""

import argparse
import asyncio
import gc
import json
import sys
from datetime import UTC, datetime
from random import Random

from client.session import dev_token
from loadtests.cases import CASES, Case
from loadtests.chromium import CHROMIUM
from loadtests.figures import Figures, percentile, summary
from loadtests.light_client import LightClient, make_identity
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin
from loadtests.precise_loop import precise_loop

FIRST_FRAME, OUTAGE = "first-frame", "outage"
ROOM = ("room-join", "room-weight", "room-tiles")
DATA = ("data-in", "data-live")
IN_BROWSERS = (FIRST_FRAME, OUTAGE, *ROOM, *DATA)
SOAK_S = 3600.0
RAMP_S = 10.0
"""By then every slot carries something: a node finds out by and by what each network carries."""

WARM_UP_S = 2.0
SETTLE_S = 0.5
"""From the last packet sent to the count of the lost."""


async def measure(case: Case, window_s: float, random: Random) -> Figures:
    """One run on a fresh node. RuntimeError if a slot stays silent."""
    async with NodeProcess(case.environment) as node:
        clients: list[LightClient] = []
        identity = make_identity(datetime.now(UTC), case.profiles)
        try:
            for part in case.parts():
                client = LightClient(part, identity, random)
                clients.append(client)
                await client.join(node.url, await dev_token(node.url, case.name, part.name))
            return await _measure(case, node, clients, window_s)
        finally:
            for client in clients:
                await client.close()


async def _measure(case: Case, node: NodeProcess, clients: list[LightClient], window_s: float) -> Figures:
    loop = asyncio.get_running_loop()
    until = loop.time() + RAMP_S
    while (streams := sum(client.streams for client in clients)) < case.streams:
        if loop.time() > until:
            raise RuntimeError(f"{case.name}: {streams} slots carry something, not {case.streams}")
        await asyncio.sleep(0.1)
    await asyncio.sleep(WARM_UP_S)
    gc.collect()
    gc.disable()  # a pause of ours would look like the node's
    start, cpu, packets = loop.time(), node.cpu_time(), _packets(clients)
    await asyncio.sleep(window_s)
    end, used, forwarded = loop.time(), node.cpu_time().since(cpu), _packets(clients) - packets
    resident_mb = node.resident_mb()
    gc.enable()
    for client in clients:
        client.stop()
    await asyncio.sleep(SETTLE_S)
    delays_ms = [delay for client in clients for delay in client.delays.between(start, end)]
    joins_ms = [client.joined_s * 1000 for client in clients if client.joined_s is not None]
    expected = sum(client.expected for client in clients)
    return Figures(
        forwarded_packets_per_s=forwarded / (end - start),
        cpu_us_per_packet=(used.user_s + used.system_s) / forwarded * 1e6,
        cpu_user_us=used.user_s / forwarded * 1e6,
        cpu_system_us=used.system_s / forwarded * 1e6,
        loss=sum(client.lost for client in clients) / expected,
        latency_p50_ms=percentile(delays_ms, 0.5),
        latency_p99_ms=percentile(delays_ms, 0.99),
        rss_mb=resident_mb,
        join_ms_p50=percentile(joins_ms, 0.5),
        join_ms_p95=percentile(joins_ms, 0.95),
    )


def _packets(clients: list[LightClient]) -> int:
    return sum(client.packets for client in clients)


async def bench(cases: list[Case], runs: int, window_s: float, seed: int) -> None:
    """All cases in turn, `runs` times over, so that a busy minute of the machine hits them alike."""
    measured: dict[str, list[Figures]] = {case.name: [] for case in cases}
    random = Random(seed)
    for number in range(runs):
        for case in cases:
            figures = await measure(case, window_s, random)
            measured[case.name].append(figures)
            print(f"run {number + 1} {case.name}: {figures}", file=sys.stderr, flush=True)
    for name, figures_of_case in measured.items():
        print(json.dumps(summary(name, figures_of_case)), flush=True)


def _bench_in_browsers(arguments: argparse.Namespace, wanted: list[str]) -> None:
    """Before the others, for which this process is kept on one processor."""
    if not set(IN_BROWSERS) & set(wanted):
        return
    from loadtests import (  # need Playwright, the other cases do not
        data_channels,
        far_network,
        first_frame,
        outage,
        room_page,
    )

    if not CHROMIUM.exists():
        print(f"no {CHROMIUM}: {', '.join(IN_BROWSERS)} left out", file=sys.stderr)
        return
    if FIRST_FRAME in wanted:
        print(first_frame.run(arguments.joins, arguments.seed), flush=True)
    if OUTAGE in wanted and far_network.possible():
        print(outage.run(arguments.outages, arguments.seed), flush=True)
    elif OUTAGE in wanted:
        print(f"{OUTAGE}: needs root and iproute2, left out", file=sys.stderr)
    for name in ROOM:
        if name in wanted:
            line = room_page.run(name, arguments.joins, arguments.runs, arguments.seconds, arguments.seed)
            print(line, flush=True)
    for name in DATA:
        if name in wanted:
            print(data_channels.run(name, arguments.runs, arguments.seconds, arguments.seed), flush=True)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [*CASES, *IN_BROWSERS]
    parser.add_argument("--case", action="append", choices=names, help="only this one (repeatable)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="length of a measured window")
    parser.add_argument("--joins", type=int, default=20, help="of the browser, for first-frame and room-join")
    parser.add_argument("--outages", type=int, default=10, help="of a network, for outage")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--soak", action="store_true", help="one run of an hour, 10x10 unless --case says")
    arguments = parser.parse_args()
    if arguments.soak:
        arguments.case = arguments.case or ["10x10"]
        arguments.runs, arguments.seconds = 1, SOAK_S
    wanted = arguments.case or names
    _bench_in_browsers(arguments, wanted)
    cases = [CASES[name] for name in wanted if name in CASES]
    pin(0, CLIENT_CPU)
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        runner.run(bench(cases, arguments.runs, arguments.seconds, arguments.seed))


if __name__ == "__main__":
    main()
