"""A node is killed while people draw on a board: what anybody was told is there afterwards."""

from pathlib import Path

import orjson
import pytest

from client.boards import OpenBoard
from datachannels.whiteboard.board import Board, replay
from datachannels.whiteboard.entries import read_back
from tests.signaling.worker import Worker, worked_on

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


@pytest.mark.usefixtures("each_database")
async def test_what_anybody_was_told_of_a_board_survives_every_kill(tmp_path: Path) -> None:
    people, log, content = await worked_on(tmp_path, "boards", Artist)
    board = Board()
    for change in log:
        replay(board, read_back(change["changes"]))
    elements = {name: orjson.loads(element.text) for name, element in board.elements.items()}
    assert {one["id"]: one for one in content["elements"]} == elements
    for one in people:
        assert one.board.stored.elements == elements
        assert one.board.refused == []
