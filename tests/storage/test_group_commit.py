"""One transaction a turn, nothing said before it is committed, and what happens when it is not."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from datachannels.repositories import Fenced, Unavailable
from loadtests.postgresql import Postgres
from storage.engine import open_engine, sqlite_url
from storage.group_commit import WAITING
from storage.store import Store
from tests.storage.failing import DEADLINE_S, Breaks, Gate, small_disk
from tests.storage.samples import change, message, opened, topic


async def version(store: Store, room: str = "r") -> int:
    return (await store.chat.load(room)).version


async def outcomes(writes: Sequence[Any]) -> list[type[BaseException] | None]:
    """What came of writes: None or the error's type."""
    found = await asyncio.gather(*writes, return_exceptions=True)
    return [None if one is None else type(one) for one in found]


async def begun(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.begun.wait, DEADLINE_S)


async def test_the_writes_of_a_turn_are_one_transaction(url: str) -> None:
    gate = Gate()
    gate.open.set()
    async with opened(url, failpoints=gate) as store:
        writes = [store.chat.append(room, head, [message(head + 1)]) for head in range(20) for room in "rst"]
        assert await outcomes(writes) == [None] * 60
        assert gate.commits == 1
        assert [await version(store, room) for room in "rst"] == [20] * 3


async def test_nothing_is_done_or_seen_before_it_is_committed(url: str) -> None:
    gate = Gate()
    async with opened(url, failpoints=gate) as store:
        write = asyncio.ensure_future(store.chat.append("r", 0, [message(1)]))
        await begun(gate)
        assert await version(store) == 0
        assert not write.done()
        gate.open.set()
        await write
        assert await version(store) == 1


async def test_what_comes_while_one_commits_is_the_next_transaction(url: str) -> None:
    gate = Gate()
    async with opened(url, failpoints=gate) as store:
        first = store.chat.append("r", 0, [message(1)])
        await begun(gate)
        rest = []
        for head in range(1, 9):
            rest.append(store.chat.append("r", head, [message(head + 1)]))
            await asyncio.sleep(0)
        assert store.waiting == 8
        gate.open.set()
        assert await outcomes([first, *rest]) == [None] * 9
        assert gate.commits == 2


async def test_a_commit_that_fails_fails_all_of_it_and_what_waits_behind(url: str) -> None:
    async with opened(url, failpoints=Breaks("before_commit")) as store:
        failed = [store.chat.append("r", 0, [message(1)]), store.chat.append("s", 0, [message(1)])]
        # A turn later the transaction has begun: this one waits for the next.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        failed.append(store.chat.append("r", 1, [message(2)]))
        assert await outcomes(failed) == [Unavailable] * 3
        assert [await version(store, room) for room in "rs"] == [0, 0]
        await store.chat.append("r", 0, [message(1)])
        assert await version(store) == 1


async def test_a_receipt_tells_of_what_was_committed_and_reported_lost(url: str) -> None:
    async with opened(url, failpoints=Breaks("after_commit")) as store:
        with pytest.raises(Unavailable):
            await store.chat.append("r", 0, [message(1)])
        assert await store.chat.receipt("r", "anna", "c", 1) is not None
        assert await version(store) == 1


async def test_a_fenced_write_takes_none_with_it_but_those_that_build_on_it(url: str) -> None:
    async with opened(url) as store:
        await store.chat.append("r", 0, [message(1)])
        writes = [
            store.chat.append("s", 0, [message(1)]),
            store.chat.append("r", 0, [message(1, id="x", client="d")]),
            store.documents.create(topic(), change(1)),
            store.chat.append("s", 1, [message(2)]),
            store.chat.append("r", 3, [message(4)]),
            store.chat.append("s", 3, [message(4)]),
            store.documents.append("do_1", 1, [change(2)]),
        ]
        assert await outcomes(writes) == [None, Fenced, None, None, Fenced, Fenced, None]
        assert [await version(store, room) for room in "rs"] == [1, 2]
        assert len(await store.documents.changes("do_1", 1, 9)) == 2


async def test_what_is_behind_a_fenced_write_is_fenced_even_where_its_head_fits(url: str) -> None:
    gate = Gate()
    gate.open.set()
    async with opened(url) as other, opened(url, failpoints=gate) as store:
        await other.chat.append("r", 0, [message(1)])
        writes = [store.chat.append("r", head, [message(head + 1, client="d")]) for head in (0, 1)]
        assert await outcomes(writes) == [Fenced, Fenced]
        gate.open.clear()
        gate.begun.clear()
        writes = [store.chat.append("s", 0, [message(1)]), store.chat.append("r", 0, [message(1)])]
        await begun(gate)
        writes += [store.chat.append("r", 1, [message(2)]), store.chat.append("s", 1, [message(2)])]
        gate.open.set()
        assert await outcomes(writes) == [None, Fenced, Fenced, None]
        assert [await version(store, room) for room in "rs"] == [1, 2]


async def test_two_owners_of_a_topic_never_give_a_version_twice(url: str) -> None:
    said: dict[int, str] = {}

    async def own(store: Store, name: str) -> None:
        done = 0
        while done < 15:
            head = await version(store)
            made = message(head + 1, id=f"{name}{done}", client=name, seq=done + 1)
            try:
                await store.chat.append("r", head, [made])
            except Fenced:
                continue
            assert head + 1 not in said
            said[head + 1] = made.id
            done += 1

    async with opened(url) as first, opened(url) as second:
        await asyncio.gather(own(first, "a"), own(second, "b"))
        log = await first.chat.history("r", "anna", 0, 100)
    assert {one.version: one.id for one in log} == said
    assert sorted(said) == list(range(1, 31))


async def test_whoever_does_not_wait_any_more_changes_nothing(url: str) -> None:
    gate = Gate()
    async with opened(url, failpoints=gate) as store:
        given_up = asyncio.ensure_future(store.chat.append("r", 0, [message(1)]))
        await begun(gate)
        given_up.cancel()
        behind = store.chat.append("r", 1, [message(2)])
        gate.open.set()
        await behind
        assert await version(store) == 2


async def test_more_than_may_wait_is_refused_at_once(tmp_path: Path) -> None:
    gate = Gate()
    async with opened(sqlite_url(tmp_path), failpoints=gate) as store:
        first = store.chat.append("r", 0, [message(1)])
        await begun(gate)
        waiting = [store.chat.append("r", head, [message(head + 1)]) for head in range(1, WAITING + 1)]
        with pytest.raises(Unavailable, match="too much"):
            await store.chat.append("s", 0, [message(1)])
        gate.open.set()
        assert set(await outcomes([first, *waiting])) == {None}
        assert await version(store) == WAITING + 1


async def test_closing_writes_what_waits_and_refuses_the_rest(url: str) -> None:
    async with opened(url) as store:
        write = store.chat.append("r", 0, [message(1)])
        await store.close()
        await write
        with pytest.raises(Unavailable, match="closed"):
            await store.chat.append("r", 1, [message(2)])
        with pytest.raises(Unavailable):
            await store.chat.load("r")
    async with opened(url) as store:
        assert await version(store) == 1


async def test_each_transaction_is_measured(url: str) -> None:
    measured: list[tuple[float, int]] = []
    async with opened(url, on_commit=lambda seconds, writes: measured.append((seconds, writes))) as store:
        await asyncio.gather(*(store.chat.append(room, 0, [message(1)]) for room in "rst"))
        await store.chat.append("r", 1, [message(2)])
    assert [writes for _, writes in measured] == [3, 1]
    assert all(seconds > 0 for seconds, _ in measured)


# --- the database goes away and comes back -----------------------------------------------------------------


async def test_a_locked_database_is_unavailable_until_it_is_let_go(
    tmp_path: Path,
) -> None:
    url = sqlite_url(tmp_path)
    async with opened(url, busy_timeout_s=0.05) as store:
        engine = open_engine(url)
        with engine.execution_options(writes=True).connect() as connection, connection.begin():
            with pytest.raises(Unavailable):
                await store.chat.append("r", 0, [message(1)])
            assert await version(store) == 0  # readers go on
        engine.dispose()
        await store.chat.append("r", 0, [message(1)])
        assert await version(store) == 1


@pytest.fixture
def pages() -> Iterator[dict[str, int]]:
    """See `small_disk`."""
    with small_disk() as limit:
        yield limit


async def test_a_full_disk_is_unavailable_until_there_is_room(tmp_path: Path, pages: dict[str, int]) -> None:
    async with opened(sqlite_url(tmp_path)) as store:
        pages["most"] = 100  # of 4 KiB
        head = 0
        while await outcomes([store.chat.append("r", head, [message(head + 1, text="x" * 50_000)])]) == [
            None
        ]:
            head += 1
        assert 0 < head < 100
        with pytest.raises(Unavailable):
            await store.chat.append("r", head, [message(head + 1, text="x" * 50_000)])
        assert await version(store) == head
        pages["most"] = 10_000
        await store.chat.append("r", head, [message(head + 1)])
        found = await store.chat.history("r", "anna", 0, 1_000)
        assert [one.version for one in found] == list(range(1, head + 2))


async def test_a_server_that_goes_and_comes_back_loses_nothing(postgres: Postgres) -> None:
    url = postgres.new_database()
    async with opened(url) as store:
        await store.chat.append("r", 0, [message(1)])
        postgres.stop()
        try:
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await store.chat.append("r", 1, [message(2)])
            with pytest.raises(Unavailable):
                await store.chat.load("r")
        finally:
            postgres.start()
        await store.chat.append("r", 1, [message(2)])
        assert await store.chat.history("r", "anna", 0, 9) == [message(1), message(2)]


async def test_a_server_that_restarts_while_nobody_writes_is_not_noticed(postgres: Postgres) -> None:
    async with opened(postgres.new_database()) as store:
        await store.chat.append("r", 0, [message(1)])
        postgres.stop()
        postgres.start()
        await store.chat.append("r", 1, [message(2)])
        assert await version(store) == 2


async def test_a_table_that_is_gone_is_unavailable(url: str) -> None:
    async with opened(url) as store:
        engine = open_engine(url)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE chat_messages RENAME TO elsewhere"))
        with pytest.raises(Unavailable):
            await store.chat.append("r", 0, [message(1)])
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO chat_messages"))
        engine.dispose()
        await store.chat.append("r", 0, [message(1)])
