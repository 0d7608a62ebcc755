"""A table where people sit at channels of the services: no sockets, no database, no loop."""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from config.settings import Limits
from datachannels.annotations.service import AnnotationService
from datachannels.channel import Channel
from datachannels.chat import ChatService
from datachannels.control.pairing import ALPHABET, LENGTH
from datachannels.control.service import ControlService
from datachannels.documents.service import DocumentService
from datachannels.live import LiveService
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.repositories import RepositoryError
from datachannels.service_node import ServiceNode
from datachannels.services import Services
from datachannels.topic_lists import TopicKind
from datachannels.whiteboard.content import BoardStorage
from datachannels.whiteboard.service import BoardService
from tests.datachannels.memory_chat import MemoryChat
from tests.datachannels.memory_topics import MemoryAccess, MemoryTopics
from tests.datachannels.memory_writes import Writes

T = TypeVar("T")
UNIX_MS = 1_800_000_000_000


@dataclass(slots=True, eq=False)
class Person:
    """A member whose rights can be changed."""

    id: str
    identity: str
    name: str
    room: str = "r"
    meeting: str = "rm_1"
    hidden: bool = False
    listed: bool = True
    forbidden: set[str] = field(default_factory=set)
    allowed: set[str] = field(default_factory=set)
    """What it may do to others' tracks."""
    role: str = ""
    """What an access list said last."""

    def may(self, action: str, now: float, owner: str = "", role: str = "") -> bool:
        self.role = role
        return action not in self.forbidden and not (role == "viewer" and action == "edit_document")

    def may_on_track(self, action: str, now: float, publisher: str) -> bool:
        return publisher == self.id or action in self.allowed


class Lists:
    """What rooms were told of their documents and boards."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []

    def put(self, kind: TopicKind, room: str, topic: str, title: str) -> None:
        self.told.append((kind, room, topic, title))

    def remove(self, kind: TopicKind, room: str, topic: str) -> None:
        self.told.append((kind, room, topic))


class Asked:
    """What a request was answered."""

    def __init__(self) -> None:
        self.answers: list[dict[str, Any]] = []

    def send(self, name: str, fields: Mapping[str, Any]) -> None:
        self.answers.append({"t": name, **fields})

    def refuse(self, refusal: RequestRefused) -> None:
        self.answers.append({"t": "error", "code": refusal.code})


class Work:
    """Tasks that go on when `run_all` is called, in order."""

    def __init__(self) -> None:
        self.now = 100.0
        self._open: list[tuple[Generator[Any, None, Any], Callable[[Any, float], None]]] = []

    def run(self, work: Awaitable[T], done: Callable[[T | RepositoryError, float], None]) -> None:
        self._open.append((work.__await__(), done))

    def step(self) -> bool:
        """Go on with each of them once; True if any came further, which one that waits does not."""
        moved = False
        for entry in list(self._open):
            steps, done = entry
            try:
                moved = next(steps) is None or moved
                continue
            except StopIteration as end:
                result = end.value
            except RepositoryError as error:
                result = error
            self._open.remove(entry)
            done(result, self.now)
            moved = True
        return moved

    def drop(self) -> None:
        """None of them goes on: their node is gone."""
        for steps, _ in self._open:
            with suppress(StopIteration, RepositoryError):
                next(steps)  # one that has not begun would be warned of
            steps.close()
        self._open.clear()

    def run_all(self) -> None:
        """Until all that is left waits for something else."""
        while self.step():
            pass


class Seat:
    """A channel and what came out of it."""

    def __init__(self, table: "Table", number: int, label: str, person: Person) -> None:
        self.table, self.number, self.label, self.person = table, number, label, person
        self.inbox: list[Any] = []
        self.raw: list[bytes] = []
        self.closed = False
        self.accepted = table.services.opened(number, label, person)

    def send(self, message: Any) -> None:
        self.send_text(orjson.dumps(message).decode())

    def send_text(self, text: str | None) -> None:
        self.table.services.received(self.number, text, self.table.now)

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

    def open(self, client: str = "c", version: int | None = None, **fields: Any) -> Any:
        return self.ask({"t": "open", **self.table.topic, "client": client, "version": version, **fields})

    def submit(self, seq: int, *changes: Any, **fields: Any) -> Any:
        return self.ask({"t": "submit", **self.table.topic, "seq": seq, "changes": list(changes), **fields})

    def say(self, seq: int, text: str = "hello", **fields: Any) -> None:
        self.send({"t": "say", "seq": seq, "text": text, **fields})

    def lose(self) -> None:
        """The transport is gone."""
        self.table.services.closed(self.number)
        self.closed = True


class Table:
    """Services of one node on a repository in memory."""

    def __init__(
        self,
        limits: Limits | None = None,
        chat: MemoryChat | None = None,
        documents: MemoryTopics | None = None,
        boards: MemoryTopics | None = None,
    ) -> None:
        self.chat = chat or MemoryChat()
        self.documents = documents or MemoryTopics()
        self.boards = boards or MemoryTopics()
        self.topic: Mapping[str, str] = {}
        """What seats mean where they do not say."""

        self.access = MemoryAccess()
        self.lists = Lists()
        self.work = Work()
        self.seats: dict[int, Seat] = {}
        self.observed: list[str] = []
        self._names = 0
        self.node = ServiceNode(
            limits or Limits(),
            self,
            self.work,
            lambda now: UNIX_MS + int(now * 1000),
            self._new_id,
            lambda operation, seconds: self.observed.append(operation),
        )
        self.audited: list[dict[str, Any]] = []
        self.control = ControlService(self.node, self._audit, self._new_code)
        self.live = LiveService(self.node, self.control)
        self.document_service = DocumentService(self.documents, self.access, self.lists, self.node)
        storage = BoardStorage(self.boards, self.access)
        self.board_service = BoardService(storage, self.node, self.lists)
        self.services = Services(
            self.node,
            {
                "chat": ChatService(self.chat, self.node),
                "documents": self.document_service,
                "whiteboard": self.board_service,
                "annotations": AnnotationService(self.node),
                "control": self.control,
                "live": self.live,
            },
        )

    @property
    def now(self) -> float:
        return self.work.now

    def _new_id(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}_{self._names}"

    def _new_code(self) -> str:
        self._names += 1
        return ALPHABET[self._names % len(ALPHABET)] * LENGTH

    def _audit(self, action: str, by: Member, about: Member, now: float, detail: Mapping[str, Any]) -> None:
        self.audited.append({"action": action, "by": by.identity, "about": about.identity, **detail})

    def send(self, channels: Sequence[Channel], data: bytes) -> None:
        for channel in channels:
            self.seats[channel.id].raw.append(data)
            self.seats[channel.id].inbox.append(orjson.loads(data))

    def close(self, channel: Channel) -> None:
        self.seats[channel.id].closed = True

    def person(self, identity: str, **changes: Any) -> Person:
        self._names += 1
        return Person(f"pa_{identity}{self._names}", identity, identity.title(), **changes)

    def sit(self, who: str | Person, label: str = "chat") -> Seat:
        """Somebody opens a channel."""
        person = self.person(who) if isinstance(who, str) else who
        number = len(self.seats) + 1
        seat = Seat(self, number, label, person)
        self.seats[number] = seat
        return seat

    def settle(self) -> None:
        """Read and store all there is."""
        self.work.run_all()
        repositories: list[Writes] = [self.chat, self.documents, self.boards]
        while any(one.writes for one in repositories):
            for one in repositories:
                one.commit()
            self.work.run_all()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (due := self.services.next_timeout()) is not None and due <= end:
            self.work.now = max(due, self.now)
            self.services.handle_timeout(self.now)
        self.work.now = end
        self.services.handle_timeout(end)
        self.work.run_all()
