from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recording.compose.meeting import Meeting, with_files
from recording.journal_reader import JournalLine
from recording.manifest import FileEntry, Manifest, TrackEntry
from tests.recording.recorded_meeting import journal_lines


def line(at_ms: int, kind: str, **fields: Any) -> JournalLine:
    return JournalLine(at_ms, kind, fields)


def after(*lines: JournalLine) -> Meeting:
    meeting = Meeting()
    for one in lines:
        meeting.take(one)
    return meeting


JOINED = line(0, "joined", participant="pa_1", identity="ada", name="Ada")
SCREEN = line(5, "published", track="tr_1", participant="pa_1", source="screen", name="", muted=False)
MARK = {
    "participant": "pa_1",
    "mark": "m1",
    "tool": "pen",
    "color": "#000000",
    "width": 0.1,
    "points": [0, 0],
}
DRAWN = line(6, "draw", track="tr_1", **MARK)
BOARD = line(7, "board", board="bo_1", title="Plan", version=1, pages=[{"id": "p1"}], elements=[])
PUT = {"op": "put", "id": "e1", "props": {"type": "rect", "page": "p1", "box": [0, 0, 9, 9, 0]}}


def manifest_of(source: str) -> Manifest:
    files = [FileEntry("1.webm", "VP8", 100, 500)]
    track = TrackEntry("tr_1", "video", source, "pa_1", "ada", "Ada", files)
    return Manifest("re_1", 0, tracks=[track])


def test_people_come_change_their_names_and_go() -> None:
    meeting = after(JOINED, line(1, "renamed", participant="pa_1", name="Ada L."))
    assert meeting.people["pa_1"].name == "Ada L."
    meeting.take(line(2, "left", participant="pa_1"))
    assert meeting.people == {}


def test_who_leaves_takes_their_tracks_along() -> None:
    assert after(JOINED, SCREEN, line(9, "left", participant="pa_1")).tracks == {}


def pinned(participant: str, *tracks: str) -> JournalLine:
    return line(8, "pinned", participant=participant, tracks=[*tracks])


AGAIN = line(7, "joined", participant="pa_2", identity="ada", name="Ada")


@pytest.mark.parametrize(
    ("follows", "then", "kept"),
    [
        ("ada", [pinned("pa_1", "tr_1")], "tr_1"),
        ("bo", [pinned("pa_1", "tr_1")], ""),
        ("", [pinned("pa_1", "tr_1")], ""),
        ("ada", [pinned("pa_1", "tr_gone", "tr_1")], "tr_1"),
        ("ada", [pinned("pa_1", "tr_1"), pinned("pa_1")], ""),
        ("ada", [pinned("pa_1", "tr_1"), line(9, "unpublished", track="tr_1")], ""),
        ("ada", [pinned("pa_1", "tr_1"), AGAIN], ""),
        ("ada", [AGAIN, pinned("pa_2", "tr_1"), pinned("pa_1")], "tr_1"),
        ("ada", [pinned("pa_1", "tr_1"), AGAIN, line(9, "left", participant="pa_2")], "tr_1"),
        ("ada", [pinned("pa_2", "tr_1"), AGAIN], "tr_1"),  # joins of large rooms come late
    ],
)
def test_the_pins_of_whoever_recorded_are_followed(follows: str, then: list[JournalLine], kept: str) -> None:
    meeting = Meeting(follows)
    for one in (JOINED, SCREEN, *then):
        meeting.take(one)
    assert meeting.pinned == kept


@pytest.mark.parametrize(
    ("then", "marks"),
    [
        ([], [("pa_1", "m1")]),
        ([line(7, "erase", track="tr_1", participant="pa_1", mark="m1")], []),
        ([line(7, "clear", track="tr_1", scope="own", participant="pa_2")], [("pa_1", "m1")]),
        ([line(7, "clear", track="tr_1", scope="own", participant="pa_1")], []),
        ([line(7, "clear", track="tr_1", scope="all")], []),
        ([line(7, "marks", track="tr_1", marks=[])], []),
        ([line(7, "marks", track="tr_1", marks=[{**MARK, "mark": "m2"}])], [("pa_1", "m2")]),
    ],
)
def test_marks_stand_until_they_are_taken_away(then: list[JournalLine], marks: list[tuple[str, str]]) -> None:
    assert list(after(JOINED, SCREEN, DRAWN, *then).tracks["tr_1"].marks) == marks


def test_a_mark_that_fades_says_when_it_is_gone() -> None:
    meeting = after(JOINED, SCREEN, line(6, "draw", track="tr_1", fade_ms=3_000, done=True, **MARK))
    assert meeting.tracks["tr_1"].marks["pa_1", "m1"]["ends_ms"] == 3_006


def test_marks_that_faded_are_kept_no_longer_than_till_the_next() -> None:
    fading = {**MARK, "fade_ms": 1_000, "done": True}
    drawn = [line(6 + 500 * n, "draw", track="tr_1", **{**fading, "mark": f"m{n}"}) for n in range(9)]
    assert list(after(JOINED, SCREEN, *drawn).tracks["tr_1"].marks) == [("pa_1", "m7"), ("pa_1", "m8")]


def test_a_board_has_the_title_that_it_was_told_with_last() -> None:
    assert (
        after(JOINED, BOARD, line(9, "board", **{**BOARD.fields, "title": "Map"})).boards["bo_1"].title
        == "Map"
    )


def test_a_board_is_on_stage_while_somebody_looks_at_it_and_a_while_after_it_changed() -> None:
    opened = line(8, "opened", topic="bo_1", participant="pa_1")
    closed = line(9_000, "closed", topic="bo_1", participant="pa_1")
    changed = line(10_000, "board_change", board="bo_1", version=2, author={}, changes=[PUT])
    meeting = after(JOINED, BOARD)
    board = meeting.boards["bo_1"]
    assert not board.is_looked_at(7)
    meeting.take(opened)
    assert board.is_looked_at(8)
    meeting.take(closed)
    assert not board.is_looked_at(9_000)
    meeting.take(changed)
    assert list(board.content.elements) == ["e1"]
    assert board.is_looked_at(20_000)
    assert not board.is_looked_at(30_000)


def test_what_was_deleted_before_a_board_was_told_whole_comes_back_as_it_was() -> None:
    restored = {**PUT, "op": "restore"}
    moved = {"op": "put", "id": "e1", "props": {"box": [5, 5, 9, 9, 0]}}
    meeting = after(
        JOINED,
        BOARD,
        line(8, "board_change", board="bo_1", version=2, author={}, changes=[restored]),
        line(9, "board_change", board="bo_1", version=3, author={}, changes=[moved, {**PUT, "id": "e2"}]),
    )
    content = meeting.boards["bo_1"].content
    assert {one.id: orjson.loads(one.props)["box"][0] for one in content.elements.values()} == {
        "e1": 5,
        "e2": 0,
    }


def test_a_board_that_was_opened_before_it_was_told_of_is_looked_at() -> None:
    meeting = after(JOINED, line(6, "opened", topic="bo_1", participant="pa_1"), BOARD)
    assert meeting.boards["bo_1"].is_looked_at(7)


def test_without_a_journal_the_files_say_who_was_there() -> None:
    files = [FileEntry("1.webm", "VP8", 100, 500)]
    manifest = Manifest(
        "re_1", 0, tracks=[TrackEntry("tr_1", "video", "camera", "pa_1", "ada", "Ada", files)]
    )
    meeting = Meeting()
    lines = list(with_files(manifest, []))
    meeting.take(lines[0])
    assert meeting.people["pa_1"].name == "Ada"
    assert meeting.track_of("pa_1", "camera") is not None
    meeting.take(lines[1])
    assert meeting.people == {}


def test_what_the_journal_says_is_not_undone_by_the_files() -> None:
    files = [FileEntry("1.webm", "VP8", 100, 500)]
    manifest = Manifest(
        "re_1", 0, tracks=[TrackEntry("tr_1", "video", "screen", "pa_1", "ada", "Ada", files)]
    )
    assert list(after(*with_files(manifest, [JOINED, SCREEN])).tracks) == ["tr_1"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9_999) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_LINES = journal_lines(9_000)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(_LINES), st.text(max_size=3), _JSON), max_size=12))
def test_a_journal_with_wrong_fields_is_folded_as_far_as_it_goes(changed: list[tuple[Any, str, Any]]) -> None:
    meeting = after(JOINED, SCREEN, BOARD)
    for real, other, value in changed:
        fields = {name: field for name, field in real.items() if name not in ("at_ms", "kind")}
        name = next((one for one in fields if one.startswith(other)), other)
        meeting.take(JournalLine(real["at_ms"], real["kind"], fields | {name: value}))
    assert "bo_1" in meeting.boards or any(real["kind"] == "deleted" for real, _, _ in changed)
