"""What the room costs the browser: scripting with 49 tiles, and what is loaded for it."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from client.meeting import connect
from client.session import dev_token
from loadtests.canned import CannedOpus, CannedVideo
from tests.e2e.canned_publisher import CannedCamera, CannedMicrophone
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

OTHERS = 48
TURN_PACKETS = 40  # of 20 ms: the word goes round quickly, so that tiles and their order have something to do
WINDOW_S = 4
WINDOWS = 3
MOST_SCRIPTING_S = 0.150  # a second
MOST_PAGE_BYTES = 120_000


@pytest.fixture
async def crowd(server: Server) -> AsyncIterator[str]:
    """A room of 48 people who film and speak in turn; its name."""
    room = new_room()
    # One clip for all: nobody looks who it is.
    video = CannedVideo("VP8", 1, width=160, height=90, fps=5, bitrate_bps=30_000)
    tasks: list[asyncio.Task[None]] = []
    microphones: list[CannedMicrophone] = []

    async def talk() -> None:
        while True:
            for microphone in microphones:
                await microphone.speak(TURN_PACKETS)

    async with AsyncExitStack() as running:
        for number in range(OTHERS):
            token = await dev_token(server.url, room, f"Person {number}")
            client = await running.enter_async_context(connect(server.url, token))
            camera = CannedCamera(client, client.publish("camera"), video)
            microphone = CannedMicrophone(client, client.publish("microphone"), CannedOpus(number))
            await client.negotiate()
            tasks += [asyncio.create_task(camera.film()), asyncio.create_task(microphone.run())]
            microphones.append(microphone)
        tasks.append(asyncio.create_task(talk()))
        yield room
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_49_tiles_take_little_scripting(server: Server, chromium: StartChromium, crowd: str) -> None:
    browser = await chromium()
    page = await enter_room(browser, server, crowd, "Ada", mic=0, slots=49, audioSlots=9)
    await page.set_viewport_size({"width": 1600, "height": 900})
    await wait_for(page, "document.querySelectorAll('.tile.live').length === 49", timeout_s=60)
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")

    async def scripting_s() -> float:
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        return float(next(one["value"] for one in metrics if one["name"] == "ScriptDuration"))

    # The best of some windows: what else runs on the machine only adds.
    windows = []
    for _ in range(WINDOWS):
        before = await scripting_s()
        await asyncio.sleep(WINDOW_S)
        windows.append((await scripting_s() - before) / WINDOW_S)
    assert min(windows) <= MOST_SCRIPTING_S, windows
    assert await page.evaluate("document.querySelectorAll('.tile').length") == 49


async def test_the_page_weighs_little(server: Server) -> None:
    async with aiohttp.ClientSession() as http:

        async def body(path: str) -> bytes:
            async with http.get(f"{server.url}{path}") as response:
                assert response.status == 200
                return await response.read()

        page = await body("/r/weekly")
        assets = re.findall(rb'(?:src|href)="(/assets/[^"]+)"', page)
        assert len(assets) >= 2
        weight = len(gzip.compress(page))
        for asset in assets:
            weight += len(gzip.compress(await body(asset.decode())))
        assert weight <= MOST_PAGE_BYTES
