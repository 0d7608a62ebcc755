"""A room full of people who film and speak in turn, cheap enough to measure a browser beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from client.meeting import connect
from client.session import dev_token
from loadtests.canned import CannedOpus, CannedVideo
from loadtests.canned_publisher import CannedCamera, CannedMicrophone

TURN_PACKETS = 40
"""Of 20 ms: the word goes round quickly, so that tiles and their order have something to do."""


@asynccontextmanager
async def crowd(url: str, room: str, people: int) -> AsyncIterator[None]:
    """So many people in the room of a `--dev` node, as long as the context lasts."""
    # One clip for all: nobody looks who it is.
    video = CannedVideo("VP8", 1, width=160, height=90, fps=5, bitrate_bps=30_000)
    tasks: list[asyncio.Task[None]] = []
    microphones: list[CannedMicrophone] = []

    async def talk() -> None:
        while True:
            for microphone in microphones:
                await microphone.speak(TURN_PACKETS)

    async with AsyncExitStack() as running:
        for number in range(people):
            token = await dev_token(url, room, f"Person {number}")
            client = await running.enter_async_context(connect(url, token))
            camera = CannedCamera(client, client.publish("camera"), video)
            microphone = CannedMicrophone(client, client.publish("microphone"), CannedOpus(number))
            await client.negotiate()
            tasks += [asyncio.create_task(camera.film()), asyncio.create_task(microphone.run())]
            microphones.append(microphone)
        tasks.append(asyncio.create_task(talk()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
