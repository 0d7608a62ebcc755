"""A page receives what it shows: the size of its tiles, and nothing for what cannot be seen."""

import json

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import Meeting, address, enter, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

PERSON = 909

# The library's observer on tiles of our own, in the page of a room that shows nothing itself.
TILE = """(async () => {
  const {AdaptiveView, connect, requestToken} = await import("/sfumato-client.js");
  const room = ROOM;
  const meeting = connect({room, token: () => requestToken({room, name: "viewer"}), keepPlace: false});
  const tile = document.createElement("video");
  tile.autoplay = tile.muted = true;
  window.asked = [];
  const view = new AdaptiveView({view: (wishes) => {
    window.asked.push(wishes);
    return meeting.view(wishes);
  }});
  meeting.on("slots", () => {
    const slot = [...meeting.slots.values()].find((one) => one.kind === "video" && one.track);
    if (!slot || slot === window.slot) return;
    tile.srcObject = slot.stream;
    view.show(slot, tile);
    window.slot = slot;
  });
  window.resize = (width, top = 0) => Object.assign(tile.style,
    {position: "absolute", top: `${top}px`, left: "0", width: `${width}px`, height: `${width * 9 / 16}px`});
  window.resize(1280);
  document.body.replaceChildren(tile);
  await meeting.entered;
})()"""
ASKED = "window.asked.at(-1)?.slots[0]"


async def test_a_tile_is_asked_for_in_its_size_and_stops_out_of_sight(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    filmed = await enter(await chromium(person=PERSON), address(server.url, room, "filmed", mic=0))
    viewer: Page = await (await chromium()).open(server.url)
    await viewer.set_viewport_size({"width": 1280, "height": 720})
    await viewer.evaluate(TILE.replace("ROOM", repr(room)))
    seen = Meeting(viewer)
    for act, width, height, paused in (
        ("resize(1280)", 1280, 720, None),
        ("resize(300)", 300, 180, None),
        ("resize(300, 5000)", 0, 0, "hidden"),
        ("resize(640)", 640, 360, None),
    ):
        await viewer.evaluate(act)
        await seen.wait_for(f"{ASKED}?.width === {width} && {ASKED}.height === {height}")
        await seen.wait_for(f"window.slot.paused === {json.dumps(paused)}")
    await seen.wait_for(f"readPattern(document.querySelector('video')).person === {PERSON}")
    # A few pixels make no other picture.
    before = await viewer.evaluate("window.asked.length")
    await viewer.evaluate("resize(639)")
    await viewer.evaluate("resize(800)")
    await seen.wait_for(f"{ASKED}.width === 800")
    assert await viewer.evaluate("window.asked.length") == before + 1
    assert await filmed.evaluate("window.sfumato.meeting.count") == 2
