"""Carries records and the audit trail to the database, in order; waits with them while it cannot be reached.

Nobody waits for these, so what does not fit while the database is gone is dropped, oldest first, and counted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from uuid import UUID

from datachannels.repositories import RepositoryError, Unavailable
from signaling.audit import AuditEntry, LoggedAudit
from storage.records import Attendance, SessionRecord
from storage.store import Store

log = logging.getLogger(__name__)

KEPT = 10_000
"""Entries that wait at most."""
AT_ONCE = 200
RETRY_S = 1.0
CLOSE_S = 5.0

Entry = Callable[[Store], Awaitable[None]]


class Ledger:
    """The `Records` and the `AuditLog` of a node; audit entries go to the log too. Lives on one loop."""

    def __init__(self, retry_s: float = RETRY_S) -> None:
        self.lost = 0
        self._retry_s = retry_s
        self._logged = LoggedAudit()
        self._entries: deque[Entry] = deque()
        self._store: Store | None = None
        self._writing: asyncio.Task[None] | None = None

    def start(self, store: Store) -> None:
        """From now on entries are written; those made before are too."""
        self._store = store
        self._wake()

    async def close(self) -> None:
        """Write what waits, if that can be done soon."""
        self._store, writing = None, self._writing
        if writing is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(writing, CLOSE_S)
        if self._entries:
            log.error("%d records were not stored", len(self._entries))

    # --- what is kept ------------------------------------------------------------------------------------

    def record(self, entry: AuditEntry) -> None:
        """See `AuditLog`."""
        self._logged.record(entry)
        self._put(lambda store: store.audit.put(**asdict(entry)))

    def session(self, record: SessionRecord) -> None:
        """See `Records`."""
        self._put(lambda store: store.meetings.put_session(record))

    def participants(self, session: UUID, people: Sequence[Attendance]) -> None:
        """See `Records`."""
        self._put(lambda store: store.meetings.put_participants(session, people))

    def topic(self, session: UUID, topic: str) -> None:
        """See `Records`."""
        self._put(lambda store: store.meetings.put_topic(session, topic))

    def ban(self, room: str, identity: str, at: int) -> None:
        """See `Records`."""
        self._put(lambda store: store.meetings.ban(room, identity, at))

    def unban(self, room: str, identity: str) -> None:
        """See `Records`."""
        self._put(lambda store: store.meetings.unban(room, identity))

    # --- how ---------------------------------------------------------------------------------------------

    def _put(self, entry: Entry) -> None:
        if len(self._entries) >= KEPT:
            self._entries.popleft()
            self.lost += 1
        self._entries.append(entry)
        self._wake()

    def _wake(self) -> None:
        if self._store is not None and self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(self._store))

    async def _write(self, store: Store) -> None:
        try:
            while self._entries:
                # Not one by one: what came in one turn is one transaction.
                taken = [self._entries.popleft() for _ in range(min(AT_ONCE, len(self._entries)))]
                failed = await self._write_some(store, taken)
                if failed:
                    self._entries.extendleft(reversed(failed))
                    await asyncio.sleep(self._retry_s)
        finally:
            self._writing = None

    async def _write_some(self, store: Store, entries: Sequence[Entry]) -> list[Entry]:
        """Write them together; those to be written again."""
        failed: list[Entry] = []
        for entry, write in [(entry, entry(store)) for entry in entries]:
            try:
                await write
            except Unavailable:
                failed.append(entry)
            except RepositoryError as error:
                log.error("a record cannot be stored: %s", error)
        return failed
