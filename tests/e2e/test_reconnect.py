"""Meetings that survive: a killed socket, dead paths, a reload, a server that restarts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.firefox import Firefox
from tests.e2e.meeting_page import Meeting, address, decodes, enter, new_room, received
from tests.e2e.network_path import Path, network_path
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

PERSON, OTHER = 505, 606
DEAD_S = 10.0
DEADLINE_S = 60
SMALL = {"width": 640, "height": 360, "simulcast": 0}

STATE = "window.sfumato.meeting.state"
# What others hear of somebody, and what becomes of our own connection, from now on.
WATCH = """(() => {
  const {meeting} = window.sfumato;
  window.seen = {left: 0, unpublished: 0, states: [meeting.state]};
  meeting.on("participant_left", () => { window.seen.left += 1; });
  meeting.on("track_unpublished", () => { window.seen.unpublished += 1; });
  meeting.on("state", ({state}) => { window.seen.states.push(state); });
  window.connectionBefore = window.sfumato.connection;
  window.sessionBefore = window.sfumato.session;
  window.negotiationsBefore = window.sfumato.negotiations;
})()"""
SAME_CONNECTION = "window.connectionBefore === window.sfumato.connection"

# Of the camera: how many sizes are sent, and how many packets of each.
SENT = """(async () => {
  const reports = [...(await window.sfumato.connection.getStats()).values()];
  return reports.filter((one) => one.type === "outbound-rtp" && one.kind === "video")
    .sort((one, other) => (one.rid < other.rid ? -1 : 1)).map((one) => one.packetsSent);
})()"""
ENCODINGS = f"{SENT}.then((sent) => sent.filter((count) => count > 0).length)"


def frames_of(participant: str) -> str:
    """How many frames of `participant` were decoded."""
    return f"{received(participant)}.then((media) => media.video?.frames ?? 0)"


@dataclass
class Two:
    """Two people who see each other; the first is the one whose network suffers."""

    one: Meeting
    other: Meeting
    one_id: str
    other_id: str

    async def see_each_other(self) -> None:
        """Wait until new frames of both arrive."""
        for meeting, participant in ((self.one, self.other_id), (self.other, self.one_id)):
            frames = frames_of(participant)
            before = await meeting.evaluate(frames)
            await meeting.wait_for(f"{frames}.then((count) => count > {before} + 5)")


@pytest.fixture
async def path(start_server: StartServer) -> AsyncIterator[Path]:
    async with network_path(start_server) as made:
        yield made


async def meet(chromium: StartChromium, url_of_one: str, url_of_other: str) -> Two:
    """Two browsers in one room by two ways."""
    room = new_room()
    one = await enter(await chromium(person=PERSON), address(url_of_one, room, "one", mic=0, **SMALL))
    other = await enter(await chromium(person=OTHER), address(url_of_other, room, "other", mic=0, **SMALL))
    two = Two(one, other, await one.connected(), await other.connected())
    await one.wait_for(decodes(two.other_id, OTHER, 320, 180))
    await other.wait_for(decodes(two.one_id, PERSON, 320, 180))
    for meeting in (one, other):
        await meeting.evaluate(WATCH)
    return two


async def test_a_killed_socket_is_replaced_and_nobody_notices(path: Path, chromium: StartChromium) -> None:
    two = await meet(chromium, path.url, path.server.url)
    await path.tcp.reset()
    await two.one.wait_for("window.seen.states.includes('reconnecting')")
    await two.one.wait_for(f"{STATE} === 'connected' && window.sfumato.session !== window.sessionBefore")
    await two.see_each_other()
    assert await two.one.connected() == two.one_id
    assert await two.one.evaluate(SAME_CONNECTION)
    assert await two.one.evaluate("window.sfumato.negotiations === window.negotiationsBefore")
    assert await two.other.evaluate("window.seen") == {
        "left": 0,
        "unpublished": 0,
        "states": ["connected"],
    }


async def test_an_offer_that_is_lost_with_its_socket_is_made_good(
    path: Path, chromium: StartChromium
) -> None:
    two = await meet(chromium, path.url, path.server.url)
    path.tcp.die()
    await two.one.evaluate("window.sfumato.meeting.publish('screen', {audio: false}).then(() => true)")
    await two.one.wait_for("window.sfumato.connection.signalingState === 'have-local-offer'")
    await path.tcp.reset()
    path.tcp.revive()
    await two.other.wait_for(
        "[...window.sfumato.slots.values()].some((slot) => slot.paused === null && "
        "window.sfumato.meeting.tracks.get(slot.track)?.source === 'screen')"
    )
    await two.one.wait_for("window.sfumato.connection.signalingState === 'stable'")
    assert await two.one.connected() == two.one_id
    assert await two.one.evaluate(SAME_CONNECTION)
    assert await two.other.evaluate("window.seen.left + window.seen.unpublished") == 0


async def test_firefox_takes_up_its_meeting_and_keeps_simulcast_over_a_mute(
    path: Path, firefox: Firefox, chromium: StartChromium
) -> None:
    room = new_room()
    one = await enter(firefox, address(path.url, room, "one", mic=0))
    other = await enter(await chromium(person=OTHER), address(path.server.url, room, "other", mic=0, **SMALL))
    two = Two(one, other, await one.connected(), await other.connected())
    for meeting in (one, other):
        await meeting.evaluate(WATCH)
    await one.wait_for(decodes(two.other_id, OTHER, 320, 180))
    await other.wait_for(decodes(two.one_id, None, 320, 180))
    await one.wait_for(f"{ENCODINGS}.then((count) => count === 3)")
    await path.tcp.reset()
    await one.wait_for(f"{STATE} === 'connected' && window.sfumato.session !== window.sessionBefore")
    await one.evaluate("window.sfumato.meeting.mute('camera', true).then(() => true)")
    await one.evaluate("window.sfumato.meeting.mute('camera', false).then(() => true)")
    await two.see_each_other()
    assert await one.connected() == two.one_id
    assert await one.evaluate(SAME_CONNECTION)
    sent = await one.evaluate(SENT)
    await one.wait_for(
        f"{SENT}.then((now) => now.length === 3 && now.every((one, at) => one > {sent}[at] + 5))"
    )


async def test_media_go_on_after_the_udp_path_was_dead_for_ten_seconds(
    path: Path, chromium: StartChromium
) -> None:
    two = await meet(chromium, path.url, path.server.url)
    path.udp.cut()
    # The browser notices by itself that nothing comes back.
    await asyncio.gather(two.one.wait_for(f"{STATE} === 'reconnecting'"), asyncio.sleep(DEAD_S))
    path.udp.mend()
    await two.one.wait_for(f"{STATE} === 'connected'")
    await two.see_each_other()
    assert await two.one.connected() == two.one_id
    assert await two.one.evaluate(SAME_CONNECTION)
    assert await two.other.evaluate("window.seen.left + window.seen.unpublished") == 0


async def test_a_network_that_was_dead_for_ten_seconds_brings_everything_back(
    path: Path, chromium: StartChromium
) -> None:
    two = await meet(chromium, path.url, path.server.url)
    path.die()
    await asyncio.gather(two.one.wait_for(f"{STATE} === 'reconnecting'"), asyncio.sleep(DEAD_S))
    path.revive()
    await two.one.wait_for(f"{STATE} === 'connected'")
    await two.see_each_other()
    assert await two.one.connected() == two.one_id
    assert await two.other.evaluate("window.seen.left + window.seen.unpublished") == 0


async def test_a_reload_brings_the_same_participant_back(path: Path, chromium: StartChromium) -> None:
    two = await meet(chromium, path.url, path.server.url)
    await two.one.reload()
    assert await two.one.connected() == two.one_id
    await two.one.wait_for(decodes(two.other_id, OTHER, 320, 180))
    await two.see_each_other()
    assert await two.other.evaluate("window.seen") == {
        "left": 0,
        "unpublished": 0,
        "states": ["connected"],
    }


async def test_a_server_that_restarts_gets_its_meeting_back(
    start_server: StartServer, chromium: StartChromium
) -> None:
    async with Server() as first:
        ports = ("--http-port", str(urlsplit(first.url).port), "--media-port", str(first.media[1]))
        two = await meet(chromium, first.url, first.url)
    for meeting in (two.one, two.other):
        await meeting.wait_for(f"{STATE} === 'reconnecting'")
    await start_server(*ports)
    for meeting in (two.one, two.other):
        await meeting.wait_for(
            f"{STATE} === 'connected' && window.sfumato.connection !== window.connectionBefore"
        )
        await meeting.wait_for("window.sfumato.meeting.count === 2")
    two.one_id, two.other_id = await two.one.connected(), await two.other.connected()
    await two.one.wait_for(decodes(two.other_id, OTHER, 320, 180))
    await two.other.wait_for(decodes(two.one_id, PERSON, 320, 180))
    await two.see_each_other()


async def test_a_poor_network_is_said_to_be_poor_until_it_is_not(path: Path, chromium: StartChromium) -> None:
    two = await meet(chromium, path.url, path.server.url)
    path.udp.up.loss = path.udp.down.loss = 0.3
    await two.one.wait_for(f"{STATE} === 'poor'", DEADLINE_S)
    assert await two.one.evaluate("window.sfumato.meeting.reason") == "Packets are lost on the way."
    path.udp.up.loss = path.udp.down.loss = 0
    await two.one.wait_for(f"{STATE} === 'connected' && window.sfumato.meeting.reason === ''", DEADLINE_S)
    # Each one's score comes by itself.
    await two.one.wait_for(f"window.sfumato.meeting.quality('{two.other_id}').score >= 3", DEADLINE_S)
