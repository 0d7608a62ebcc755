"""The label `live`: cursors, strokes in progress, pointers. Merged, and dropped rather than kept.

The first message after a pause goes on at once; then a meeting's messages are gathered for a sixtieth of a
second, of which the newest of each kind, topic and participant is sent: one datagram a receiver, the same
bytes to all who hear the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from datachannels.channel import Channel
from datachannels.envelope import Reply
from datachannels.live_messages import MOVE, read_live
from datachannels.member import Member
from datachannels.refusals import RequestRefused
from datachannels.service_node import ServiceNode

LABEL = "live"
GATHER_S = 1.0 / 60.0
PER_S = 240.0
"""Messages of one participant: cursor, pointer, viewport and stroke at 60 Hz."""

MAX_DATAGRAM_BYTES = 8 * 1024
"""A message this long is ten packets, any of which may be lost; what is over goes with the next."""

MAX_WAITING = 2_000
"""Of a meeting. What comes beyond is dropped."""


class Moves(Protocol):
    """Who may move the pointer on a track."""

    def receivers(self, member: Member, track_id: str, now: float) -> frozenset[str]:
        """The participants whom a `move` is for. Raises `RequestRefused` unless the member has control."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message to be sent: to those who watch what it is about, or to all the meeting."""

    data: bytes
    participant: str
    watching: frozenset[str]
    for_watchers: bool

    def concerns(self, hearer: Member) -> bool:
        """Whether it is for this member."""
        if hearer.id == self.participant:
            return False
        return hearer.id in self.watching or (hearer.listed and not self.for_watchers)


@dataclass(slots=True)
class LiveMeeting:
    """What is to be sent to the receivers of one meeting, oldest first."""

    flushed_at: float
    waiting: dict[tuple[str, ...], Waiting] = field(default_factory=dict)


class LiveService:
    """`datachannels.service.Service` of the label ``live``."""

    topic_field = ""
    rate_per_s = PER_S

    def __init__(self, node: ServiceNode, moves: Moves | None = None) -> None:
        self._node = node
        self._moves = moves
        self._meetings: dict[str, LiveMeeting] = {}
        self.dropped = 0

    def received(self, channel: Channel, message: dict[str, Any], reply: Reply, now: float) -> None:
        """See `Service`."""
        live = read_live(message)
        member = channel.member
        if live.kind == MOVE:
            if self._moves is None:
                raise RequestRefused("forbidden", "there is no remote control")
            watching = self._moves.receivers(member, live.topic, now)
        elif not member.may(live.action, now):
            raise RequestRefused("forbidden", f"may not: {live.action}")
        else:
            watching = self._node.watchers.of(member.meeting, live.topic)
        if member.hidden:
            return  # the message would name who is not shown
        if live.for_watchers and not watching - {member.id}:
            return
        meeting = self._meetings.get(member.meeting)
        if meeting is None:
            meeting = self._meetings[member.meeting] = LiveMeeting(now - GATHER_S)
        key = (member.id, *live.key)
        if key not in meeting.waiting and len(meeting.waiting) >= MAX_WAITING:
            self.dropped += 1
            return
        who = {"participant": member.id}
        if self._name_is_needed(member):
            who["name"] = member.name
        data = orjson.dumps({"t": live.kind, **who, **live.fields})
        meeting.waiting[key] = Waiting(data, member.id, watching, live.for_watchers)
        if now >= meeting.flushed_at + GATHER_S:
            self._flush(member.meeting, meeting, now)

    def _name_is_needed(self, member: Member) -> bool:
        """In no list of participants stands who came by a share link, and such a one is told of no list.

        Those who are not shown, as agents, are not told of others either.
        """
        if not member.listed:
            return True
        hearers = [one.member for one in self._node.channels.labelled(member.meeting, LABEL)]
        return any(not one.listed and not one.hidden for one in hearers)

    def closed(self, channel: Channel) -> None:
        """See `Service`: a meeting without channels is forgotten with the next tick."""

    def slow(self, channel: Channel) -> None:
        """See `Service`: what is lost here is lost."""

    def next_timeout(self) -> float | None:
        """See `Service`."""
        due = [meeting.flushed_at for meeting in self._meetings.values() if meeting.waiting]
        return min(due) + GATHER_S if due else None

    def handle_timeout(self, now: float) -> None:
        """See `Service`."""
        for name, meeting in list(self._meetings.items()):
            if meeting.waiting and now >= meeting.flushed_at + GATHER_S:
                self._flush(name, meeting, now)
            elif not self._node.channels.labelled(name, LABEL):
                del self._meetings[name]

    def oldest_pending_at(self) -> float | None:
        """See `Service`; nothing is stored."""
        return None

    def _flush(self, name: str, meeting: LiveMeeting, now: float) -> None:
        meeting.flushed_at = now
        taken = _take(meeting.waiting)
        groups: dict[tuple[int, ...], list[Channel]] = {}
        for channel in self._node.channels.labelled(name, LABEL):
            heard = tuple(index for index, one in enumerate(taken) if one.concerns(channel.member))
            if heard:
                groups.setdefault(heard, []).append(channel)
        for heard, channels in groups.items():
            self._node.delivery.send(channels, _merged([taken[index] for index in heard]))


def _take(waiting: dict[tuple[str, ...], Waiting]) -> list[Waiting]:
    """The oldest, as many as fit one datagram; they wait no more."""
    taken: list[Waiting] = []
    size = 0
    for key in list(waiting):
        size += len(waiting[key].data) + 1
        if taken and size > MAX_DATAGRAM_BYTES:
            break
        taken.append(waiting.pop(key))
    return taken


def _merged(messages: Sequence[Waiting]) -> bytes:
    if len(messages) == 1:
        return messages[0].data
    return b"[" + b",".join([message.data for message in messages]) + b"]"
