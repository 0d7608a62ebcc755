"""Roles and share links on both databases."""

import pytest

from datachannels.repositories import Fenced, ShareLink
from storage.store import Store
from tests.storage.samples import change, topic

LINK = ShareLink("li_1", "do_1", "viewer", "anna", 1_000, 9_000)


async def test_a_role_is_given_changed_and_taken_back(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.access.grant("do_1", "bert", "viewer", 1)
    await store.access.grant("do_1", "carol", "editor", 2)
    await store.access.grant("do_1", "bert", "commenter", 3)
    assert await store.access.roles("do_1") == {"bert": "commenter", "carol": "editor"}
    await store.access.grant("do_1", "bert", None, 4)
    assert await store.access.roles("do_1") == {"carol": "editor"}


async def test_a_role_is_for_a_topic_that_is_there(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.access.grant("do_1", "bert", "viewer", 1)


async def test_a_link_opens_until_it_is_revoked(store: Store) -> None:
    await store.documents.create(topic(), change(1))
    await store.access.add_link(LINK)
    assert await store.access.link("li_1") == LINK
    assert await store.access.links("do_1") == [LINK]
    await store.access.revoke_link("li_1")
    assert await store.access.link("li_1") is None
    assert await store.access.links("do_1") == []
