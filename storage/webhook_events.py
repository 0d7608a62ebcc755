"""What webhooks still have to be told, in the database: kept until each receiver has taken it."""

from collections.abc import Awaitable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, select

from storage.group_commit import GroupCommit
from storage.models import WebhookEvent
from storage.models.model import table_of
from storage.reader import Reader
from storage.write import Existing, Into, Rows, Write

_EVENTS = table_of(WebhookEvent)
_INTO = Into(_EVENTS, Existing.KEEP)


@dataclass(frozen=True, slots=True)
class Waiting:
    """`body` is what `url` is to be sent; `at` UTC milliseconds."""

    id: str
    at: int
    node: str
    url: str
    body: str


class StoredWebhookEvents:
    """Writes are queued at once, in the order of calls."""

    def __init__(self, commits: GroupCommit, reader: Reader) -> None:
        self._commits = commits
        self._reader = reader

    def put(self, events: Sequence[Waiting]) -> Awaitable[None]:
        """Keep them until they are taken."""
        return self._commits.put(Write([Rows(_INTO, [asdict(event) for event in events])]))

    def taken(self, ids: Sequence[str]) -> Awaitable[None]:
        """Their receivers have them, or never will."""
        return self._commits.put(Write(statements=[delete(_EVENTS).where(_EVENTS.c.id.in_(ids))]))

    async def waiting(self, node: str, url: str, limit: int) -> list[Waiting]:
        """What a node has to tell one receiver, the oldest first."""
        wanted = (
            select(_EVENTS)
            .where(_EVENTS.c.node == node, _EVENTS.c.url == url)
            .order_by(_EVENTS.c.at, _EVENTS.c.id)
            .limit(limit)
        )

        def query(connection: Connection) -> list[Waiting]:
            return [
                Waiting(row.id, row.at, row.node, row.url, row.body) for row in connection.execute(wanted)
            ]

        return await self._reader.read(query)
