"""The audit trail in the database."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from storage.group_commit import GroupCommit
from storage.models import AuditRecord
from storage.models.model import table_of
from storage.reader import Reader
from storage.write import Into, Row, Rows, Write

_AUDIT = table_of(AuditRecord)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry; `number` counts them over all rooms."""

    number: int
    at: int
    room: str
    action: str
    by: str
    by_participant: str
    target: str
    target_participant: str
    outcome: str
    detail: Mapping[str, Any]
    left_out: int


class StoredAudit:
    """Writes are queued at once, in the order of calls."""

    def __init__(self, commits: GroupCommit, reader: Reader) -> None:
        self._commits = commits
        self._reader = reader

    def put(
        self,
        *,
        at: int,
        room: str,
        action: str,
        by: str,
        by_participant: str,
        target: str,
        target_participant: str,
        outcome: str,
        detail: Mapping[str, Any],
        left_out: int,
    ) -> Awaitable[None]:
        """Keep one entry."""
        row: Row = {
            "at": at,
            "room": room,
            "action": action,
            "by": by,
            "by_participant": by_participant,
            "target": target,
            "target_participant": target_participant,
            "outcome": outcome,
            "detail": orjson.dumps(detail).decode(),
            "left_out": left_out,
        }
        return self._commits.put(Write([Rows(Into(_AUDIT), [row])]))

    async def of_room(self, room: str, after: int, limit: int) -> list[AuditLine]:
        """Entries above a number, oldest first."""
        wanted = (
            select(_AUDIT)
            .where(_AUDIT.c.room == room, _AUDIT.c.id > after)
            .order_by(_AUDIT.c.id)
            .limit(limit)
        )

        def query(connection: Connection) -> list[AuditLine]:
            return [_line(row) for row in connection.execute(wanted)]

        return await self._reader.read(query)


def _line(row: Any) -> AuditLine:
    return AuditLine(
        row.id,
        row.at,
        row.room,
        row.action,
        row.by,
        row.by_participant,
        row.target,
        row.target_participant,
        row.outcome,
        orjson.loads(row.detail),
        row.left_out,
    )
