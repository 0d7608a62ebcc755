"""The people who wait at a room's door until a moderator admits them (PROTOCOL.md 2: `waiting`, `knock`)."""

from dataclasses import dataclass
from typing import Any

from signaling.outputs import SessionId
from signaling.participant import Participant


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody at the door: the participant it will be, its socket, the `id` that its `joined` will carry."""

    participant: Participant
    session: SessionId
    number: int | None

    def describe(self) -> dict[str, Any]:
        """The `knock` event."""
        return {"type": "knock", "participant": self.participant.describe() | {"state": "active"}}


class Lobby:
    """Who waits, the longest first. `enabled` is whether newcomers have to."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self._knocks: dict[str, Knock] = {}

    def __len__(self) -> int:
        return len(self._knocks)

    def __contains__(self, participant: object) -> bool:
        return participant in self._knocks

    def knocks(self) -> list[Knock]:
        """Those who wait."""
        return list(self._knocks.values())

    def get(self, participant: str) -> Knock | None:
        """One of them."""
        return self._knocks.get(participant)

    def add(self, knock: Knock) -> None:
        """Somebody knocks."""
        self._knocks[knock.participant.id] = knock

    def remove(self, participant: str) -> Knock | None:
        """Waits no longer."""
        return self._knocks.pop(participant, None)

    def of_identity(self, identity: str) -> list[Knock]:
        """All knocks of one identity."""
        return [knock for knock in self._knocks.values() if knock.participant.subject.identity == identity]
