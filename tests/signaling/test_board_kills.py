"""A node is killed while people draw on a board: what anybody was told is there afterwards."""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import orjson
import pytest

from client.boards import OpenBoard
from client.session import dev_token
from datachannels.whiteboard.board import Board, replay
from datachannels.whiteboard.entries import read_back
from loadtests.postgresql import Postgres
from tests.e2e.server import Server
from tests.signaling.test_document_kills import called
from tests.signaling.test_kills import FAILPOINTS, KILLS, PEOPLE, ROOM, SEED, live_and_die

DRAWS_EVERY_S = 0.02
DEADLINE_S = 60.0
ELEMENTS = 12


class Artist:
    """Somebody with the board, through every node there is."""

    def __init__(self, name: str, board: str) -> None:
        self.name = name
        self.board = OpenBoard(board, name, {"identity": name, "name": name})
        self.told: dict[int, tuple[str, int]] = {}
        """Version → whose message it is, as this client was told."""

        self.synchronized = asyncio.Event()
        self._random = Random(name)

    async def live(self, url: str, http: aiohttp.ClientSession, acked: asyncio.Event) -> None:
        """Draw until the node is gone."""
        await self._connected(url, http, acked, drawing=True)

    async def come_to_rest(self, url: str, http: aiohttp.ClientSession) -> None:
        """Send what is left, and hear everything."""
        self.synchronized.clear()
        task = asyncio.create_task(self._connected(url, http, asyncio.Event(), drawing=False))
        async with asyncio.timeout(DEADLINE_S):
            await self.synchronized.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _connected(
        self, url: str, http: aiohttp.ClientSession, acked: asyncio.Event, *, drawing: bool
    ) -> None:
        try:
            async with http.ws_connect(f"{url}/rtc", protocols=("sfumato.v1",)) as socket:
                await socket.send_json({"type": "join", "token": await dev_token(url, ROOM, self.name)})
                self.board.messages()  # what had not left is lost with its node
                self.board.open()
                await self._flush(socket)
                drawn = asyncio.create_task(self._draw(socket)) if drawing else None
                try:
                    await self._listen(socket, acked)
                finally:
                    if drawn is not None:
                        drawn.cancel()
                        await asyncio.gather(drawn, return_exceptions=True)
        except (aiohttp.ClientError, OSError):
            return

    async def _flush(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        for message in self.board.messages():
            await socket.send_json({"type": "channel", "label": "whiteboard", "data": message})

    async def _draw(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            self.board.draw(self._change())
            await self._flush(socket)
            await asyncio.sleep(DRAWS_EVERY_S)

    def _change(self) -> dict[str, Any]:
        random = self._random
        element = f"e{random.randrange(ELEMENTS)}"
        op = random.choice(["put", "put", "put", "put", "delete", "restore"])
        if op != "put":
            return {"op": op, "id": element}
        box = [random.randrange(1000), random.randrange(1000), 10, 10, 0]
        return {"op": "put", "id": element, "props": {"type": "rect", "box": box, "text": self.name}}

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, acked: asyncio.Event) -> None:
        async for frame in socket:
            message = frame.json()
            if message["type"] != "channel":
                continue
            self._hear(message["data"])
            if message["data"]["t"] == "ack":
                acked.set()
            await self._flush(socket)
            if self.board.synchronized:
                self.synchronized.set()

    def _hear(self, data: dict[str, Any]) -> None:
        assert data["t"] in ("snapshot", "changes", "change", "ack"), data
        assert "url" not in data, "the board of this test is small"
        if data["t"] == "change":
            self._told(data["version"], data["client"], data["seq"])
        elif data["t"] == "ack":
            self._told(data["version"], self.name, data["seq"])
        elif data["t"] == "changes":
            for one in data["changes"]:
                self._told(one["version"], one["client"], one["seq"])
        self.board.receive(data)

    def _told(self, version: int, client: str, seq: int) -> None:
        assert self.told.setdefault(version, (client, seq)) == (client, seq)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_what_anybody_was_told_of_a_board_survives_every_kill(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setenv("SFUMATO_STORAGE__URL", server.new_database())
    random = Random(SEED)
    async with aiohttp.ClientSession() as http:
        async with Server("--data", str(tmp_path)) as node:
            made = await called(node.url, http, "POST", f"/rooms/{ROOM}/boards", {"title": "Plan"})
        at = f"/boards/{made['id']}"
        people = [Artist(f"p{number}", made["id"]) for number in range(PEOPLE)]
        for number in range(KILLS):
            await live_and_die(tmp_path, FAILPOINTS[number % len(FAILPOINTS)], people, random, http)
        async with Server("--data", str(tmp_path)) as node:
            for one in [*people, *people]:
                await one.come_to_rest(node.url, http)
            log: list[dict[str, Any]] = []
            while page := (await called(node.url, http, "GET", f"{at}/changes?from={len(log) + 1}"))[
                "changes"
            ]:
                log += page
            content = await called(node.url, http, "GET", f"{at}/content")
    board = Board()
    for change in log:
        replay(board, read_back(change["changes"]))
    elements = {name: orjson.loads(element.text) for name, element in board.elements.items()}
    assert {one["id"]: one for one in content["elements"]} == elements
    assert [one["version"] for one in log] == list(range(1, len(log) + 1))
    for one in people:
        assert one.board.stored.elements == elements
        assert one.board.refused == []
        for version, whose in one.told.items():
            assert (log[version - 1]["client"], log[version - 1]["seq"]) == whose
        own = [entry["seq"] for entry in log if entry["client"] == one.name]
        assert own == list(range(1, len(own) + 1))
    assert len(log) > KILLS
