"""Comments and reviews of a document that is open, and where the comments stand."""

from typing import Any

from datachannels.documents.anchors import Anchor
from datachannels.documents.ops import Delta

Note = dict[str, Any]


class DocumentNotes:
    """By id, as the server sent them. A comment whose text is gone has an empty place."""

    def __init__(self) -> None:
        self.comments: dict[str, Note] = {}
        self.reviews: dict[str, Note] = {}
        self._anchors: dict[str, Anchor] = {}

    def replace(self, message: Note) -> None:
        """All there are, from a `snapshot` or `changes`."""
        self.comments.clear()
        self.reviews.clear()
        self._anchors.clear()
        for comment in message["comments"]:
            self.comment(comment)
        for review in message["reviews"]:
            self.review(review)

    def comment(self, comment: Note) -> None:
        """One is new, other or gone."""
        if comment["state"] == "deleted":
            self.comments.pop(comment["id"], None)
            self._anchors.pop(comment["id"], None)
        else:
            self.comments[comment["id"]] = comment
            self._anchors[comment["id"]] = Anchor(comment["index"], comment["index"] + comment["length"])

    def review(self, review: Note) -> None:
        """One is new or other."""
        self.reviews[review["id"]] = review

    def move(self, change: Delta) -> None:
        """Follow a version. The server moves comments the same way, and tells only when it does otherwise."""
        for anchor in self._anchors.values():
            anchor.move(change)

    def place(self, comment: str, *pending: Delta) -> Anchor:
        """Where a comment stands after changes that are not confirmed yet."""
        anchor = self._anchors[comment]
        place = Anchor(anchor.start, anchor.end)
        for change in pending:
            place.move(change)
        return place
