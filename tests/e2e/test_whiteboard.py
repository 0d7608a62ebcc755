"""Whiteboards in Chromium: two people draw, with every tool, and find everything again."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.e2e.board_page import (
    CONTENT,
    COUNT,
    EDITOR,
    OPEN,
    RESTED,
    SAVED,
    SERVER_DIFFERS,
    agree,
    at,
    click,
    differing,
    drag,
    element,
    elements,
    make_board,
    open_board,
    picture,
    take,
)
from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room, wait_for
from tests.e2e.server import Server
from tests.e2e.test_accessibility import AXE, grave_findings

pytestmark = pytest.mark.e2e

STROKES = f"{EDITOR}.live.strokes"


def put(name: str, kind: str, **props: Any) -> dict[str, Any]:
    """The change that makes an element."""
    return {"op": "put", "id": name, "props": {"type": kind, "page": "p1", "z": f"a{name}", **props}}


WAVE = [0, 1500, 90, *[value for step in range(40) for value in (40, (step % 9 - 4) * 22, 90 + 4 * step)]]
DRAWING = [
    put("a", "rect", box=[0, 0, 160, 100, 0], text="A rectangle with words in it", style={"fill": "#c7defc"}),
    put("b", "ellipse", box=[220, 0, 160, 100, 25], style={"dash": "dashed", "color": "#d92d20"}),
    put("c", "sticky", box=[420, -20, 140, 140, 350], text="Turned, Ünïcode, Привет", style={"size": 18}),
    put("d", "text", box=[0, 230, 220, 75, 0], text="Longer than its box is wide", wrap=True),
    put("e", "stroke", points=WAVE, style={"color": "#2563c9", "width": 12}),
    put("f", "stroke", points=[2200, 1500, 128, 1500, 300, 128], style={"width": 24, "opacity": 0.4}),
    put("g", "arrow", points=[2400, 2400, 128, 1200, 500, 128], style={"dash": "dotted", "width": 8}),
    put("h", "line", points=[4000, 2400, 128, 1200, 500, 128], style={"opacity": 0.5, "color": "#2e8b57"}),
    put(
        "i",
        "connector",
        points=[0, 0, 128, 10, 10, 128],
        **{"from": {"element": "a", "anchor": [0.5, 0.5]}, "to": {"element": "b", "anchor": [0.5, 0.5]}},
    ),
    put("j", "frame", box=[-30, -30, 640, 380, 0], text="A frame"),
]
"""Elements of every type, with what makes them look different."""


async def enter(browser: Chromium, server: Server, room: str, name: str, **parameters: str | int) -> Page:
    query = {"camera": 0, "mic": 0, **parameters}
    return await enter_room(browser, server, room, name, AXE.read_text(), **query)


async def test_two_people_draw_with_every_tool_and_find_it_again(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    ada, bo = [await enter(browser, server, room, name) for name in ("Ada", "Bo")]
    await make_board(ada)
    await open_board(bo)

    # Both draw at once, and each sees the other's stroke grow before it ends.
    for page, other, y in ((ada, bo, -150), (bo, ada, 150)):
        await take(page, "p")
        await drag(page, (-300, y), (-200, y + 40), (-100, y), release=False)
        await wait_for(other, f"{STROKES}.length === 1 && {STROKES}[0].points.length > 12")
        assert await other.evaluate(COUNT) == 0
    # A stroke that rests for five seconds, as on a machine that does, is shown again as it moves.
    grown = await bo.evaluate(f"{STROKES}[0]?.points.length ?? 12")
    await ada.mouse.move(*await at(ada, 0, -100), steps=5)
    await wait_for(bo, f"{STROKES}[0]?.points.length > {grown}")
    for page in (ada, bo):
        await page.mouse.up()
    await agree(ada, bo)
    assert await ada.evaluate(f"[{COUNT}, {STROKES}.length]") == [2, 0]
    # What one did oneself is undone, though the other did something later.
    await ada.keyboard.press("Control+z")
    await agree(ada, bo)
    assert await bo.evaluate(COUNT) == 1
    await ada.keyboard.press("Control+Shift+Z")
    await agree(ada, bo)
    assert await bo.evaluate(COUNT) == 2

    # Every tool makes something.
    await take(ada, "m")
    await drag(ada, (-300, -40), (-100, -30))
    for key, x in (("r", -60), ("o", 120)):
        await take(ada, key)
        await drag(ada, (x, -200), (x + 120, -120))
    for key, y in (("l", -80), ("a", -50)):
        await take(ada, key)
        await drag(ada, (-60, y), (60, y + 10))
    await take(ada, "c")
    await drag(ada, (0, -160), (180, -160))
    await take(ada, "n")
    await click(ada, -200, 40)
    await ada.keyboard.type("A note, long enough for two lines")
    await ada.keyboard.press("Escape")
    await take(ada, "t")
    await click(ada, 80, 30)
    await ada.keyboard.type("Written\nin two lines")
    await ada.keyboard.press("Escape")
    await take(ada, "f")
    await drag(ada, (60, 60), (300, 200))
    await agree(ada, bo)
    kinds = ("stroke", "rect", "ellipse", "line", "arrow", "connector", "sticky", "text", "frame")
    assert [len(await elements(bo, kind)) for kind in kinds] == [3, 1, 1, 1, 1, 1, 1, 1, 1]
    assert (await element(bo, "text"))["text"] == "Written\nin two lines"
    connector, rect = await element(bo, "connector"), await element(bo, "rect")
    assert connector["from"] == {"element": rect["id"], "anchor": [0.5, 0.5]}
    assert (await elements(bo, "stroke"))[-1]["style"]["opacity"] == pytest.approx(0.4)

    # Select, move, resize, turn; each is one step of undo.
    await take(ada, "v")
    await click(ada, -60, -160)
    x, y, w, h, _ = rect["box"]
    await drag(ada, (x, y + 20), (x - 90, y + 53))
    moved = (await element(ada, "rect"))["box"]
    assert moved[:2] == pytest.approx([x - 90, y + 33], abs=8)
    x, y = moved[:2]
    await drag(ada, (x + w, y + h), (x + w + 50, y + h + 21))
    await drag(ada, (x + (w + 50) / 2, y - 26), (x + w + 200, y + (h + 21) / 2))
    await agree(ada, bo)
    box = (await element(bo, "rect"))["box"]
    assert box[2:4] == pytest.approx([w + 50, h + 21], abs=3)
    assert box[4] == pytest.approx(90, abs=4)
    for _ in range(3):
        await ada.keyboard.press("Control+z")
    await agree(ada, bo)
    assert (await element(bo, "rect"))["box"] == rect["box"]

    # Several at once: marquee, group, align, duplicate, paste, order, lock, delete.
    before = await ada.evaluate(COUNT)
    await click(ada, 350, -220)
    await drag(ada, (-90, -230), (270, -100))
    await wait_for(ada, f"{EDITOR}.selection.peek().size === 3")
    await ada.keyboard.press("Control+d")
    await wait_for(ada, f"{COUNT} === {before + 3}")
    copied = await element(ada, "connector")
    assert copied["from"]["element"] == (await element(ada, "rect"))["id"] != rect["id"]
    await ada.keyboard.press("Control+g")
    await click(ada, 350, -220)
    await click(ada, (await element(ada, "rect"))["box"][0], -150)
    await wait_for(ada, f"{EDITOR}.selection.peek().size === 3")
    await ada.get_by_role("button", name="More for the selection").click()
    await ada.get_by_role("menuitem", name="To the back").click()
    assert await ada.evaluate(f"{EDITOR}.scene.elements.slice(0, 3).every(({{group}}) => group)")
    await ada.locator(".board-canvas").focus()
    await ada.keyboard.press("Control+c")
    await ada.keyboard.press("Control+v")
    await wait_for(ada, f"{COUNT} === {before + 6}")
    await ada.keyboard.press("Control+Shift+L")
    await ada.keyboard.press("Delete")
    await agree(ada, bo)
    assert await bo.evaluate(COUNT) == before + 6
    await ada.get_by_role("button", name="Unlock").click()
    await ada.locator(".board-canvas").focus()
    await ada.keyboard.press("Delete")
    await agree(ada, bo)
    assert await bo.evaluate(COUNT) == before + 3
    # The eraser takes whole elements.
    await take(ada, "e")
    await drag(ada, (-310, -60), (-200, -10))
    await agree(ada, bo)
    assert len(await elements(bo, "stroke")) == 2

    # Styles, by the bar, to what is selected.
    await take(ada, "v")
    await click(ada, 60, -70)
    await ada.get_by_role("button", name="Colour", exact=True).click()
    await ada.get_by_role("radio", name="Red").click()
    await wait_for(bo, f"{EDITOR}.scene.elements.some(({{style}}) => style?.color === '#d92d20')")
    assert await grave_findings(ada) == []

    # The same after a reload, to the pixel.
    await ada.keyboard.press("Escape")
    await agree(ada, bo)
    shown = await picture(ada)
    await ada.reload()
    await open_board(ada)
    await agree(bo, ada)
    assert differing(shown, await picture(ada)) <= 0.001
    assert len(set(shown.green)) > 10
    assert browser.errors == []


APART = [
    put("a", "rect", box=[0, 0, 160, 100, 0], text="Words"),
    put("b", "ellipse", box=[300, 0, 160, 100, 0]),
    put("c", "sticky", box=[600, 0, 140, 140, 0], text="A note"),
    put("d", "text", box=[900, 0, 160, 50, 0], text="Two lines of text", wrap=True, style={"size": 20}),
    put("e", "stroke", points=[0, 3000, 128, *[value for _ in range(20) for value in (70, 40, 128)]]),
    put("f", "line", points=[3000, 3000, 128, 1400, 900, 128]),
    put("g", "arrow", points=[6000, 3000, 128, 1400, 900, 128]),
    put("h", "connector", points=[9000, 3000, 128, 1400, 900, 128]),
    put("i", "frame", box=[0, 600, 200, 120, 0], text="A frame"),
]
"""One of each type, far from one another."""

# A place that the element alone is at, and one of the handles that change its size or end.
PLACES = """((id) => {
  const {editor} = window.sfumatoBoard, {x, y, w, h} = editor.scene.boundsOf(id), spots = [];
  for (let step = 0; step < 1600; step += 1)
    spots.push({x: x + (w * (step % 40)) / 39, y: y + (h * Math.floor(step / 40)) / 39});
  const on = spots.filter((spot) => editor.scene.at(spot, 1)?.id === id);
  const {box, points, type} = editor.look(id);
  const end = box ? [box[0] + box[2], box[1] + box[3]]
    : type === "stroke" ? [x + w, y + h] : [(points[0] + points[3]) / 10, (points[1] + points[4]) / 10];
  const halves = [0, 0.5, 1];
  const grips = box
    ? halves.flatMap((u) => halves.map((v) => [box[0] + u * box[2], box[1] + v * box[3]]))
    : [[x, y], [x + w / 2, y], [x + w, y], [x, y + h], end];
  const away = (spot) => Math.min(...grips.map(([u, v]) => Math.hypot(u - spot.x, v - spot.y)));
  const spot = on.reduce((best, one) => (away(one) > away(best) ? one : best));
  return [[spot.x, spot.y], end];
})"""
GEOMETRY = f"((id) => JSON.stringify([{EDITOR}.look(id).box, {EDITOR}.look(id).points]))"


async def test_every_kind_of_element_is_selected_moved_resized_and_undone(
    server: Server, chromium: StartChromium, tmp_path: Path
) -> None:
    browser, room = await chromium(), new_room()
    ada = await enter(browser, server, room, "Ada")
    await make_board(ada)
    bo = await enter(browser, server, room, "Bo")
    await open_board(bo)
    await ada.evaluate(f"{EDITOR}.change({json.dumps(APART)})")
    (tmp_path / "picture.png").write_bytes(await ada.locator(".toolbar").screenshot())
    await ada.evaluate(f"{EDITOR}.pointer = {{x: 400, y: 650}}")
    await ada.get_by_label("Add a file").set_input_files(tmp_path / "picture.png")
    await wait_for(ada, f"{COUNT} === {len(APART) + 1}")
    image = (await element(ada, "image"))["id"]
    await take(ada, "v")
    await ada.keyboard.press("1")
    await agree(ada, bo)
    whole = await bo.evaluate(CONTENT)
    for name in [*(one["id"] for one in APART), image]:
        before = await ada.evaluate(f"{GEOMETRY}('{name}')")
        for grip in range(2):
            spot, end = await ada.evaluate(f"{PLACES}('{name}')")
            await click(ada, *spot)
            assert await ada.evaluate(f"[...{EDITOR}.selection.peek()]") == [name]
            x, y = end if grip else spot
            await drag(ada, (x, y), (x + 20, y + 24), (x + 45, y + 37))
            await wait_for(bo, f"{GEOMETRY}('{name}') !== {json.dumps(before)}")
            after = await ada.evaluate(f"{GEOMETRY}('{name}')")
            await wait_for(bo, f"{GEOMETRY}('{name}') === {json.dumps(after)}")
            box, points = json.loads(after)
            old_box, old_points = json.loads(before)
            # A move leaves the size, and what is not the handle stays where it is.
            if box:
                assert (box[2:] == old_box[2:]) is (grip == 0), name
            else:
                assert (points[3:] == old_points[3:]) is (grip == 0), name
            await ada.keyboard.press("Control+z")
            await wait_for(bo, f"{GEOMETRY}('{name}') === {json.dumps(before)}")
        await ada.keyboard.press("Escape")
    await agree(ada, bo)
    assert await bo.evaluate(CONTENT) == whole
    assert browser.errors == []


async def test_a_board_leaves_as_files_that_look_the_same_and_comes_back(
    server: Server, chromium: StartChromium, tmp_path: Path
) -> None:
    browser, room = await chromium(), new_room()
    ada = await enter(browser, server, room, "Ada")
    await make_board(ada)
    await ada.evaluate(f"{EDITOR}.change({json.dumps(DRAWING)})")
    # A picture, from a file.
    (tmp_path / "picture.png").write_bytes(await ada.locator(".toolbar").screenshot())
    await ada.get_by_label("Add a file").set_input_files(tmp_path / "picture.png")
    await wait_for(ada, f"{EDITOR}.scene.elements.some(({{type, file}}) => type === 'image' && file)")
    # Another page, which the pictures of the first do not have.
    await ada.get_by_role("button", name="Pages: Page 1").click()
    await ada.get_by_role("menuitem", name="New page").click()
    await take(ada, "n")
    await click(ada, 0, 0)
    await ada.keyboard.type("On the second page")
    await ada.keyboard.press("Escape")
    # A page that is deleted can be brought back, with all that is on it.
    await ada.get_by_role("button", name="Pages: Page 2").click()
    await ada.get_by_role("menuitem", name="Delete this page").click()
    await ada.get_by_role("button", name="Pages: Page 1").click()
    await ada.get_by_role("menuitem", name="Bring back Page 2").click()
    await wait_for(ada, f"{EDITOR}.scene.elements[0]?.text === 'On the second page'")
    await ada.get_by_role("button", name="Pages: Page 2").click()
    await ada.get_by_role("menuitemradio", name="Page 1").click()
    await wait_for(ada, f"{SAVED} && {RESTED} && {EDITOR}.scene.count === {len(DRAWING) + 1}")
    assert await ada.evaluate(SERVER_DIFFERS) <= 0.01
    assert browser.errors == []

    saved: dict[str, bytes] = {}
    for words in ("PNG", "SVG", "PDF", "JSON"):
        await ada.get_by_role("button", name="Board", exact=True).click()
        async with ada.expect_download() as starting:
            await ada.get_by_role("menuitem", name=f"Save as {words}").click()
        download = await starting.value
        assert download.suggested_filename == f"Board.{words.lower()}"
        await download.save_as(tmp_path / download.suggested_filename)
        saved[words] = (tmp_path / download.suggested_filename).read_bytes()
    assert saved["PNG"].startswith(b"\x89PNG")
    assert saved["SVG"].startswith(b"<svg")
    assert saved["PDF"].startswith(b"%PDF")
    content = await ada.evaluate(CONTENT)
    await ada.get_by_role("button", name="Close board").click()
    await make_board(ada)
    await ada.get_by_label("Add a file").set_input_files(tmp_path / "Board.json")
    await wait_for(ada, f"{CONTENT} === {json.dumps(content)}")
    assert await ada.evaluate(f"{EDITOR}.board.pages.length") == 2


async def test_people_look_along_and_draw_by_finger_and_pen(server: Server, chromium: StartChromium) -> None:
    browser, room = await chromium(), new_room()
    ada = await enter(browser, server, room, "Ada")
    bo = await enter(browser, server, room, "Bo")
    cy = await enter(browser, server, room, "Cy", role="viewer")
    await make_board(ada)
    for page in (bo, cy):
        await open_board(page)
    # A viewer has the tools for looking, and no others.
    assert await cy.locator(".board-tool").filter(visible=True).count() == 6
    await cy.get_by_text("You may look, not draw").wait_for()
    await take(cy, "p")
    await drag(cy, (0, 0), (50, 50))
    assert await cy.evaluate(f"{EDITOR}.tool.peek()") == "select"

    # Bo follows Ada, to another page and back, until he looks elsewhere himself.
    await bo.get_by_role("button", name="Follow somebody").click()
    await bo.get_by_role("menuitem", name="Follow Ada").click()
    await ada.evaluate(f"{EDITOR}.lookAt({{x: 300, y: 200, zoom: 2}})")
    middle = "(({x, y, zoom}, {width, height}) => [x + width / 2 / zoom, y + height / 2 / zoom])"
    seen = f"JSON.stringify({middle}({EDITOR}.view.peek(), {EDITOR}.size).map(Math.round))"
    await wait_for(bo, f"{seen} === {json.dumps(await ada.evaluate(seen))}")
    await bo.get_by_role("button", name="Following Ada: stop").wait_for()
    await bo.mouse.move(*await at(bo, 500, 350))
    await bo.mouse.wheel(0, 200)
    await bo.get_by_role("button", name="Follow somebody").wait_for()
    # Pointers have names, the laser's light comes too.
    await take(ada, "k")
    await drag(ada, (350, 250), (400, 280), release=False)
    await wait_for(bo, f"{EDITOR}.live.pointers.some(({{laser}}) => laser)")
    await ada.mouse.up()
    await wait_for(bo, f"{EDITOR}.live.pointers.every(({{laser}}) => !laser)")

    # On a phone: a finger draws, two zoom and draw nothing, a pen presses, and the palm does not count.
    await bo.set_viewport_size({"width": 390, "height": 844})
    await bo.evaluate(f"{EDITOR}.lookAt({{x: -200, y: -300, zoom: 1}})")
    await take(bo, "p")
    touch = await bo.context.new_cdp_session(bo)
    await touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5})

    async def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = await at(bo, -50, -100)
    await fingers("touchStart", (x, y))
    for step in range(10):
        await fingers("touchMove", (x + 8 * step, y + 5 * step))
    await fingers("touchEnd")
    await wait_for(ada, f"{COUNT} === 1")
    await fingers("touchStart", (x, y), (x + 60, y))
    for step in range(10):
        await fingers("touchMove", (x - 4 * step, y), (x + 60 + 4 * step, y))
    await fingers("touchEnd")
    await wait_for(bo, f"{EDITOR}.view.peek().zoom > 1.8")
    for step, kind in enumerate(["mousePressed", *["mouseMoved"] * 8, "mouseReleased"]):
        force = {"force": 0.1 + 0.1 * step, "pointerType": "pen", "button": "left", "buttons": 1}
        where = {"x": x - 60 + 10 * step, "y": y + 60}
        await touch.send("Input.dispatchMouseEvent", {"type": kind, "clickCount": 1, **where, **force})
    await wait_for(ada, f"{COUNT} === 2")
    pressures = (await elements(ada, "stroke"))[-1]["points"][2::3]
    assert pressures[0] < 60
    assert pressures[-1] > 150
    before = await bo.evaluate(f"{EDITOR}.view.peek().x")
    await fingers("touchStart", (x, y))
    await fingers("touchMove", (x + 40, y))
    await fingers("touchEnd")
    await wait_for(bo, f"{EDITOR}.view.peek().x < {before}")
    await agree(bo, ada)
    assert await ada.evaluate(COUNT) == 2
    assert await grave_findings(bo) == []
    assert browser.errors == []


async def test_a_link_opens_the_board_without_the_meeting_until_it_is_revoked(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    ada = await enter(browser, server, room, "Ada")
    await make_board(ada)
    await ada.get_by_role("button", name="Share", exact=True).click()
    links: list[str] = []
    for words in ("Can draw", "Can look"):
        await ada.get_by_label("People with the link").select_option(words)
        await ada.get_by_role("button", name="Make a link").click()
        await wait_for(ada, f"document.querySelectorAll('.links li').length === {len(links) + 1}")
        links.append(await ada.locator("#share-address").input_value())
    await ada.get_by_role("button", name="Close", exact=True).click()

    # Who may draw says a name first; both see each other's strokes and pointers, with names.
    guest = await browser.open(links[0], AXE.read_text())
    await guest.get_by_label("Your name").fill("Gus")
    assert await grave_findings(guest) == []
    await guest.get_by_role("button", name="Open the board").click()
    await wait_for(guest, OPEN)
    await guest.get_by_role("heading", name="Board").wait_for()
    names = f"{EDITOR}.live.pointers.map((one) => window.sfumatoBoard.who(one)?.name)"
    for page, other, name in ((guest, ada, "Gus"), (ada, guest, "Ada")):
        await take(page, "p")
        await drag(page, (-100, 0), (0, 40), (100, 0), release=False)
        await wait_for(other, f"{STROKES}.length === 1 && {names}.includes('{name}')")
        await page.mouse.up()
        await agree(ada, guest)
    assert await ada.evaluate(COUNT) == 2
    await guest.keyboard.press("Control+z")
    await agree(ada, guest)
    assert await ada.evaluate(COUNT) == 1
    assert await grave_findings(guest) == []

    # Who may look sees everything, and has no tools that draw.
    looker = await browser.open(links[1].replace("#", "?name=Lo#"))
    await wait_for(looker, f"{OPEN} && {COUNT} === 1")
    await take(looker, "p")
    await drag(looker, (0, 0), (50, 50))
    assert await looker.evaluate(f"{EDITOR}.tool.peek()") == "select"
    await take(ada, "r")
    await drag(ada, (-200, -200), (-100, -120))
    await wait_for(looker, f"{COUNT} === 2")

    await ada.get_by_role("button", name="Share", exact=True).click()
    await ada.get_by_role("button", name="Revoke").first.click()
    await guest.get_by_role("heading", name="This link does not work").wait_for()
    assert await looker.evaluate(f"{OPEN} && {COUNT} === 2")
    assert browser.errors == []
