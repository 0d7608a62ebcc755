"""The measures of documents, for a moment."""

import json
import os

from click.testing import CliRunner

from loadtests import documents, one_character


def test_a_case_is_a_line_of_figures() -> None:
    processors = os.sched_getaffinity(0)
    try:
        small = ["--case", "documents-open", "--seconds", "1", "--editors", "2", "--units", "60000"]
        result = CliRunner().invoke(documents.main, small, catch_exceptions=False)
    finally:
        os.sched_setaffinity(0, processors)
    figures = json.loads(result.stdout)
    assert (figures["case"], figures["heard_share"]) == ("documents-open", 1.0)
    assert 0 < figures["heard_ms_p50"] <= figures["heard_ms_p99"]
    assert figures["opened"] > 0


def test_a_typed_character_is_a_line_of_figures() -> None:
    result = CliRunner().invoke(one_character.main, ["--changes", "5"], catch_exceptions=False)
    figures = json.loads(result.stdout)
    assert 0 < figures["loop_ms_a_change"] <= figures["cpu_ms_a_change"]
