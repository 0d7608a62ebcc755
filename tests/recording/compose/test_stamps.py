"""Stamps in films look as on the page, whose source is asked."""

import re
from pathlib import Path

import numpy as np
import pytest

from datachannels.whiteboard.svg import svg
from recording.compose.canvas import Canvas, Patch
from recording.compose.marks import drawn
from recording.compose.raster import rasterise
from recording.compose.stamps import BOX, STAMPS, stamp
from recording.compose.words import draw

SOURCE = (Path(__file__).parents[3] / "web/src/annotation/stamps.ts").read_text("utf-8")
SHAPES = dict(re.findall(r'const ([A-Z]+) =\s*"([^"]+)"', SOURCE))
NAMED = SHAPES | {"DARK": "#16191d"}
ACROSS = 96
SLACK = 0.004
"""Curves in place of arcs, numbers of two places: a few pixels at the edges."""


def stamps_of_the_page() -> dict[str, str]:
    """The picture of each as SVG, by its sign."""
    listed = SOURCE[SOURCE.index("STAMPS:") : SOURCE.index("export function stampOf")]
    pictures = {}
    for part in re.split(r"\btext: ", listed)[1:]:
        sign, _, rest = part[1:].partition('"')
        badge = re.search(r'badge\("(#\w+)", "([^"]+)"\)', rest)
        if badge is not None:
            layers = [path("DISC", badge[1], '"#fff"', "1.6"), path(f'"{badge[2]}"', None, '"#fff"', "2.6")]
        else:
            layer = r"path: (\w+)(?:, fill: ([^,} ]+))?(?:, stroke: ([^,]+), width: ([\d.]+))?"
            layers = [path(*found) for found in re.findall(layer, rest)]
        pictures[sign] = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {BOX} {BOX}">{"".join(layers)}</svg>'
        )
    return pictures


def path(shape: str, fill: str | None, stroke: str | None, width: str | None) -> str:
    def value(said: str) -> str:
        return str(NAMED.get(said, said.strip('"')))

    paint = f'fill="{value(fill) if fill else "none"}"'
    if stroke and width:
        paint += f' stroke="{value(stroke)}" stroke-width="{width}" stroke-linecap="round"'
        paint += ' stroke-linejoin="round"'
    return f'<path d="{value(shape)}" {paint}/>'


def over_grey(patch: Patch | None) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    canvas = Canvas(ACROSS, ACROSS)
    canvas.fill(0, 0, ACROSS, ACROSS, (90, 128, 128))
    assert patch is not None
    canvas.lay(patch, 0, 0)
    return canvas.pixels


PAGE = stamps_of_the_page()


@pytest.mark.parametrize("sign", PAGE)
def test_a_stamp_in_a_film_is_that_of_the_page(sign: str) -> None:
    theirs = over_grey(rasterise(PAGE[sign], ACROSS, ACROSS))
    marks = stamp(sign, ACROSS / 2, ACROSS / 2, float(ACROSS))
    assert marks is not None
    ours = over_grey(
        rasterise(svg(marks, (0, 0, ACROSS, ACROSS), lambda _: None, paper=None), ACROSS, ACROSS)
    )
    apart = np.abs(theirs.astype(int) - ours.astype(int)) > 40
    assert apart.mean() < SLACK
    assert (ours != 90).mean() > 0.3


def test_films_know_every_stamp_of_the_page_and_no_other() -> None:
    assert [*STAMPS] == [*PAGE]
    assert stamp("🦜", 0.0, 0.0, 24.0) is None


def test_a_stamp_that_was_set_on_a_picture_stands_around_its_place() -> None:
    mark = {"tool": "stamp", "text": "❌", "color": "#ffffff", "width": 0.5, "points": [0.5, 0.5]}
    patch = draw(drawn([mark], ACROSS, ACROSS), ACROSS, ACROSS)
    assert patch is not None
    assert (patch.x, patch.y) == pytest.approx((ACROSS / 4, ACROSS / 4), abs=3)
    assert (patch.w, patch.h) == pytest.approx((ACROSS / 2, ACROSS / 2), abs=5)
