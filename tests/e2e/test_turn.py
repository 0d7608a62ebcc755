"""Browsers that reach the node through coturn alone, with the credentials that the node mints for it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.meeting_page import PARTICIPANT, Meeting, address, decodes, enter, is_heard, new_room
from tests.e2e.test_self_check import checks
from tests.e2e.turn_server import TurnServer

pytestmark = pytest.mark.e2e

SECRET = "shared-with-coturn"
DEADLINE_S = 60

# The page knows no such option, it is for networks that let nothing else pass.
RELAY_ONLY = """window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(options) { super({...options, iceTransportPolicy: "relay"}); }
};"""

# Of the pair in use: the type of our candidate, and how we reach the relay.
PAIR = """(async () => {
  const reports = [...(await window.sfumato.connection.getStats()).values()];
  const transport = reports.find((one) => one.type === "transport");
  const pair = reports.find((one) => one.id === transport?.selectedCandidatePairId);
  const local = reports.find((one) => one.id === pair?.localCandidateId);
  return local ? {type: local.candidateType, relay: local.relayProtocol ?? null} : null;
})()"""

SIZE = {"width": 1280, "height": 720, "simulcast": 0}


@pytest.fixture
async def turn() -> AsyncIterator[TurnServer]:
    async with TurnServer(SECRET) as running:
        yield running


def settings(folder: Path, *urls: str, secret: str = SECRET) -> tuple[str, str]:
    """The flags of a server that tells clients of these relays."""
    file = folder / "sfumato.toml"
    file.write_text(f"[turn]\nurls = {json.dumps(urls)}\nsecret = {json.dumps(secret)}\n")
    return ("--config", str(file))


async def enter_by_relay(browser: Chromium, url: str) -> Meeting:
    meeting = Meeting(await browser.open(url, RELAY_ONLY))
    await meeting.connected()
    return meeting


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_who_can_only_reach_the_relay_sees_and_is_seen_in_720p(
    transport: str, turn: TurnServer, start_server: StartServer, chromium: StartChromium, tmp_path: Path
) -> None:
    server = await start_server(*settings(tmp_path, turn.url(transport)))
    room = new_room()
    relayed = await enter_by_relay(await chromium(person=41), address(server.url, room, "relayed", **SIZE))
    other = await enter(await chromium(person=42), address(server.url, room, "other", **SIZE))
    assert await relayed.wait_for(PAIR) == {"type": "relay", "relay": transport}
    assert await other.wait_for(PAIR) == {"type": "host", "relay": None}
    for viewer, publisher, person in ((relayed, other, 42), (other, relayed, 41)):
        participant = await publisher.evaluate(PARTICIPANT)
        await viewer.wait_for(decodes(participant, person, 1280, 720), DEADLINE_S)
        await viewer.wait_for(is_heard(participant), DEADLINE_S)


async def test_the_connection_check_says_that_the_relay_works(
    turn: TurnServer, start_server: StartServer, chromium: StartChromium, tmp_path: Path
) -> None:
    server = await start_server(*settings(tmp_path, turn.url("udp")))
    found = await checks(server, chromium, ())
    assert found["turn"]["result"] == "ok"


async def test_a_relay_with_another_secret_lets_nobody_through_and_the_check_says_so(
    turn: TurnServer, start_server: StartServer, chromium: StartChromium, tmp_path: Path
) -> None:
    server = await start_server(*settings(tmp_path, turn.url("udp"), secret="another"))
    found = await checks(server, chromium, ())
    assert found["turn"]["result"] == "failed"
    assert "password" in found["turn"]["words"]
    assert found["udp"]["result"] == "ok"
