"""What the meeting room costs who is in it: the way from a click to a face, the bytes, the browser's work."""

import asyncio
import gzip
import json
import re
from random import Random
from statistics import median
from urllib.parse import urlencode

import aiohttp
from playwright.async_api import Browser, Page, async_playwright

from loadtests.chromium import CAPTURE, CHROMIUM, FLAGS
from loadtests.crowd import crowd
from loadtests.first_frame import joined, line_of
from loadtests.node_process import NodeProcess

JOIN, WEIGHT, TILES = "room-join", "room-weight", "room-tiles"
ROOM = "room-page"
TIMEOUT_MS = 60_000

MOST_TILES = 49
SETTLE_S = 5.0
"""From the last picture to the first window: what the joins set off is over."""

PREVIEW_SHOWN = "() => document.querySelector('.preview video')?.videoWidth > 0"
# As the person clicks: before the page hears of it.
NOTE_CLICK = """() => addEventListener("click", () => { window.clickedAt = performance.now(); },
  {capture: true, once: true})"""
ELAPSED_MS = """() => {
  const firstFrame = window.sfumato?.timings.firstFrame;
  return firstFrame ? firstFrame - window.clickedAt : false;
}"""
LIVE_TILES = "(count) => document.querySelectorAll('.tile.live').length === count"


async def _join(browser: Browser, url: str, number: int) -> float:
    """Milliseconds from the click on “Join now” to the first picture of somebody else; a profile of its own.

    Camera and microphone are open in the lobby, as they mostly are, and published.
    """
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(f"{url}/r/{ROOM}")
        await page.get_by_label("Your name").fill(f"viewer-{number}")
        await page.wait_for_function(PREVIEW_SHOWN, timeout=TIMEOUT_MS)
        await page.evaluate(NOTE_CLICK)
        await page.get_by_role("button", name="Join now").click()
        elapsed = await page.wait_for_function(ELAPSED_MS, timeout=TIMEOUT_MS)
        await page.evaluate("window.sfumato.meeting.leave()")
        return float(await elapsed.json_value())
    finally:
        await context.close()


async def page_weight(url: str) -> dict[str, int]:
    """Bytes (gzip) of what a browser loads for the room, by kind."""
    async with aiohttp.ClientSession(raise_for_status=True) as http:

        async def body(path: str) -> bytes:
            async with http.get(f"{url}{path}") as response:
                return await response.read()

        page = await body(f"/r/{ROOM}")
        weights = {"html": len(gzip.compress(page))}
        for asset in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.decode()):
            kind = asset.rpartition(".")[2]
            weights[kind] = weights.get(kind, 0) + len(gzip.compress(await body(asset)))
    return weights


async def weight() -> str:
    """The line of `room-weight`."""
    async with NodeProcess(pinned=False) as node:
        weights = await page_weight(node.url)
    kinds = {f"gzip_{kind}_bytes": size for kind, size in weights.items()}
    return json.dumps({"case": WEIGHT, "gzip_bytes": sum(weights.values()), **kinds})


async def scripting(page: Page, windows: int, window_s: float) -> list[float]:
    """Milliseconds of JavaScript a second, window by window."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")

    async def script_s() -> float:
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "ScriptDuration"))

    loop = asyncio.get_running_loop()
    measured: list[float] = []
    before, since = await script_s(), loop.time()
    for _ in range(windows):
        await asyncio.sleep(window_s)
        after, now = await script_s(), loop.time()
        measured.append((after - before) / (now - since) * 1000)
        before, since = after, now
    return measured


async def tiles(windows: int, window_s: float) -> str:
    """The line of `room-tiles`: 48 people who film and speak in turn, and oneself."""
    query = urlencode({"name": "viewer", "mic": 0, "adapt": 1, "slots": MOST_TILES, "audioSlots": 9})
    async with NodeProcess(pinned=False) as node, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *CAPTURE])
        try:
            async with crowd(node.url, ROOM, MOST_TILES - 1):
                page = await browser.new_page(viewport={"width": 1600, "height": 900})
                await page.goto(f"{node.url}/r/{ROOM}?{query}")
                await page.wait_for_function(LIVE_TILES, arg=MOST_TILES, timeout=TIMEOUT_MS)
                await asyncio.sleep(SETTLE_S)
                measured = await scripting(page, windows, window_s)
        finally:
            await browser.close()
    return json.dumps(
        {
            "case": TILES,
            "tiles": MOST_TILES,
            "scripting_ms_per_s": round(median(measured), 1),
            "scripting_ms_per_s_max": round(max(measured), 1),
            "windows": len(measured),
        }
    )


def run(case: str, joins: int, runs: int, window_s: float, seed: int) -> str:
    """The line of one case, on a loop of its own. ValueError for another case."""
    match case:
        case "room-join":
            elapsed_ms = asyncio.run(joined(ROOM, _join, joins, [*FLAGS, *CAPTURE], Random(seed)))
            return line_of(JOIN, "click_to_first_frame", elapsed_ms)
        case "room-weight":
            return asyncio.run(weight())
        case "room-tiles":
            return asyncio.run(tiles(runs, window_s))
    raise ValueError(f"no case of the room: {case}")
