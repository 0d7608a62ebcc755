"""Where a comment stands: a range of text that moves with edits, and finds its words again."""

from bisect import bisect_right
from dataclasses import dataclass

from datachannels.documents.algebra import transform_position
from datachannels.documents.document import Document
from datachannels.documents.ops import Delete, Delta, Insert, Retain

MAX_SPANS = 16
"""Edited places of one change that are looked at one by one; with more, all from the first to the last."""

MAX_SEARCHED = 2_000_000
"""Units that all quotes together are looked for in, for one change: some 2 ms. Each near its old place."""

Span = tuple[int, int]
"""Start and end of what a change inserted, in the document after it; empty where it only deleted."""


@dataclass(slots=True)
class Anchor:
    """Units `start` to `end`. Empty if the text is gone: then this is its old place."""

    start: int
    end: int

    @property
    def detached(self) -> bool:
        """Whether the text is gone."""
        return self.end <= self.start

    def move(self, change: Delta) -> None:
        """Follow a change: an insert at the start moves it, one at the end stays outside."""
        if self.detached:
            self.start = self.end = transform_position(self.end, change, stays=True)
            return
        if untouched(change) >= self.end:
            return
        start = transform_position(self.start, change, stays=False)
        self.end = transform_position(self.end, change, stays=True)
        self.start = min(start, self.end)


class Places:
    """Where places are after one long change, which is walked once, not for each."""

    def __init__(self, change: Delta) -> None:
        # Stretches that stay or go, by where they begin: the places before and behind what is inserted there.
        self._starts: list[int] = [0]
        self._before: list[int] = [0]
        self._behind: list[int] = [0]
        self._stays: list[bool] = [True]
        old = new = 0
        for op in change:
            if isinstance(op, Insert):
                new += op.length
                self._behind[-1] = new
                continue
            self._stays[-1] = isinstance(op, Retain)
            old += op.length
            if isinstance(op, Retain):
                new += op.length
            self._starts.append(old)
            self._before.append(new)
            self._behind.append(new)
            self._stays.append(True)

    def move(self, anchor: Anchor) -> None:
        """What `Anchor.move` does."""
        if anchor.detached:
            anchor.start = anchor.end = self._of(anchor.end, stays=True)
            return
        start = self._of(anchor.start, stays=False)
        anchor.end = self._of(anchor.end, stays=True)
        anchor.start = min(start, anchor.end)

    def _of(self, position: int, stays: bool) -> int:
        at = bisect_right(self._starts, position) - 1
        into = position - self._starts[at]
        if not into:
            return self._before[at] if stays else self._behind[at]
        return self._behind[at] + into if self._stays[at] else self._behind[at]


def untouched(change: Delta) -> int:
    """Up to where a change leaves the document alone."""
    first = change[0] if change else None
    return first.length if isinstance(first, Retain) and first.attributes is None else 0


def edited(change: Delta) -> list[Span]:
    """Where new words may have come about, in the document after `change`."""
    spans: list[Span] = []
    position = 0
    for op in change:
        if isinstance(op, Insert):
            spans.append((position, position + op.length))
        elif isinstance(op, Delete) and not (spans and spans[-1][1] == position):
            spans.append((position, position))
        if not isinstance(op, Delete):
            position += op.length
    return spans if len(spans) <= MAX_SPANS else [(spans[0][0], spans[-1][1])]


class Edits:
    """The text around the places where a change was made, to look for quotes in."""

    def __init__(self, change: Delta, content: Document, longest: int, quotes: int) -> None:
        """`content` after the change; `quotes` are looked for, none longer than `longest` units."""
        self._reach = MAX_SEARCHED // max(quotes, 1)
        self._places = [
            (start, end, low := max(start - longest, 0), content.text(low, end + longest))
            for start, end in edited(change)
        ]

    def nearest(self, quote: str, place: int) -> int | None:
        """Where `quote` came about by the change, as near to `place` as there is."""
        best: int | None = None
        for start, end, low, text in self._places:
            # It has to overlap what was inserted, or the seam of what was deleted.
            first = max(start - len(quote) + 1 - low, place - self._reach - low, 0)
            last = max(place + self._reach - low, 0)
            found = text.find(quote, first, last)
            while found >= 0 and low + found < max(end, start):
                if best is None or abs(low + found - place) < abs(best - place):
                    best = low + found
                found = text.find(quote, found + 1, last)
        return best
