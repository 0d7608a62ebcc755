"""The server's end of a document: where all changes come together and get their order.

A change says which version it was made to. What came since is in a window of recent changes; the new one is
transformed over each, the committed one always first, and becomes the next version. Pure and in memory:
whoever holds the head commits before telling anybody, and after a failed commit throws the head away.

Every version ends in a line break. Changes that neither delete the last one nor insert after it can do
nothing to that, however they meet; what `diff` gives is of that kind. Others are taken as long as their
result is right. Where one of those meets another change and it is not, the later author has to rebase.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from datachannels.documents.algebra import transform
from datachannels.documents.document import Document, LastLineBroken, applied
from datachannels.documents.ops import Delta, base_length, growth, without_tail
from datachannels.refusals import RequestRefused

SNAPSHOT_EVERY = 100
"""Versions. A load reads a snapshot and at most this many changes."""

KEPT_CLOSE, KEPT_EVERY = 3, 1_000
"""So many snapshots are kept of the newest versions; of older ones those of each thousandth.

With a history of 10 000 versions that is 13; to read an old version takes up to 1 000 changes, some 0.2 s.
"""

MAX_WEIGHT = 4
"""A document's weight may be this many times the units it may have: formatting is bounded too."""

MAX_TRANSFORMED_OPS = 3_000
"""Ops to look at for one change: some 2 ms. Who needs more rebases on their own machine."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """`units` of text; `base_window` and `history` in versions: how old a base may be, how much is kept."""

    units: int = 2_000_000
    base_window: int = 256
    history: int = 10_000

    def oldest_needed(self, version: int) -> int:
        """The oldest version that is asked for when `version` is the newest; comments need some too."""
        return version - max(self.history, self.base_window, 2 * SNAPSHOT_EVERY)


def kept_whole(version: int) -> bool:
    """Whether a snapshot is kept of this version."""
    return version % SNAPSHOT_EVERY == 0


@dataclass(frozen=True, slots=True)
class Behind:
    """The author has to rebase over versions `first` to `last` and send the change again."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Recent:
    change: Delta
    length_before: int


class DocumentHead:
    """The newest version of a document, and the changes that led to it."""

    def __init__(
        self, version: int, content: Document, limits: DocumentLimits, recent: Sequence[Delta] = ()
    ) -> None:
        """`recent`: the changes up to `version`, oldest first, as many as are at hand."""
        self.version = version
        self.content = content
        self._limits = limits
        self._window: deque[_Recent] = deque(maxlen=limits.base_window)
        length = content.length
        for change in reversed(recent[-limits.base_window :]):
            length -= growth(change)
            self._window.appendleft(_Recent(change, length))

    @property
    def snapshot_due(self) -> bool:
        """Whether `content` at this version should be kept whole."""
        return kept_whole(self.version)

    def since(self, base: int) -> tuple[Delta, ...] | Behind:
        """What came after version `base`.

        Raises `RequestRefused`: ``conflict`` for a version not yet there, ``stale`` before what is kept.
        """
        if base > self.version:
            raise RequestRefused("conflict", f"version {base} is not yet there")
        if base < 1 or base < self.version - self._limits.history:
            raise RequestRefused("stale", f"version {base} is no longer kept")
        count = self.version - base
        if count > len(self._window):
            return Behind(base + 1, self.version)
        return tuple([self._window[index].change for index in range(-count, 0)])

    def receive(self, base: int, change: Delta, whatever_it_takes: bool = False) -> Delta | Behind:
        """The change as it was committed, by which `version` and `content` have moved on; or who is behind.

        `whatever_it_takes`: it is transformed however long that takes.

        Raises `RequestRefused`, and then nothing has changed: as `since`; ``bad_message`` if the change does
        not fit its base; ``too_large`` if the document would be.
        """
        over = self.since(base)
        if isinstance(over, Behind):
            return over
        work = len(over) * len(change) + sum([len(each) for each in over])
        if work > MAX_TRANSFORMED_OPS and not whatever_it_takes:
            return Behind(base + 1, self.version)
        before = self._window[-len(over)].length_before if over else self.content.length
        if base_length(change) > before:
            raise RequestRefused("bad_message", "beyond the end of the document")
        change = without_tail(change)
        for committed in over:
            change = transform(change, committed, over_first=True)
        try:
            content = applied(self.content, change)
        except LastLineBroken:
            if over:
                return Behind(base + 1, self.version)
            raise
        self._advance(change, content)
        return change

    def replace(self, change: Delta, content: Document) -> None:
        """A change of the newest version of which it is known that it leads to `content`."""
        self._advance(change, content)

    def _advance(self, change: Delta, content: Document) -> None:
        check_size(content, self._limits, self.content)
        self._window.append(_Recent(change, self.content.length))
        self.version += 1
        self.content = content


def check_size(document: Document, limits: DocumentLimits, before: Document) -> None:
    """Raises `RequestRefused` (``too_large``).

    One that is too large already, by a limit that was lowered, may still get smaller.
    """
    if document.length > max(limits.units, before.length):
        raise RequestRefused("too_large", f"a document has at most {limits.units} characters")
    if document.weight > max(MAX_WEIGHT * limits.units, before.weight):
        raise RequestRefused("too_large", "too much formatting")
