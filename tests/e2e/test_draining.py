"""A server that stops sends its meeting to another one."""

from pathlib import Path

import pytest

from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import Meeting, address, decodes, enter, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

SMALL = {"width": 320, "height": 180, "simulcast": 0, "mic": 0}
DEADLINE_S = 60


async def test_a_meeting_goes_on_at_the_server_that_the_stopping_one_names(
    server: Server, chromium: StartChromium, tmp_path: Path
) -> None:
    settings = tmp_path / "sfumato.toml"
    settings.write_text(f'drain_url = "{server.url}"\ndrain_s = 1\n')
    room = new_room()
    browsers: list[Chromium] = [await chromium(person=71), await chromium(person=72)]
    async with Server("--config", str(settings)) as stopping:
        two: list[Meeting] = [
            await enter(browser, address(stopping.url, room, name, **SMALL))
            for browser, name in zip(browsers, ("one", "other"), strict=True)
        ]
        for meeting in two:
            await meeting.wait_for("window.sfumato.meeting.count === 2")
            await meeting.evaluate("window.connectionBefore = window.sfumato.connection, null")
    for meeting in two:
        await meeting.wait_for(
            "window.sfumato.meeting.state === 'connected' && window.sfumato.meeting.count === 2 && "
            "window.sfumato.connection !== window.connectionBefore",
            DEADLINE_S,
        )
    ids = [await meeting.connected() for meeting in two]
    await two[0].wait_for(decodes(ids[1], 72, 320, 180), DEADLINE_S)
    await two[1].wait_for(decodes(ids[0], 71, 320, 180), DEADLINE_S)
