"""The documents and boards of the open rooms, as `room.documents` and `room.boards` list them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from datachannels.repositories import ChangeLog, RepositoryError, Topic
from datachannels.service_node import Tasks
from datachannels.topic_lists import MAX_TOPICS, TopicKind, TopicLists


class Told(Protocol):
    """A room as far as it is told of its topics."""

    @property
    def name(self) -> str:
        """What its topics belong to."""

    def tell_room(self) -> None:
        """The room object has changed."""


@dataclass(slots=True)
class Listed:
    """Title by id, in the order they are known. `gone` were deleted while the list was read."""

    room: Told
    titles: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


class SharedTopics:
    """`datachannels.topic_lists.TopicLists`. Until `serve` there is no storage, and every list is empty."""

    def __init__(self) -> None:
        self._tasks: Tasks | None = None
        self._logs: Mapping[TopicKind, ChangeLog] = {}
        self._listed: dict[tuple[TopicKind, str], Listed] = {}
        self._others: list[TopicLists] = []

    def serve(self, tasks: Tasks, logs: Mapping[TopicKind, ChangeLog]) -> None:
        """From now on lists are read when a room is opened."""
        self._tasks = tasks
        self._logs = logs

    def tell_too(self, other: TopicLists) -> None:
        """Somebody else hears of what is new and what is gone."""
        self._others.append(other)

    def opened(self, room: Told) -> None:
        """A room is there; it is told of itself again once its lists are read, if there is anything."""
        for kind, topics in self._logs.items():
            listed = self._listed[kind, room.name] = Listed(room)
            if self._tasks is not None:
                reading = topics.of_room(room.name, "", MAX_TOPICS)
                self._tasks.run(reading, partial(self._read, listed))

    def ended(self, room: Told) -> None:
        """A room is over; what is listed for a newer one of its name stays."""
        for kind in self._logs:
            listed = self._listed.get((kind, room.name))
            if listed is not None and listed.room is room:
                del self._listed[kind, room.name]

    def _read(self, listed: Listed, topics: list[Topic] | RepositoryError, now: float) -> None:
        if isinstance(topics, RepositoryError):
            return
        known = {one.id: one.title for one in topics if one.id not in listed.gone}
        if known.keys() - listed.titles.keys():
            listed.titles = known | listed.titles
            listed.room.tell_room()

    def put(self, kind: TopicKind, room: str, topic: str, title: str) -> None:
        """See `TopicLists`."""
        for other in self._others:
            other.put(kind, room, topic, title)
        listed = self._listed.get((kind, room))
        if listed is not None and listed.titles.get(topic) != title:
            listed.titles[topic] = title
            listed.room.tell_room()

    def remove(self, kind: TopicKind, room: str, topic: str) -> None:
        """See `TopicLists`."""
        for other in self._others:
            other.remove(kind, room, topic)
        listed = self._listed.get((kind, room))
        if listed is None:
            return
        listed.gone.add(topic)
        if listed.titles.pop(topic, None) is not None:
            listed.room.tell_room()

    def describe(self, kind: TopicKind, room: str) -> list[dict[str, str]]:
        """The list as the room object has it."""
        listed = self._listed.get((kind, room))
        titles = {} if listed is None else listed.titles
        return [{"id": topic, "title": title} for topic, title in titles.items()]
