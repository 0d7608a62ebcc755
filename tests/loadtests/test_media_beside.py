"""The measure of media beside shared work, for a moment."""

import json
import os

from click.testing import CliRunner

from loadtests.media_beside import main


def test_media_beside_chat_is_a_line_of_figures() -> None:
    processors = os.sched_getaffinity(0)
    try:
        arguments = ["--seconds", "0.5", "--subscribers", "2", "--people", "2", "--beside", "chat"]
        printed = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout
    finally:
        os.sched_setaffinity(0, processors)
    figures = json.loads(printed)
    assert (figures["case"], figures["chat_heard_share"]) == ("media+chat", 1.0)
    assert 0 < figures["forward_ms_p50"] <= figures["forward_ms_p99"]
