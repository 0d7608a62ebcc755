"""The measure of drawing together, beside media, for a moment."""

import json
import os

from click.testing import CliRunner

from loadtests.boards import main


def test_drawing_beside_media_is_a_line_of_figures() -> None:
    processors = os.sched_getaffinity(0)
    try:
        arguments = ["--seconds", "2", "--people", "2", "--subscribers", "2", "--case", "media"]
        printed = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout
    finally:
        os.sched_setaffinity(0, processors)
    figures = json.loads(printed)
    assert (figures["case"], figures["people"]) == ("media", 2)
    assert 0 < figures["point_ms_p50"] <= figures["point_ms_p99"]
    assert figures["stroke_ms_p99"] > 0
    assert figures["ack_ms_p99"] > 0
    assert 0 < figures["forward_ms_p50"] <= figures["forward_ms_p99"]
