"""The comments of a document: threads, what state they are in, and where in the text they stand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from datachannels.documents.anchors import Anchor, Edits, Places, untouched
from datachannels.documents.document import Document
from datachannels.documents.ops import Delta, base_length, growth
from datachannels.documents.units import from_units, inside_pair, to_units
from datachannels.refusals import RequestRefused
from datachannels.repositories import Author, Comment, CommentState

MAX_COMMENTS = 2_000
"""In one document, deleted ones not counted; each of them follows every change."""

MANY_OPS = 64
"""Above this a change is walked once for all comments, not for each."""

QUOTE_UNITS = 1_000
"""A longer quote is cut; so is then what the comment attaches to again."""


@dataclass(frozen=True, slots=True)
class NewComment:
    """What somebody says about `length` units from `index` on; `thread` names the one it answers."""

    id: str
    author: Author
    text: str
    index: int
    length: int
    thread: str | None = None


@dataclass(slots=True)
class _Placed:
    comment: Comment
    anchor: Anchor
    quote: str  # in unit form


class Comments:
    """All comments of a document that are not deleted, each where it stands in one version.

    Who accepts changes before they are stored keeps two: one that all goes to, and one for readers, which
    hears of the same by `follow` and `put` once it is stored.
    """

    def __init__(self, stored: Iterable[Comment], changes: Sequence[tuple[int, Delta]] = ()) -> None:
        """`changes`: versions with their changes, from the oldest `anchored_at` on."""
        self._placed: dict[str, _Placed] = {}
        for comment in stored:
            self.put(comment)
        for version, change in changes:
            move = _mover(change)
            for placed in self._placed.values():
                if version > placed.comment.anchored_at:
                    move(placed.anchor)

    def put(self, comment: Comment) -> Anchor:
        """A comment as it is now, in this version; one that says it is deleted goes."""
        anchor = Anchor(comment.index, comment.index + comment.length)
        if comment.state == "deleted":
            self._placed.pop(comment.id, None)
        else:
            self._placed[comment.id] = _Placed(comment, anchor, to_units(comment.quote))
        return anchor

    def at(self, version: int) -> list[Comment]:
        """All of them as they stand now, at the newest version."""
        return [_stand(placed, version) for placed in self._placed.values()]

    def add(
        self, new: NewComment, since: Iterable[Delta], content: Document, version: int, at: int
    ) -> Comment:
        """A comment whose place was meant before the changes `since`; `content` is that of `version`.

        Raises `RequestRefused`: ``bad_message`` for a place that is none, ``conflict`` if its text is gone
        meanwhile, ``not_found`` for a thread that is not there, ``too_large`` beyond their number.
        """
        if new.thread is not None and all(one.comment.thread != new.thread for one in self._placed.values()):
            raise RequestRefused("not_found", "no such thread")
        if len(self._placed) >= MAX_COMMENTS:
            raise RequestRefused("too_large", f"at most {MAX_COMMENTS} comments")
        anchor = Anchor(new.index, new.index + new.length)
        if new.index < 0 or new.length < 1:
            raise RequestRefused("bad_message", "a comment is on some text")
        for change in since:
            anchor.move(change)
        if anchor.detached:
            raise RequestRefused("conflict", "the text is gone")
        _check_place(anchor, content)
        quote = content.text(anchor.start, min(anchor.end, anchor.start + QUOTE_UNITS + 1))
        if len(quote) > QUOTE_UNITS:
            quote = quote[: QUOTE_UNITS - inside_pair(quote, QUOTE_UNITS)]
        comment = Comment(
            id=new.id,
            thread=new.thread or new.id,
            author=new.author,
            text=new.text,
            index=anchor.start,
            length=anchor.end - anchor.start,
            anchored_at=version,
            quote=from_units(quote),
            state="open",
            at=at,
            updated_at=at,
        )
        self.put(comment)
        return comment

    def get(self, comment: str) -> Comment:
        """One of them; its place may be an older one. Raises `RequestRefused` (``not_found``)."""
        return self._find(comment).comment

    def update(self, comment: str, text: str | None, resolved: bool | None, version: int, at: int) -> Comment:
        """Other words, resolved or open again. Raises `RequestRefused` (``not_found``)."""
        placed = self._find(comment)
        state = placed.comment.state
        if resolved is not None:
            state = "resolved" if resolved else _unresolved(placed.anchor)
        words = placed.comment.text if text is None else text
        placed.comment = replace(_stand(placed, version), text=words, state=state, updated_at=at)
        return placed.comment

    def delete(self, comment: str, version: int, at: int) -> Comment:
        """It is gone; what is returned says so. Raises `RequestRefused` (``not_found``)."""
        placed = self._find(comment)
        del self._placed[comment]
        return replace(_stand(placed, version), state="deleted", updated_at=at)

    def follow(self, change: Delta, content: Document, version: int) -> list[Comment]:
        """Move all with the change that made `content`; returns those that lost or found their text."""
        told: list[Comment] = []
        was_detached: set[str] = set()
        detached: list[_Placed] = []
        # Of many comments one change concerns few: the others stay, or move as a whole.
        move = _mover(change)
        before, behind, grown = untouched(change), base_length(change), growth(change)
        for placed in self._placed.values():
            anchor = placed.anchor
            if anchor.start < anchor.end:
                if anchor.end <= before:
                    continue
                if anchor.start > behind:
                    anchor.start += grown
                    anchor.end += grown
                    continue
            else:
                was_detached.add(placed.comment.id)
            move(anchor)
            if anchor.detached:
                detached.append(placed)
        if not detached:
            return told
        edits = Edits(change, content, max(len(placed.quote) for placed in detached), len(detached))
        for placed in detached:
            found = edits.nearest(placed.quote, placed.anchor.start)
            if found is not None:
                placed.anchor = Anchor(found, found + len(placed.quote))
            elif placed.comment.id in was_detached:
                continue
            state = placed.comment.state
            if state != "resolved":
                state = _unresolved(placed.anchor)
            placed.comment = replace(_stand(placed, version), state=state)
            told.append(placed.comment)
        return told

    def anchored_before(self, version: int, now_at: int) -> list[Comment]:
        """Those last stored below `version`, as they stand at `now_at`: to be stored again.

        So no comment needs changes of long ago to be placed.
        """
        old = [placed for placed in self._placed.values() if placed.comment.anchored_at < version]
        for placed in old:
            placed.comment = _stand(placed, now_at)
        return [placed.comment for placed in old]

    def _find(self, comment: str) -> _Placed:
        placed = self._placed.get(comment)
        if placed is None:
            raise RequestRefused("not_found", "no such comment")
        return placed


def _mover(change: Delta) -> Callable[[Anchor], None]:
    """How anchors follow it."""
    if len(change) > MANY_OPS:
        return Places(change).move
    return lambda anchor: anchor.move(change)


def _unresolved(anchor: Anchor) -> CommentState:
    return "detached" if anchor.detached else "open"


def _stand(placed: _Placed, version: int) -> Comment:
    # Written out: `replace` takes three times as long, and a snapshot has all of them.
    one, anchor = placed.comment, placed.anchor
    return Comment(
        one.id,
        one.thread,
        one.author,
        one.text,
        anchor.start,
        anchor.end - anchor.start,
        version,
        one.quote,
        one.state,
        one.at,
        one.updated_at,
    )


def _check_place(anchor: Anchor, content: Document) -> None:
    if anchor.end > content.length:
        raise RequestRefused("bad_message", "beyond the end of the document")
    start = max(anchor.start - 1, 0)
    around = content.text(start, anchor.end + 1)
    if inside_pair(around, anchor.start - start) or inside_pair(around, anchor.end - start):
        raise RequestRefused("bad_message", "an edge inside a surrogate pair")
