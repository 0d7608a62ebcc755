"""What readers may see of a document: what is stored, and nothing of what is only accepted."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from datachannels.documents.comments import Comments
from datachannels.documents.document import Document
from datachannels.documents.messages import described_comment, described_review
from datachannels.documents.ops import Delta
from datachannels.documents.reviews import Reviews
from datachannels.documents.stored_form import encode
from datachannels.repositories import Comment, Review, Topic

KEPT = 32
"""Versions that somebody was told to fetch: a document of a megabyte costs some 200 kB a version."""


@dataclass(frozen=True, slots=True)
class DocumentAt:
    """A document at one version, with the comments where they stand in it."""

    topic: Topic
    version: int
    content: Document
    comments: Sequence[Comment]
    reviews: Sequence[Review]

    async def encoded(self) -> bytes:
        """The JSON object of delta, comments and reviews."""
        fields = {
            "delta": orjson.Fragment(await encode(self.content.ops)),
            "comments": [described_comment(one) for one in self.comments],
            "reviews": [described_review(one) for one in self.reviews],
        }
        return orjson.dumps(fields)


@dataclass(frozen=True, slots=True)
class Made:
    """What one message made: perhaps a change, perhaps comments and reviews as they are now."""

    author: tuple[str, str]
    version: int
    content: Document
    change: Delta | None = None
    comments: Sequence[Comment] = ()
    reviews: Sequence[Review] = ()


class Shown:
    """The version that is stored, and those before it that somebody has yet to fetch."""

    def __init__(
        self, topic: Topic, version: int, content: Document, comments: Comments, reviews: Reviews
    ) -> None:
        self.topic = topic
        self.version = version
        self.content = content
        self._comments = comments
        self._reviews = reviews
        self._kept: deque[DocumentAt] = deque(maxlen=KEPT)

    def follow(self, made: Made) -> None:
        """The next message is stored."""
        if made.change is not None:
            self._comments.follow(made.change, made.content, made.version)
        self.version, self.content = made.version, made.content
        for comment in made.comments:
            self._comments.put(comment)
        for review in made.reviews:
            self._reviews.put(review)

    def now(self) -> DocumentAt:
        """All of it."""
        comments = self._comments.at(self.version)
        return DocumentAt(self.topic, self.version, self.content, comments, self._reviews.all())

    def keep(self, document: DocumentAt) -> None:
        """Somebody was told to fetch this; of one version the newest notes."""
        if self._kept and self._kept[-1].version == document.version:
            self._kept.pop()
        self._kept.append(document)

    def kept(self, version: int) -> DocumentAt | None:
        """A version that somebody was told to fetch."""
        for document in self._kept:
            if document.version == version:
                return document
        return None
