"""Which encodings of a publication somebody wants, so that its publisher need not send the others.

Wanted are all up to the largest that anybody asks for: the smaller ones are where a viewer falls back to, at
once, when its network turns worse. What a viewer's bandwidth allows does not count: an encoding that is
paused could not be grown into.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from quality.ladder import covers

HOLD_S: Final = 1.0
"""Nobody wants an encoding for so long before its publisher hears of it: a tile that changes places must not
cost a key frame."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """One encoding as known so far; sizes are 0 until seen."""

    rid: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What one viewer shows, in pixels; 0: no limit (a recorder too)."""

    width: int
    height: int


class Dynacast:
    """The wants of one publication, told and true. A publisher begins with sending everything."""

    def __init__(self) -> None:
        self._told: tuple[str, ...] | None = None
        self._unwanted_since: dict[str, float] = {}

    def wants(self, rid: str) -> bool:
        """Whether the encoding is wanted, as told last."""
        return self._told is None or rid in self._told

    def want(self, encodings: Sequence[Encoding], viewer: Asked, now: float) -> tuple[str, ...] | None:
        """One viewer asks for this: the rids wanted from now on, the smallest first, if that is news.

        `encodings` are in that order.
        """
        return self._tell(encodings, _count(encodings, viewer), now)

    def update(
        self, encodings: Sequence[Encoding], viewers: Sequence[Asked], now: float
    ) -> tuple[str, ...] | None:
        """All who view it, now and then: as `want`, and what nobody wants is news after `HOLD_S`."""
        count = 0
        for viewer in viewers:
            count = max(count, _count(encodings, viewer))
            if count == len(encodings):
                break
        for encoding in encodings[count:]:
            if self._unwanted_since.get(encoding.rid, inf) == inf:
                self._unwanted_since[encoding.rid] = now
        return self._tell(encodings, count, now)

    def _tell(self, encodings: Sequence[Encoding], count: int, now: float) -> tuple[str, ...] | None:
        wanted: list[str] = []
        for encoding in encodings[:count]:
            self._unwanted_since[encoding.rid] = inf
        for place, encoding in enumerate(encodings):
            held = now - self._unwanted_since.get(encoding.rid, inf) < HOLD_S
            if place < count or (held and self.wants(encoding.rid)):
                wanted.append(encoding.rid)
        news = tuple(wanted)
        if news == self._told or (self._told is None and len(news) == len(encodings)):
            return None
        self._told = news
        return news


def _count(encodings: Sequence[Encoding], viewer: Asked) -> int:
    """How many, from the smallest on, until one covers what is shown."""
    for place, encoding in enumerate(encodings):
        if covers(encoding.width, encoding.height, viewer.width, viewer.height):
            return place + 1
    return len(encodings)
