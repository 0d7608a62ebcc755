"""The outline of a stroke is that of npm's perfect-freehand, which the page draws."""

import subprocess
from math import dist
from pathlib import Path
from random import Random
from typing import Any

import orjson

from datachannels.whiteboard.points import decode, encode
from datachannels.whiteboard.stroke_outline import outline

SCRIPT = Path(__file__).with_name("perfect_freehand.mjs")
STROKES = 300


def scribble(random: Random) -> dict[str, Any]:
    """A hand that goes on, wavers and turns; or a dot, a line, a place touched twice."""
    x = y = 0.0
    dx, dy = random.uniform(-5, 5), random.uniform(-5, 5)
    points = []
    for _ in range(random.choice([1, 2, 3, 4, 10, 60, 200])):
        points.append([round(x, 1), round(y, 1), random.randrange(256) / 255])
        if random.random() < 0.1:
            dx, dy = random.uniform(-9, 9), random.uniform(-9, 9)
        if random.random() < 0.95:
            x, y = x + dx + random.uniform(-1, 1), y + dy + random.uniform(-1, 1)
    return {"points": points, "size": random.choice([1, 2, 4, 8, 20, 60])}


def test_outlines_are_those_that_the_page_draws() -> None:
    random = Random(7)
    strokes = [scribble(random) for _ in range(STROKES)]
    answer = subprocess.run(["node", SCRIPT], input=orjson.dumps(strokes), capture_output=True, check=True)
    for stroke, expected in zip(strokes, orjson.loads(answer.stdout), strict=True):
        drawn = outline([(x, y, p) for x, y, p in stroke["points"]], stroke["size"])
        assert len(drawn) == len(expected)
        assert all(dist(one, other) < 0.001 for one, other in zip(drawn, expected, strict=True))


def test_points_are_the_same_after_they_were_encoded() -> None:
    flat = [105, -20, 128, 1, 0, 255, -30_000, 7, 0]
    assert encode(decode(flat)) == flat
    assert decode(flat)[2] == (-2989.4, -1.3, 0.0)


def test_nothing_drawn_has_no_outline() -> None:
    assert outline([], 4) == []
    assert outline([(0, 0, 0.5)], 0) == []
