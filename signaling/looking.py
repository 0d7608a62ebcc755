"""Who looks at what: the screen, document or board a participant has before them. Told when it changes."""

from collections.abc import Iterable
from typing import Any

INTERVAL_S = 0.5
"""At most two `looking` events a second: when a screen appears everybody turns to it at once."""


class Looking:
    """Of one room: participant to the id of a track, document or board. Who looks at nothing is not in it."""

    def __init__(self) -> None:
        self._at: dict[str, str] = {}
        self._news: dict[str, None] = {}
        self._told_at = float("-inf")

    def look(self, participant: str, at: str | None) -> None:
        """Somebody looks at something else; None: at nothing of these."""
        if self._at.get(participant) == at:
            return
        if at is None:
            del self._at[participant]
        else:
            self._at[participant] = at
        self._news[participant] = None

    def forget(self, participant: str) -> None:
        """Somebody left; everybody knows."""
        self._at.pop(participant, None)
        self._news.pop(participant, None)

    def ended(self, track: str) -> None:
        """There is no such track any more; everybody knows."""
        for participant in [one for one, at in self._at.items() if at == track]:
            self.forget(participant)

    def due(self, now: float) -> list[str]:
        """Whose look is news, if it is time to tell; counts as told."""
        if not self._news or now - self._told_at < INTERVAL_S:
            return []
        news, self._news = [*self._news], {}
        self._told_at = now
        return news

    def everybody(self) -> list[str]:
        """Who looks at something."""
        return [*self._at]

    def describe(self, participants: Iterable[str]) -> dict[str, Any] | None:
        """The `looking` event of these; None where there are none."""
        looks = [{"participant": name, "at": self._at.get(name)} for name in participants]
        return {"type": "looking", "participants": looks} if looks else None
