"""Boards as marks, SVG, PDF and pictures."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datachannels.whiteboard.connectors import ends_of
from datachannels.whiteboard.drawing import draw, extent
from datachannels.whiteboard.marks import Outline, Words
from datachannels.whiteboard.pdf import Pixels, pdf
from datachannels.whiteboard.points import encode
from datachannels.whiteboard.render import Job, render
from datachannels.whiteboard.svg import svg
from datachannels.whiteboard.templates import TEMPLATES
from datachannels.whiteboard.text_layout import lay_out
from datachannels.whiteboard.typeface import bundled
from tests.datachannels.whiteboard.drawings import content_of, every_element, pixels
from tests.signaling.api.test_files import png


def picture(elements: list[dict[str, Any]], region: list[float], tmp_path: Path) -> Any:
    job = Job("png", "t", str(tmp_path), region=region, scale=1.0)
    return pixels(render(job, content_of(elements)))


def test_every_type_is_drawn_where_it_is(tmp_path: Path) -> None:
    whole = {"style": {"color": "#ff0000", "fill": "#00ff00", "width": 4}}
    box = {"type": "rect", "box": [10, 10, 40, 20, 0], **whole}
    image = picture([{"id": "a", **box}], [0, 0, 60, 40], tmp_path)
    assert tuple(image[20, 30]) == (0, 255, 0)
    assert tuple(image[10, 30]) == (255, 0, 0)
    assert tuple(image[4, 30]) == (255, 255, 255)
    for element in every_element():
        drawn = picture([element], [0, 0, 200, 200], tmp_path)
        assert (drawn != 255).any(), element["type"]


def test_lower_elements_are_below(tmp_path: Path) -> None:
    def square(element: str, z: str, fill: str) -> dict[str, Any]:
        return {
            "id": element,
            "type": "rect",
            "z": z,
            "box": [0, 0, 40, 40, 0],
            "style": {"fill": fill, "width": 0},
        }

    top = picture([square("b", "a1", "#0000ff"), square("a", "Zz", "#ff0000")], [0, 0, 40, 40], tmp_path)
    assert tuple(top[20, 20]) == (0, 0, 255)
    same = picture([square("b", "a1", "#0000ff"), square("c", "a1", "#ff0000")], [0, 0, 40, 40], tmp_path)
    assert tuple(same[20, 20]) == (255, 0, 0)


def test_turned_box_turns_about_its_middle(tmp_path: Path) -> None:
    bar = {"id": "a", "type": "rect", "box": [0, 40, 100, 20, 90], "style": {"fill": "#000000", "width": 0}}
    image = picture([bar], [0, 0, 100, 100], tmp_path)
    assert tuple(image[5, 50]) == (0, 0, 0)
    assert tuple(image[50, 5]) == (255, 255, 255)


def test_connector_runs_from_edge_to_edge_and_follows() -> None:
    def look(element: str) -> dict[str, Any] | None:
        boxes = {"a": [0, 0, 100, 100, 0], "b": [300, 0, 100, 100, 45]}
        return {"id": element, "type": "rect", "box": boxes[element]} if element in boxes else None

    middle = [0.5, 0.5]
    ends = {"from": {"element": "a", "anchor": middle}, "to": {"element": "b", "anchor": middle}}
    connector = {"id": "c", "type": "connector", **ends}
    start, end = ends_of(connector, look) or ((0, 0), (0, 0))
    assert start == (104.0, 50.0)
    assert end[0] == pytest.approx(350 - 4 - 50 * 2**0.5)
    gone = connector | {"to": {"element": "gone", "anchor": middle}}
    assert ends_of(gone, look) is None
    free = gone | {"points": encode([(0, 0, 0.5), (200, 50, 0.5)])}
    assert ends_of(free, look) == ((104.0, 50.0), (200.0, 50.0))


def test_text_is_broken_at_spaces_and_only_then_inside_words() -> None:
    def measure(text: str) -> float:
        return float(len(text))

    assert lay_out("one two three", 7, measure) == ["one two", "three"]
    assert lay_out("unbreakable", 4, measure) == ["unbr", "eaka", "ble"]
    assert lay_out("a\n\nb", 4, measure) == ["a", "", "b"]
    assert lay_out("😀😀😀", 2, measure) == ["😀😀", "😀"]
    assert lay_out("a b", 0, measure) == ["a", "b"]


@pytest.mark.parametrize("width", [1, 7, 3_000])
def test_no_text_is_measured_again_and_again(width: float) -> None:
    measured = 0

    def measure(text: str) -> float:
        nonlocal measured
        measured += len(text)
        return float(len(text))

    lay_out("x" * 10_000, width, measure)
    assert measured < 200_000


def test_letters_are_as_wide_as_the_font_says_and_kerned() -> None:
    font = bundled()
    assert font.width("A", 2048) == 1413.0
    assert font.width("AV", 2048) < font.width("A", 2048) + font.width("V", 2048)
    assert font.width("Ωμέγα Привет ő", 20) > 100
    pieces = font.pieces("a😀b", 20)
    assert [piece.commands is None for piece in pieces] == [False, True, False]


def test_words_without_a_font_stay_words() -> None:
    note = {"id": "a", "type": "text", "box": [0, 0, 100, 30, 0], "text": "日本 <b>&"}
    marks = draw([note], bundled())
    assert [mark.text for mark in marks if isinstance(mark, Words)] == ["日本"]
    assert "".join(mark.words for mark in marks if isinstance(mark, Outline)) == " <b>&"


HOSTILE = "</text><script>alert(1)</script>\x00\x0b\ufffe\"'&"


def test_svg_is_well_formed_and_has_no_scripts_whatever_is_said() -> None:
    elements = [
        {"id": "a", "type": "text", "box": [0, 0, 100, 30, 0], "text": HOSTILE + "日本"},
        {"id": "b", "type": "image", "box": [0, 0, 9, 9, 0], "file": "0" * 64},
    ]
    text = svg(draw(elements, bundled()), extent(elements), lambda name: None, HOSTILE)
    tags = {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(text).iter()}
    assert tags <= {"svg", "title", "rect", "path", "text"}


def test_pictures_are_inside_the_svg(tmp_path: Path) -> None:
    name = "0" * 64
    tmp_path.joinpath(name).write_bytes(png(4, 4))
    image = {"id": "b", "type": "image", "box": [0, 0, 40, 40, 0], "file": name}
    text = render(Job("svg", "t", str(tmp_path)), content_of([image])).decode()
    assert re.findall(r'href="([^,]*),', text) == ["data:image/png;base64"]
    shown = picture([image], [0, 0, 40, 40], tmp_path)
    assert tuple(shown[20, 20]) == (255, 0, 0)


def test_pdf_has_a_page_for_each_page_and_its_table_is_right(tmp_path: Path) -> None:
    name = "0" * 64
    tmp_path.joinpath(name).write_bytes(png(4, 4))
    content = content_of(
        [*every_element(), {"id": "i", "type": "image", "box": [0, 0, 9, 9, 0], "file": name}]
    )
    content["pages"] += [
        {"id": "p2", "title": "", "z": "b"},
        {"id": "p3", "title": "", "z": "", "deleted": True},
    ]
    data = render(Job("pdf", "t", str(tmp_path)), content)
    assert data.startswith(b"%PDF-1.5")
    assert data.count(b"/Type /Page ") == 2
    assert data.count(b"/Subtype /Image") == 1
    table = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [int(line[:10]) for line in data[table:].splitlines() if line.endswith(b" n ")]
    assert [data[place:].split(b" ", 1)[0] for place in places] == [
        b"%d" % number for number in range(1, len(places) + 1)
    ]


def test_opacity_of_a_picture_is_its_mask() -> None:
    marks = draw([{"id": "i", "type": "image", "box": [0, 0, 9, 9, 0], "file": "f"}], bundled())
    data = pdf([(marks, (0, 0, 9, 9))], lambda name: Pixels(1, 1, b"abc", b"\x80"))
    assert b"/SMask" in data


def test_large_page_becomes_a_picture_of_bounded_size(tmp_path: Path) -> None:
    far = [{"id": "a", "type": "rect", "box": [0, 0, 900_000_000, 10, 0]}]
    image = pixels(render(Job("png", "t", str(tmp_path)), content_of(far)))
    assert max(image.shape) <= 8_192


def test_templates_are_drawn_as_they_were(tmp_path: Path) -> None:
    for template in TEMPLATES.values():
        elements = [dict(one) for one in template.elements]
        image = pixels(render(Job("png", "t", str(tmp_path), scale=0.25), content_of(elements)))
        assert np.mean(image != 255) > 0.01, template.id


def test_process_draws_what_it_is_given(tmp_path: Path) -> None:
    head = orjson.dumps({"format": "svg", "title": "t", "files": str(tmp_path)})
    body = orjson.dumps(content_of(every_element()))
    command = [sys.executable, "-m", "datachannels.whiteboard.render"]
    done = subprocess.run(command, input=head + b"\n" + body, capture_output=True, check=True)
    assert done.stdout == render(Job("svg", "t", str(tmp_path)), content_of(every_element()))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(
                    ["rect", "ellipse", "text", "sticky", "frame", "stroke", "arrow", "connector"]
                )
            },
            optional={
                "box": st.lists(st.floats(0, 1e9), min_size=5, max_size=5),
                "text": st.text(max_size=30),
                "z": st.text("aZ0", max_size=4),
                "points": st.lists(st.integers(-1000, 1000), min_size=3, max_size=9).map(
                    lambda flat: [
                        abs(n) % 256 if i % 3 == 2 else n for i, n in enumerate(flat[: len(flat) // 3 * 3])
                    ]
                ),
                "from": st.just({"element": "e0", "anchor": [0.5, 0.5]}),
                "to": st.just({"element": "e1", "anchor": [0.0, 1.0]}),
                "style": st.fixed_dictionaries(
                    {}, optional={"width": st.floats(0, 1000), "opacity": st.floats(0, 1)}
                ),
            },
        ),
        max_size=4,
    )
)
def test_whatever_a_board_holds_is_drawn(elements: list[dict[str, Any]]) -> None:
    board = [{"id": f"e{index}", "page": "p1", **one} for index, one in enumerate(elements)]
    marks, region = draw(board, bundled()), extent(board)
    ElementTree.fromstring(svg(marks, region, lambda name: None))
    assert pdf([(marks, region)], lambda name: None).endswith(b"%%EOF\n")
