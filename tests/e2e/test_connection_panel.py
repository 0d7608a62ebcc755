"""The room's details of the connection."""

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room, plays, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

PANEL = 'document.querySelector("[aria-label=Connection]")'


async def test_the_panel_tells_what_arrives_and_why_and_what_rests(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    browser = await chromium()
    anna = await enter_room(browser, server, room, "Anna", simulcast=1)
    bert = await enter_room(browser, server, room, "Bert")
    await wait_for(bert, plays("Anna"))
    for page in (anna, bert):
        await page.get_by_role("button", name="More").click()
        await page.get_by_role("menuitem", name="Connection").click()
    await wait_for(bert, f"{PANEL}?.innerText.includes('kbit/s')")
    # Pictures of Anna, with their size and the reason in words.
    await wait_for(bert, f"/Anna\\n\\d+ × \\d+, \\d+ fps, \\d+ kbit/.test({PANEL}.innerText)")
    await wait_for(bert, f"{PANEL}.querySelectorAll('.picture path')[0]?.getAttribute('d').includes('L')")
    await wait_for(bert, f"/Quality\\n(Good|Excellent)/.test({PANEL}.innerText)")
    # Nobody looks at Anna any more: the server says so, her encoders rest.
    await bert.evaluate("window.sfumato.meeting.leave()")
    await wait_for(anna, f"{PANEL}.innerText.includes('rests')", timeout_s=60)
    await anna.keyboard.press("Escape")
    await wait_for(anna, f"!{PANEL}")
