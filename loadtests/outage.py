"""How long a meeting stands still for somebody whose network comes back after it was dead.

Two Chromiums show each other's pictures; one of them is in a network that dies without a word for `OUTAGE_S`
seconds (`far_network.py`). From the moment it passes packets again is measured when its picture of the other
flows (`received`), when the other's picture of it does (`seen`), and when it has joined again (`signaling`).
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from random import Random
from urllib.parse import urlencode

from playwright.async_api import Browser, Page, async_playwright

from loadtests.chromium import CHROMIUM, FLAGS
from loadtests.far_network import NEAR, FarNetwork
from loadtests.figures import percentile
from loadtests.node_process import NodeProcess

OUTAGE_S = 10.0
RECOVERY_S = 8.0
CALM_S = (4.0, 7.0)
"""Between two outages; drawn, so that no timer of the client is always met in the same place."""

FLOWING_FRAMES, FLOWING_MS = 4, 600.0
"""So many frames within this time are a flow (30 a second are sent)."""

TIMEOUT_MS = 30_000
ROOM = "outage"
ENVIRONMENT = {
    "SFUMATO_HTTP__HOST": NEAR,
    "SFUMATO_MEDIA__HOST": NEAR,
    "SFUMATO_INSECURE_DEV": "true",
}
CAMERA = ("--use-fake-device-for-media-stream=fps=30", "--use-fake-ui-for-media-stream")

# The moments at which frames were shown and the room was joined, in milliseconds since 1970.
RECORD = """() => {
  window.shownAt = [];
  window.joinedAt = [];
  window.sfumato.meeting.on("joined", () => window.joinedAt.push(Date.now()));
  const followed = new WeakSet();
  const follow = (video) => {
    followed.add(video);
    const shown = () => { window.shownAt.push(Date.now()); video.requestVideoFrameCallback(shown); };
    video.requestVideoFrameCallback(shown);
  };
  setInterval(() => {
    for (const {kind, participant, element} of window.sfumato.slots.values())
      if (kind === "video" && participant && element && !followed.has(element)) follow(element);
  }, 20);
}"""
FORGET = "() => { window.shownAt.length = window.joinedAt.length = 0; }"
SHOWN = "() => window.shownAt?.length > 10"


class NeverBack(Exception):
    """The meeting did not go on within `RECOVERY_S`."""


def flows_after(shown_at: Sequence[float], moment: float) -> float | None:
    """Milliseconds from `moment` to the first of the frames that flow; None if none do."""
    later = [at for at in shown_at if at >= moment]
    for first, last in zip(later, later[FLOWING_FRAMES - 1 :], strict=False):
        if last - first <= FLOWING_MS:
            return first - moment
    return None


def summary(received_ms: Sequence[float], seen_ms: Sequence[float], signaling_ms: Sequence[float]) -> str:
    """The line of the case."""
    columns = {"received": received_ms, "seen": seen_ms, "signaling": signaling_ms}
    figures: dict[str, object] = {"case": "outage", "outage_s": OUTAGE_S, "outages": len(received_ms)}
    for name, values in columns.items():
        figures[f"{name}_ms_p50"] = round(percentile(values, 0.5))
        figures[f"{name}_ms_max"] = round(max(values))
    return json.dumps(figures)


async def _enter(browser: Browser, url: str, name: str) -> Page:
    query = urlencode({"name": name, "mic": 0, "width": 640, "height": 360, "slots": 1, "audioSlots": 1})
    page = await browser.new_page()
    await page.goto(f"{url}/r/{ROOM}?{query}")
    await page.wait_for_function("() => window.sfumato?.participantId", timeout=TIMEOUT_MS)
    await page.evaluate(RECORD)
    return page


async def _outage(network: FarNetwork, far: Page, near: Page) -> tuple[float, float, float]:
    """(received, seen, signaling) of one, in milliseconds. Raises NeverBack."""
    for page in (far, near):
        await page.evaluate(FORGET)
    await network.die()
    await asyncio.sleep(OUTAGE_S)
    await network.revive()
    back_at = time.time() * 1000
    await asyncio.sleep(RECOVERY_S)
    received = flows_after(await far.evaluate("() => window.shownAt"), back_at)
    seen = flows_after(await near.evaluate("() => window.shownAt"), back_at)
    joins = [at - back_at for at in await far.evaluate("() => window.joinedAt") if at >= back_at]
    if received is None or seen is None or not joins:
        raise NeverBack(f"received {received}, seen {seen}, joins {joins}")
    return received, seen, joins[0]


async def outage(outages: int, random: Random) -> str:
    """The line of the case. Raises NeverBack if one of the outages did not end."""
    figures: list[tuple[float, float, float]] = []
    async with (
        FarNetwork() as network,
        NodeProcess(ENVIRONMENT, pinned=False) as node,
        async_playwright() as playwright,
    ):
        # A camera is for pages that came by https, or so.
        flags = [*FLAGS, *CAMERA, f"--unsafely-treat-insecure-origin-as-secure={node.url}"]
        browsers = [
            await playwright.chromium.launch(executable_path=program, args=flags)
            for program in (network.program(CHROMIUM), CHROMIUM)
        ]
        try:
            far = await _enter(browsers[0], node.url, "far")
            near = await _enter(browsers[1], node.url, "near")
            for page in (far, near):
                await page.wait_for_function(SHOWN, timeout=TIMEOUT_MS)
            for _ in range(outages):
                await asyncio.sleep(random.uniform(*CALM_S))
                figures.append(await _outage(network, far, near))
                print(f"outage {len(figures)}: {figures[-1]}", file=sys.stderr, flush=True)
        finally:
            for browser in browsers:
                await browser.close()
    return summary(*zip(*figures, strict=True))


def run(outages: int, seed: int) -> str:
    """`outage` on a loop of its own."""
    return asyncio.run(outage(outages, Random(seed)))
