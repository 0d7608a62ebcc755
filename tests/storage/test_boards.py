"""Boards on both databases; what they share with documents is tested there."""

import pytest

from datachannels.repositories import Fenced, Head, Snapshot
from storage.store import Store
from tests.storage.samples import BERT, change, topic


async def test_changes_of_a_board_are_kept_in_order(store: Store) -> None:
    await store.boards.create(topic("bo_1"), change(1))
    await store.boards.append("bo_1", 1, [change(2), change(3)])
    await store.boards.append("bo_1", 3, [change(4, BERT)])
    assert await store.boards.load("bo_1") == Head(store.epoch, 4)
    assert await store.boards.changes("bo_1", 1, 9) == [change(1), change(2), change(3), change(4, BERT)]
    with pytest.raises(Fenced):
        await store.boards.append("bo_1", 3, [change(4, client="d")])


async def test_nothing_is_left_of_a_deleted_board(store: Store) -> None:
    await store.boards.create(topic("bo_1"), change(1))
    await store.boards.save_snapshot("bo_1", Snapshot(1, "1"))
    await store.boards.delete("bo_1")
    assert await store.boards.load("bo_1") is None
    assert await store.boards.snapshot("bo_1", 9) is None
    assert await store.boards.of_room("r", "", 9) == []
