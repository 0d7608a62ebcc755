"""What the journal of a recording costs the node, for a meeting that writes and draws.

``python -m loadtests.journal`` prints one JSON line. 20 people type 5 times a second each in one document of
20 kB, 10 draw, as in `loadtests.documents` and `loadtests.boards`; nobody sends media, so a recording is its
journal alone. On one node and with the same people, windows with the meeting recorded and windows without
take turns, so that what else the machine does hits both alike. The recorder runs where there is room.
"""

import asyncio
import gc
import json
import os
from contextlib import AsyncExitStack
from random import Random
from statistics import mean
from typing import Any

import aiohttp
import click

from client.meeting import connect
from client.session import dev_token
from loadtests import boards
from loadtests.documents import ROOM, Case, Typist, fill, type_all, typists
from loadtests.figures import percentile
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin
from loadtests.precise_loop import precise_loop
from loadtests.recording import recorder_of

FINISHED_S = 60.0
SETTLE_S = 1.0


class Meeting:
    """Everybody who writes and draws on a node."""

    def __init__(self, node: NodeProcess, editors: list[Typist], artists: list[boards.Artist]) -> None:
        self._node = node
        self._editors = editors
        self._artists = artists
        self._random = Random(1)
        self.typed = 0

    async def work(self, seconds: float) -> float:
        """For so long; the node's share of a processor."""
        for one in self._editors:
            one.forget()
        for artist in self._artists:
            artist.heard.forget()
        gc.collect()
        gc.disable()  # a pause of ours would look like the node's
        loop = asyncio.get_running_loop()
        began, before = loop.time(), self._node.cpu_time()
        typed, _ = await asyncio.gather(
            type_all(self._editors, seconds, self._random), boards.draw(self._artists, seconds)
        )
        used = self._node.cpu_time().since(before)
        gc.enable()
        self.typed += typed - sum(one.skipped for one in self._editors)
        return (used.user_s + used.system_s) / (loop.time() - began)

    async def stored(self) -> None:
        """Until nothing that was typed is on its way."""
        async with asyncio.timeout(FINISHED_S):
            for one in self._editors:
                await one.acked.wait()

    def acked_ms(self) -> list[float]:
        """How long the editors waited for their changes to be stored."""
        return [delay for one in self._editors for delay in one.acked_ms]


class Recording:
    """The meeting's, one after another."""

    def __init__(self, node: NodeProcess, token: str) -> None:
        self._node = node
        self._headers = {"Authorization": f"Bearer {token}"}
        self._id = ""
        self.typed = 0
        """Changes of the document in the journals."""

    async def start(self) -> None:
        """The journal begins."""
        self._id = (await self._call("POST", f"rooms/{ROOM}/recordings", {}))["id"]
        recorder = recorder_of(self._node)
        if recorder is not None:
            os.sched_setaffinity(recorder, range(os.cpu_count() or 1))

    async def stop(self) -> None:
        """It is finished."""
        await self._call("DELETE", f"rooms/{ROOM}/recordings/{self._id}")
        async with asyncio.timeout(FINISHED_S):
            while (await self._call("GET", f"recordings/{self._id}"))["state"] != "finished":  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        async with (
            aiohttp.ClientSession(headers=self._headers) as http,
            http.get(f"{self._node.url}/api/v1/recordings/{self._id}/files/journal.jsonl") as response,
        ):
            kinds = [json.loads(line)["kind"] for line in (await response.read()).splitlines()]
        self.typed += kinds.count("document_change")

    async def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        url = f"{self._node.url}/api/v1/{path}"
        async with (
            aiohttp.ClientSession(headers=self._headers, raise_for_status=True) as http,
            http.request(method, url, json=body) as response,
        ):
            answer: dict[str, Any] = await response.json()
            return answer


async def measure(case: Case, drawing: int, turns: int, seconds: float) -> dict[str, float]:
    """One node, `turns` windows of each kind."""
    plain: list[float] = []
    recorded: list[float] = []
    waits: list[list[float]] = [[], []]
    missing = 0
    async with NodeProcess({"SFUMATO_RECORDING__MIN_FREE_BYTES": "0"}) as node, AsyncExitStack() as opened:
        editors = await opened.enter_async_context(typists(node.url, case.editors, "editor", {}))
        doc = await fill(editors[0], case)
        for one in editors:
            one.open(doc, case.units)
            await one.ready.wait()
        host = await dev_token(node.url, ROOM, "host", role="host")
        board = await boards.make_board(node.url, host)
        artists: list[boards.Artist] = []
        for number in range(drawing):
            name = f"artist-{number}"
            client = await opened.enter_async_context(
                connect(node.url, await dev_token(node.url, ROOM, name))
            )
            artists.append(boards.Artist(client, name, board, looks=number == 0))
            await client.negotiate()
            await artists[-1].ready.wait()
        meeting, recording = Meeting(node, editors, artists), Recording(node, host)
        await meeting.work(SETTLE_S)
        for _ in range(turns):
            plain.append(await meeting.work(seconds))
            waits[0] += meeting.acked_ms()
            await meeting.stored()
            before = meeting.typed
            await recording.start()
            await meeting.work(SETTLE_S)
            recorded.append(await meeting.work(seconds))
            waits[1] += meeting.acked_ms()
            await meeting.stored()
            await recording.stop()
            missing += meeting.typed - before
    return {
        "node_share": round(mean(plain), 4),
        "node_share_added": round(mean(recorded) - mean(plain), 4),
        "ack_ms_p99": round(percentile(waits[0], 0.99), 2),
        "ack_ms_p99_recorded": round(percentile(waits[1], 0.99), 2),
        "typed": meeting.typed,
        "missing_lines": missing - recording.typed,
        "turns": turns,
    }


@click.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long each window is.")
@click.option("--drawing", default=boards.DRAWING, show_default=True, type=click.IntRange(min=1))
@click.option("--editors", default=20, show_default=True, type=click.IntRange(min=2))
@click.option("--turns", default=5, show_default=True, type=click.IntRange(min=1))
def main(seconds: float, editors: int, drawing: int, turns: int) -> None:
    """Measure the journal of a recording."""
    pin(0, CLIENT_CPU)
    with asyncio.Runner(loop_factory=precise_loop) as runner:
        print(json.dumps(runner.run(measure(Case(editors=editors), drawing, turns, seconds))), flush=True)


if __name__ == "__main__":
    main()
