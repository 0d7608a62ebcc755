"""How long a browser takes from the open WebSocket to the first decoded frame."""

import asyncio
import json
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlencode

from playwright.async_api import Browser, async_playwright

from client.session import dev_token
from loadtests.canned import CannedVideo
from loadtests.chromium import CHROMIUM, FLAGS
from loadtests.figures import percentile
from loadtests.light_client import LightClient, Part, make_identity
from loadtests.light_publisher import Pace
from loadtests.node_process import NodeProcess

ROOM = "first-frame"
JOIN_TIMEOUT_MS = 30_000
DECODABLE = Pace(stamped=False, equal=False)

ELAPSED_MS = """() => {
  const timings = window.sfumato?.timings;
  return timings?.firstFrame ? timings.firstFrame - timings.wsOpen : false;
}"""


async def _join(browser: Browser, url: str, number: int) -> float:
    """Milliseconds of one join, in a profile of its own."""
    query = urlencode({"name": f"viewer-{number}", "camera": 0, "mic": 0, "slots": 1, "audioSlots": 1})
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(f"{url}/r/{ROOM}?{query}")
        elapsed = await page.wait_for_function(ELAPSED_MS, timeout=JOIN_TIMEOUT_MS)
        return float(await elapsed.json_value())
    finally:
        await context.close()


async def first_frame(joins: int, random: Random) -> str:
    """The line of the case: `joins` one after the other, to a room with one publisher of 720p."""
    part = Part("publisher", CannedVideo("VP8", 1), DECODABLE)
    elapsed_ms: list[float] = []
    async with NodeProcess(pinned=False) as node, async_playwright() as playwright:
        publisher = LightClient(part, make_identity(datetime.now(UTC)), random)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            await publisher.join(node.url, await dev_token(node.url, ROOM, part.name))
            await _join(browser, node.url, 0)  # the first also starts the browser's processes
            for number in range(joins):
                elapsed_ms.append(await _join(browser, node.url, number + 1))
        finally:
            await browser.close()
            await publisher.close()
    return json.dumps(
        {
            "case": "first-frame",
            "first_frame_ms_p50": round(percentile(elapsed_ms, 0.5), 1),
            "first_frame_ms_p95": round(percentile(elapsed_ms, 0.95), 1),
            "joins": len(elapsed_ms),
        }
    )


def run(joins: int, seed: int) -> str:
    """`first_frame` on a loop of its own, which leaves the processors to the browser."""
    return asyncio.run(first_frame(joins, Random(seed)))
