"""One client's look at a topic, from `open` to `close`; or, over HTTP, for one message."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.member import Member
from datachannels.writer import Writer


class OpeningState(Enum):
    """Where the answer to `open` is, and so what becomes of changes meanwhile."""

    WAITING = auto()
    """Not begun: the head is not known, or messages of this client are on their way. It will have changes."""

    READING = auto()
    """Being read, as of a version: later changes follow it."""

    LIVE = auto()
    """Sent; changes are sent when they are stored."""

    CLOSED = auto()


@dataclass(slots=True, eq=False)
class Opening:
    """`reply` is where the answer goes, `version` and `epoch` what the client has.

    A visit, for one message, has no channel: it is answered by that message's answer and told of nothing.
    `number` is the channel's id, of a visit a number below 0.

    `later` follows the answer: changes, and acks, which are told apart because an answer that is read again
    has the changes. `readings` counts how often it was read: only the newest counts. `held` are messages that
    came before the client may be told of them in order.
    """

    number: int
    channel: Channel | None
    member: Member
    writer: Writer
    reply: Reply
    version: int | None = None
    epoch: str | None = None
    state: OpeningState = OpeningState.WAITING
    looking_up: bool = False
    readings: int = 0
    later: deque[tuple[bool, Callable[[], None]]] = field(default_factory=deque)
    held: deque[Callable[[float], None]] = field(default_factory=deque)

    @property
    def ready(self) -> bool:
        """May the client's next message be handled?"""
        return self.state is OpeningState.LIVE and not self.looking_up

    def change(self, say: Callable[[], None]) -> None:
        """Tell of a change, unless the answer will."""
        if self.state is OpeningState.READING:
            self.later.append((True, say))
        elif self.state is OpeningState.LIVE:
            say()

    def acknowledge(self, say: Callable[[], None]) -> None:
        """Tell of its own message, behind every change before it."""
        if self.state in (OpeningState.WAITING, OpeningState.READING):
            self.later.append((False, say))
        else:
            say()

    def proceed(self, now: float) -> None:
        """Go on with what the client sent meanwhile."""
        while self.held and self.ready:
            self.held.popleft()(now)

    def read_again(self) -> None:
        """The answer has to be read anew, and will have the changes."""
        self.state = OpeningState.WAITING
        self.later = deque(entry for entry in self.later if not entry[0])
