"""Elements and pages of a board, and what changes do to them."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datachannels.refusals import RequestRefused
from datachannels.whiteboard import board as bounds
from datachannels.whiteboard.board import Applied, Board, apply, replay
from datachannels.whiteboard.entries import EntryReader, read_back
from datachannels.whiteboard.properties import BoardLimits

LIMITS = BoardLimits(elements=50, points=100)
ADA = {"identity": "ada", "name": "Ada"}
read = EntryReader(LIMITS)


def put(element: str = "e", /, **props: Any) -> dict[str, Any]:
    return {"op": "put", "id": element, "props": props}


def rect(element: str = "e", /, **props: Any) -> dict[str, Any]:
    return put(element, type="rect", **props)


def numbered(letter: str, count: int) -> dict[str, Any]:
    return {f"{letter}{n}": 1 for n in range(count)}


PROTOTYPE: dict[str, Any] = {"__proto__": {}}


def op(name: str, element: str = "e", **fields: Any) -> dict[str, Any]:
    return {"op": name, "id": element, **fields}


def change(board: Board, *entries: Any) -> Applied:
    """Apply entries as they come from a client."""
    applied = apply(board, read(orjson.loads(orjson.dumps(entries))), ADA, LIMITS)
    board.take(applied.patch)
    return applied


def on(board: Board) -> dict[str, Any]:
    return {name: orjson.loads(element.text) for name, element in board.elements.items()}


def test_each_property_is_what_was_put_last() -> None:
    board = Board()
    change(board, rect(text="one", box=[0, 0, 1, 1, 0]))
    change(board, put(text="two"), put(z="a5"), put(box=None))
    expected = {"id": "e", "type": "rect", "page": "p1", "author": ADA, "text": "two", "z": "a5"}
    assert on(board) == {"e": expected}


def test_style_is_merged_by_key() -> None:
    board = Board()
    change(board, rect(style={"color": "#ff0000", "width": 3}))
    change(board, put(style={"width": None, "fill": "#00ff00"}))
    assert on(board)["e"]["style"] == {"color": "#ff0000", "fill": "#00ff00"}
    change(board, put(style=None))
    assert "style" not in on(board)["e"]


def test_unknown_properties_are_kept_and_author_is_not_believed() -> None:
    board = Board()
    change(board, rect(sparkle={"a": [1, None]}, author={"identity": "eve"}, id="e"))
    element = on(board)["e"]
    assert (element["sparkle"], element["author"]) == ({"a": [1, None]}, ADA)
    change(board, put(sparkle=None, author=None))
    assert on(board)["e"] == {"id": "e", "type": "rect", "page": "p1", "author": ADA}


def test_html_in_text_is_text() -> None:
    board = Board()
    change(board, rect(text="<img src=x onerror=alert(1)>"))
    assert on(board)["e"]["text"] == "<img src=x onerror=alert(1)>"


def test_what_makes_no_sense_is_ignored_and_told() -> None:
    board = Board()
    change(board, rect(), op("delete"))
    applied = change(board, put(text="late"), op("delete"), op("restore", "x"), op("delete", "x"), rect("n"))
    assert (applied.ignored, applied.ignored_at) == (["e", "e", "x", "x"], [0, 1, 2, 3])
    assert [entry["id"] for entry in applied.entries] == ["n"]
    assert change(board, op("restore", "n")).ignored == ["n"]
    assert change(board, put("n", type="ellipse", text="x")).ignored == ["n"]
    assert change(board, put("n", type="rect", text="x")).ignored == []


def test_deleted_element_comes_back_as_it_was() -> None:
    board = Board()
    change(board, rect(text="hello"))
    before = on(board)
    change(board, op("delete"))
    assert on(board) == {}
    (entry,) = change(board, op("restore")).entries
    assert on(board) == before
    assert orjson.loads(orjson.dumps(entry))["props"] == {k: v for k, v in before["e"].items() if k != "id"}


def test_pages_are_made_named_and_deleted_with_what_is_on_them() -> None:
    board = Board()
    change(board, op("page", "p2", title="Two", z="a1"), rect(page="p2"))
    change(board, op("page", "p2", deleted=True))
    assert board.pages["p2"].described() == {"id": "p2", "title": "Two", "z": "a1", "deleted": True}
    assert on(board)["e"]["page"] == "p2"
    change(board, op("page", "p2", deleted=False))
    assert board.pages["p2"].described() == {"id": "p2", "title": "Two", "z": "a1"}


def test_last_page_stays() -> None:
    board = Board()
    assert change(board, op("page", "p1", deleted=True)).ignored == ["p1"]
    change(board, op("page", "p2"), op("page", "p1", deleted=True))
    assert change(board, op("page", "p2", deleted=True)).ignored == ["p2"]


BAD: list[tuple[str, Any, str]] = [
    ("not a list", {}, "bad_message"),
    ("nothing", [], "bad_message"),
    ("no entry", [7], "bad_message"),
    ("unknown op", [op("draw")], "bad_message"),
    ("op of a list", [{"op": [], "id": "e"}], "bad_message"),
    ("no id", [{"op": "delete"}], "bad_message"),
    ("long id", [op("delete", "e" * 65)], "bad_message"),
    ("prototype", [rect("__proto__")], "bad_message"),
    ("a participant's id", [rect("pa_1")], "bad_message"),
    ("a board's id", [rect("bo_1")], "bad_message"),
    ("a document's id", [op("page", "do_1")], "bad_message"),
    ("a page's id", [rect("p1")], "bad_message"),
    ("an element's id", [rect("e"), op("page", "e")], "bad_message"),
    ("no props", [op("put")], "bad_message"),
    ("another id inside", [rect(id="f")], "bad_message"),
    ("no type", [put(text="x")], "bad_message"),
    ("unknown type", [put(type="script")], "bad_message"),
    ("type taken away", [rect(), put(type=None)], "bad_message"),
    ("unknown page", [rect(page="p9")], "bad_message"),
    ("page taken away", [rect(), put(page=None)], "bad_message"),
    ("short box", [rect(box=[0, 0, 1, 1])], "bad_message"),
    ("negative box", [rect(box=[0, 0, -1, 1, 0])], "bad_message"),
    ("box far away", [rect(box=[1e10, 0, 1, 1, 0])], "bad_message"),
    ("box of words", [rect(box=["0", 0, 1, 1, 0])], "bad_message"),
    ("box of truth", [rect(box=[True, 0, 1, 1, 0])], "bad_message"),
    ("box of an object", [rect(box={"x": 0})], "bad_message"),
    ("no points", [rect(points=[])], "bad_message"),
    ("half a point", [rect(points=[1, 2, 3, 4])], "bad_message"),
    ("points of fractions", [rect(points=[1.5, 2, 3])], "bad_message"),
    ("points of truth", [rect(points=[1, 2, True])], "bad_message"),
    ("pressure too high", [rect(points=[1, 2, 256])], "bad_message"),
    ("pressure below none", [rect(points=[1, 2, -1])], "bad_message"),
    ("points that run away", [rect(points=[9_000_000_000, 0, 1, 9_000_000_000, 0, 1])], "bad_message"),
    ("too many points", [rect(points=[1, 2, 3] * 101)], "too_large"),
    ("long text", [rect(text="x" * 10_001)], "too_large"),
    ("text of numbers", [rect(text=5)], "bad_message"),
    ("named color", [rect(style={"color": "red"})], "bad_message"),
    ("color with more", [rect(style={"color": "#ff0000;}"})], "bad_message"),
    ("unknown dash", [rect(style={"dash": "wavy"})], "bad_message"),
    ("negative width", [rect(style={"width": -1})], "bad_message"),
    ("too opaque", [rect(style={"opacity": 2})], "bad_message"),
    ("style of a list", [rect(style=[])], "bad_message"),
    ("no digest", [rect(file="../etc/passwd")], "bad_message"),
    ("end at nothing", [rect(**{"from": {}})], "bad_message"),
    ("end outside", [rect(to={"element": "e", "anchor": [2, 0]})], "bad_message"),
    ("locked by words", [rect(locked="yes")], "bad_message"),
    ("group of a room", [rect(group="rm_1")], "bad_message"),
    ("z with spaces", [rect(z="a 0")], "bad_message"),
    ("long z", [rect(z="a" * 129)], "too_large"),
    ("property for JavaScript", [rect(**PROTOTYPE)], "bad_message"),
    ("property for prototypes", [rect(constructor=1)], "bad_message"),
    ("property inside for JavaScript", [rect(x={"__proto__": 1})], "bad_message"),
    ("large property", [rect(x="x" * 5_000)], "too_large"),
    ("deep property", [rect(x=[[[[[[[[[1]]]]]]]]])], "bad_message"),
    ("many properties", [rect(**numbered("x", 17))], "too_large"),
    ("title of numbers", [op("page", "p2", title=7)], "bad_message"),
    ("too many elements", [rect(f"e{n}") for n in range(51)], "too_large"),
    ("too many entries", [op("delete", f"e{n}") for n in range(2_001)], "too_large"),
    ("too many pages", [op("page", f"q{n}") for n in range(201)], "too_large"),
]


@pytest.mark.parametrize(("entries", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_entry_refuses_all_and_changes_nothing(entries: Any, code: str) -> None:
    board = Board()
    good = rect("good")
    whole = [good, *entries] if isinstance(entries, list) and entries else entries
    with pytest.raises(RequestRefused) as refused:
        apply(board, read(orjson.loads(orjson.dumps(whole))), ADA, LIMITS)
    assert refused.value.code == code
    assert on(board) == {}


def test_properties_put_bit_by_bit_stay_bounded() -> None:
    board = Board()
    change(board, rect(**numbered("x", 16)))
    with pytest.raises(RequestRefused):
        change(board, put(**numbered("y", 16)))
    change(board, put(style=numbered("a", 16)))
    with pytest.raises(RequestRefused):
        change(board, put(style=numbered("b", 16)))


def test_full_board_may_still_be_changed_and_emptied() -> None:
    board = Board()
    change(board, *(rect(f"e{n}") for n in range(50)))
    with pytest.raises(RequestRefused):
        change(board, rect("more"))
    change(board, put("e0", text="still"), op("delete", "e1"))
    change(board, rect("more"))
    with pytest.raises(RequestRefused):
        change(board, op("restore", "e1"))
    smaller = BoardLimits(elements=5)
    assert apply(board, read([op("delete", "e2")]), ADA, smaller).ignored == []


def test_what_was_deleted_long_ago_cannot_be_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_DELETED", 3)
    board = Board()
    for n in range(5):
        change(board, rect(f"e{n}"), op("delete", f"e{n}"))
    assert change(board, op("restore", "e1"), op("restore", "e2")).ignored == ["e1"]


def test_much_is_restored_in_several_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_RESTORED_BYTES", 200)
    board = Board()
    for n in range(4):
        change(board, rect(f"e{n}", text="x" * 50), op("delete", f"e{n}"))
    with pytest.raises(RequestRefused):
        change(board, *(op("restore", f"e{n}") for n in range(4)))
    assert len(change(board, op("restore", "e0")).restored) == 1


element_ids = st.sampled_from(["e1", "e2", "e3"])
some_entries = st.one_of(
    st.builds(lambda e, t: rect(e, text=t), element_ids, st.text(max_size=3)),
    st.builds(lambda e, w: rect(e, style={"width": w}), element_ids, st.none() | st.integers(0, 9)),
    st.builds(lambda e: put(e, type="ellipse", box=None), element_ids),
    st.builds(op, st.sampled_from(["delete", "restore"]), element_ids),
    st.builds(lambda e, d: op("page", e, deleted=d), st.sampled_from(["p1", "p2"]), st.booleans()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(some_entries, min_size=1, max_size=4), max_size=8))
def test_what_is_told_of_changes_makes_the_same_board(changes: list[list[Any]]) -> None:
    board, told = Board(), Board()
    back = []
    boards = [(on(board), dict(board.pages))]
    for entries in changes:
        applied = apply(board, read(orjson.loads(orjson.dumps(entries))), ADA, LIMITS)
        back.append(board.take(applied.patch))
        replay(told, read_back(orjson.loads(orjson.dumps(applied.entries))))
        assert (on(told), told.pages) == (on(board), board.pages)
        assert told.bytes == sum(len(one.props) for one in told.elements.values())
        assert list(told.deleted) == list(board.deleted)
        boards.append((on(board), dict(board.pages)))
    assert on(board.copy()) == on(board)
    for patch, before in zip(reversed(back), reversed(boards[:-1]), strict=True):
        board.take(patch)
        assert (on(board), board.pages) == before


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["type", "page", "z", "box", "points", "style", "text", "file", "from", "to", "locked", "group", "x"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["op", "id", "props", "title"]), json_values), max_size=2))
def test_whatever_comes_is_read_or_refused(entries: Any) -> None:
    try:
        apply(Board(), read(entries), ADA, LIMITS)
    except RequestRefused:
        return
    assert entries


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), json_values, max_size=4))
def test_whatever_is_put_is_kept_as_it_is_or_refused(props: dict[str, Any]) -> None:
    board = Board()
    try:
        apply_to = read([put("e", **{"type": "rect", **props})])
    except RequestRefused:
        return
    try:
        board.take(apply(board, apply_to, ADA, LIMITS).patch)
    except RequestRefused:
        return
    kept = on(board)["e"]
    assert all(kept[name] == value for name, value in props.items() if value is not None and name != "style")
