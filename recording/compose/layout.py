"""Where everybody and everything stands in the picture. Pure: names and sizes in, rectangles out."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal, get_args

Layout = Literal["grid", "speaker", "screen+speaker"]
LAYOUTS: Final[tuple[Layout, ...]] = get_args(Layout)

GAP: Final = 8
"""Pixels between cells, even as all of them: colour is stored for squares of two by two."""

MOST_IN_GRID: Final = 25
MOST_ASIDE: Final = 4
ASIDE_SHARE: Final = 5
"""The column beside the stage is a fifth of the width, or less where the picture is too low for that."""

RATIO: Final = 16 / 9


@dataclass(frozen=True, slots=True)
class Content:
    """`person` by participant, `screen` by track, `board` by board."""

    kind: Literal["person", "screen", "board"]
    id: str


@dataclass(frozen=True, slots=True)
class Cell:
    """Even pixels; as in a browser, x goes right and y down."""

    content: Content
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what there is to show: people in the order they came, the stage's things with the newest
    first."""

    people: Sequence[str]
    stage: Sequence[Content]
    speaker: str


def arrange(layout: Layout, width: int, height: int, cast: Cast) -> list[Cell]:
    """The cells, none of them upon another. `width` and `height` are even."""
    people = [Content("person", one) for one in cast.people]
    if layout == "grid":
        return _grid([*cast.stage, *people][:MOST_IN_GRID], width, height)
    speaker = next((one for one in people if one.id == cast.speaker), people[0] if people else None)
    if layout == "screen+speaker" and cast.stage:
        return _stage(cast.stage[0], [] if speaker is None else [speaker], width, height)
    if speaker is None:
        return []
    return _stage(speaker, [one for one in people if one is not speaker][:MOST_ASIDE], width, height)


def _grid(contents: Sequence[Content], width: int, height: int) -> list[Cell]:
    if not contents:
        return []
    count = len(contents)
    columns = max(range(1, count + 1), key=lambda n: (_cell_width(n, count, width, height), -n))
    rows = ceil(count / columns)
    w = _even(_cell_width(columns, count, width, height))
    h = _even(w / RATIO)
    top = _even((height - rows * h - (rows - 1) * GAP) / 2)
    cells = []
    for index, content in enumerate(contents):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        left = _even((width - in_row * w - (in_row - 1) * GAP) / 2)
        cells.append(Cell(content, left + column * (w + GAP), top + row * (h + GAP), w, h))
    return cells


def _cell_width(columns: int, count: int, width: int, height: int) -> float:
    rows = ceil(count / columns)
    return min((width - (columns - 1) * GAP) / columns, (height - (rows - 1) * GAP) / rows * RATIO)


def _stage(main: Content, aside: Sequence[Content], width: int, height: int) -> list[Cell]:
    if not aside:
        return [Cell(main, 0, 0, width, height)]
    w = _even(min(width / ASIDE_SHARE, _cell_width(1, len(aside), width, height)))
    h = _even(w / RATIO)
    left = width - w
    top = _even((height - len(aside) * h - (len(aside) - 1) * GAP) / 2)
    return [
        Cell(main, 0, 0, left - GAP, height),
        *[Cell(one, left, top + index * (h + GAP), w, h) for index, one in enumerate(aside)],
    ]


def _even(length: float) -> int:
    return int(length) // 2 * 2
