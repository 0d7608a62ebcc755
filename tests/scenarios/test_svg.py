"""The charts: well-formed, and what is given is drawn."""

from xml.etree import ElementTree

from tests.scenarios.svg import BLUE, Chart, Line, Panel, Strips

NAMESPACE = "{http://www.w3.org/2000/svg}"


def drawn(*panels: Panel | Strips) -> ElementTree.Element:
    return ElementTree.fromstring(Chart("Falls & <returns>", 20.0, panels).svg())


def test_lines_keep_within_the_axis_and_stand_under_their_title() -> None:
    line = Line("sent", [(0.0, 0.0), (10.0, 5.0), (20.0, 99.0)], BLUE)
    root = drawn(Panel("Mbit/s", (line,), 10.0, ((5.0, "5"),), height=100))
    texts = [element.text for element in root.iter(NAMESPACE + "text")]
    assert texts == ["Falls & <returns>", "Mbit/s", "5", "sent", "0 s", "10 s", "20 s"]
    (path,) = (e.get("d") for e in root.iter(NAMESPACE + "path") if e.get("stroke") == BLUE)
    assert path == "M64.0 150.0L404.0 100.0L744.0 50.0"


def test_steps_hold_their_value() -> None:
    root = drawn(Panel("", (Line("", [(0.0, 10.0), (10.0, 0.0)], BLUE, steps=True),), 10.0, (), height=100))
    (path,) = (element.get("d") for element in root.iter(NAMESPACE + "path"))
    assert path == "M64.0 50.0H404.0V150.0"


def test_strips_draw_a_rectangle_a_piece() -> None:
    root = drawn(Strips("Layer", [("it", [(0.0, 5.0, "red"), (5.0, 20.0, "blue")])], [("low", "red")]))
    pieces = [element for element in root.iter(NAMESPACE + "rect") if element.get("fill") in ("red", "blue")]
    assert [(piece.get("x"), piece.get("width")) for piece in pieces] == [
        ("64.0", "170.0"),
        ("234.0", "510.0"),
    ]
