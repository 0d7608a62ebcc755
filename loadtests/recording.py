"""What recording costs: the node beside it, the recorder itself, and the delay of what is forwarded.

``python -m loadtests.recording`` prints one JSON line a case. On one node and with the same people, windows
with every room recorded and windows without take turns, so that what else the machine does hits both alike.
The node keeps the first processor and the clients the second; the recorder runs where there is room.
"""

import asyncio
import gc
import json
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import mean, median
from typing import Any

import aiohttp
import click

from client.session import dev_token
from loadtests.cases import Case
from loadtests.figures import percentile
from loadtests.light_client import LightClient, make_identity
from loadtests.node_process import CLIENT_CPU, CpuTime, NodeProcess, pin, read_cpu_time
from loadtests.precise_loop import precise_loop

FLOWS_S = 30.0
SETTLE_S = 2.0
SHOWN = 3
"""Pictures that each client takes: of more the clients, one process, would be the slowest."""

FINISHED_S = 60.0
RANDOM = 1

_ROOM = Case("room", publishers=10, subscribers=0, bitrate_bps=1_500_000, width=1280, height=720)
CASES = {
    case.name: (case, rooms)
    for case, rooms in (
        (_ROOM, 1),
        (replace(_ROOM, name="rooms", publishers=3, bitrate_bps=500_000, width=640, height=360), 20),
    )
}


@dataclass(slots=True)
class Window:
    """One stretch of time: shares of a processor, and the delays of media packets."""

    node_share: float
    recorder_share: float
    delays_ms: list[float] = field(default_factory=list)


class Rooms:
    """The rooms of a node with their people, and their recordings."""

    def __init__(self, node: NodeProcess, case: Case, rooms: int) -> None:
        self._node = node
        self._case = case
        self._names = [f"room-{number}" for number in range(rooms)]
        self._hosts: dict[str, str] = {}
        self._recordings: dict[str, str] = {}
        self.clients: list[LightClient] = []
        self.missing = 0
        """Packets that the recordings lack."""

    async def join(self) -> None:
        """Everybody comes. RuntimeError if a slot stays silent."""
        identity = make_identity(datetime.now(UTC), self._case.profiles)
        for room in self._names:
            self._hosts[room] = await dev_token(self._node.url, room, "host", role="host")
            for part in self._case.parts():
                shown = replace(part, video_slots=min(part.video_slots, SHOWN))
                client = LightClient(shown, identity, Random(RANDOM))
                self.clients.append(client)
                await client.join(self._node.url, await dev_token(self._node.url, room, part.name))
        loop = asyncio.get_running_loop()
        until = loop.time() + FLOWS_S
        wanted = sum(client.part.audio_slots + client.part.video_slots for client in self.clients)
        while (streams := sum(client.streams for client in self.clients)) < wanted:
            if loop.time() > until:
                raise RuntimeError(f"{streams} slots carry something, not {wanted}")
            await asyncio.sleep(0.1)

    async def leave(self) -> None:
        """Everybody goes."""
        for client in self.clients:
            await client.close()

    async def record(self) -> None:
        """Begin to record every room."""
        for room in self._names:
            made = await self._call("POST", room, f"rooms/{room}/recordings", 201)
            self._recordings[room] = made["id"]

    async def stop(self) -> None:
        """End it, and see what the recordings lack."""
        for room, recording in self._recordings.items():
            await self._call("DELETE", room, f"rooms/{room}/recordings/{recording}", 200)
        for room, recording in self._recordings.items():
            async with asyncio.timeout(FINISHED_S):
                while not await self._finished(room, recording):  # noqa: ASYNC110 - asked over HTTP
                    await asyncio.sleep(0.2)
            manifest = await self._call("GET", room, f"recordings/{recording}/files/manifest.json", 200)
            self.missing += sum(track["lost"] + track["queue"] for track in manifest["tracks"])
        self._recordings.clear()

    async def _finished(self, room: str, recording: str) -> bool:
        return bool((await self._call("GET", room, f"recordings/{recording}", 200))["state"] == "finished")

    async def _call(self, method: str, room: str, path: str, status: int) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._hosts[room]}"}
        url = f"{self._node.url}/api/v1/{path}"
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.request(method, url, json={} if method == "POST" else None) as response,
        ):
            if response.status != status:
                raise RuntimeError(f"{method} {path}: {response.status} {await response.text()}")
            answer: dict[str, Any] = json.loads(await response.read())
            return answer


def recorder_of(node: NodeProcess) -> int | None:
    """The process that records for a node."""
    for child in Path(f"/proc/{node.pid}/task/{node.pid}/children").read_text().split():
        if b"recording.process" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


def cpu_time(pid: int | None) -> CpuTime:
    """Processor time of a process so far; of none, none."""
    if pid is None:
        return CpuTime(0.0, 0.0)
    return read_cpu_time(Path(f"/proc/{pid}/stat").read_text(), os.sysconf("SC_CLK_TCK"))


async def look(node: NodeProcess, clients: list[LightClient], seconds: float) -> Window:
    """Measure for so long."""
    loop = asyncio.get_running_loop()
    recorder = recorder_of(node)
    gc.collect()
    gc.disable()  # a pause of ours would look like the node's
    began, of_node, of_recorder = loop.time(), node.cpu_time(), cpu_time(recorder)
    await asyncio.sleep(seconds)
    ended, node_used, recorder_used = (
        loop.time(),
        node.cpu_time().since(of_node),
        cpu_time(recorder).since(of_recorder),
    )
    gc.enable()
    return Window(
        (node_used.user_s + node_used.system_s) / (ended - began),
        (recorder_used.user_s + recorder_used.system_s) / (ended - began),
        [delay for client in clients for delay in client.delays.between(began, ended)],
    )


async def measure(case: Case, rooms: int, turns: int, seconds: float) -> dict[str, str | float]:
    """One node, `turns` windows of each kind."""
    plain: list[Window] = []
    recorded: list[Window] = []
    async with NodeProcess() as node:
        meeting = Rooms(node, case, rooms)
        try:
            await meeting.join()
            for _ in range(turns):
                await asyncio.sleep(SETTLE_S)
                plain.append(await look(node, meeting.clients, seconds))
                await meeting.record()
                recorder = recorder_of(node)
                if recorder is not None:
                    os.sched_setaffinity(recorder, range(os.cpu_count() or 1))
                await asyncio.sleep(SETTLE_S)
                recorded.append(await look(node, meeting.clients, seconds))
                await meeting.stop()
        finally:
            await meeting.leave()
    before, after = (
        mean(window.node_share for window in plain),
        mean(window.node_share for window in recorded),
    )
    return {
        "case": case.name,
        "rooms": rooms,
        "people": case.publishers,
        "node_share": round(before, 3),
        "node_share_added": round(after - before, 4),
        "node_added_of_it": round((after - before) / before, 3),
        "recorder_share": round(mean(window.recorder_share for window in recorded), 3),
        "p99_ms": round(_p99(plain), 2),
        "p99_ms_added": round(_p99(recorded) - _p99(plain), 2),
        "missing_packets": meeting.missing,
        "turns": turns,
    }


def _p99(windows: list[Window]) -> float:
    return median(percentile(window.delays_ms, 0.99) for window in windows)


@click.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long each window is.")
@click.option("--turns", default=3, show_default=True, type=click.IntRange(min=1), help="Of each kind.")
@click.option("--case", "names", multiple=True, type=click.Choice(sorted(CASES)), help="Only these.")
def main(seconds: float, turns: int, names: tuple[str, ...]) -> None:
    """Measure what recording costs."""
    pin(0, CLIENT_CPU)
    for name in names or CASES:
        case, rooms = CASES[name]
        with asyncio.Runner(loop_factory=precise_loop) as runner:
            print(json.dumps(runner.run(measure(case, rooms, turns, seconds))), flush=True)


if __name__ == "__main__":
    main()
