"""Who has which topic open: whom live cursors and typing concern."""


class Watchers:
    """Participants by meeting and topic; one may have it open on several channels."""

    def __init__(self) -> None:
        self._topics: dict[tuple[str, str], dict[str, int]] = {}
        self._counts: dict[str, int] = {}

    def add(self, meeting: str, topic: str, participant: str) -> None:
        """Opened once more."""
        watching = self._topics.setdefault((meeting, topic), {})
        watching[participant] = watching.get(participant, 0) + 1
        self._counts[participant] = self._counts.get(participant, 0) + 1

    def remove(self, meeting: str, topic: str, participant: str) -> None:
        """Closed once."""
        watching = self._topics[meeting, topic]
        for counts in (watching, self._counts):
            counts[participant] -= 1
            if not counts[participant]:
                del counts[participant]
        if not watching:
            del self._topics[meeting, topic]

    def rehome(self, participant: str, old: str, new: str) -> None:
        """The participant's meeting is another now."""
        for meeting, topic in list(self._topics):
            if meeting != old or participant not in self._topics[meeting, topic]:
                continue
            self._topics.setdefault((new, topic), {})[participant] = self._topics[old, topic].pop(participant)
            if not self._topics[old, topic]:
                del self._topics[old, topic]

    def of(self, meeting: str, topic: str) -> frozenset[str]:
        """Who has it open."""
        return frozenset(self._topics.get((meeting, topic), ()))

    def opened_by(self, participant: str) -> int:
        """How many topics a participant has open."""
        return self._counts.get(participant, 0)
