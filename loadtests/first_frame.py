"""How long a browser takes from the open WebSocket to the first decoded frame."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
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

Join = Callable[[Browser, str, int], Awaitable[float]]
"""One join with a browser to a node, by its address; the number is the viewer's. Gives milliseconds."""

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


async def joined(room: str, join: Join, count: int, flags: Sequence[str], random: Random) -> list[float]:
    """What so many joins took, one after the other, to a room with one publisher of 720p."""
    part = Part("publisher", CannedVideo("VP8", 1), DECODABLE)
    async with NodeProcess(pinned=False) as node, async_playwright() as playwright:
        publisher = LightClient(part, make_identity(datetime.now(UTC)), random)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(flags))
        try:
            await publisher.join(node.url, await dev_token(node.url, room, part.name))
            await join(browser, node.url, 0)  # the first also starts the browser's processes
            return [await join(browser, node.url, number + 1) for number in range(count)]
        finally:
            await browser.close()
            await publisher.close()


def line_of(case: str, figure: str, elapsed_ms: list[float]) -> str:
    """The line of a case that measures joins."""
    return json.dumps(
        {
            "case": case,
            f"{figure}_ms_p50": round(percentile(elapsed_ms, 0.5), 1),
            f"{figure}_ms_p95": round(percentile(elapsed_ms, 0.95), 1),
            "joins": len(elapsed_ms),
        }
    )


def run(joins: int, seed: int) -> str:
    """The line of `first-frame`, on a loop of its own, which leaves the processors to the browser."""
    elapsed_ms = asyncio.run(joined(ROOM, _join, joins, FLAGS, Random(seed)))
    return line_of("first-frame", "first_frame", elapsed_ms)
