"""The audit trail on both databases."""

from typing import Any

from storage.audit import AuditLine
from storage.store import Store

ENTRY: dict[str, Any] = {
    "at": 1_000,
    "room": "r",
    "action": "remove",
    "by": "anna",
    "by_participant": "pa_1",
    "target": "bert",
    "target_participant": "pa_2",
    "outcome": "done",
    "detail": {"ban": True},
    "left_out": 0,
}


async def test_entries_of_a_room_are_read_in_order_in_pages(store: Store) -> None:
    for room in ("r", "s", "r", "r"):
        await store.audit.put(**(ENTRY | {"room": room}))
    lines = await store.audit.of_room("r", 0, 2)
    assert lines[0] == AuditLine(lines[0].number, **ENTRY)
    rest = await store.audit.of_room("r", lines[-1].number, 10)
    numbers = [line.number for line in [*lines, *rest]]
    assert len(numbers) == 3
    assert numbers == sorted(numbers)
