"""Drawings of others become boards."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.board import Board, apply
from datachannels.whiteboard.convert import OWN, Task, convert
from datachannels.whiteboard.entries import EntryReader
from datachannels.whiteboard.excalidraw import place
from datachannels.whiteboard.pictures import data_url
from datachannels.whiteboard.points import decode
from datachannels.whiteboard.properties import BoardLimits
from tests.datachannels.whiteboard.drawings import content_of, every_element

KEEP = Task("", "p1", 20_000, 10_000)
AUTHOR = {"identity": "ada", "name": "Ada"}


def board_of(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is on a board that takes all of it."""
    board, read, limits = Board(), EntryReader(BoardLimits()), BoardLimits()
    for line in lines:
        if "changes" in line:
            board.take(apply(board, read(line["changes"]), AUTHOR, limits).patch)
    return [orjson.loads(element.text) for element in board.elements.values()]


def base(kind: str, **fields: Any) -> dict[str, Any]:
    known = {"id": kind, "type": kind, "x": 10, "y": 20, "width": 100, "height": 50, "angle": 0}
    return known | {"strokeColor": "#123456", "backgroundColor": "transparent", **fields}


DRAWING: dict[str, Any] = {
    "type": "excalidraw",
    "version": 2,
    "elements": [
        base("rectangle", backgroundColor="#abc", angle=0.5, locked=True, groupIds=["g", "h"]),
        base("words", type="text", text="inside", fontSize=28, containerId="rectangle"),
        base("ellipse", strokeStyle="dashed", strokeWidth=4, opacity=50),
        base("text", text="free", fontSize=16),
        base("gone", type="rectangle", isDeleted=True),
        base("freedraw", points=[[0, 0], [10, 5]], pressures=[0.2, 0.8], simulatePressure=False),
        base("arrow", points=[[0, 0], [5, 5]], startBinding={"elementId": "rectangle"}, endBinding=None),
        base("line", points=[[0, 0], [5, 5], [10, 0]]),
        base("image", fileId="f"),
        base("embeddable"),
    ],
    "files": {"f": {"dataURL": "data:image/png;base64," + b64encode(b"picture").decode()}},
}


def test_page_that_was_deleted_stays_so_wherever_it_stands() -> None:
    pages = [{"id": "p1", "title": "", "z": "", "deleted": True}, {"id": "p2", "title": "Two", "z": "a1"}]
    (line,) = convert(KEEP, {"type": OWN, "pages": pages, "elements": []})
    board, limits = Board(), BoardLimits()
    board.take(apply(board, EntryReader(limits)(line["changes"]), AUTHOR, limits).patch)
    assert sorted([page.described() for page in board.pages.values()], key=lambda page: page["id"]) == pages


def test_drawing_of_excalidraw_is_read() -> None:
    lines = list(convert(KEEP, DRAWING))
    assert [line for line in lines if "file" in line] == [{"file": b64encode(b"picture").decode()}]
    by_type = {one["type"]: one for one in board_of(lines)}
    assert set(by_type) == {"rect", "ellipse", "text", "stroke", "connector", "line", "image"}
    rect = by_type["rect"]
    assert rect["box"] == [10, 20, 100, 50, 28.65]
    assert (rect["text"], rect["locked"], rect["style"]["size"]) == ("inside", True, 28)
    assert (rect["style"]["fill"], rect["style"]["color"]) == ("#aabbcc", "#123456")
    assert by_type["ellipse"]["style"] == {"color": "#123456", "width": 4, "dash": "dashed", "opacity": 0.5}
    assert by_type["text"]["text"] == "free"
    assert [round(spot[2], 1) for spot in decode(by_type["stroke"]["points"])] == [0.2, 0.8]
    assert by_type["connector"]["from"] == {"element": rect["id"], "anchor": [0.5, 0.5]}
    assert by_type["image"]["file"] == sha256(b"picture").hexdigest()
    assert [one["z"] for one in board_of(lines)] == sorted(one["z"] for one in board_of(lines))


def test_own_export_is_the_same_board_again() -> None:
    content = content_of(every_element())
    again = board_of(list(convert(KEEP, {"type": OWN, **content})))
    assert [one | {"author": AUTHOR} for one in content["elements"]] == again


def test_pictures_of_an_own_export_come_along_if_an_element_shows_them() -> None:
    shown, other = b"shown", b"other"
    files = {sha256(data).hexdigest(): {"dataURL": data_url("image/png", data)} for data in (shown, other)}
    name = sha256(shown).hexdigest()
    element = {"id": "a", "page": "p1", "z": "a0", "type": "image", "box": [0, 0, 1, 1, 0], "file": name}
    drawing = {"type": OWN, "pages": [], "elements": [element], "files": files}
    lines = list(convert(KEEP, drawing))
    assert [line for line in lines if "file" in line] == [{"file": b64encode(shown).decode()}]
    assert [one["file"] for one in board_of(lines)] == [name]


def test_prefix_keeps_two_boards_apart() -> None:
    ends = {"from": {"element": "a", "anchor": [0, 0]}, "to": {"element": "b", "anchor": [1, 1]}}
    elements = [{"id": "c", "page": "p2", "type": "connector", "group": "g", **ends}]
    pages = [{"id": "p1", "title": "", "z": ""}, {"id": "p2", "title": "Two", "z": "a1"}]
    drawing = {"type": OWN, "pages": pages, "elements": elements}
    (line,) = convert(Task("im1.", "p1", 10, 10), drawing)
    pages_made, put = line["changes"][:2], line["changes"][2]
    assert [one["id"] for one in pages_made] == ["im1.p1", "im1.p2"]
    assert (put["id"], put["props"]["page"], put["props"]["group"]) == ("im1.c", "im1.p2", "im1.g")
    assert (put["props"]["from"]["element"], put["props"]["to"]["element"]) == ("im1.a", "im1.b")


def test_places_are_in_order() -> None:
    places = [place(index) for index in range(0, 260_000, 61)]
    assert places == sorted(places)
    assert (place(0), place(61), place(62)) == ("a0", "az", "b00")


@pytest.mark.parametrize(
    "drawing",
    [
        None,
        [],
        {},
        {"type": "excalidraw"},
        {"type": "excalidraw", "elements": [{"type": "rectangle"}]},
        {"type": "excalidraw", "elements": [base("line", points=[])]},
        {"type": "excalidraw", "elements": [base("rectangle", width="wide")]},
        {"type": "excalidraw", "elements": [base("rectangle", x=1e300)]},
        {"type": OWN, "pages": [], "elements": [{"type": "rect"}]},
        {"type": OWN, "pages": [], "elements": [{"id": "bo_1", "type": "rect"}]},
        {"type": OWN, "pages": [], "elements": [{"id": "a", "type": "script"}]},
        {"type": OWN, "pages": 7, "elements": []},
        {"type": OWN, "pages": [], "elements": [], "files": 7},
        {"type": OWN, "pages": [], "elements": [{"id": "a", "type": "image", "file": []}]},
    ],
)
def test_broken_drawing_is_refused(drawing: Any) -> None:
    with pytest.raises(RequestRefused) as refused:
        list(convert(KEEP, drawing))
    assert refused.value.code == "bad_message"


def test_too_many_elements_are_refused() -> None:
    elements = [base(f"r{index}", type="rectangle") for index in range(11)]
    with pytest.raises(RequestRefused) as refused:
        list(convert(Task("", "p1", 10, 10), {"type": "excalidraw", "elements": elements}))
    assert refused.value.code == "too_large"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(DRAWING["elements"]), st.sampled_from(sorted(base("x", points=0, angle=0))), json_values
)
def test_whatever_a_drawing_says_is_read_or_refused(element: Any, key: str, value: Any) -> None:
    drawing = {"type": "excalidraw", "elements": [element | {key: value}]}
    try:
        lines = list(convert(KEEP, drawing))
    except RequestRefused:
        return
    assert len(board_of(lines)) <= 1
