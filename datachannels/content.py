"""What differs between chats, documents and boards; what they have in common is `datachannels.topic`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from datachannels.member import Member
from datachannels.repositories import Head, Receipt

LONG_BYTES = 48 * 1024
"""What is longer is fetched over HTTP."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to `open`: `snapshot` or `changes`. `bulk` is what a long one replaces by `url`, "" if the
    caller should ask for a snapshot instead; None if it is known to be long."""

    name: str
    bulk: Mapping[str, Any] | None
    url: str


class OutOfDate(Exception):
    """A message built on `version`, too long ago: its author is told what came since, and sends it again."""

    def __init__(self, version: int) -> None:
        super().__init__(f"built on version {version}")
        self.version = version


class NotReady(Exception):
    """A request that takes reading or longer thought first: `work` gives the one to prepare instead."""

    def __init__(self, work: Awaitable[object]) -> None:
        super().__init__("not ready")
        self.work = work


@dataclass(frozen=True, slots=True)
class Step:
    """What one message does to a topic: not stored yet, so nobody may hear of it.

    `version` is the topic's after it; one that takes no version (a comment) leaves it as it is. `event` is
    the encoded message for others, None for nobody, to those identities of `only` if that is not None;
    `echoed`: to its author's client too, before the ack. `after` are events that follow for everybody, the
    author hears them behind the ack. `made` is the id of what it made, `ack` what else is told the author.
    `write` queues it in storage.
    """

    version: int
    write: Callable[[], Awaitable[None]]
    event: bytes | None
    only: frozenset[str] | None = None
    echoed: bool = False
    after: Sequence[bytes] = ()
    made: str = ""
    ack: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """Which message of whom a change is: (identity, client, seq) is never applied twice."""

    member: Member
    client: str
    seq: int


class Content(Protocol):
    """One topic's content, in memory as far as it has to be."""

    @property
    def topic(self) -> str:
        """Its name among the open topics of a meeting."""

    @property
    def names(self) -> Mapping[str, str]:
        """How its messages name it: ``{"doc": …}``, ``{"board": …}``, nothing for chat."""

    def load(self) -> Awaitable[Head | None]:
        """Forget what is known, and read where the topic stands; None if there is none."""

    def open(self, member: Member, version: int | None, head: int) -> Awaitable[Opened]:
        """What `member` lacks from `version` (None: everything) up to `head`, and nothing above it.

        `head` is the newest version stored while this is called; what is awaited may be later.
        """

    def prepare(self, request: object, origin: Origin, tail: int, now: float) -> Step:
        """What a request does on top of `tail`, the version that all accepted before it lead to.

        Judges permission and content; raises `RequestRefused`, `OutOfDate` or `NotReady`, and then has
        changed nothing.
        """

    def committed(self, step: Step) -> None:
        """A step is stored; they are told in the order they were made."""

    def told(self, made: str) -> Mapping[str, Any]:
        """How an ack names what was made."""

    def receipt(self, identity: str, client: str, seq: int) -> Awaitable[Receipt | None]:
        """What came of a message that is in."""

    def told_again(self, receipt: Receipt, request: object) -> Awaitable[Mapping[str, Any]]:
        """What the ack of a message that is in tells beside seq and version; `request` is it once more."""

    def last_seq(self, identity: str, client: str) -> Awaitable[int]:
        """The highest seq of a client that is in."""
