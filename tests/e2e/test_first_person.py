"""Who may moderate a room that somebody just opened, on a node that is being tried out."""

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

ROLE = "window.sfumato.meeting.me.role"


async def test_the_first_person_is_host_and_the_second_is_not(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    first = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    second = await enter_room(browser, server, room, "Bea", camera=0, mic=0)
    assert await first.evaluate(ROLE) == "host"
    assert await second.evaluate(ROLE) == "participant"
    assert browser.errors == []
