"""The measure of shared work, for a moment."""

import json
import os

from click.testing import CliRunner

from loadtests.shared_work import main


def test_each_case_is_a_line_of_figures() -> None:
    processors = os.sched_getaffinity(0)
    try:
        arguments = ["--seconds", "0.5", "--people", "3"]
        printed = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout.splitlines()
    finally:
        os.sched_setaffinity(0, processors)
    chat, live = (json.loads(line) for line in printed)
    assert (chat["case"], chat["said"], chat["heard_share"], chat["acked_share"]) == ("chat", 10, 1.0, 1.0)
    assert 0 < chat["heard_ms_p50"] <= chat["heard_ms_p99"]
    assert (live["case"], live["said"]) == ("live", 90)
    assert 0 < live["heard_share"] <= 1
