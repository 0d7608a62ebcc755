"""Lines of the journal survive restarts and a full disk."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from recording.journal_file import BLOCK_BYTES, JournalFile


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_lines_are_written_with_their_numbers(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "j")
    journal.add(1, {"kind": "a"})
    journal.add(2, {"kind": "b"})
    journal.write()
    assert lines(tmp_path / "j") == [{"n": 1, "kind": "a"}, {"n": 2, "kind": "b"}]
    assert journal.written == 2


def test_a_line_that_is_sent_again_is_written_once(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "j")
    for number in (1, 1, 2):
        journal.add(number, {"kind": "a"})
    journal.write()
    for number in (1, 2, 3):
        journal.add(number, {"kind": "a"})
    journal.write()
    assert [line["n"] for line in lines(tmp_path / "j")] == [1, 2, 3]


@pytest.mark.parametrize("long", [1, BLOCK_BYTES * 2], ids=["short lines", "lines of several blocks"])
@pytest.mark.parametrize("cut", [b"", b'{"n":4,"ki', b"\xff"], ids=["whole", "cut off", "rubbish"])
def test_another_recorder_goes_on_behind_the_last_whole_line(tmp_path: Path, cut: bytes, long: int) -> None:
    path = tmp_path / "j"
    journal = JournalFile(path)
    for number in (1, 2, 3):
        journal.add(number, {"kind": "x" * long})
    journal.write()
    path.write_bytes(path.read_bytes() + cut)
    again = JournalFile(path)
    for number in (2, 3, 4):
        again.add(number, {"kind": "y"})
    again.write()
    assert [(line["n"], line["kind"][0]) for line in lines(path)] == [(1, "x"), (2, "x"), (3, "x"), (4, "y")]
    assert again.written == 4


def test_what_the_disk_does_not_take_is_written_later(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "j"
    journal = JournalFile(path)
    journal.add(1, {"kind": "a"})
    with pytest.raises(FileNotFoundError):
        journal.write()
    assert journal.written == 0
    path.parent.mkdir()
    journal.add(2, {"kind": "b"})
    journal.write()
    assert [line["n"] for line in lines(path)] == [1, 2]
