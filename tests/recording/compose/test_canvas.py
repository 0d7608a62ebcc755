"""Drawings laid over a picture, pixel by pixel."""

import numpy as np
import pytest

from datachannels.whiteboard.marks import Mark, Outline, rectangle
from recording.compose.canvas import BACKGROUND, Canvas, Patch
from recording.compose.marks import drawn
from recording.compose.words import colour_of, draw, name_plate, portrait

WHITE_Y, BLACK_Y = 235, 16
COLOURS_OF_THE_PAGE = [("ada", 1), ("grace", 3), ("", 4), ("日本", 5), ("x3", 2)]


def over(patch: Patch | None, x: int = 0, y: int = 0) -> Canvas:
    canvas = Canvas(160, 120)
    canvas.fill(0, 0, 160, 120, (BLACK_Y, 128, 128))
    assert patch is not None
    canvas.lay(patch, x, y)
    return canvas


def box(opacity: float = 1.0) -> list[Mark]:
    return [Outline(rectangle(20, 10, 40, 30), "#ffffff", opacity=opacity)]


def test_a_drawing_stands_where_it_was_drawn_and_nothing_else_changes() -> None:
    luma = over(draw(box(), 100, 80), 8, 6).pixels[:120]
    rows, columns = np.nonzero(luma > 100)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (16, 45, 28, 67)
    assert luma[30, 40] == pytest.approx(WHITE_Y, abs=2)
    assert luma[5, 5] == BLACK_Y


def test_what_is_half_transparent_is_half_seen() -> None:
    luma = over(draw(box(0.5), 100, 80)).pixels[:120]
    assert luma[25, 40] == pytest.approx((WHITE_Y + BLACK_Y) / 2, abs=3)


def test_only_what_a_drawing_covers_is_kept_of_it() -> None:
    patch = draw(box(), 1000, 800)
    assert patch is not None
    assert patch.w * patch.h < 50 * 40
    assert all(side % 2 == 0 for side in (patch.x, patch.y, patch.w, patch.h))


def test_a_drawing_beside_the_picture_is_none() -> None:
    assert draw([Outline(rectangle(-60, -60, 40, 40), "#ffffff")], 100, 80) is None
    assert draw([], 100, 80) is None


def test_a_drawing_that_reaches_over_the_edge_is_cut() -> None:
    patch = draw([Outline(rectangle(-20, -20, 500, 500), "#ffffff")], 100, 80)
    assert patch is not None
    assert (patch.x, patch.y, patch.w, patch.h, patch.through) == (0, 0, 100, 80, None)


@pytest.mark.parametrize("name", ["Ada", "Ada " * 50, "", " ", "日本 語", "\u202eadA\x00", "👩‍🚀"])
def test_any_name_fits_its_cell(name: str) -> None:
    for width, height in ((316, 176), (64, 36), (20, 10)):
        for patch in (name_plate(name, width, height, 16), portrait("pa_1", name, width, height)):
            if patch is not None:
                assert 0 <= patch.x <= patch.x + patch.w <= width
                assert 0 <= patch.y <= patch.y + patch.h <= height


@pytest.mark.parametrize(("identity", "colour"), COLOURS_OF_THE_PAGE)
def test_people_have_the_colours_that_they_had_in_the_meeting(identity: str, colour: int) -> None:
    assert colour_of(identity) == colour


@pytest.mark.parametrize("tool", ["pen", "highlighter", "arrow", "rect", "text"])
def test_every_tool_leaves_something(tool: str) -> None:
    mark = {"tool": tool, "color": "#ffffff", "width": 0.1, "points": [0.2, 0.2, 0.8, 0.7], "text": "Here"}
    luma = over(draw(drawn([mark], 160, 120), 160, 120)).pixels[:120]
    assert (luma > 60).sum() > 20


@pytest.mark.parametrize(
    "broken", [{}, {"tool": "pen"}, {"tool": "rect", "points": [], "width": 1, "color": "#ffffff"},
               {"tool": "pen", "points": ["x", 1], "width": 1, "color": "#ffffff"}]
)  # fmt: skip
def test_marks_that_are_none_are_passed_over(broken: dict[str, object]) -> None:
    assert drawn([broken], 160, 120) == []


def test_a_new_canvas_is_empty() -> None:
    assert (Canvas(16, 8).pixels[:8] == BACKGROUND[0]).all()
