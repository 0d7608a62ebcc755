"""Values to store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from datachannels.repositories import Author, Change, ChatMessage, Topic
from storage.store import Store

ANNA, BERT, CAROL = Author("anna", "Anna"), Author("bert", "Bert"), Author("carol", "Carol")


def message(version: int, author: Author = ANNA, **changes: Any) -> ChatMessage:
    """Message `version`; its seq is the same number."""
    values: dict[str, Any] = {
        "version": version,
        "id": f"m{version}",
        "author": author,
        "at": 1_000 + version,
        "client": "c",
        "seq": version,
        "text": f"text {version}",
    }
    return ChatMessage(**(values | changes))


def change(version: int, author: Author = ANNA, client: str = "c", seq: int | None = None) -> Change:
    body = f'{{"ops":[{{"insert":"{version}"}}]}}'
    return Change(version, author, 1_000 + version, client, version if seq is None else seq, body)


def topic(name: str = "do_1", room: str = "r") -> Topic:
    return Topic(name, room, "Minutes", "anna", 1_000, 1_001, 1)


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[Store]:
    """The store at `url`, closed again."""
    store = await Store.open(url, Random(1), **options)
    try:
        yield store
    finally:
        await store.close()
