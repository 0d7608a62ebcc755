"""A table where people sit at the channel `whiteboard`: no sockets, no database, no loop."""

from collections.abc import Sequence
from typing import Any

import orjson

from config.settings import Limits
from datachannels.channel import Channel
from datachannels.live import LiveService
from datachannels.refusals import RequestRefused
from datachannels.service_node import ServiceNode
from datachannels.services import Services
from datachannels.whiteboard.content import BoardStorage
from datachannels.whiteboard.service import BoardService
from tests.datachannels.table import UNIX_MS, Person, Work
from tests.datachannels.whiteboard.memory_boards import MemoryAccess, MemoryBoards

BOARD = "bo_1"
TURNS = 50
"""Slices of the longest text here."""


class Answers:
    """A `Reply` that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def send(self, name: str, fields: Any) -> None:
        self.told.append((name, orjson.loads(orjson.dumps(fields))))

    def refuse(self, refusal: RequestRefused) -> None:
        self.told.append(("error", {"code": refusal.code}))


class Lists:
    """`datachannels.topic_lists.TopicLists`."""

    def __init__(self) -> None:
        self.titles: dict[tuple[str, str, str], str] = {}

    def put(self, kind: str, room: str, topic: str, title: str) -> None:
        self.titles[kind, room, topic] = title

    def remove(self, kind: str, room: str, topic: str) -> None:
        self.titles.pop((kind, room, topic), None)


class BoardSeat:
    """A channel and what came out of it."""

    def __init__(self, table: "BoardTable", number: int, label: str, person: Person) -> None:
        self.table, self.number, self.label, self.person = table, number, label, person
        self.inbox: list[Any] = []
        self.closed = False
        table.services.opened(number, label, person)

    def send(self, message: Any) -> None:
        self.table.services.received(self.number, orjson.dumps(message).decode(), self.table.now)

    def take(self, name: str | None = None) -> list[Any]:
        """Messages since the last call; of one name, if given."""
        taken, self.inbox = self.inbox, []
        return [one for one in taken if name is None or one["t"] == name]

    def ask(self, message: Any) -> Any:
        """The one answer to a message, when all is read and stored that can be."""
        self.take()
        self.send(message)
        self.table.settle()
        (answer,) = self.take()
        return answer

    def open(self, client: str = "c", version: int | None = None, board: str = BOARD, **fields: Any) -> Any:
        return self.ask({"t": "open", "board": board, "client": client, "version": version, **fields})

    def submit(self, seq: int, *changes: Any, board: str = BOARD) -> Any:
        return self.ask({"t": "submit", "board": board, "seq": seq, "changes": list(changes)})

    def lose(self) -> None:
        """The transport is gone."""
        self.table.services.closed(self.number)
        self.closed = True


class BoardTable:
    """The services of one node on boards in memory, with the board `BOARD` of Ada's in room r."""

    def __init__(self, limits: Limits | None = None, boards: MemoryBoards | None = None) -> None:
        self.boards = boards or MemoryBoards()
        if BOARD not in self.boards.topics:
            self.boards.make(BOARD)
        self.access = MemoryAccess()
        self.lists = Lists()
        self.work = Work()
        self.seats: dict[int, BoardSeat] = {}
        self._names = 1
        self.node = ServiceNode(
            limits or Limits(),
            self,
            self.work,
            lambda now: UNIX_MS + int(now * 1000),
            self._new_id,
            lambda operation, seconds: None,
        )
        self.service = BoardService(BoardStorage(self.boards, self.access), self.node, self.lists)
        self.services = Services(self.node, {"whiteboard": self.service, "live": LiveService(self.node)})

    @property
    def now(self) -> float:
        return self.work.now

    def _new_id(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}_{self._names}"

    def send(self, channels: Sequence[Channel], data: bytes) -> None:
        for channel in channels:
            self.seats[channel.id].inbox.append(orjson.loads(data))

    def close(self, channel: Channel) -> None:
        self.seats[channel.id].closed = True

    def sit(self, who: str | Person, label: str = "whiteboard") -> BoardSeat:
        """Somebody opens a channel."""
        self._names += 1
        person = Person(f"pa_{who}{self._names}", who, who.title()) if isinstance(who, str) else who
        number = len(self.seats) + 1
        seat = self.seats[number] = BoardSeat(self, number, label, person)
        return seat

    def settle(self) -> None:
        """Read and store all there is; what lets others have their turn gets enough of them."""
        idle = 0
        while self.boards.writes or idle < TURNS:
            self.boards.commit()
            idle = 0 if self.work.step() else idle + 1

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.work.now += seconds
        self.services.handle_timeout(self.now)

    def content(self, version: int, board: str = BOARD) -> Any:
        """What HTTP gives of a version."""
        given: list[Any] = []
        self.work.run(self.service.content(board, version), lambda text, now: given.append(text))
        self.settle()
        return orjson.loads(given[0])

    def put(self, element: str, **props: Any) -> dict[str, Any]:
        """An entry."""
        return {"op": "put", "id": element, "props": props}
