"""The open rooms of a node, by name and by id."""

from collections.abc import Callable, Iterator

from signaling.directory import RoomId
from signaling.node import SignalingNode
from signaling.room import Room


class Registry:
    """A name has at most one open room; its id tells one meeting from the next."""

    def __init__(self, node: SignalingNode) -> None:
        self._node = node
        self._by_name: dict[str, Room] = {}
        self._by_id: dict[RoomId, Room] = {}
        self.on_topic_opened: Callable[[Room, str], None] = lambda room, topic: None

    def __len__(self) -> int:
        return len(self._by_name)

    def __iter__(self) -> Iterator[Room]:
        """The rooms, those that have just ended too; safe while rooms come and go."""
        return iter(list(self._by_id.values()))

    def named(self, name: str) -> Room | None:
        """The open room of this name."""
        room = self._by_name.get(name)
        return None if room is None or room.ended else room

    def with_id(self, room_id: RoomId | None) -> Room | None:
        """One meeting."""
        return None if room_id is None else self._by_id.get(room_id)

    def names(self) -> list[str]:
        """The names of the open rooms, sorted."""
        return sorted(name for name, room in self._by_name.items() if not room.ended)

    def create(self, name: str, now: float) -> Room:
        """Open a room whose name has none."""
        room = Room(name, self._node, now)
        self._by_name[name] = room
        self._by_id[room.id] = room
        self._node.topics.opened(room)
        return room

    def topic_opened(self, meeting: str, topic: str) -> None:
        """A document or board is open in a meeting: its record says so."""
        room = self.with_id(RoomId(meeting))
        if room is not None:
            room.record.opened(topic)
            self.on_topic_opened(room, topic)

    def forget(self, room: Room) -> None:
        """It has ended."""
        self._by_id.pop(room.id, None)
        self._node.topics.ended(room)
        if self._by_name.get(room.name) is room:
            del self._by_name[room.name]
