"""Documents and boards as they are kept: found by id, whichever of both they are."""

from typing import Protocol

from datachannels.kinds import BOARDS, DOCUMENTS
from datachannels.repositories import (
    AccessRepository,
    BoardRepository,
    ChangeLog,
    DocumentRepository,
    ShareLink,
    Topic,
)


class TopicRepositories(Protocol):
    """Where they are kept: `storage.store.Store`."""

    @property
    def documents(self) -> DocumentRepository:
        """Documents."""

    @property
    def boards(self) -> BoardRepository:
        """Boards."""

    @property
    def access(self) -> AccessRepository:
        """Who may do what to them."""


class KeptTopics:
    """Reads them; whatever it calls may raise `RepositoryError`."""

    def __init__(self, kept: TopicRepositories) -> None:
        self._kept = kept

    def log(self, topic: str) -> ChangeLog | None:
        """Where a topic of this name would be, None for a name of another kind."""
        if DOCUMENTS.names(topic):
            return self._kept.documents
        return self._kept.boards if BOARDS.names(topic) else None

    async def describe(self, topic: str) -> Topic | None:
        """One of them, None if there is none."""
        log = self.log(topic)
        return None if log is None else await log.describe(topic)

    async def shared(self, link: str) -> tuple[ShareLink, Topic] | None:
        """A share link and what it opens, None if it was revoked."""
        found = await self._kept.access.link(link)
        topic = None if found is None else await self.describe(found.topic)
        return None if found is None or topic is None else (found, topic)
