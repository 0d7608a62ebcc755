"""The connection check of the client library, in a Chromium that may use UDP and in one that may not."""

from typing import Any

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.server import Server
from tests.e2e.test_ice_tcp import NO_UDP

pytestmark = pytest.mark.e2e

CHECK = """(async (room) => {
  const {requestToken, selfCheck} = await import("/sfumato-client.js");
  const told = [];
  const token = await requestToken({room, name: "check"});
  const checks = await selfCheck({token, room, onCheck: ({name}) => told.push(name)});
  return {checks, told};
})"""
ORDER = ["websocket", "udp", "tcp", "turn", "camera", "microphone"]


async def checks(
    server: Server, chromium: StartChromium, flags: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    page = await (await chromium(flags=flags)).open(server.url)
    result = await page.evaluate(f"{CHECK}({new_room()!r})")
    assert result["told"] == ORDER
    return {check["name"]: check for check in result["checks"]}


async def test_every_way_that_works_is_said_to_work(server: Server, chromium: StartChromium) -> None:
    found = await checks(server, chromium, ())
    assert {name: check["result"] for name, check in found.items()} == {
        **dict.fromkeys(ORDER, "ok"),
        "turn": "absent",
    }


async def test_udp_that_is_blocked_is_named_and_tcp_still_works(
    server: Server, chromium: StartChromium
) -> None:
    found = await checks(server, chromium, NO_UDP)
    assert found["udp"]["result"] == "failed"
    assert "firewall" in found["udp"]["words"]
    assert found["tcp"]["result"] == "ok"
