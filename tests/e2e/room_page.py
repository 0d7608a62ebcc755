"""The meeting room as a person uses it: pages that are clicked and typed into."""

import asyncio
import json

from playwright.async_api import Page

from tests.e2e.chromium import Chromium
from tests.e2e.meeting_page import CONNECTED, address
from tests.e2e.polling import poll
from tests.e2e.server import Server

SMALL = {"width": 320, "height": 180, "fps": 5, "simulcast": 0}
"""Pictures that cost nothing: these tests look at the page around them."""

LOOK_AGAIN_S = 0.05


async def wait_for(page: Page, expression: str, timeout_s: float = 60) -> None:
    """Until a JavaScript expression is truthy; the browser's error if it never is."""
    await page.evaluate(poll(expression, timeout_s))


async def become_alike(expression: str, *pages: Page) -> None:
    """Until an expression has one value on all pages: what is stored reaches others a little later."""
    async with asyncio.timeout(60):
        while len({json.dumps(await page.evaluate(expression)) for page in pages}) > 1:  # noqa: ASYNC110 - a page tells nobody
            await asyncio.sleep(LOOK_AGAIN_S)


async def enter_room(
    browser: Chromium, server: Server, room: str, name: str, script: str = "", **parameters: str | int
) -> Page:
    """A page that is in the room, past the lobby."""
    query: dict[str, str | int] = {**SMALL, "adapt": 1, "identity": name, **parameters}
    page = await browser.open(address(server.url, room, name, **query), script)
    await wait_for(page, CONNECTED)
    return page


def tile(name: str) -> str:
    """A JavaScript expression for the tile of that label's beginning; undefined if there is none."""
    return f'[...document.querySelectorAll(".tile")].find((one) => one.ariaLabel?.startsWith("{name}"))'


def plays(name: str) -> str:
    """True once the tile shows a moving picture."""
    return f'{tile(name)}?.matches(".live") && {tile(name)}.querySelector("video").videoWidth > 0'


def place(name: str) -> str:
    """Where the tile is."""
    return f"{tile(name)}?.style.transform"


def area(name: str) -> str:
    """How many pixels the tile has."""
    return f"({tile(name)}?.clientWidth ?? 0) * ({tile(name)}?.clientHeight ?? 0)"
