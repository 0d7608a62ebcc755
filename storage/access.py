"""Who may do what to a document or board, in the database."""

from collections.abc import Awaitable
from typing import Any

from sqlalchemy import Connection, delete, select

from datachannels.repositories import Access, ShareLink
from storage.group_commit import GroupCommit
from storage.models import AccessRow, ShareLinkRow
from storage.models.model import table_of
from storage.reader import Reader
from storage.write import Existing, Into, Row, Rows, Write

_ROLES = table_of(AccessRow)
_LINKS = table_of(ShareLinkRow)


class StoredAccess:
    """`datachannels.repositories.AccessRepository`."""

    def __init__(self, commits: GroupCommit, reader: Reader) -> None:
        self._commits = commits
        self._reader = reader

    async def roles(self, topic: str) -> dict[str, Access]:
        """See `AccessRepository`."""
        wanted = select(_ROLES.c.identity, _ROLES.c.role).where(_ROLES.c.topic == topic)

        def query(connection: Connection) -> dict[str, Access]:
            return {row.identity: row.role for row in connection.execute(wanted)}

        return await self._reader.read(query)

    def grant(self, topic: str, identity: str, role: Access | None, at: int) -> Awaitable[None]:
        """See `AccessRepository`."""
        if role is None:
            gone = delete(_ROLES).where(_ROLES.c.topic == topic, _ROLES.c.identity == identity)
            return self._commits.put(Write(statements=[gone]))
        row: Row = {"topic": topic, "identity": identity, "role": role, "at": at}
        return self._commits.put(Write([Rows(Into(_ROLES, Existing.REPLACE), [row])]))

    def add_link(self, link: ShareLink) -> Awaitable[None]:
        """See `AccessRepository`."""
        row: Row = {
            "id": link.id,
            "topic": link.topic,
            "role": link.role,
            "made_by": link.made_by,
            "at": link.at,
            "expires_at": link.expires_at,
        }
        return self._commits.put(Write([Rows(Into(_LINKS), [row])]))

    async def links(self, topic: str) -> list[ShareLink]:
        """See `AccessRepository`."""
        wanted = select(_LINKS).where(_LINKS.c.topic == topic).order_by(_LINKS.c.at, _LINKS.c.id)

        def query(connection: Connection) -> list[ShareLink]:
            return [_link(row) for row in connection.execute(wanted)]

        return await self._reader.read(query)

    async def link(self, link: str) -> ShareLink | None:
        """See `AccessRepository`."""
        wanted = select(_LINKS).where(_LINKS.c.id == link)

        def query(connection: Connection) -> ShareLink | None:
            row = connection.execute(wanted).first()
            return None if row is None else _link(row)

        return await self._reader.read(query)

    def revoke_link(self, link: str) -> Awaitable[None]:
        """See `AccessRepository`."""
        return self._commits.put(Write(statements=[delete(_LINKS).where(_LINKS.c.id == link)]))


def _link(row: Any) -> ShareLink:
    return ShareLink(row.id, row.topic, row.role, row.made_by, row.at, row.expires_at)
