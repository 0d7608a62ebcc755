from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.compose.layout import LAYOUTS, Cast, Cell, Content, Layout, arrange


def cast(people: int, screens: int = 0, speaker: int = 0) -> Cast:
    names = tuple(f"pa_{number}" for number in range(people))
    stage = tuple(Content("screen", f"tr_{number}") for number in range(screens))
    return Cast(names, stage, f"pa_{speaker}")


def shown(cells: list[Cell]) -> list[str]:
    return [cell.content.id for cell in cells]


def apart(one: Cell, other: Cell) -> bool:
    across = one.x + one.w <= other.x or other.x + other.w <= one.x
    return across or one.y + one.h <= other.y or other.y + other.h <= one.y


@given(
    st.sampled_from(LAYOUTS),
    st.integers(40, 480).map(lambda quarter: quarter * 4),
    st.integers(40, 480).map(lambda quarter: quarter * 4),
    st.integers(0, 40),
    st.integers(0, 3),
)
def test_cells_are_even_inside_the_picture_and_apart(
    layout: Layout, width: int, height: int, people: int, screens: int
) -> None:
    cells = arrange(layout, width, height, cast(people, screens))
    for cell in cells:
        assert all(side % 2 == 0 for side in (cell.x, cell.y, cell.w, cell.h))
        assert 0 <= cell.x <= cell.x + cell.w <= width
        assert 0 <= cell.y <= cell.y + cell.h <= height
    assert all(apart(one, other) for one, other in combinations(cells, 2))


@pytest.mark.parametrize(
    ("people", "columns", "rows"),
    [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2), (5, 3, 2), (9, 3, 3), (30, 5, 5)],
)
def test_a_grid_is_as_square_as_its_picture(people: int, columns: int, rows: int) -> None:
    cells = arrange("grid", 1280, 720, cast(people))
    assert len({cell.x for cell in cells[: columns * (people // columns)]}) == columns
    assert len({cell.y for cell in cells}) == rows


@pytest.mark.parametrize(
    ("layout", "screens", "expected"),
    [
        ("grid", 0, ["pa_0", "pa_1", "pa_2"]),
        ("grid", 1, ["tr_0", "pa_0", "pa_1", "pa_2"]),
        ("speaker", 1, ["pa_2", "pa_0", "pa_1"]),
        ("screen+speaker", 0, ["pa_2", "pa_0", "pa_1"]),
        ("screen+speaker", 2, ["tr_0", "pa_2"]),
    ],
)
def test_a_layout_shows_whom_it_is_named_after(layout: Layout, screens: int, expected: list[str]) -> None:
    assert shown(arrange(layout, 1280, 720, cast(3, screens, speaker=2))) == expected


def test_the_stage_takes_most_of_the_picture() -> None:
    stage, speaker = arrange("screen+speaker", 1280, 720, cast(3, 1))
    assert stage.w * stage.h > 10 * speaker.w * speaker.h


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_meeting_of_nobody_is_an_empty_picture(layout: Layout) -> None:
    assert arrange(layout, 1280, 720, cast(0)) == []
