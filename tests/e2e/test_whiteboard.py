"""Whiteboards in Chromium: two people draw, with every tool, and find everything again."""

import pytest
from playwright.async_api import Page

from tests.e2e.board_page import (
    COUNT,
    EDITOR,
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
    for page, y in ((ada, -150), (bo, 150)):
        await take(page, "p")
        await drag(page, (-300, y), (-200, y + 40), (-100, y), release=False)
    for page in (ada, bo):
        await wait_for(page, f"{STROKES}.length === 1 && {STROKES}[0].points.length > 12")
        assert await page.evaluate(COUNT) == 0
    grown = await bo.evaluate(f"{STROKES}[0].points.length")
    await ada.mouse.move(*await at(ada, 0, -100), steps=5)
    await wait_for(bo, f"{STROKES}[0].points.length > {grown}")
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
    assert len(set(shown[2:])) > 10
    assert browser.errors == []
