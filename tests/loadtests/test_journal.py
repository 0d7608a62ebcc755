"""The measure of a recording's journal, for a moment."""

import json
import os

from click.testing import CliRunner

from loadtests.journal import main


def test_a_journal_is_a_line_of_figures_and_has_every_change() -> None:
    processors = os.sched_getaffinity(0)
    try:
        arguments = ["--seconds", "0.5", "--turns", "1", "--editors", "2", "--drawing", "1"]
        printed = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout
    finally:
        os.sched_setaffinity(0, processors)
    figures = json.loads(printed)
    assert figures["node_share"] > 0
    assert figures["typed"] > 0
    assert figures["missing_lines"] == 0
