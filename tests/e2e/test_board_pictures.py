"""The server draws a board as the page's canvas does."""

import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datachannels.whiteboard.drawing import extent
from datachannels.whiteboard.render import Job, render
from datachannels.whiteboard.templates import TEMPLATES
from tests.datachannels.whiteboard.drawings import content_of, every_element, pixels
from tests.e2e.conftest import StartChromium

HERE = Path(__file__).parent
DIFFERENT = 32
"""Of 255: less is how two programs smooth the same edge."""


def moved(element: dict[str, Any], name: str, x: float, y: float) -> dict[str, Any]:
    """It somewhere else, under another name."""
    place = dict(element, id=name)
    if "box" in element:
        place["box"] = [element["box"][0] + x, element["box"][1] + y, *element["box"][2:]]
    if "points" in element:
        left, top, *rest = element["points"]
        place["points"] = [left + round(x * 10), top + round(y * 10), *rest]
    return place


def one_of_each() -> list[dict[str, Any]]:
    """Every type beside the others, with words in two alphabets; and a template with connectors."""
    elements = [dict(one) for one in TEMPLATES["flowchart"].elements]
    for index, one in enumerate(every_element()):
        elements.append(moved(one, f"m{index}", 800 + 230 * (index % 4), 30 + 230 * (index // 4)))
    thick = {"color": "#d1242f", "width": 14, "opacity": 0.5}
    stroke = next(one for one in every_element() if one["type"] == "stroke")
    elements.append(moved(stroke, "thick", 800, 500) | {"style": thick})
    long = "Text that is long enough for lines, and awordthatislongerthanawholelinealtogether. Привет, AVATAR"
    elements.append({"id": "long", "type": "text", "box": [1100, 520, 240, 0, 0], "text": long})
    return [{"z": "", **one} for one in elements]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The page's own drawing, by itself."""
    path = tmp_path / "board.js"
    subprocess.run(["node", HERE / "bundle.mjs", HERE / "board_picture.ts", path], check=True)
    return path


async def test_server_draws_boards_as_the_page_does(
    chromium: StartChromium, script: Path, tmp_path: Path
) -> None:
    elements = one_of_each()
    region = [float(round(side)) for side in extent(elements)]
    browser = await chromium()
    page = await browser.open("about:blank")
    await page.add_script_tag(path=script)
    rect = dict(zip("xywh", region, strict=True))
    picture = await page.evaluate("([elements, rect]) => drawBoard(elements, rect)", [elements, rect])
    canvas = pixels(b64decode(picture)).astype(int)
    drawn = pixels(render(Job("png", "t", str(tmp_path), region=region, scale=1.0), content_of(elements)))
    assert canvas.shape == drawn.shape
    difference = np.abs(canvas - drawn).max(axis=2) > DIFFERENT
    ink = (canvas < 255).any(axis=2)
    assert ink.mean() > 0.1
    assert difference.mean() < 0.01
    assert browser.errors == []
