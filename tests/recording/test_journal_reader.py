import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.journal_reader import LATE_MS, JournalLine, read_journal, read_line


def text(at_ms: int, kind: str = "speakers", **fields: object) -> bytes:
    return orjson.dumps({"at_ms": at_ms, "kind": kind, **fields}) + b"\n"


def test_a_line_is_its_time_its_kind_and_the_rest() -> None:
    assert read_line(text(5, "left", participant="pa_1")) == JournalLine(5, "left", {"participant": "pa_1"})


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b"[]", b"1", b'{"at_ms":1}', b'{"kind":"left"}', b'{"at_ms":"1","kind":"left"}',
     b'{"at_ms":true,"kind":"left"}', b'{"at_ms":1,"kind":2}', b'{"at_ms":1,"kind":"left"'],
)  # fmt: skip
def test_what_is_no_line_is_passed_over(broken: bytes) -> None:
    assert [line.at_ms for line in read_journal([text(1), broken, text(2)])] == [1, 2]


@given(st.lists(st.integers(0, LATE_MS // 2)))
def test_lines_that_are_late_come_in_their_order(times: list[int]) -> None:
    assert [line.at_ms for line in read_journal(map(text, times))] == sorted(times)


def test_lines_of_one_moment_keep_their_order() -> None:
    kinds = ["joined", "published", "draw", "erase"]
    assert [line.kind for line in read_journal([text(7, kind) for kind in kinds])] == kinds


@given(st.lists(st.binary(max_size=40)))
def test_no_bytes_break_the_reader(lines: list[bytes]) -> None:
    assert list(read_journal([*lines, text(3)]))[-1].kind == "speakers"
