"""What documents and boards are called: in lists, messages and addresses."""

from dataclasses import dataclass
from typing import Any

import orjson

from datachannels.content import LONG_BYTES
from datachannels.repositories import Author, Change
from datachannels.topic_lists import TopicKind


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is that of the lists of rooms and of the HTTP API, `field` names a topic in messages, `prefix`
    begins its id, `body` is what messages call that of a change; `making` is what whoever makes one does.
    """

    name: TopicKind
    field: str
    prefix: str
    body: str
    making: str

    def names(self, topic: str) -> bool:
        """Whether this could be one."""
        return topic.startswith(f"{self.prefix}_")

    def content_url(self, topic: str, version: int) -> str:
        """Where a version is fetched whole."""
        return f"/api/v1/{self.name}/{topic}/content?version={version}"

    def change_url(self, topic: str, version: int) -> str:
        """Where the body of one change is fetched."""
        return f"/api/v1/{self.name}/{topic}/changes/{version}"

    def described(self, change: Change) -> dict[str, Any]:
        """One version with its body."""
        return _described(change) | {self.body: orjson.Fragment(change.body)}

    def told(self, topic: str, change: Change) -> dict[str, Any]:
        """One version as messages tell of it: a long one says where its body is."""
        # A character is at most three bytes, so the length alone settles most changes.
        if len(change.body) * 3 > LONG_BYTES and len(change.body.encode()) > LONG_BYTES:
            return _described(change) | {"url": self.change_url(topic, change.version)}
        return self.described(change)


DOCUMENTS = Kind("documents", "doc", "do", "delta", "edit_document")
BOARDS = Kind("boards", "board", "bo", "changes", "edit_board")


def described_author(author: Author) -> dict[str, str]:
    """Who made something."""
    return {"identity": author.identity, "name": author.name}


def _described(change: Change) -> dict[str, Any]:
    return {
        "version": change.version,
        "author": described_author(change.author),
        "at": change.at,
        "client": change.client,
        "seq": change.seq,
    }
