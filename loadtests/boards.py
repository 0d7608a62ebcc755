"""How long drawing together takes through a whole node, from a hand to the others' screens.

``python -m loadtests.boards`` prints one JSON line a case, over data channels of `client`. ``drawing``: of
the people 10 draw, each 240 points a second in 60 messages, and finish a stroke each second and a half.
``opening``: somebody opens a board of 10 000 elements again and again beside that. ``media``: the first in
the meeting of `loadtests.media_beside`, whose one-way latency is told too. The clients are one process, whose
own delay is in the figures.
"""

import asyncio
import gc
import json
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

import aiohttp
import click
import orjson
import uvloop

from client.meeting import Client, connect
from client.session import dev_token
from loadtests.figures import percentile
from loadtests.light_client import LightClient
from loadtests.media_beside import ROOM, media
from loadtests.node_process import CLIENT_CPU, NodeProcess, pin
from loadtests.precise_loop import precise_loop

CASES = ("drawing", "opening", "media")
SUBSCRIBERS = 50

DRAWING = 10
MESSAGES_PER_S = 60
POINTS_A_MESSAGE = 4
TAIL_POINTS = 16
"""Repeated with each message: what may have been lost in the last tenth of a second."""

STROKE_EVERY_S = 1.5
STROKE_POINTS = 100
ELEMENTS = 10_000
ELEMENTS_A_SUBMIT = 200
OPENINGS_EVERY_S = 2.0
WARM_UP_S = 2.0
DRAIN_S = 1.0
TICKS_PER_S = 1e5
"""The x of a point says when it was drawn."""

OPEN_S = 30.0


@dataclass(slots=True)
class Heard:
    """Delays in milliseconds."""

    points: list[float] = field(default_factory=list)
    strokes: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)

    def forget(self) -> None:
        """The warm-up is over."""
        for delays in (self.points, self.strokes, self.acks):
            delays.clear()


class Artist:
    """Somebody with the board open."""

    def __init__(self, client: Client, name: str, board: str, *, looks: bool) -> None:
        """`looks`: takes the time of what is drawn live."""
        self._looks = looks
        self.heard = Heard()
        self.ready = asyncio.Event()
        self.acked = asyncio.Event()
        self.datagrams = 0
        self._client = client
        self._name = name
        self._board = board
        self._seq = 0
        self._strokes = 0
        self._drawn_at: dict[int, float] = {}
        self._tail: list[int] = []
        self._live = client.open_channel("live")
        self._live.on_message = self._hear_live
        self._whiteboard = client.open_channel("whiteboard")
        self._whiteboard.on_message = self._hear
        self._whiteboard.on_open = lambda: self._send(
            {"t": "open", "board": board, "client": secrets.token_hex(4), "version": None}
        )

    def _now(self) -> float:
        return self._client.now()

    def point(self) -> None:
        """The next points of the stroke in progress, behind the last ones again."""
        at = int(self._now() * TICKS_PER_S) % 2**31
        self._tail = [*self._tail, *[at] * POINTS_A_MESSAGE][-TAIL_POINTS:]
        points: list[int] = []
        before = 0
        for x in self._tail:
            points += (x - before, 10, 128)
            before = x
        self._live.send(
            json.dumps(
                {
                    "t": "stroke",
                    "board": self._board,
                    "element": f"{self._name}.{self._strokes}",
                    "from": 0,
                    "points": points,
                }
            ),
            self._now(),
        )
        self._client.turn()

    def stroke(self) -> None:
        """A whole one, as a hand leaves it."""
        self._strokes += 1
        now = self._now()
        flat = [0, 0, 128] + [13, -7, 3] * STROKE_POINTS
        props = {"type": "stroke", "points": flat, "z": "a0", "at": now}
        self.submit([{"op": "put", "id": f"{self._name}.{self._strokes}", "props": props}])

    def submit(self, changes: list[dict[str, object]]) -> None:
        """One change."""
        self._seq += 1
        self._drawn_at[self._seq] = self._now()
        self.acked.clear()
        self._send({"t": "submit", "board": self._board, "seq": self._seq, "changes": changes})

    def _send(self, message: dict[str, object]) -> None:
        self._whiteboard.send(json.dumps(message), self._now())
        self._client.turn()

    def _hear_live(self, data: str | bytes) -> None:
        now = int(self._now() * TICKS_PER_S) % 2**31
        self.datagrams += 1
        if not self._looks:
            return
        value = orjson.loads(data)
        for message in value if isinstance(value, list) else [value]:
            if message["t"] == "stroke":
                newest = sum(message["points"][0::3])
                self.heard.points.append((now - newest) / TICKS_PER_S * 1e3)

    def _hear(self, data: str | bytes) -> None:
        message = orjson.loads(data)
        match message["t"]:
            case "change":
                at = message["changes"][0]["props"].get("at") if "changes" in message else None
                if at is not None:
                    self.heard.strokes.append((self._now() - at) * 1e3)
            case "ack":
                self.heard.acks.append((self._now() - self._drawn_at.pop(message["seq"])) * 1e3)
                self.acked.set()
            case "snapshot" | "changes":
                self.ready.set()


async def draw(artists: list[Artist], seconds: float) -> None:
    """Those who draw are spread over each sixtieth of a second."""
    loop = asyncio.get_running_loop()
    began, rate = loop.time(), len(artists) * MESSAGES_PER_S
    strokes = int(STROKE_EVERY_S * rate)
    for number in range(int(seconds * rate)):
        artist = artists[number % len(artists)]
        artist.point()
        if number % strokes // len(artists) == number % len(artists) and number % strokes < rate:
            artist.stroke()
        await asyncio.sleep(max(0.0, began + (number + 1) / rate - loop.time()))


async def fill(artist: Artist, random: Random) -> None:
    """As many elements as a large board has, most of them strokes."""
    for first in range(0, ELEMENTS, ELEMENTS_A_SUBMIT):
        changes: list[dict[str, object]] = []
        for number in range(first, first + ELEMENTS_A_SUBMIT):
            x, y = random.randrange(100_000), random.randrange(100_000)
            flat = [x, y, 128] + [random.randrange(-50, 50) for _ in range(3 * 12)]
            flat[5::3] = [100] * len(flat[5::3])
            props = {"type": "stroke", "points": flat, "z": f"a{number % 10}"}
            changes.append({"op": "put", "id": f"n{number}", "props": props})
        artist.submit(changes)
        async with asyncio.timeout(OPEN_S):
            await artist.acked.wait()


async def reopen(url: str, token: str, board: str, delays: list[float]) -> None:
    """Open the board again and again over the socket and fetch what is on it."""
    headers = {"Authorization": f"Bearer {token}"}
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(headers=headers) as http:
        while True:
            began = loop.time()
            async with http.ws_connect(f"{url}/rtc", protocols=("sfumato.v1",)) as socket:
                await socket.send_json({"type": "join", "token": token})
                opening = {"t": "open", "board": board, "client": secrets.token_hex(4), "version": None}
                await socket.send_json({"type": "channel", "label": "whiteboard", "data": opening})
                snapshot: dict[str, object] = {}
                while snapshot.get("t") != "snapshot":
                    snapshot = (await socket.receive_json()).get("data", {})
                async with http.get(f"{url}{snapshot['url']}") as response:
                    await response.read()
            delays.append((loop.time() - began) * 1e3)
            await asyncio.sleep(OPENINGS_EVERY_S)


async def make_board(url: str, token: str) -> str:
    """A new one; its id."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{url}/api/v1/rooms/{ROOM}/boards", json={"title": "Board"}) as response,
    ):
        made: str = (await response.json())["id"]
        return made


async def measure(case: str, people: int, subscribers: int, seconds: float) -> dict[str, str | float]:
    """One case on a node of its own."""
    async with NodeProcess({}) as node, AsyncExitStack() as open_clients:
        watching: list[LightClient] = []
        if case == "media":
            watching = await open_clients.enter_async_context(media(node.url, subscribers, Random(1)))
        token = await dev_token(node.url, ROOM, "maker")
        board = await make_board(node.url, token)
        artists: list[Artist] = []
        for number in range(people):
            name = f"bot-{number}"
            joining = connect(node.url, await dev_token(node.url, ROOM, name))
            client = await open_clients.enter_async_context(joining)
            artists.append(Artist(client, name, board, looks=number % (people // DRAWING or 1) == 0))
            await client.negotiate()
            async with asyncio.timeout(OPEN_S):
                await artists[-1].ready.wait()
        drawing, opened = artists[:DRAWING], list[float]()
        if case == "opening":
            await fill(artists[0], Random(1))
        await draw(drawing, WARM_UP_S)
        await asyncio.sleep(DRAIN_S)
        for artist in artists:
            artist.heard.forget()
            artist.datagrams = 0
        before = node.cpu_time()
        opening = asyncio.create_task(reopen(node.url, token, board, opened)) if case == "opening" else None
        gc.collect()
        gc.disable()  # a pause of ours would look like the node's
        loop = asyncio.get_running_loop()
        began = loop.time()
        await draw(drawing, seconds)
        ended = loop.time()
        gc.enable()
        if opening is not None:
            opening.cancel()
        await asyncio.sleep(DRAIN_S)
        used = node.cpu_time().since(before)
    share = (used.user_s + used.system_s) / seconds
    figures = _figures(case, artists, seconds, share, opened)
    if watching:
        delays = [delay for one in watching for delay in one.delays.between(began, ended)]
        figures["forward_ms_p50"] = round(percentile(delays, 0.5), 2)
        figures["forward_ms_p99"] = round(percentile(delays, 0.99), 2)
    return figures


def _figures(
    case: str, artists: list[Artist], seconds: float, share: float, opened: list[float]
) -> dict[str, str | float]:
    points = [delay for artist in artists for delay in artist.heard.points]
    strokes = [delay for artist in artists for delay in artist.heard.strokes]
    acks = [delay for artist in artists for delay in artist.heard.acks]
    figures: dict[str, str | float] = {
        "case": case,
        "people": len(artists),
        "point_ms_p50": round(percentile(points, 0.5), 2),
        "point_ms_p99": round(percentile(points, 0.99), 2),
        "stroke_ms_p99": round(percentile(strokes, 0.99), 2),
        "ack_ms_p99": round(percentile(acks, 0.99), 2),
        "datagrams_per_s_each": round(sum(one.datagrams for one in artists) / seconds / len(artists), 1),
        "node_cpu_share": round(share, 3),
    }
    if opened:
        figures["opened_ms_p50"] = round(percentile(opened, 0.5), 1)
        figures["opened_ms_max"] = round(max(opened), 1)
    return figures


@click.command()
@click.option("--seconds", default=10.0, show_default=True, help="How long each case is measured.")
@click.option("--case", "cases", multiple=True, type=click.Choice(CASES))
@click.option("--people", default=10, show_default=True, type=click.IntRange(min=2))
@click.option("--subscribers", default=SUBSCRIBERS, show_default=True, type=click.IntRange(min=1))
def main(seconds: float, cases: tuple[str, ...], people: int, subscribers: int) -> None:
    """Measure drawing together."""
    pin(0, CLIENT_CPU)
    for case in cases or CASES:
        loop = precise_loop if case == "media" else uvloop.new_event_loop
        with asyncio.Runner(loop_factory=loop) as runner:
            print(json.dumps(runner.run(measure(case, people, subscribers, seconds))), flush=True)


if __name__ == "__main__":
    main()
