"""Camera files that say who is filmed, and the page scripts that read video and audio back.

The pattern itself, its drawing and its reading in Python are in `loadtests.pattern`; the reader in
page_script.js follows the same rules.
"""

import json
from pathlib import Path

import numpy as np

from loadtests import pattern

CHROMA_GREY = 128


def write_camera(
    path: Path, person: int, width: int = 1280, height: int = 720, fps: int = 15, frames: int = 15
) -> Path:
    """A YUV4MPEG2 file for `--use-file-for-fake-video-capture`, played in a loop: 1.4 MB a 720p frame."""
    chroma = np.full(width * height // 2, CHROMA_GREY, np.uint8).tobytes()
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (width, height, fps))
        for step in range(frames):
            file.write(b"FRAME\n")
            file.write(pattern.draw(person, width, height, step * 60 // frames).tobytes())
            file.write(chroma)
    return path


PAGE_SCRIPT_JS = "window.patternConstants = {};\n{}".format(
    json.dumps(
        {
            "COLUMNS": pattern.COLUMNS,
            "ROWS": pattern.ROWS,
            "GRID_SHARE": pattern.GRID_SHARE,
            "LEAST_CONTRAST": pattern.LEAST_CONTRAST,
            "UNCLEAR_SHARE": pattern.UNCLEAR_SHARE,
        }
    ),
    Path(__file__).with_name("page_script.js").read_text(encoding="utf-8"),
)
"""Gives a page `readPattern(video)`, `readPatterns()` and `receivedMedia(connection)`: see page_script.js."""
