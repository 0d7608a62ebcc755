"""Joins and leaves of large rooms, summed up: at most two `roster` events a second (PROTOCOL.md 2)."""

from typing import Any

INTERVAL_S = 0.5


class Roster:
    """Collects who came and who went until the next event is due.

    What is said about somebody whose arrival is not told yet is held back until it is.
    """

    def __init__(self) -> None:
        self._joined: dict[str, dict[str, Any]] = {}
        self._left: list[str] = []
        self._held: list[tuple[str, dict[str, Any]]] = []
        self._last_at = float("-inf")

    def joined(self, participant: str, described: dict[str, Any]) -> None:
        """Somebody came."""
        self._joined[participant] = described

    def left(self, participant: str) -> None:
        """Somebody went; who was never told of is not told to have gone."""
        if self._joined.pop(participant, None) is None:
            self._left.append(participant)
        self._held = [(about, message) for about, message in self._held if about != participant]

    def holds(self, participant: str) -> bool:
        """True while others do not know of this participant."""
        return participant in self._joined

    def hold(self, participant: str, message: dict[str, Any]) -> None:
        """Say this after the participant's arrival has been told."""
        self._held.append((participant, message))

    def next_timeout(self) -> float | None:
        """When `flush` is due."""
        return self._last_at + INTERVAL_S if self._joined or self._left else None

    def flush(self, count: int, now: float) -> list[dict[str, Any]]:
        """The messages that are due; `count` is how many are in the room now."""
        due = self.next_timeout()
        if due is None or now < due:
            return []
        event = {
            "type": "roster",
            "joined": list(self._joined.values()),
            "left": self._left,
            "count": count,
        }
        held = [message for _, message in self._held]
        self._joined, self._left, self._held = {}, [], []
        self._last_at = now
        return [event, *held]
