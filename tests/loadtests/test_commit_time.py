"""The measure of commits, for a moment."""

import json
from pathlib import Path

from click.testing import CliRunner

from loadtests.commit_time import main
from storage.engine import sqlite_url


def test_each_rate_is_a_line_of_figures(tmp_path: Path) -> None:
    arguments = ["--url", sqlite_url(tmp_path), "--seconds", "0.2", "--rate", "50", "--rate", "500"]
    printed = CliRunner().invoke(main, arguments, catch_exceptions=False).stdout.splitlines()
    lines = [json.loads(line) for line in printed]
    assert [line["appends_per_s"] for line in lines] == [50, 500]
    for line in lines:
        assert (line["case"], line["database"]) == ("commit", "sqlite")
        assert 0 < line["ack_ms_p50"] <= line["ack_ms_p99"]
        assert 0 < line["commit_ms_p50"] <= line["commit_ms_p99"]
        assert line["appends_per_commit"] >= 1
