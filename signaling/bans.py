"""Who may not come into which room. A ban belongs to the room's name and outlives its meetings."""

from collections.abc import Iterable


class Bans:
    """Those of a node. What is kept of them elsewhere is not its business."""

    def __init__(self) -> None:
        self._by_room: dict[str, set[str]] = {}

    def add_all(self, known: Iterable[tuple[str, str]]) -> None:
        """Bans of earlier times, room and identity."""
        for room, identity in known:
            self.add(room, identity)

    def add(self, room: str, identity: str) -> bool:
        """Ban; False if that was so."""
        banned = self._by_room.setdefault(room, set())
        if identity in banned:
            return False
        banned.add(identity)
        return True

    def lift(self, room: str, identity: str) -> bool:
        """Unban; False if there was no ban."""
        banned = self._by_room.get(room, set())
        if identity not in banned:
            return False
        banned.remove(identity)
        if not banned:
            del self._by_room[room]
        return True

    def of(self, room: str) -> list[str]:
        """The identities that are out, sorted."""
        return sorted(self._by_room.get(room, ()))

    def holds(self, room: str, identity: str) -> bool:
        """True for those who may not come back."""
        return identity in self._by_room.get(room, ())
