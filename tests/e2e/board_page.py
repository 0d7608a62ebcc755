"""A board in the meeting room, as people draw on it: keys, pointer, and what stands on the paper."""

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from tests.e2e.room_page import become_alike, wait_for

EDITOR = "window.sfumatoBoard.editor"
OPEN = "window.sfumatoBoard?.editor.board.state === 'open'"
SAVED = f"{EDITOR}.board.saved"
COUNT = f"{EDITOR}.board.elements.size"
RESTED = "document.fonts.status === 'loaded' && !document.querySelector('.board-writing')"

# The elements as one text, whoever looks: what only the server knows, the author, is left out.
CONTENT = f"""JSON.stringify([...{EDITOR}.board.elements.values()]
  .map(({{author, ...one}}) => Object.entries(one).sort()).sort((a, b) => a.join() < b.join() ? -1 : 1))"""

# The size of the picture, and the green of its pixels in base64: numbers would take half a minute to pass on.
PICTURE = """(async () => {
  const {editor, painter} = window.sfumatoBoard;
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  editor.lookAt({x: -600, y: -400, zoom: 0.5});
  // Whole, and not enlarged for a moment; the letters come when the first of them is painted.
  painter.repaint();
  await frame();
  await document.fonts.ready;
  painter.repaint();
  await frame();
  const canvas = painter.options.below;
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const reader = new FileReader();
  const read = new Promise((done) => { reader.onload = done; });
  reader.readAsDataURL(new Blob([data.filter((_, at) => at % 4 === 1)]));
  await read;
  return [canvas.width, canvas.height, reader.result.split(",")[1]];
})()"""

SERVER_DIFFERS = """(async () => {
  const {editor, draw} = window.sfumatoBoard;
  const path = `/api/v1/boards/${editor.board.id}/export?format=svg&page=${editor.page.peek()}`;
  const text = await (await window.sfumato.meeting.http(path)).text();
  const [x, y, w, h] = text.match(/viewBox="([^"]+)"/)[1].split(" ").map(Number);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
  await image.decode();
  const own = draw({x, y, w, h}, 1);
  const theirs = new OffscreenCanvas(own.width, own.height);
  theirs.getContext("2d").drawImage(image, 0, 0, own.width, own.height);
  const [a, b] = [own, theirs].map((one) =>
    one.getContext("2d").getImageData(0, 0, own.width, own.height).data);
  let differs = 0;
  for (let at = 0; at < a.length; at += 4) {
    const far = Math.max(...[0, 1, 2].map((part) => Math.abs(a[at + part] - b[at + part])));
    if (far > 48) differs += 1;
  }
  return differs / (a.length / 4);
})()"""
"""The share of pixels in which the server's drawing of a page differs visibly from this page's."""


async def make_board(page: Page, template: str | None = None) -> None:
    """A new board, from the list at the side; open when this returns."""
    await page.get_by_role("button", name="Boards", exact=True).click()
    await page.get_by_role("button", name="New board").click()
    if template is not None:
        await page.get_by_text(template, exact=True).click()
    await page.get_by_role("button", name="Create").click()
    await wait_for(page, OPEN)


async def open_board(page: Page, title: str = "Board") -> None:
    """The board of that title."""
    await page.get_by_role("button", name="Boards", exact=True).click()
    await page.locator(".open-it", has_text=title).first.click()
    await wait_for(page, OPEN)


async def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place on the board, in its units, is in the window."""
    place = await page.evaluate(
        f"""(() => {{
          const {{x, y, zoom}} = {EDITOR}.view.peek();
          const {{left, top}} = document.querySelector(".board-canvas").getBoundingClientRect();
          return [left + ({x} - x) * zoom, top + ({y} - y) * zoom];
        }})()"""
    )
    return (place[0], place[1])


async def drag(page: Page, *places: tuple[float, float], release: bool = True) -> None:
    """From place to place on the board, pressed."""
    first, *rest = [await at(page, x, y) for x, y in places]
    await page.mouse.move(*first)
    await page.mouse.down()
    for x, y in rest:
        await page.mouse.move(x, y, steps=4)
    if release:
        await page.mouse.up()


async def click(page: Page, x: float, y: float, **options: Any) -> None:
    """On the board."""
    await page.mouse.click(*await at(page, x, y), **options)


async def take(page: Page, key: str) -> None:
    """A tool by its key."""
    await page.locator(".board-canvas").focus()
    await page.keyboard.press(key)


async def elements(page: Page, kind: str) -> list[dict[str, Any]]:
    """Those of a type, the lowest first."""
    text = await page.evaluate(
        f"JSON.stringify({EDITOR}.scene.elements.filter(({{type}}) => type === '{kind}'))"
    )
    found: list[dict[str, Any]] = json.loads(text)
    return found


async def element(page: Page, kind: str) -> dict[str, Any]:
    """The uppermost of a type."""
    return (await elements(page, kind))[-1]


async def agree(*pages: Page) -> None:
    """Wait until everything is stored and all see the same."""
    for page in pages:
        await wait_for(page, SAVED)
    await become_alike(CONTENT, *pages)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is on the paper; `green` of each pixel says enough."""

    width: int
    height: int
    green: bytes


async def picture(page: Page) -> Picture:
    """What is on the paper, in one place and size."""
    await wait_for(page, RESTED)
    width, height, green = await page.evaluate(PICTURE)
    return Picture(width, height, b64decode(green))


def differing(one: Picture, other: Picture) -> float:
    """The share of pixels that differ by more than rounding."""
    assert (one.width, one.height) == (other.width, other.height)
    return sum(abs(a - b) > 16 for a, b in zip(one.green, other.green, strict=True)) / len(one.green)
