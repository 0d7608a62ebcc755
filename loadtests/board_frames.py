"""What a large whiteboard costs the browser that shows it: frames while somebody moves about and draws, and
the time from the click that opens it until it is painted.

`python -m loadtests.board_frames` prints one JSON line an act. Chromium without a graphics card, so that
everything is painted by the processor; a frame is counted when the page comes to the next.
"""

import argparse
import asyncio
import json

from playwright.async_api import Page, async_playwright

from loadtests.chromium import AWAKE, CHROMIUM, FLAGS
from loadtests.node_process import NodeProcess

TIMEOUT_MS = 60_000
OPEN = "() => window.sfumatoBoard?.editor.board.state === 'open'"
SAVED = "() => window.sfumatoBoard.editor.board.saved"

# Half strokes of 31 points, a quarter notes with text, a quarter filled boxes; the same at each run.
FILL = """(count) => {
  let seed = 7;
  const random = (most) => (seed = (seed * 16_807) % 2_147_483_647) % most;
  const changes = [];
  for (let at = 0; at < count; at += 1) {
    const [x, y, z] = [random(4_000), random(2_400), `a0${String(at).padStart(5, "0")}V`];
    const points = [x * 10, y * 10, 128];
    for (let step = 0; step < 30; step += 1) points.push(random(60) - 10, random(60) - 30, 100 + random(60));
    const props = at % 2 === 1 ? {type: "stroke", points, style: {color: "#2563c9"}}
      : at % 4 === 0 ? {type: "sticky", box: [x, y, 120, 120, 0], text: `note ${at}`, style: {size: 16}}
      : {type: "rect", box: [x, y, 100, 60, 0], style: {fill: "#c7defc"}};
    changes.push({op: "put", id: `x${at}`, props: {...props, z}});
  }
  window.sfumatoBoard.editor.board.change(changes);
}"""

# Milliseconds from frame to frame.
ACT = """async ([act, frames]) => {
  const {editor, painter} = window.sfumatoBoard;
  editor.fit();
  await new Promise((done) => setTimeout(done, 1_000));
  const begun = editor.view.peek();
  const gaps = [];
  let last = performance.now();
  for (let at = 0; at < frames; at += 1) {
    const view = editor.view.peek();
    const [dx, dy] = [4 / view.zoom, Math.sin(at / 10) / view.zoom];
    if (act === "pan") editor.lookAt({...view, x: view.x + dx, y: view.y + dy});
    if (act === "zoom") editor.lookAt({...view, zoom: begun.zoom * (1 + Math.sin(at / 20) / 2)});
    if (act === "drag") {
      const props = {box: [100 + at * 8, 200 + at * 4, 120, 120, 0]};
      editor.change([{op: "put", id: "x0", props}], "drag");
    }
    if (act === "rest") painter.schedule();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }
  return gaps.sort((a, b) => a - b);
}"""


# Milliseconds from the click to the frame after the one that painted it.
REOPEN = """async (count) => {
  document.querySelector(".open-it").click();
  const began = performance.now();
  while (window.sfumatoBoard?.editor.scene.count !== count) await new Promise(requestAnimationFrame);
  const {painted} = window.sfumatoBoard.painter;
  while (window.sfumatoBoard.painter.painted === painted) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
REOPENED = 5


async def _make_board(page: Page) -> None:
    await page.get_by_role("button", name="Boards", exact=True).click()
    await page.get_by_role("button", name="New board").click()
    await page.get_by_role("button", name="Create").click()
    await page.wait_for_function(OPEN, timeout=TIMEOUT_MS)


async def _reopen(page: Page, count: int) -> float:
    await page.get_by_role("button", name="Close board").click()
    await page.wait_for_function("() => !window.sfumatoBoard")
    await page.get_by_role("button", name="Boards", exact=True).click()
    await page.locator(".open-it").wait_for()
    painted_ms: float = await page.evaluate(REOPEN, count)
    return painted_ms


async def measure(count: int, frames: int) -> list[str]:
    """A line for each act on a board of `count` elements, all of them in sight."""
    lines: list[str] = []
    async with NodeProcess(pinned=False) as node, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *AWAKE])
        try:
            page = await browser.new_page()
            await page.goto(f"{node.url}/r/board?name=Ada&camera=0&mic=0")
            await _make_board(page)
            await page.evaluate(FILL, count)
            await page.wait_for_function(SAVED, timeout=TIMEOUT_MS)
            for act in ("rest", "pan", "zoom", "drag"):
                gaps = await page.evaluate(ACT, [act, frames])
                figures = {
                    "case": f"board-{act}",
                    "elements": count,
                    "frame_ms_p50": round(gaps[len(gaps) // 2], 1),
                    "frame_ms_p95": round(gaps[len(gaps) * 95 // 100], 1),
                }
                lines.append(json.dumps(figures))
            opened = sorted([await _reopen(page, count) for _ in range(REOPENED)])
            figures = {
                "case": "board-open",
                "elements": count,
                "painted_ms_p50": round(opened[REOPENED // 2]),
                "painted_ms_max": round(opened[-1]),
            }
            lines.append(json.dumps(figures))
        finally:
            await browser.close()
    return lines


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=2_000)
    parser.add_argument("--frames", type=int, default=240, help="of each act")
    arguments = parser.parse_args()
    for line in asyncio.run(measure(arguments.elements, arguments.frames)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
