"""A board as a client has it open: messages of the channel `whiteboard` in and out, no socket.

What the server has is kept apart from what was drawn here and is not acknowledged yet. What is shown is the
second on top of the first, so one's own values stand until the server's order is known.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]
Element = Mapping[str, Any]

LATER = frozenset(("rate_limited", "unavailable"))
"""Codes after which the same messages are sent again."""

FIRST_PAGE = "p1"
IN_FLIGHT = 32


@dataclass(slots=True)
class Drawn:
    """Changes of one submit. `asked` is the id of the message that carried it last, 0: none yet."""

    seq: int
    changes: list[Message]
    asked: int = 0


class Content:
    """Elements and pages by id, and the deleted ones. Values are never changed in place."""

    def __init__(self) -> None:
        self.elements: dict[str, Element] = {}
        self.gone: dict[str, Element] = {}
        self.pages: dict[str, Message] = {FIRST_PAGE: {"id": FIRST_PAGE, "title": "", "z": ""}}

    def copy(self) -> "Content":
        """Another one, the same."""
        other = Content()
        other.elements, other.gone = dict(self.elements), dict(self.gone)
        other.pages = dict(self.pages)
        return other

    def replace(self, pages: Iterable[Message], elements: Iterable[Element]) -> None:
        """What a snapshot says; the deleted ones stay known, to be shown at once when restored."""
        self.pages = {page["id"]: page for page in pages}
        self.elements = {element["id"]: element for element in elements}
        self.gone = {name: one for name, one in self.gone.items() if name not in self.elements}

    def apply(self, change: Message, author: Mapping[str, str]) -> None:
        """One entry. What makes no sense here does nothing."""
        name = change["id"]
        match change["op"]:
            case "put":
                before = self.elements.get(name)
                if before is not None or (name not in self.gone and "type" in change["props"]):
                    first = {"id": name, "page": FIRST_PAGE, "author": author}
                    self.elements[name] = merged(before or first, change["props"])
            case "delete":
                element = self.elements.pop(name, None)
                if element is not None:
                    self.gone[name] = element
            case "restore":
                known = self.gone.pop(name, None)
                if "props" in change:
                    self.elements[name] = {"id": name, **change["props"]}
                elif known is not None:
                    self.elements[name] = known
            case _:
                said = {key: change[key] for key in ("title", "z", "deleted") if change.get(key) is not None}
                page = {"id": name, "title": "", "z": ""} | self.pages.get(name, {}) | said
                self.pages[name] = {key: value for key, value in page.items() if value is not False}


class OpenBoard:
    """One board. `refused` holds what the server did not take, with its code; `retry_ms` asks for a call of
    `retry` after that time."""

    def __init__(self, board: str, client: str, author: Mapping[str, str]) -> None:
        """`client` is a random name of this page load, ASCII; `author` who draws: identity and name."""
        self.board = board
        self.client = client
        self.version = 0
        self.stored = Content()
        """As it is on the server at `version`."""
        self.refused: list[tuple[str, Message]] = []
        self.retry_ms: int | None = None
        self.live = False
        self.closed = False
        self._author = author
        self._epoch: str | None = None
        self._seq = 0
        self._id = 0
        self._drawn: deque[Drawn] = deque()
        self._outgoing: list[Message] = []

    @property
    def shown(self) -> Content:
        """The board with everything drawn here."""
        content = self.stored.copy()
        for drawn in self._drawn:
            for change in drawn.changes:
                content.apply(change, self._author)
        return content

    @property
    def synchronized(self) -> bool:
        """Whether the server has all and everything it has was received."""
        return self.live and not self._drawn

    def open(self) -> None:
        """Open it, or open it again on a new connection."""
        self.live = False
        for drawn in self._drawn:
            drawn.asked = 0
        known = {} if self._epoch is None else {"epoch": self._epoch}
        version = None if self._epoch is None else self.version
        self._put({"t": "open", "client": self.client, "version": version, **known})

    def draw(self, *changes: Message) -> None:
        """Changes that belong together."""
        self._seq += 1
        self._drawn.append(Drawn(self._seq, list(changes)))
        self._send()

    def retry(self) -> None:
        """Send again what could not be taken when it was sent."""
        self.retry_ms = None
        if not self.live:
            self.open()
            return
        for drawn in self._drawn:
            drawn.asked = 0
        self._send()

    def messages(self) -> list[Message]:
        """What is to be sent, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def receive(self, message: Message) -> None:
        """A message about this board. What it gives as a `url` is to be fetched and put into it before."""
        match message["t"]:
            case "snapshot":
                self.stored.replace(message["pages"], message["elements"])
                self.version = message["version"]
                self._settle(message)
            case "changes":
                for change in message["changes"]:
                    self._take(change)
                self._settle(message)
            case "change":
                self._take(message)
            case "ack":
                self._ack(message)
            case "error":
                self._error(message)
            case "closed":
                self.closed = True
                self.live = False

    def _take(self, change: Message) -> None:
        if change["version"] != self.version + 1:
            return
        self.version += 1
        for entry in change["changes"]:
            self.stored.apply(entry, change["author"])

    def _settle(self, message: Message) -> None:
        """Caught up: what is in by now was in that, what is not is sent again."""
        if self._epoch in (None, message["epoch"]):
            while self._drawn and self._drawn[0].seq <= message["seq"]:
                self._drawn.popleft()
        self._epoch = message["epoch"]
        self.live = True
        self._renumber(message["seq"])
        self._send()

    def _renumber(self, after: int) -> None:
        """What is left is numbered from `after` on, and not sent under these numbers."""
        self._seq = after
        for drawn in self._drawn:
            self._seq += 1
            drawn.seq, drawn.asked = self._seq, 0

    def _ack(self, message: Message) -> None:
        drawn = self._drawn[0] if self._drawn else None
        if not self.live or drawn is None or message["seq"] != drawn.seq:
            return
        if message["version"] != self.version + 1 or "ignored" not in message:
            self.open()  # committed before something that did not come, or given again: what it did is told
            return
        self._drawn.popleft()
        self.version += 1
        told = message.get("restored") or message.get("changes", ())
        restored = {one["id"]: one["props"] for one in told if "props" in one}
        ignored = set(message.get("ignored_at", ()))
        for index, change in enumerate(drawn.changes):
            if index in ignored:
                continue
            whole = {"props": restored[change["id"]]} if change["op"] == "restore" else {}
            self.stored.apply(change | whole, self._author)
        self._send()

    def _error(self, message: Message) -> None:
        code = message["code"]
        if "seq" not in message:
            if code in LATER:
                self.retry_ms = message.get("retry_ms", 1_000)
            else:
                self.refused.append((code, message))
            return
        drawn = next((one for one in self._drawn if one.asked == message.get("re")), None)
        if drawn is None or code == "conflict":
            # Sent again since, or it followed what could not be taken.
            if drawn is not None and drawn is self._drawn[0]:
                self.open()
            return
        if code in LATER:
            self.retry_ms = message.get("retry_ms", 1_000)
            return
        self.refused.append((code, {"changes": drawn.changes}))
        self._drawn.remove(drawn)
        # Those before it are on their way under their numbers; an error does not use up its own.
        self._seq = drawn.seq - 1
        for later in self._drawn:
            if later.seq > drawn.seq:
                self._seq += 1
                later.seq, later.asked = self._seq, 0
        self._send()

    def _send(self) -> None:
        if not self.live or self.retry_ms is not None:
            return
        for index, drawn in enumerate(self._drawn):
            if index >= IN_FLIGHT:
                break
            if drawn.asked == 0:
                drawn.asked = self._put({"t": "submit", "seq": drawn.seq, "changes": drawn.changes})

    def _put(self, message: Message) -> int:
        self._id += 1
        self._outgoing.append(message | {"board": self.board, "id": self._id})
        return self._id


def merged(element: Element, props: Mapping[str, Any]) -> Element:
    """The element with these properties; None removes one, `style` goes key by key."""
    made = dict(element)
    for name, value in props.items():
        if name == "id":
            continue
        if name == "style" and value is not None:
            style = {**made.get("style", {}), **value}
            made[name] = {key: item for key, item in style.items() if item is not None}
        elif value is None:
            made.pop(name, None)
        else:
            made[name] = value
    return made
