"""What the services of a node share, and what they ask of their driver."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from datachannels.channel import Channel, Channels
from datachannels.repositories import RepositoryError
from datachannels.tracks import Tracks
from datachannels.watchers import Watchers

T = TypeVar("T")


class Limits(Protocol):
    """What one client may use: those of `config.settings.Limits` that the services apply."""

    @property
    def data_message_bytes(self) -> int:
        """One message."""

    @property
    def messages_per_s(self) -> int:
        """Of one participant to one service."""

    @property
    def in_flight(self) -> int:
        """Changes of one client to one topic that are not acknowledged."""

    @property
    def open_topics(self) -> int:
        """Of one participant."""

    @property
    def chat(self) -> int:
        """Messages of a chat snapshot."""

    @property
    def chat_text(self) -> int:
        """UTF-16 code units of one chat message."""

    @property
    def title(self) -> int:
        """UTF-16 code units of a document's or board's title."""

    @property
    def comment(self) -> int:
        """UTF-16 code units of a comment, and of a review's note."""

    @property
    def document_units(self) -> int:
        """UTF-16 code units of a document."""

    @property
    def board_elements(self) -> int:
        """Of a board, deleted ones aside."""

    @property
    def stroke_points(self) -> int:
        """Of one element of a board."""

    @property
    def base_window(self) -> int:
        """Versions that a submitted change may be behind."""

    @property
    def history(self) -> int:
        """Versions of which the changes are kept."""


class Delivery(Protocol):
    """Carries messages to clients; neither call waits."""

    def send(self, channels: Sequence[Channel], data: bytes) -> None:
        """The same JSON text to each of them, after what was sent before."""

    def close(self, channel: Channel) -> None:
        """End a channel from here."""


class Tasks(Protocol):
    """Does what takes time: reading and writing storage."""

    def run(self, work: Awaitable[T], done: Callable[[T | RepositoryError, float], None]) -> None:
        """Call `done` with what came of it and the time; never before `run` returns.

        What is already done when it is run is told in the order of the calls.
        """


def nobody_asks(meeting: str, topic: str) -> None:
    """Where it is not kept what a meeting had open."""


def nobody_follows(room: str, topic: str, version: int) -> None:
    """Where nobody outside is told of changes."""


@dataclass(slots=True)
class ServiceNode:
    """`unix_ms` turns the time into the protocol's, `new_id` makes ``prefix_…``; `observe` is told how many
    seconds an operation took, by its name; `opened` which document or board a meeting has open, `changed`
    that one of a room has a new version."""

    limits: Limits
    delivery: Delivery
    tasks: Tasks
    unix_ms: Callable[[float], int]
    new_id: Callable[[str], str]
    observe: Callable[[str, float], None]
    opened: Callable[[str, str], None] = nobody_asks
    changed: Callable[[str, str, int], None] = nobody_follows
    channels: Channels = field(default_factory=Channels)
    watchers: Watchers = field(default_factory=Watchers)
    tracks: Tracks = field(default_factory=Tracks)
