"""The example page of the client library, copied out of the repository, against a running server."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import address, decodes, enter, new_room
from tests.e2e.polling import poll
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

EXAMPLE = Path(__file__).parents[2] / "web" / "example" / "index.html"
MOST_LINES = 40
PERSON, OTHER = 707, 808

SHOWN = """[...document.querySelectorAll("video")].filter((video) => !video.hidden)
  .map((video) => ({person: readPattern(video).person, name: video.title}))"""


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[str]:
    """A copy of the page on a web server that has nothing to do with ours."""
    shutil.copy(EXAMPLE, tmp_path)
    application = web.Application()
    application.router.add_static("/", tmp_path)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield "http://{}:{}/{}".format(*runner.addresses[0][:2], EXAMPLE.name)
    await runner.cleanup()


def test_the_example_is_short() -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= MOST_LINES


async def test_the_example_meets_the_room_of_the_server(
    server: Server, chromium: StartChromium, elsewhere: str
) -> None:
    room = new_room()
    in_room = await enter(
        await chromium(person=OTHER), address(server.url, room, "Ada", width=640, height=360, simulcast=0)
    )
    browser = await chromium(person=PERSON)
    query = urlencode({"server": server.url, "room": room, "name": "Grace"})
    example = await browser.open(f"{elsewhere}?{query}")
    seen = {"person": OTHER, "name": "Ada"}
    await example.evaluate(
        poll(f"{SHOWN}.some(({{person, name}}) => person === {OTHER} && name === 'Ada')", 30)
    )
    assert seen in await example.evaluate(SHOWN)
    participant = await example.evaluate("meeting.me.id")
    await in_room.wait_for(decodes(participant, PERSON, 320, 180))

    await example.click("#mute")
    await in_room.wait_for(
        f"""[...window.sfumato.meeting.tracks.values()].some((track) =>
          track.participant === "{participant}" && track.source === "microphone" && track.muted)"""
    )
    await example.click("#leave")
    await in_room.wait_for("window.sfumato.meeting.count === 1")
    await example.evaluate(poll("meeting.state === 'left'", 30))
    assert browser.errors == []
