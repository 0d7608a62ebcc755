"""A browser publishes in a codec that everybody decodes."""

import asyncio

import pytest

from client.capabilities import Capabilities
from client.meeting import connect
from client.session import dev_token
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import address, enter, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

PATIENCE_S = 60
CODEC = """[...window.sfumato.meeting.tracks.values()]
  .filter((track) => track.participant === window.sfumato.participantId && track.kind === "video")
  .map((track) => track.codec).join()"""


async def test_a_camera_is_published_anew_for_who_cannot_decode_it(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    url = address(server.url, room, "filmed", width=320, height=180, fps=5, mic=0, codec="VP9")
    page = await enter(await chromium(), url)
    await page.wait_for(f"{CODEC} === 'VP9'")
    only_vp8 = Capabilities(video_codecs=("VP8",))
    async with connect(server.url, await dev_token(server.url, room, "old"), capabilities=only_vp8) as viewer:
        (slot,) = viewer.open_slots(video=1)
        came = asyncio.Event()
        slot.on_packet = lambda _: came.set()
        await viewer.negotiate()
        await page.wait_for(f"{CODEC} === 'VP8'")
        async with asyncio.timeout(PATIENCE_S):
            await came.wait()
