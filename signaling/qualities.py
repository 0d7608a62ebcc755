"""How good everybody's connection is, told to the room: changes only, at most once a second."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

INTERVAL_S = 1.0
"""At most one `quality` event a second (PROTOCOL.md 2)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """A score from 1 (bad) to 5; `reason` is what costs most, ``""`` where nothing does."""

    score: int
    reason: str


class Qualities:
    """The scores of one room, by participant."""

    def __init__(self) -> None:
        self._scores: dict[str, Quality] = {}
        self._news: dict[str, None] = {}
        self._told_at = float("-inf")

    def learn(self, participant: str, quality: Quality) -> None:
        """The media side's word on a participant's connection."""
        if self._scores.get(participant) != quality:
            self._scores[participant] = quality
            self._news[participant] = None

    def forget(self, participant: str) -> None:
        """Somebody left."""
        self._scores.pop(participant, None)
        self._news.pop(participant, None)

    def due(self, now: float) -> list[str]:
        """Whose score is news, if it is time to tell; counts as told."""
        if not self._news or now - self._told_at < INTERVAL_S:
            return []
        news, self._news = [*self._news], {}
        self._told_at = now
        return news

    def describe(self, participants: Iterable[str]) -> dict[str, Any] | None:
        """The `quality` event of those of `participants` who have a score; None where nobody has."""
        known = [(name, self._scores[name]) for name in participants if name in self._scores]
        if not known:
            return None
        scores = [{"participant": name, "score": q.score, "reason": q.reason} for name, q in known]
        return {"type": "quality", "participants": scores}
