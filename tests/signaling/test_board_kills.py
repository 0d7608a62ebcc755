"""A node is killed while people draw on a board: what anybody was told is there afterwards."""

from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import orjson
import pytest

from client.boards import OpenBoard
from datachannels.whiteboard.board import Board, replay
from datachannels.whiteboard.entries import read_back
from loadtests.postgresql import Postgres
from tests.e2e.server import Server
from tests.signaling.test_document_kills import called
from tests.signaling.test_kills import FAILPOINTS, KILLS, PEOPLE, ROOM, SEED, live_and_die
from tests.signaling.worker import Worker

ELEMENTS = 12


class Artist(Worker):
    """Somebody with the board."""

    def __init__(self, name: str, board: str) -> None:
        self.board = OpenBoard(board, name, {"identity": name, "name": name})
        super().__init__(name, "whiteboard", self.board)

    def work(self) -> None:
        """Change an element, which others change too."""
        random = self.random
        element = f"e{random.randrange(ELEMENTS)}"
        op = random.choice(["put", "put", "put", "put", "delete", "restore"])
        if op != "put":
            self.board.draw({"op": op, "id": element})
            return
        box = [random.randrange(1000), random.randrange(1000), 10, 10, 0]
        self.board.draw({"op": op, "id": element, "props": {"type": "rect", "box": box, "text": self.name}})

    def hear(self, data: dict[str, Any]) -> None:
        """See `Worker`."""
        assert data["t"] in ("snapshot", "changes", "change", "ack"), data
        assert "url" not in data, "the board of this test is small"
        for one in [data] if data["t"] == "change" else data.get("changes", ()):
            self.note(one["version"], one["client"], one["seq"])
        if data["t"] == "ack":
            self.note(data["version"], self.name, data["seq"])
        self.board.receive(data)


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
