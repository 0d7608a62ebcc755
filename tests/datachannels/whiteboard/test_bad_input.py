"""What nobody may put on a board, as the wire has it: its sender is told, nothing is stored or relayed."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from datachannels.whiteboard.drawing import draw, extent
from datachannels.whiteboard.svg import svg
from datachannels.whiteboard.typeface import bundled
from tests.datachannels.table import Seat
from tests.datachannels.whiteboard.board_table import BOARD, BoardTable

GOOD: dict[str, Any] = {"type": "stroke", "points": [0, 0, 128], "z": "a0"}


def submit(props: str, element: str = "e", seq: int = 1) -> str:
    """The text of a submit whose properties are said word for word."""
    put = f'{{"op":"put","id":"{element}","props":{props}}}'
    return f'{{"t":"submit","board":"{BOARD}","seq":{seq},"changes":[{put}]}}'


def assert_refused(texts: Sequence[str], *codes: str) -> None:
    """None does anything, each is answered with one of the codes, and the next good change goes well."""
    table = BoardTable()
    ada, bo = table.sit("ada"), table.sit("bo")
    for seat in (ada, bo):
        seat.open()
    for text in texts:
        assert say(ada, text)["code"] in codes, text[:100]
        assert bo.take() == []
        assert len(table.boards.kept[BOARD].log) == 1
    assert ada.submit(1, table.put("good", **GOOD))["version"] == 2
    assert [change["id"] for change in bo.take("change")[0]["changes"]] == ["good"]


def say(seat: Seat, text: str) -> Any:
    """The one answer to what is said word for word."""
    seat.take()
    seat.table.services.received(seat.number, text, seat.table.now)
    seat.table.settle()
    (answer,) = seat.take()
    assert answer["t"] == "error"
    return answer


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e308"])
def test_number_that_is_none_or_without_end_is_refused(number: str) -> None:
    places = (
        f'{{"type":"rect","box":[0,0,{number},1,0]}}',
        f'{{"type":"stroke","points":[{number},0,128]}}',
        f'{{"type":"rect","box":[0,0,1,1,0],"style":{{"width":{number}}}}}',
        f'{{"type":"connector","points":[0,0,1],"to":{{"element":"x","anchor":[{number},0]}}}}',
    )
    table = BoardTable()
    ada, bo = table.sit("ada"), table.sit("bo")
    for seat in (ada, bo):
        seat.open()
    for place in places:
        # What is no JSON closes the channel; a number that JSON has is answered.
        ada.take()
        table.services.received(ada.number, submit(place), table.now)
        table.settle()
        answers = ada.take()
        assert ada.closed or [answer["code"] for answer in answers] == ["bad_message"], place
        assert bo.take() == []
        assert len(table.boards.kept[BOARD].log) == 1
        if ada.closed:
            ada.lose()
            ada = table.sit("ada")
            ada.open()


def test_stroke_of_a_million_points_is_refused() -> None:
    points = orjson.dumps([0, 0, 128] * 1_000_000).decode()
    assert_refused([submit(f'{{"type":"stroke","points":{points}}}')], "too_large")


def test_element_of_an_unknown_type_is_refused() -> None:
    types = ("script", "svg", "iframe", "Rect", "", "a" * 100)
    assert_refused([submit(f'{{"type":"{kind}","box":[0,0,1,1,0]}}') for kind in types], "bad_message")


def test_id_of_anything_but_an_element_is_refused() -> None:
    names = ("pa_1", "bo_1", "do_1", "rm_1", "tr_1", "re_1", "p1", "__proto__", "../x", "a b", "")
    assert_refused([submit('{"type":"rect","box":[0,0,1,1,0]}', name) for name in names], "bad_message")


def test_end_and_group_name_nothing_of_others() -> None:
    props = ('"group":"rm_1"', '"from":{"element":"pa_1","anchor":[0,0]}', '"page":"do_1"', '"file":"../x"')
    assert_refused([submit(f'{{"type":"connector","points":[0,0,1],{one}}}') for one in props], "bad_message")


def test_html_in_a_text_is_letters_wherever_it_is_shown() -> None:
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">]]>&lt;'
    table = BoardTable()
    ada, bo = table.sit("ada"), table.sit("bo")
    for seat in (ada, bo):
        seat.open()
    ada.submit(1, table.put("e", type="sticky", box=[0, 0, 200, 200, 0], text=evil))
    assert bo.take("change")[0]["changes"][0]["props"]["text"] == evil
    elements = table.content(2)["elements"]
    drawing = svg(draw(elements, bundled()), extent(elements), lambda name: None, evil)
    assert "<script" not in drawing
    assert "<img" not in drawing


def test_text_too_long_and_property_too_deep_are_refused() -> None:
    texts = [
        submit('{"type":"text","box":[0,0,1,1,0],"text":"' + "x" * 20_000 + '"}'),
        submit('{"type":"text","box":[0,0,1,1,0],"x":' + "[" * 20 + "]" * 20 + "}"),
    ]
    assert_refused(texts, "too_large", "bad_message")


def test_what_is_nested_too_deep_to_be_json_closes_the_channel() -> None:
    table = BoardTable()
    ada = table.sit("ada")
    ada.open()
    table.services.received(ada.number, "[" * 100_000, table.now)
    assert ada.closed
    assert len(table.boards.kept[BOARD].log) == 1
