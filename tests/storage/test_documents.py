"""Documents, comments and reviews on both databases."""

from dataclasses import replace

import pytest

from datachannels.repositories import Comment, Fenced, Head, Notes, Receipt, Review, Snapshot
from storage.store import Store
from tests.storage.samples import ANNA, BERT, change, topic

COMMENT = Comment("co_1", "co_1", ANNA, "why?", 3, 4, 1, "text", "open", 2_000, 2_000)
REVIEW = Review("rv_1", "bert", ANNA, "pending", "", 9_000, 1, 2_000, None)


async def test_a_new_document_is_at_version_1(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    assert await store.documents.load("do_1") == Head(store.epoch, 1)
    assert await store.documents.describe("do_1") == topic()
    assert await store.documents.changes("do_1", 1, 9) == [change(1)]


async def test_what_is_not_there_is_none(store: Store) -> None:
    documents = store.documents
    assert await documents.load("do_1") is None
    assert await documents.describe("do_1") is None
    assert await documents.snapshot("do_1", 9) is None
    assert await documents.topic_of_comment("co_1") is None
    assert await documents.topic_of_review("rv_1") is None
    assert await documents.changes("do_1", 1, 9) == []


async def test_an_id_is_given_once(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    with pytest.raises(Fenced):
        await store.documents.create(topic(room="s"), change(1, BERT))
    assert await store.documents.describe("do_1") == topic()


async def test_a_document_is_no_board(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    assert await store.boards.load("do_1") is None
    with pytest.raises(Fenced):
        await store.boards.append("do_1", 1, [change(2)])


async def test_changes_are_read_by_version(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.documents.append("do_1", 1, [change(2), change(3, BERT)])
    assert await store.documents.changes("do_1", 2, 3) == [change(2), change(3, BERT)]
    assert await store.documents.describe("do_1") == replace(topic(), version=3, updated_at=1_003)
    assert await store.documents.last_seq("do_1", "bert", "c") == 3
    assert await store.documents.receipt("do_1", "bert", "c", 3) == Receipt("bert", "c", 3, 3)


async def test_the_nearest_snapshot_below_a_version_is_found(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    for version in (1, 5):
        await store.documents.save_snapshot("do_1", Snapshot(version, f'"{version}"'))
    await store.documents.save_snapshot("do_1", Snapshot(5, '"again"'))
    assert await store.documents.snapshot("do_1", 4) == Snapshot(1, '"1"')
    assert await store.documents.snapshot("do_1", 9) == Snapshot(5, '"again"')
    assert await store.documents.snapshot("do_1", 0) is None


async def test_of_older_snapshots_few_are_kept(store: Store) -> None:
    for name in ("do_1", "do_2"):
        await store.documents.create(topic(name), change(1))
        for version in range(1, 9):
            await store.documents.save_snapshot(name, Snapshot(version, f'"{version}"'))
    await store.documents.thin_snapshots("do_1", 7, 3)
    found = [await store.documents.snapshot("do_1", version) for version in range(1, 9)]
    assert [one and one.version for one in found] == [None, None, 3, 3, 3, 6, 7, 8]
    assert await store.documents.snapshot("do_2", 5) == Snapshot(5, '"5"')


async def test_what_is_too_old_is_forgotten_and_its_receipts_are_not(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.documents.append("do_1", 1, [change(version) for version in range(2, 9)])
    for version in (1, 3, 5):
        await store.documents.save_snapshot("do_1", Snapshot(version, f'"{version}"'))
    await store.documents.forget_before("do_1", 5)
    assert [one.version for one in await store.documents.changes("do_1", 1, 9)] == [6, 7, 8]
    assert await store.documents.snapshot("do_1", 5) == Snapshot(5, '"5"')
    assert await store.documents.snapshot("do_1", 4) is None
    assert await store.documents.receipt("do_1", "anna", "c", 2) == Receipt("anna", "c", 2, 2)
    assert await store.documents.load("do_1") == Head(store.epoch, 8)


async def test_a_change_and_the_comments_it_moves_are_stored_together(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.documents.append(
        "do_1", 1, [], Notes([COMMENT], receipts=[Receipt("anna", "c", 2, 1, "co_1")])
    )
    moved = replace(COMMENT, index=9, anchored_at=2, state="detached")
    with pytest.raises(Fenced):
        await store.documents.append("do_1", 7, [change(8)], Notes([moved]))
    assert await store.documents.comments("do_1") == [COMMENT]
    await store.documents.append("do_1", 1, [change(2, seq=3)], Notes([moved]))
    assert await store.documents.comments("do_1") == [moved]
    assert await store.documents.receipt("do_1", "anna", "c", 2) == Receipt("anna", "c", 2, 1, "co_1")
    assert await store.documents.topic_of_comment("co_1") == "do_1"


async def test_a_deleted_comment_is_not_listed(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    other = replace(COMMENT, id="co_2", at=1_000)
    await store.documents.append("do_1", 1, [], Notes([COMMENT, other]))
    assert await store.documents.comments("do_1") == [other, COMMENT]
    await store.documents.append("do_1", 1, [], Notes([replace(COMMENT, state="deleted", text="")]))
    assert await store.documents.comments("do_1") == [other]


async def test_a_review_is_kept_as_it_is_now(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.documents.append("do_1", 1, [], Notes(reviews=[REVIEW]))
    assert await store.documents.reviews("do_1") == [REVIEW]
    judged = replace(REVIEW, status="approved", note="fine", completed_at=3_000, deadline_at=None)
    await store.documents.append("do_1", 1, [], Notes(reviews=[judged]))
    assert await store.documents.reviews("do_1") == [judged]
    assert await store.documents.topic_of_review("rv_1") == "do_1"


async def test_a_rooms_documents_come_in_pages(store: Store) -> None:
    for name in ("do_2", "do_1", "do_3"):
        await store.documents.create(topic(name), change(1))
    await store.documents.create(topic("do_4", "s"), change(1))
    first = await store.documents.of_room("r", "", 2)
    assert [one.id for one in first] == ["do_1", "do_2"]
    assert await store.documents.of_room("r", "do_2", 2) == [topic("do_3")]


async def test_a_document_is_renamed(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.documents.rename("do_1", "Agenda")
    assert await store.documents.describe("do_1") == replace(topic(), title="Agenda")


async def test_nothing_is_left_of_a_deleted_document(store: Store) -> None:
    documents = store.documents
    await documents.create(topic(), change(1))
    await documents.append("do_1", 1, [change(2)], Notes([COMMENT], [REVIEW]))
    await documents.save_snapshot("do_1", Snapshot(2, "1"))
    await store.access.grant("do_1", "bert", "viewer", 1)
    await documents.delete("do_1")
    assert await documents.load("do_1") is None
    assert await documents.changes("do_1", 1, 9) == []
    assert await documents.snapshot("do_1", 9) is None
    assert await documents.comments("do_1") == []
    assert await documents.reviews("do_1") == []
    assert await documents.last_seq("do_1", "anna", "c") == 0
    assert await store.access.roles("do_1") == {}
    with pytest.raises(Fenced):
        await documents.append("do_1", 2, [change(3)])
