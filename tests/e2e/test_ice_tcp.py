"""A browser that may not use UDP meets over ICE-TCP (RFC 6544)."""

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import PARTICIPANT, address, decodes, enter, is_heard, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

NO_UDP = ("--webrtc-ip-handling-policy=disable_non_proxied_udp", "--force-webrtc-ip-handling-policy")

PROTOCOL = """(async () => {
  const reports = [...(await window.sfumato.connection.getStats()).values()];
  const pair = reports.find(
    (one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
  return pair ? reports.find((one) => one.id === pair.remoteCandidateId).protocol : null;
})()"""


BY_CHANNEL = """window.sfumato.meeting.chat.isOpen
  && window.sfumato.meeting.channels.link("chat").carriedBy === "channel" """
TEXTS = "window.sfumato.meeting.chat.messages.map((one) => one.text)"


async def test_chromium_without_udp_sees_is_seen_and_chats_over_tcp(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    small = {"width": 640, "height": 360, "simulcast": 0}
    blocked = await enter(await chromium(person=31, flags=NO_UDP), address(server.url, room, "tcp", **small))
    other = await enter(await chromium(person=32), address(server.url, room, "udp", **small))
    assert await blocked.wait_for(PROTOCOL) == "tcp"
    assert await other.wait_for(PROTOCOL) == "udp"
    for viewer, publisher, person in ((blocked, other, 32), (other, blocked, 31)):
        participant = await publisher.evaluate(PARTICIPANT)
        await viewer.wait_for(decodes(participant, person, 320, 180))
        await viewer.wait_for(is_heard(participant))
    # Its data channels go the same way: messages that fill many packets, both ways, in order.
    for page in (blocked, other):
        await page.wait_for(BY_CHANNEL)
    for sender, hearer, name in ((blocked, other, "tcp"), (other, blocked, "udp")):
        said = f"Array.from({{length: 20}}, (_, at) => '{name} ' + at + ' '.padEnd(3000, 'x'))"
        await sender.evaluate(f"{said}.forEach((text) => window.sfumato.meeting.chat.say(text))")
        heard = f"{TEXTS}.filter((one) => one.startsWith('{name}'))"
        await hearer.wait_for(f"JSON.stringify({heard}) === JSON.stringify({said})")
        await sender.wait_for("window.sfumato.meeting.chat.messages.every((one) => one.state === 'sent')")
        assert await sender.evaluate(BY_CHANNEL)
