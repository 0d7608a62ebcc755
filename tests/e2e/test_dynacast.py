"""A publisher encodes what somebody looks at, and nothing else."""

import json

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import Meeting, address, enter, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

PERSON = 611

# A viewer that says by itself how large it shows its one slot.
VIEWER = """(async () => {
  const {connect, requestToken} = await import("/sfumato-client.js");
  const room = ROOM;
  const meeting = connect({room, token: () => requestToken({room, name: "viewer"}), keepPlace: false});
  const video = document.createElement("video");
  video.autoplay = video.muted = true;
  document.body.replaceChildren(video);
  meeting.on("slots", () => {
    const slot = [...meeting.slots.values()].find((one) => one.kind === "video" && one.track);
    if (!slot || slot === window.slot) return;
    video.srcObject = slot.stream;
    window.slot = slot;
  });
  window.show = (width) => meeting.view(
    {mode: "auto", slots: [{mid: window.slot.mid, width, height: width * 9 / 16}]});
  window.leave = () => meeting.leave();
  await meeting.entered;
})()"""

ACTIVE = """window.sfumato.connection.getSenders()
  .filter((sender) => sender.track?.kind === "video")
  .flatMap((sender) => sender.getParameters().encodings)
  .filter((encoding) => encoding.active).map((encoding) => encoding.rid)"""
SENT = """window.sfumato.connection.getStats().then((stats) => [...stats.values()]
  .filter((one) => one.type === "outbound-rtp" && one.kind === "video" && one.framesSent > 0).length)"""


async def sends(filmed: Meeting, *rids: str) -> None:
    """Wait until these encodings are active and no others."""
    wanted = json.dumps(rids, separators=(",", ":"))
    await filmed.wait_for(f"JSON.stringify({ACTIVE}) === {json.dumps(wanted)}")


async def test_encodings_that_nobody_shows_rest_and_come_back_when_shown(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    filmed = await enter(await chromium(person=PERSON), address(server.url, room, "filmed", mic=0))
    viewer: Page = await (await chromium()).open(server.url)
    await viewer.evaluate(VIEWER.replace("ROOM", repr(room)))
    seen = Meeting(viewer)
    await seen.wait_for("document.querySelector('video')?.videoWidth === 1280")
    await filmed.wait_for(f"{SENT}.then((count) => count === 3)")
    for width, rids in ((320, "q"), (640, "qh"), (320, "q"), (1280, "qhf")):
        await viewer.evaluate(f"window.show({width})")
        await sends(filmed, *rids)
        await seen.wait_for(f"document.querySelector('video').videoWidth === {width}")
    await viewer.evaluate("window.show(0)")
    await sends(filmed)
    await viewer.evaluate("window.show(640)")
    await sends(filmed, "q", "h")
    await viewer.evaluate("window.leave()")
    await sends(filmed)
