"""What the services of a node share, and what they ask of their driver."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from datachannels.channel import Channel, Channels
from datachannels.repositories import RepositoryError
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


@dataclass(slots=True)
class ServiceNode:
    """`unix_ms` turns the time into the protocol's, `new_id` makes ``prefix_…``; `observe` is told how many
    seconds an operation took, by its name."""

    limits: Limits
    delivery: Delivery
    tasks: Tasks
    unix_ms: Callable[[float], int]
    new_id: Callable[[str], str]
    observe: Callable[[str, float], None]
    channels: Channels = field(default_factory=Channels)
    watchers: Watchers = field(default_factory=Watchers)
