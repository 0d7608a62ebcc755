"""Chat on both databases."""

from typing import Any

import pytest

from datachannels.repositories import Fenced, Head, Receipt, Unstorable
from storage.store import Store
from tests.storage.samples import ANNA, BERT, message, opened


async def test_a_chat_nobody_wrote_in_has_version_0_and_no_messages(store: Store) -> None:
    assert await store.chat.load("r") == Head(store.epoch, 0)
    assert await store.chat.history("r", "anna", 0, 10) == []
    assert await store.chat.last_seq("r", "anna", "c") == 0


async def test_what_was_said_is_there_after_the_store_was_opened_again(url: str) -> None:
    said = [message(1, text="äöü \U0001f600 'quoted' %s"), message(2, BERT, to="anna")]
    async with opened(url) as store:
        await store.chat.append("r", 0, said)
        epoch = store.epoch
    async with opened(url) as store:
        assert await store.chat.load("r") == Head(epoch, 2)
        assert await store.chat.history("r", "anna", 0, 10) == said


async def test_rooms_do_not_share_a_chat(store: Store) -> None:
    await store.chat.append("r", 0, [message(1)])
    assert (await store.chat.load("s")).version == 0


async def test_a_private_message_is_read_by_the_two_alone(store: Store) -> None:
    said = [message(1), message(2, ANNA, to="bert"), message(3)]
    await store.chat.append("r", 0, said)
    read = {who: await store.chat.history("r", who, 0, 10) for who in ("anna", "bert", "carol")}
    assert read == {"anna": said, "bert": said, "carol": [said[0], said[2]]}


@pytest.mark.parametrize(
    ("after", "limit", "newest", "versions"),
    [
        (0, 3, False, [1, 2, 3]),
        (0, 3, True, [3, 4, 5]),
        (2, 10, False, [3, 4, 5]),
        (2, 2, True, [4, 5]),
        (5, 3, False, []),
        (9, 3, True, []),
    ],
)
async def test_history_is_oldest_first(
    store: Store, after: int, limit: int, newest: bool, versions: list[int]
) -> None:
    await store.chat.append("r", 0, [message(version) for version in range(1, 6)])
    found = await store.chat.history("r", "anna", after, limit, newest=newest)
    assert [one.version for one in found] == versions


async def test_history_ends_before_a_version(store: Store) -> None:
    await store.chat.append("r", 0, [message(version) for version in range(1, 6)])
    last = await store.chat.history("r", "anna", 0, 2, before=4, newest=True)
    first = await store.chat.history("r", "anna", 1, 9, before=4)
    assert [[one.version for one in found] for found in (last, first)] == [[2, 3], [2, 3]]


async def test_a_message_leaves_a_receipt(store: Store) -> None:
    await store.chat.append("r", 0, [message(1), message(2, BERT, seq=1), message(3, seq=2)])
    assert await store.chat.receipt("r", "anna", "c", 2) == Receipt("anna", "c", 2, 3, "m3")
    assert await store.chat.receipt("r", "anna", "other", 2) is None
    assert await store.chat.receipt("r", "anna", "c", 3) is None
    assert await store.chat.last_seq("r", "anna", "c") == 2


async def test_another_head_than_the_writer_believes_fences_it(store: Store) -> None:
    await store.chat.append("r", 0, [message(1)])
    for head in (0, 2):
        with pytest.raises(Fenced):
            await store.chat.append("r", head, [message(head + 1, id="x", seq=7)])
    assert (await store.chat.load("r")).version == 1
    assert await store.chat.history("r", "anna", 0, 10) == [message(1)]


async def test_a_seq_is_never_stored_twice(store: Store) -> None:
    await store.chat.append("r", 0, [message(1)])
    with pytest.raises(Fenced):
        await store.chat.append("r", 1, [message(2, seq=1)])
    assert (await store.chat.load("r")).version == 1


@pytest.mark.parametrize("changes", [{"text": "\ud800"}, {"at": 2**63}, {"id": "\udfff"}])
async def test_a_value_that_cannot_be_kept_harms_no_other_write(
    store: Store, changes: dict[str, Any]
) -> None:
    bad = store.chat.append("r", 0, [message(1, **changes)])
    good = store.chat.append("s", 0, [message(1)])
    with pytest.raises(Unstorable):
        await bad
    await good
    assert (await store.chat.load("r")).version == 0
    assert (await store.chat.load("s")).version == 1
