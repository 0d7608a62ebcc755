"""Reviews of a document: somebody asks, somebody else judges a version."""

from collections.abc import Iterable
from dataclasses import replace

from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Review, ReviewStatus

MAX_REVIEWS = 500
"""Of one document; all of them are part of its snapshot."""


class Reviews:
    """All reviews of a document."""

    def __init__(self, stored: Iterable[Review] = ()) -> None:
        self._reviews = {review.id: review for review in stored}

    def put(self, review: Review) -> None:
        """A review as it is now."""
        self._reviews[review.id] = review

    def all(self) -> list[Review]:
        """In the order they were asked for."""
        return list(self._reviews.values())

    def request(
        self, review: str, reviewer: str, requested_by: Author, deadline_at: int | None, version: int, at: int
    ) -> Review:
        """Ask the identity `reviewer`. Times are UTC milliseconds.

        Raises `RequestRefused`: ``bad_message`` for a past deadline, ``too_large`` for one too many.
        """
        if deadline_at is not None and deadline_at <= at:
            raise RequestRefused("bad_message", "the deadline has passed")
        if len(self._reviews) >= MAX_REVIEWS:
            raise RequestRefused("too_large", f"at most {MAX_REVIEWS} reviews")
        made = Review(review, reviewer, requested_by, "pending", "", deadline_at, version, at, None)
        self.put(made)
        return made

    def update(
        self, review: str, identity: str, status: ReviewStatus, note: str | None, version: int, at: int
    ) -> Review:
        """The reviewer judges `version`, or takes that back; or who asked makes it pending again.

        Raises `RequestRefused`: ``not_found``, or ``forbidden`` for anybody else.
        """
        known = self._reviews.get(review)
        if known is None:
            raise RequestRefused("not_found", "no such review")
        pending = status == "pending"
        asked_again = pending and identity == known.requested_by.identity
        if identity != known.reviewer and not asked_again:
            raise RequestRefused("forbidden", "the reviewer judges, who asked may ask again")
        updated = replace(
            known,
            status=status,
            note=known.note if note is None else note,
            version=version,
            completed_at=None if pending else at,
        )
        self.put(updated)
        return updated
