"""A Chromium behind a link of a given rate sees the layer that the link carries, at its full frame rate.

Everything on the server's port passes the link, but the publisher's own way up is not narrowed, and what
comes down to it is feedback.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from loadtests.canned import CannedVideo
from loadtests.canned_publisher import CannedCamera, simulcast_publisher
from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.meeting_page import Meeting, address, enter, new_room
from tests.e2e.reports import report
from tests.e2e.server import Server
from tests.scenarios.oracle import oracle
from tests.sim.simulcast import Encoding
from tests.sim.udp_link import UdpLink

pytestmark = pytest.mark.e2e

PERSON, FPS = 4001, 20
CAMERA = (
    Encoding("q", 160, 90, 100_000),
    Encoding("h", 320, 180, 300_000),
    Encoding("f", 640, 360, 900_000),
)
CLIP_FRAMES = 20 * FPS
RATES = {"one": (0.8e6,), "all": (0.3e6, 0.8e6, 2e6, 5e6)}[os.environ.get("SOAK_LINKS", "one")]
QUEUE_MS, DELAY_MS = 300, 20

SETTLE_S = 90
SETTLED_LOOKS = 5
LOOKS, LOOK_EVERY_S = 12, 1.0
SHARE = 0.8
SHOWN_SHARE = 0.8
"""A machine that stalls looks like a network that does: a step down for some seconds is its fault."""


@pytest.fixture(scope="module")
def videos() -> dict[str, CannedVideo]:
    """Encoded before anything runs in real time."""
    return {
        encoding.rid: CannedVideo(
            "VP8",
            PERSON,
            width=encoding.width,
            height=encoding.height,
            fps=FPS,
            bitrate_bps=encoding.bitrate_bps,
            clip_frames=CLIP_FRAMES,
        )
        for encoding in CAMERA
    }


@pytest.fixture
async def link() -> AsyncIterator[UdpLink]:
    async with UdpLink(seed=7) as opened:
        opened.up.delay_ms = opened.down.delay_ms = DELAY_MS
        opened.down.queue_ms = QUEUE_MS
        yield opened


@pytest.fixture
async def server(link: UdpLink, start_server: StartServer) -> Server:
    started = await start_server("--announce", "{}:{}".format(*link.address))
    link.server = started.media
    return started


@pytest.fixture
async def camera(server: Server, room: str, videos: dict[str, CannedVideo]) -> AsyncIterator[CannedCamera]:
    async with simulcast_publisher(server.url, room, videos) as running:
        yield running


@pytest.fixture
def room() -> str:
    return new_room()


class Viewer:
    """The page, with one slot that shows the camera at any size."""

    def __init__(self, page: Meeting) -> None:
        self.page = page

    async def show(self, camera: CannedCamera) -> None:
        (mid,) = await self.page.evaluate("[...window.sfumato.slots.keys()]")
        view = {"mode": "manual", "slots": [{"mid": mid, "track": camera.track}]}
        await self.page.evaluate(f"window.sfumato.session.request('view', {view})")

    async def look(self) -> dict[str, Any]:
        """What is decoded, and what the server says of the slot."""
        received = await report(self.page, "inbound-rtp")
        stats = await self.page.evaluate("window.sfumato.session.request('stats', {})")
        return {
            "width": received.get("frameWidth"),
            "decoded": received.get("framesDecoded", 0),
            "at": received.get("timestamp", 0) / 1000,
            "estimate": stats["estimate_bps"],
            **{name: stats["slots"][0][name] for name in ("rid", "fps", "reason")},
        }


@pytest.mark.parametrize("rate_bps", RATES, ids=[f"{rate / 1e6:g}mbit" for rate in RATES])
async def test_the_layer_of_the_oracle_is_decoded_at_its_rate(
    link: UdpLink, server: Server, room: str, camera: CannedCamera, chromium: StartChromium, rate_bps: float
) -> None:
    slots = {"camera": 0, "mic": 0, "slots": 1, "audioSlots": 0}
    viewer = Viewer(await enter(await chromium(), address(server.url, room, "viewer", **slots)))
    link.down.rate_bps = rate_bps
    await viewer.show(camera)
    expected = CAMERA[oracle(CAMERA, rate_bps, 1.0)]
    settled = 0
    async with asyncio.timeout(SETTLE_S):
        while settled < SETTLED_LOOKS:
            settled = settled + 1 if (await viewer.look())["width"] == expected.width else 0
            await asyncio.sleep(LOOK_EVERY_S)
    looks = [await viewer.look()]
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_EVERY_S)
        looks.append(await viewer.look())
    print(f"{rate_bps / 1e6:g} Mbit/s: {looks[-1]}")
    assert sum(look["width"] == expected.width for look in looks) >= SHOWN_SHARE * len(looks), looks
    forwarded = sum(look["fps"] for look in looks) / len(looks)
    decoded = (looks[-1]["decoded"] - looks[0]["decoded"]) / (looks[-1]["at"] - looks[0]["at"])
    assert decoded >= SHARE * forwarded > SHARE * 0.8 * FPS, looks
