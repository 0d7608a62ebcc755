"""Browsers and an independent client meet on a real server and see and hear the right person."""

import aiohttp
import pytest

from tests.e2e.aiortc_client import AiortcClient, PublishedCodec
from tests.e2e.conftest import StartChromium
from tests.e2e.firefox import Firefox
from tests.e2e.meeting_page import PARTICIPANT, address, decodes, enter, is_heard, new_room, received
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

SILENT = {"camera": 0, "mic": 0}


async def dev_token(server: Server, room: str, name: str) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.get(
            f"{server.url}/api/v1/dev-token", params={"room": room, "name": name, "identity": name}
        ) as response,
    ):
        assert response.status == 200
        return str((await response.json())["token"])


def sees(client: AiortcClient, participant: str, person: int | None) -> bool:
    """Whether `client` has decoded a picture of `person` where it is shown `participant`."""
    watcher = client.seen(participant)
    return watcher is not None and watcher.people[person] > 0


@pytest.mark.parametrize("simulcast", [0, 1])
async def test_three_chromiums_see_and_hear_each_publisher_in_720p(
    server: Server, chromium: StartChromium, simulcast: int
) -> None:
    people = (101, 202, 303)
    browsers = [await chromium(person=person) for person in people]
    for person, publisher in zip(people, browsers, strict=True):
        room = new_room()
        filmed = await enter(publisher, address(server.url, room, "publisher", simulcast=simulcast))
        participant = await filmed.evaluate(PARTICIPANT)
        others = [browser for browser in browsers if browser is not publisher]
        viewers = [await enter(one, address(server.url, room, "viewer", **SILENT)) for one in others]
        for viewer in viewers:
            await viewer.wait_for(decodes(participant, person, 1280, 720))
            await viewer.wait_for(is_heard(participant))
            media = await viewer.evaluate(received(participant))
            assert media["video"]["frames"] > 0
            assert (media["video"]["width"], media["video"]["height"]) == (1280, 720)
        for meeting in (filmed, *viewers):
            await meeting.close()
    assert [browser.errors for browser in browsers] == [[], [], []]


async def test_firefox_chromium_and_aiortc_meet(
    server: Server, chromium: StartChromium, firefox: Firefox
) -> None:
    room = new_room()
    small = {"width": 640, "height": 360, "simulcast": 0}
    async with AiortcClient(server.url, await dev_token(server, room, "aiortc")) as client:
        await client.join()
        await client.negotiate(person=77)
        in_chromium = await enter(await chromium(person=88), address(server.url, room, "chromium", **small))
        in_firefox = await enter(firefox, address(server.url, room, "firefox", **small))
        from_chromium = await in_chromium.evaluate(PARTICIPANT)
        from_firefox = await in_firefox.evaluate(PARTICIPANT)
        from_aiortc = client.participant["id"]

        # Firefox's fake camera has no pattern: that a picture of some size is decoded has to do.
        await in_chromium.wait_for(decodes(from_aiortc, 77, 320, 180))
        await in_chromium.wait_for(decodes(from_firefox, None, 320, 180))
        await in_firefox.wait_for(decodes(from_aiortc, 77, 320, 180))
        await in_firefox.wait_for(decodes(from_chromium, 88, 320, 180))
        for meeting, others in (
            (in_chromium, (from_aiortc, from_firefox)),
            (in_firefox, (from_aiortc, from_chromium)),
        ):
            for other in others:
                await meeting.wait_for(is_heard(other))

        await client.until(lambda: sees(client, from_chromium, 88))
        await client.until(lambda: sees(client, from_firefox, None))
        await client.until(lambda: client.heard_energy() > 0)
        assert [event["type"] for event in client.events].count("participant_joined") == 2


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_two_aiortc_clients_see_each_other(server: Server, codec: PublishedCodec) -> None:
    room = new_room()
    async with (
        AiortcClient(server.url, await dev_token(server, room, "one")) as one,
        AiortcClient(server.url, await dev_token(server, room, "other")) as other,
    ):
        for client, person in ((one, 11), (other, 22)):
            await client.join()
            await client.negotiate(person, codec)
        await one.until(lambda: sees(one, other.participant["id"], 22))
        await other.until(lambda: sees(other, one.participant["id"], 11))
        await one.until(lambda: one.heard_energy() > 0)
        await other.until(lambda: other.heard_energy() > 0)
        assert {track["codec"] for track in one.tracks.values() if track["kind"] == "video"} == {codec}
