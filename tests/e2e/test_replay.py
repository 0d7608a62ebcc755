"""The replay page in Chromium: a recording whose pictures say the time, looked at moment by moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Page

from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.firefox import Firefox
from tests.e2e.room_page import wait_for
from tests.e2e.server import Server
from tests.e2e.test_accessibility import AXE, GRAVE, PHONE, WIDE, grave_findings
from tests.recording.kept_recording import RECORDING, ROOM, keep_recording
from tests.recording.recorded_meeting import ADA, GRACE, LIN, SCREEN, seen

pytestmark = pytest.mark.e2e

DURATION_MS = 20_000
SLACK_S = 0.2
"""Tenths of a second in the pattern, and the camera's frame times."""

IN_STEP_MS = 80
DEADLINE_S = 90

# Name and pattern of each tile that shows a picture.
PICTURES = """[...document.querySelectorAll(".tile.live")].map((tile) =>
  [tile.querySelector("button").ariaLabel.split(",")[0], readPattern(tile.querySelector("video")).person])"""
TEXT = '(document.querySelector(".recorded-document .ql-editor")?.textContent ?? "")'
CHAT = '[...document.querySelectorAll(".said .words")].map((one) => one.textContent)'
BOARD = '(document.querySelector(".recorded-board")?.dataset.elements ?? "")'
# The words that stand marked in the text.
MARKED = "((name) => [...(CSS.highlights.get(name) ?? [])].join())"
TAB = 'document.querySelector(\'[role="tab"][aria-selected="true"]\')?.textContent'
AT = "sfumatoReplay.atMs"
# Of the marks over the screen's picture, at shares of the picture; of the board, in its middle.
MARK = """((x, y) => {
  const canvas = document.querySelector("canvas.marks");
  const [w, h] = [canvas.width, canvas.height], high = Math.min(h, w * 9 / 16), wide = high * 16 / 9;
  const at = [(w - wide) / 2 + x * wide, (h - high) / 2 + y * high].map(Math.round);
  return [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
})"""
NEAR = "((pixel, colour) => colour.every((value, at) => Math.abs(value - pixel[at]) < 12))"
BOARD_MIDDLE = """(() => {
  const canvas = document.querySelector(".recorded-board canvas");
  return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data];
})()"""


@asynccontextmanager
async def host_of(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who may record."""
    query = {"room": ROOM, "name": "Grace", "identity": "grace", "role": "host"}
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{server.url}/api/v1/dev-token", params=query) as answer:
            http.headers["Authorization"] = f"Bearer {(await answer.json())['token']}"
        yield http


async def link_to(server: Server) -> str:
    """A link to the recording, as whoever may record makes one."""
    path = f"{server.url}/api/v1/recordings/{RECORDING}/links"
    async with host_of(server) as http, http.post(path, json={}) as answer:
        assert answer.status == 201
        return str((await answer.json())["url"])


async def films_token(server: Server) -> str:
    """What makes films of the recording."""
    async with host_of(server) as http, http.get(f"{server.url}/api/v1/recordings/{RECORDING}") as answer:
        return str((await answer.json())["films_token"])


async def shown(page: Page, at_s: float) -> dict[str, float]:
    """Go there; whose picture says what time, once all of them say the time that was asked for."""
    await page.evaluate(f"sfumatoReplay.seek({at_s * 1000})")
    says = f"Math.abs((number % 1000) / 10 - {at_s}) <= {SLACK_S}"
    there = f"({PICTURES}).every(([_, number]) => number !== null && {says})"
    await wait_for(page, f"!sfumatoReplay.waiting.value && {there}", DEADLINE_S)
    found = {}
    for name, number in await page.evaluate(PICTURES):
        picture = seen(number)
        assert picture is not None
        who = {"Ada Lovelace": ADA, "Grace Hopper": GRACE, "Lin Xi": LIN, "Grace Hopper – screen": SCREEN}
        assert picture.who == who[name]
        found[name] = picture.at_s
    return found


async def test_a_recording_is_replayed_with_all_that_was_beside_it(
    start_server: StartServer, chromium: StartChromium, firefox: Firefox, tmp_path: Path
) -> None:
    await keep_recording(tmp_path, DURATION_MS)
    server = await start_server("--data", str(tmp_path))
    link = await link_to(server)
    browser = await chromium(flags=("--autoplay-policy=no-user-gesture-required",))
    page = await browser.open(f"{link}&t=2", AXE.read_text())
    await wait_for(page, "window.sfumatoReplay", DEADLINE_S)

    # A link to a moment opens at that moment: everybody in the grid, the document as far as it was written.
    assert await page.evaluate(AT) == 2_000
    everybody = {"Ada Lovelace", "Grace Hopper", "Lin Xi"}
    pictures = await shown(page, 2.0)
    assert pictures.keys() == everybody
    assert all(abs(at_s - 2.0) <= SLACK_S for at_s in pictures.values())
    assert (await page.evaluate(TAB)) == "Minutes"
    await wait_for(page, f'{TEXT} === "We meet again "')

    # The second moment: a screen with a mark on it.
    pictures = await shown(page, 5.0)
    assert pictures.keys() == everybody | {"Grace Hopper – screen"}
    assert all(abs(at_s - 5.0) <= SLACK_S for at_s in pictures.values())
    await wait_for(page, f"{NEAR}({MARK}(0.2, 0.5), [0x00, 0xc2, 0xff])")
    assert (await page.evaluate(f"{MARK}(0.5, 0.5)"))[3] == 0
    await wait_for(page, f'{TEXT} === "We meet again to look at the plan . "')
    await page.get_by_role("tab", name="Chat").click()
    await wait_for(page, f'{CHAT}.join() === "Hello, all."')
    await page.get_by_role("button", name="Follow").click()

    # The third: the board with its stroke, the document with another's words.
    pictures = await shown(page, 8.0)
    assert pictures.keys() == everybody
    assert (await page.evaluate(TAB)) == "Sketch"
    await wait_for(page, f'{BOARD} === "1"')
    await wait_for(page, f"({BOARD_MIDDLE})[0] > 200 && ({BOARD_MIDDLE})[2] < 120")
    await page.get_by_role("tab", name="Minutes").click()
    await wait_for(page, f'{TEXT} === "# We meet again to look at the plan . "')
    # Its comments stand at their words, which moved with the text.
    comments = page.get_by_label("Comments")
    await comments.get_by_role("article").nth(1).wait_for()
    assert await comments.get_by_role("article").count() == 2
    thread = comments.get_by_role("article", name="Comment by Lin Xi: Which of them?")
    assert "The new one." in await thread.inner_text()
    assert await comments.get_by_text("Resolved").count() == 1
    await wait_for(page, f"{MARKED}('comment') === 'plan'")
    await thread.click()
    await wait_for(page, f"{MARKED}('comment-focus') === 'plan' && {MARKED}('comment') === ''")
    # Back again: nothing of later is left.
    await shown(page, 1.2)
    await wait_for(page, f'{TEXT} === "We "')
    await comments.wait_for(state="detached")
    await page.get_by_role("button", name="Follow").click()

    # It plays, in step, also at another speed; keys and chapters move it.
    await page.locator("body").press("Space")
    await wait_for(page, f"{AT} > 2200 && {AT} < 19000", DEADLINE_S)
    in_step = (
        f"sfumatoReplay.away.length >= 6 && sfumatoReplay.away.every((ms) => Math.abs(ms) < {IN_STEP_MS})"
    )
    # On a machine that stutters not at once, and the recording ends.
    await wait_for(page, f"({AT} < 15000 || sfumatoReplay.seek(2000), {in_step})", DEADLINE_S)
    await page.evaluate("sfumatoReplay.seek(2000)")
    await page.get_by_label("Speed").select_option("2")
    await wait_for(page, '[...document.querySelectorAll("audio")].some((one) => one.playbackRate > 1.8)')
    await page.locator("body").press("Space")
    await wait_for(page, "!sfumatoReplay.playing.value")
    paused_at = await page.evaluate(AT)
    await wait_for(page, f"location.hash.includes('t={round(paused_at / 100) / 10:g}')")
    await page.evaluate("sfumatoReplay.seek(10000)")
    await page.locator("body").press("ArrowRight")
    assert await page.evaluate(AT) == 15_000
    await page.locator("body").press("p")
    assert await page.evaluate(AT) == 6_500
    await page.get_by_role("tab", name="Chapters").click()
    chapters = page.get_by_role("tabpanel").get_by_role("button")
    await chapters.nth(3).wait_for()
    assert await chapters.count() == 4
    await chapters.filter(has_text="Grace Hopper shares a screen").click()
    assert await page.evaluate(AT) == 3_000
    await page.evaluate("location.hash = location.hash.replace(/t=.*/, 't=0:08')")
    await wait_for(page, f"{AT} === 8000")
    await page.get_by_label("Player").get_by_text("0:08").first.wait_for()
    slider = page.get_by_role("slider", name="Moment")
    moment = page.locator('[aria-valuetext="8 seconds of 20 seconds, Sketch, Lin Xi speaks"]')
    await slider.and_(moment).wait_for()

    # What can be taken along, and that everybody can use it.
    await page.get_by_role("button", name="Download").click()
    await page.locator(".downloads a").nth(7).wait_for()
    files: list[Any] = await page.eval_on_selector_all(".downloads a", "(all) => all.map((one) => one.href)")
    assert len(files) == 8
    status = await page.evaluate(f"fetch({files[0]!r}, {{method: 'HEAD'}}).then((one) => one.status)")
    assert status == 200
    await page.keyboard.press("Escape")
    for size, colours in ((None, "light"), (PHONE, "dark")):
        await page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        if size is not None:
            await page.set_viewport_size(size)
        for tab in ("Chat", "Chapters", "Minutes"):
            await page.get_by_role("tab", name=tab).click()
            assert (GRAVE, await grave_findings(page)) == (GRAVE, [])
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]

    # Who may make films orders one, and gives it up; who has the link alone does not.
    await page.set_viewport_size(WIDE)
    assert await page.get_by_role("button", name="Make a film").count() == 0
    await page.goto(f"{link}&films={await films_token(server)}")
    await page.reload()
    await page.get_by_role("button", name="Make a film").click()
    await page.get_by_role("radio", name="WebM: free formats").check(force=True)
    await page.get_by_role("button", name="Make the film").click()
    await page.get_by_role("progressbar", name="Grid, WebM").wait_for()
    assert (GRAVE, await grave_findings(page)) == (GRAVE, [])
    await page.get_by_role("button", name="Cancel Grid, WebM").click()
    await page.get_by_role("status").get_by_text("Grid, WebM: given up").wait_for(state="attached")
    await page.locator(".film").wait_for(state="detached")

    # A link that opens nothing says so.
    await page.goto(f"{server.url}/replay/{RECORDING}#token=wrong")
    await page.reload()
    await page.get_by_role("heading", name="This link does not open the recording").wait_for()
    assert [error for error in browser.errors if "401" not in error] == []

    # Another browser shows the same moment, the screen in H264 too.
    await firefox.open(f"{link}&t=5")
    await firefox.wait_for(f"window.sfumatoReplay && ({PICTURES}).length === 4", DEADLINE_S)
    says = "(number % 1000) / 10"
    await firefox.wait_for(
        f"({PICTURES}).every(([_, number]) => number && Math.abs({says} - 5) <= {SLACK_S})", DEADLINE_S
    )
    assert ["Grace Hopper – screen", SCREEN] in [
        [name, number // 1000] for name, number in await firefox.evaluate(PICTURES)
    ]


async def test_a_replay_whose_server_goes_away_says_so_and_goes_on_when_it_is_back(
    start_server: StartServer, chromium: StartChromium, tmp_path: Path
) -> None:
    await keep_recording(tmp_path, DURATION_MS)
    async with Server("--data", str(tmp_path)) as first:
        port = str(urlsplit(first.url).port)
        browser = await chromium()
        page = await browser.open(await link_to(first), AXE.read_text())
        await wait_for(page, "window.sfumatoReplay", DEADLINE_S)
        await shown(page, 2.0)
    # The screen was not on yet: nothing of it has come.
    await page.evaluate("sfumatoReplay.seek(5000)")
    problem = page.get_by_role("alert")
    await problem.get_by_text("The server cannot be reached. It goes on when it answers again.").wait_for()
    assert (GRAVE, await grave_findings(page)) == (GRAVE, [])
    await start_server("--data", str(tmp_path), "--http-port", port)
    await problem.wait_for(state="detached", timeout=DEADLINE_S * 1000)
    await shown(page, 5.0)
