"""What stands behind a label."""

from typing import Any, Protocol

from datachannels.channel import Channel
from datachannels.envelope import Reply


class Service(Protocol):
    """One kind of shared work, for all meetings of a node."""

    @property
    def topic_field(self) -> str:
        """What names the topic in its messages, so that errors can; "" for none."""

    @property
    def rate_per_s(self) -> float:
        """Messages one participant may send."""

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """One message. Raises `RequestRefused`."""

    def closed(self, channel: Channel) -> None:
        """The channel is gone."""

    def slow(self, channel: Channel) -> None:
        """The channel lost messages that were waiting on it."""

    def next_timeout(self) -> float | None:
        """When `handle_timeout` has to be called at the latest; it may be called at any time."""

    def handle_timeout(self, now: float) -> None:
        """What comes with time."""

    def oldest_pending_at(self) -> float | None:
        """Since when a change waits to be stored."""
