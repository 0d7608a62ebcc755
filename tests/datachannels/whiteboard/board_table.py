"""A table where people sit at the channel `whiteboard`."""

from typing import Any

import orjson

from config.settings import Limits
from tests.datachannels.memory_topics import MemoryTopics
from tests.datachannels.table import Person, Seat, Table

BOARD = "bo_1"


class BoardTable(Table):
    """With the board `BOARD` of Ada's in room r, which is meant where no other is named."""

    def __init__(self, limits: Limits | None = None, boards: MemoryTopics | None = None) -> None:
        boards = boards or MemoryTopics()
        if BOARD not in boards.kept:
            boards.make(BOARD, "[]")
        super().__init__(limits, boards=boards)
        self.topic = {"board": BOARD}

    def sit(self, who: str | Person, label: str = "whiteboard") -> Seat:
        """Somebody opens a channel."""
        return super().sit(who, label)

    def content(self, version: int, board: str = BOARD) -> Any:
        """What HTTP gives of a version."""
        given: list[Any] = []
        self.work.run(self.board_service.content(board, version), lambda text, now: given.append(text))
        self.settle()
        return orjson.loads(given[0])

    def put(self, element: str, **props: Any) -> dict[str, Any]:
        """An entry."""
        return {"op": "put", "id": element, "props": props}
