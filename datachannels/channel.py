"""One open channel, and all of a node's, found by meeting and label."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from datachannels.member import Member

Priority = Literal["control", "live", "edits", "bulk"]

PRIORITY: dict[str, Priority] = {"control": "control", "live": "live"}
"""By label; all else is `edits`. One priority a channel: only so does its order hold."""

CHANNELS_PER_MEMBER = 32
"""Six labels on a data channel and on the socket, and as many of a connection that is being replaced."""


@dataclass(slots=True, eq=False)
class Channel:
    """A way to one member's client for one service. `id` is the transport's, unique on the node."""

    id: int
    label: str
    member: Member

    @property
    def priority(self) -> Priority:
        """How urgent its messages are beside those of the client's other channels."""
        return PRIORITY.get(self.label, "edits")


class Channels:
    """Every open channel of a node."""

    def __init__(self) -> None:
        self._by_id: dict[int, Channel] = {}
        self._by_label: dict[tuple[str, str], dict[int, Channel]] = {}
        self._by_member: dict[str, dict[int, Channel]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Channel]:
        return iter(list(self._by_id.values()))

    def add(self, channel: Channel) -> bool:
        """A channel has opened; False if its member has too many."""
        own = self._by_member.setdefault(channel.member.id, {})
        if len(own) >= CHANNELS_PER_MEMBER:
            return False
        self._by_id[channel.id] = own[channel.id] = channel
        self._by_label.setdefault((channel.member.meeting, channel.label), {})[channel.id] = channel
        return True

    def remove(self, channel: Channel) -> None:
        """It is gone."""
        if self._by_id.pop(channel.id, None) is None:
            return
        key = (channel.member.meeting, channel.label)
        for group in (self._by_label[key], self._by_member[channel.member.id]):
            del group[channel.id]
        if not self._by_label[key]:
            del self._by_label[key]
        if not self._by_member[channel.member.id]:
            del self._by_member[channel.member.id]

    def rehome(self, participant: str, old: str, new: str) -> None:
        """The member's meeting is another now."""
        for channel in self.of(participant):
            self._by_label.setdefault((new, channel.label), {})[channel.id] = channel
            del self._by_label[old, channel.label][channel.id]
            if not self._by_label[old, channel.label]:
                del self._by_label[old, channel.label]

    def get(self, channel_id: int) -> Channel | None:
        """The channel with this id."""
        return self._by_id.get(channel_id)

    def labelled(self, meeting: str, label: str) -> list[Channel]:
        """The channels of one service in a meeting."""
        return list(self._by_label.get((meeting, label), {}).values())

    def of(self, participant: str) -> list[Channel]:
        """The channels of one participant."""
        return list(self._by_member.get(participant, {}).values())
