"""The ways to send one track to one slot, put in the order in which they are worth climbing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SMOOTH_FPS: Final = 13.75
"""A face that moves at 15 frames a second looks alive; below, a smaller picture that moves is better. Rates
are measured over about a second, hence the tolerance; 12.5 (half of 25) is not smooth."""

SMOOTH_SHARE: Final = 0.75
"""A camera that gives no such rate is smooth from this share of its own rate on; temporal layers halve it."""

COVERING_SHARE: Final = 0.9
"""A picture with this share of the pixels shown covers them: enlarging it by 5 % a side is not seen."""

FPS_SHARE: Final = 0.9
"""As with pixels."""

_MAX_LAYER: Final = 1 << 10
_MAX_SPATIAL: Final = 1 << 6
_MAX_TEMPORAL: Final = (1 << 6) - 1
_UNLIMITED: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Step:
    """One way to send a track, with what it costs and shows.

    `layer` is the simulcast encoding (0 the smallest), `spatial` the highest SVC layer sent (-1: the stream
    has none), `temporal` the highest temporal layer sent (-1: all of them). Sizes and `fps` are 0 where not
    yet known.
    """

    layer: int
    spatial: int
    temporal: int
    bitrate_bps: float
    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A slot that wants a share: what could be sent there, what is shown, how much it matters.

    `key` is the slot's mid, `steps` are those alive. The higher `priority` grows first, among equals the
    lower `rank` (0 screen, 1 pinned, 2 speaker, 3 others), then the larger. `width`, `height`, `fps` are what
    is asked for, 0 no limit. `screen`: resolution before frame rate.
    """

    key: str
    steps: tuple[Step, ...]
    priority: int
    rank: int
    width: int
    height: int
    fps: float
    screen: bool


def ladder_of(wanted: Wanted) -> tuple[list[Step], list[int], bool]:
    """The steps worth climbing and their ranks, both rising; and whether better than asked for is alive.

    A step ranks by being smooth (cameras), by its size, then by its rate. One that costs more without ranking
    higher than a cheaper one is no step of the ladder.
    """
    steps = wanted.steps
    fastest = 0.0
    cost = 0.0
    ascending = True
    for step in steps:
        fastest = max(fastest, step.fps)
        if step.bitrate_bps < cost:
            ascending = False
        cost = step.bitrate_bps
    if not ascending:
        steps = tuple(sorted(steps, key=_cost))
    smooth_fps = 0.0 if wanted.screen else min(SMOOTH_FPS, SMOOTH_SHARE * fastest)
    largest = _largest_size(steps, wanted.width, wanted.height)
    enough_fps = FPS_SHARE * wanted.fps
    fast_enough: set[int] = set()
    ladder: list[Step] = []
    ranks: list[int] = []
    best = -1
    top = -1
    for step in steps:
        size = _size(step)
        rank = _rank(step, size, smooth_fps)
        best = max(best, rank)
        if size > largest or size in fast_enough:
            continue
        if enough_fps > 0.0 and step.fps >= enough_fps:
            fast_enough.add(size)
        if rank > top:
            top = rank
            ladder.append(step)
            ranks.append(rank)
    return ladder, ranks, best > top


def covers(width: int, height: int, asked_width: int, asked_height: int) -> bool:
    """Whether a picture is large enough for the pixels asked for (0: no limit, which nothing covers).

    By area: a tile of another shape shows more of one side and less of the other, and a camera may be turned.
    """
    if width <= 0 or height <= 0 or (asked_width <= 0 and asked_height <= 0):
        return False
    shown = asked = 1.0
    if asked_width > 0:
        shown *= width
        asked *= asked_width
    if asked_height > 0:
        shown *= height
        asked *= asked_height
    return shown >= asked * COVERING_SHARE


def rung_at(ranks: Sequence[int], rank: int) -> int:
    """The highest rung that ranks no higher than `rank`; -1 if all do."""
    rung = -1
    for candidate in ranks:
        if candidate > rank:
            break
        rung += 1
    return rung


def _cost(step: Step) -> float:
    return step.bitrate_bps


def _size(step: Step) -> int:
    """Sizes rise with layer, then spatial layer; so they are in order before pixels are known."""
    layer = min(max(step.layer, 0), _MAX_LAYER - 1)
    return layer * _MAX_SPATIAL + min(max(step.spatial, -1), _MAX_SPATIAL - 2) + 1


def _rank(step: Step, size: int, smooth_fps: float) -> int:
    temporal = _MAX_TEMPORAL if step.temporal < 0 else min(step.temporal, _MAX_TEMPORAL - 1)
    smooth = step.fps <= 0.0 or step.fps >= smooth_fps  # an unknown rate is taken for a good one
    rank = size * (_MAX_TEMPORAL + 1) + temporal
    return rank + _UNLIMITED if smooth else rank


def _largest_size(steps: Sequence[Step], width: int, height: int) -> int:
    """The smallest size that covers the pixels asked for."""
    largest = _UNLIMITED
    if width <= 0 and height <= 0:
        return largest
    for step in steps:
        if covers(step.width, step.height, width, height):
            largest = min(largest, _size(step))
    return largest
