"""Sessions, who was in them, and bans, on both databases."""

from dataclasses import replace
from uuid import UUID

from storage.records import Attendance, SessionRecord, SessionStatus
from storage.store import Store
from tests.storage.samples import change, topic

FIRST = SessionRecord(UUID(int=1), "r", "rm_1", "node", 1_000, 50)
ANNA = Attendance("anna", "Anna", "host", 1_100, 1_100)


async def test_a_session_is_kept_as_it_is_now(store: Store) -> None:
    await store.meetings.put_session(FIRST)
    assert await store.meetings.session(FIRST.id) == FIRST
    over = replace(FIRST, status=SessionStatus.ENDED, ended_at=5_000, peak_participants=3)
    await store.meetings.put_session(over)
    assert await store.meetings.session(FIRST.id) == over
    assert await store.meetings.session(UUID(int=2)) is None


async def test_sessions_of_a_room_come_newest_first_in_pages(store: Store) -> None:
    # Two that began in the same millisecond, and ids that do not follow the time.
    times = {5: 1_000, 2: 2_000, 3: 2_000, 1: 3_000}
    for number, at in times.items():
        await store.meetings.put_session(replace(FIRST, id=UUID(int=number), created_at=at))
    await store.meetings.put_session(replace(FIRST, id=UUID(int=9), room="s"))
    first = await store.meetings.sessions("r", None, 2)
    assert [one.id.int for one in first] == [1, 3]
    rest = await store.meetings.sessions("r", first[-1].id, 5)
    assert [one.id.int for one in rest] == [2, 5]
    assert await store.meetings.sessions("r", UUID(int=77), 5) == []


async def test_who_comes_twice_is_in_a_session_once_since_the_first_time(store: Store) -> None:
    await store.meetings.put_session(FIRST)
    await store.meetings.put_participants(FIRST.id, [ANNA, replace(ANNA, identity="bert", name="Bert")])
    again = replace(ANNA, name="Anna B.", role="viewer", joined_at=2_000, last_active_at=2_500)
    await store.meetings.put_participants(FIRST.id, [again])
    people = await store.meetings.participants(FIRST.id, "", 10)
    assert people == [replace(again, joined_at=1_100), replace(ANNA, identity="bert", name="Bert")]
    assert await store.meetings.participants(FIRST.id, "anna", 10) == people[1:]


async def test_what_a_node_had_open_when_it_died_is_lost_since_the_last_that_was_seen(store: Store) -> None:
    elsewhere = replace(FIRST, id=UUID(int=2), node="other")
    empty = replace(FIRST, id=UUID(int=3))
    for one in (FIRST, elsewhere, empty):
        await store.meetings.put_session(one)
    await store.meetings.put_participants(FIRST.id, [replace(ANNA, last_active_at=4_000)])
    await store.meetings.lose_sessions("node")
    assert await store.meetings.session(FIRST.id) == replace(FIRST, status=SessionStatus.LOST, ended_at=4_000)
    assert await store.meetings.session(empty.id) == replace(empty, status=SessionStatus.LOST, ended_at=1_000)
    assert await store.meetings.session(elsewhere.id) == elsewhere


async def test_a_session_has_the_topics_that_were_open_in_it(store: Store) -> None:
    await store.meetings.put_session(FIRST)
    await store.documents.create(topic(), change(1))
    for _ in range(2):
        await store.meetings.put_topic(FIRST.id, "do_1")
    assert await store.meetings.topics(FIRST.id) == ["do_1"]


async def test_a_ban_holds_until_it_is_lifted(store: Store) -> None:
    for room, identity in (("r", "bert"), ("s", "bert"), ("r", "bert")):
        await store.meetings.ban(room, identity, 1_000)
    assert sorted(await store.meetings.bans()) == [("r", "bert"), ("s", "bert")]
    await store.meetings.unban("r", "bert")
    assert await store.meetings.bans() == [("s", "bert")]
