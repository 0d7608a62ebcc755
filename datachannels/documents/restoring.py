"""Bringing an old version back: the change that makes it of the newest one, as any other change.

Of a document of a megabyte that change may have 20 000 ops, and whatever is done to each of them takes some
20 ms. So it is found and written a little at a time. Where nobody typed meanwhile, what it leads to is known
and nothing more is to be done; else it is transformed over what came, a little at a time too. What others
type meanwhile stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from datachannels.documents.algebra import transforming
from datachannels.documents.diff import diff_in_turns
from datachannels.documents.document import Document, applied
from datachannels.documents.ops import Delta
from datachannels.documents.shown import Shown
from datachannels.documents.stored_form import encode
from datachannels.refusals import RequestRefused
from datachannels.turn import in_turns

FEW_OPS = 200
"""A change of so few is transformed at once: half a millisecond for each change that came between."""

MOST_TRIES = 4
"""Then it is transformed, however long that takes: rather one long turn than never."""


@dataclass(frozen=True, slots=True)
class Restored:
    """`delta` makes `old` of `before`, which is version `base`; `body` is it as JSON text, if long."""

    old: Document
    base: int
    before: Document
    delta: Delta
    body: str
    tries: int = 1

    @property
    def takes_long(self) -> bool:
        """Whether to transform it in turns."""
        return len(self.delta) > FEW_OPS and self.tries < MOST_TRIES


async def restored(old: Document, shown: Shown) -> Restored:
    """What makes `old` of the version that is stored now."""
    base, before = shown.version, shown.content
    delta = await diff_in_turns(before, old)
    return Restored(old, base, before, delta, await _written(delta))


async def rebased(
    request: Restored, since: Iterable[Delta], version: int, content: Document
) -> Restored | RequestRefused:
    """The same on top of the changes `since`, which led to `content` at `version`."""
    old, delta = request.old, request.delta
    for committed in since:
        passed = await in_turns(transforming(committed, delta, over_first=False))
        delta = await in_turns(transforming(delta, committed, over_first=True))
        try:
            old = applied(old, passed)
        except RequestRefused:
            return RequestRefused("conflict", "the last line was broken meanwhile")
    return Restored(old, version, content, delta, await _written(delta), request.tries + 1)


async def _written(delta: Delta) -> str:
    return "" if len(delta) <= FEW_OPS else (await encode(delta)).decode()
