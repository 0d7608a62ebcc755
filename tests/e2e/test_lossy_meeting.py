"""Two Chromiums meet over a UDP link that loses, delays and is cut for a while."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.meeting_page import PARTICIPANT, address, decodes, enter, is_heard, new_room, received
from tests.sim.udp_link import UdpLink

pytestmark = pytest.mark.e2e

PERSON = 404
CUT_S = 3.0
DEADLINE_S = 60


@pytest.fixture
async def link() -> AsyncIterator[UdpLink]:
    async with UdpLink(seed=5) as opened:
        yield opened


async def test_pictures_arrive_over_a_lossy_link_and_go_on_after_a_cut(
    link: UdpLink, start_server: StartServer, chromium: StartChromium
) -> None:
    server = await start_server("--announce", "{}:{}".format(*link.address))
    link.server = server.media
    for direction in (link.up, link.down):
        direction.loss, direction.delay_ms, direction.jitter_ms = 0.02, 20, 5
    room = new_room()
    page = address(server.url, room, "publisher", width=640, height=360, simulcast=0)
    publisher = await enter(await chromium(person=PERSON), page)
    participant = await publisher.evaluate(PARTICIPANT)
    viewer = await enter(await chromium(), address(server.url, room, "viewer", camera=0, mic=0))
    await viewer.wait_for(decodes(participant, PERSON, 320, 180))
    await viewer.wait_for(is_heard(participant))
    assert len(link.clients) == 2

    frames = f"{received(participant)}.then((media) => media.video.frames)"
    lost_before = link.up.lost
    link.cut(CUT_S)
    async with asyncio.timeout(DEADLINE_S):
        while link.up.lost < lost_before + 50:
            decoded = await viewer.evaluate(frames)
    await viewer.wait_for(f"{frames}.then((count) => count > {decoded} + 30)", DEADLINE_S)
    await viewer.wait_for(decodes(participant, PERSON, 320, 180))
    assert await viewer.evaluate("window.sfumato.negotiations") == 1
