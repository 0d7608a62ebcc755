"""Records on their way to the database."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

from signaling.audit import AuditEntry
from signaling.ledger import KEPT, Ledger
from storage.engine import sqlite_url
from storage.records import Attendance, SessionRecord
from tests.storage.failing import Breaks
from tests.storage.samples import opened

SESSION = SessionRecord(UUID(int=1), "r", "rm_1", "node", 1_000, 50)
ANNA = Attendance("anna", "Anna", "host", 1_000, 1_000)
ENTRY = AuditEntry(1_000, "r", "remove", "anna", target="bert", detail={"ban": True})


async def test_what_was_told_before_the_database_is_open_is_kept_in_order(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.session(SESSION)
    ledger.participants(SESSION.id, [ANNA])
    ledger.ban("r", "bert", 1_000)
    ledger.unban("r", "bert")
    ledger.record(ENTRY)
    async with opened(sqlite_url(tmp_path)) as store:
        ledger.start(store)
        await ledger.close()
        assert await store.meetings.session(SESSION.id) == SESSION
        assert await store.meetings.participants(SESSION.id, "", 9) == [ANNA]
        assert await store.meetings.bans() == []
        (line,) = await store.audit.of_room("r", 0, 9)
        assert (line.action, line.by, line.target, line.detail) == ("remove", "anna", "bert", {"ban": True})


async def test_what_could_not_be_written_is_written_later_in_order(tmp_path: Path) -> None:
    ledger = Ledger(retry_s=0.001)
    async with opened(sqlite_url(tmp_path), failpoints=Breaks("before_commit", 3)) as store:
        ledger.start(store)
        for room in ("r", "s"):
            ledger.session(replace(SESSION, room=room, peak_participants=1))
        ledger.session(replace(SESSION, peak_participants=2))
        ledger.participants(SESSION.id, [ANNA])
        await ledger.close()
        assert await store.meetings.session(SESSION.id) == replace(SESSION, peak_participants=2)
        assert await store.meetings.participants(SESSION.id, "", 9) == [ANNA]


async def test_what_can_never_be_written_holds_nothing_up(tmp_path: Path) -> None:
    ledger = Ledger()
    async with opened(sqlite_url(tmp_path)) as store:
        ledger.start(store)
        ledger.participants(UUID(int=2), [ANNA])  # of no session
        ledger.session(SESSION)
        await ledger.close()
        assert await store.meetings.session(SESSION.id) == SESSION


async def test_the_oldest_goes_where_too_much_waits(tmp_path: Path) -> None:
    ledger = Ledger()
    for number in range(KEPT + 5):
        ledger.ban("r", f"{number:06}", 1_000)
    assert ledger.lost == 5
    async with opened(sqlite_url(tmp_path)) as store:
        ledger.start(store)
        await ledger.close()
        bans = sorted(await store.meetings.bans())
    assert (len(bans), bans[0]) == (KEPT, ("r", "000005"))
