"""Everybody can use the room: axe finds nothing serious, and the keyboard reaches everything."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, ViewportSize

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
# Of axe's four grades; the others are "minor" and "moderate".
GRAVE = ("serious", "critical")
FOCUS = "(document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '')"


async def grave_findings(page: Page) -> list[str]:
    """What axe holds against the page as it stands, rule by rule with the elements."""
    # Half-way through a transition colours have less contrast than before and after it. Some go on for ever.
    await wait_for(
        page,
        "document.getAnimations().every((one) => one.playState !== 'running' || "
        "one.effect.getComputedTiming().endTime === Infinity)",
    )
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


WIDE: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("colours", "size"), [("dark", WIDE), ("light", WIDE), ("dark", PHONE), ("light", PHONE)]
)
async def test_axe_finds_nothing_serious_on_any_page(
    server: Server, chromium: StartChromium, colours: Any, size: ViewportSize
) -> None:
    browser = await chromium()
    axe = AXE.read_text()
    page = await browser.open(server.url, axe)
    await page.emulate_media(color_scheme=colours)
    await page.set_viewport_size(size)
    await page.evaluate("localStorage.setItem('sfumato.rooms', '{\"rooms\": [\"weekly\"]}')")
    await page.reload()
    assert await grave_findings(page) == []

    room = new_room()
    await page.goto(f"{server.url}/r/{room}?role=host")
    await page.get_by_text("Choose camera").click()
    await wait_for(page, "document.querySelector('.preview video').srcObject !== null")
    assert await grave_findings(page) == []

    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_role("button", name="Join now").click()
    await wait_for(page, "document.querySelector('.alone') !== null")
    assert await grave_findings(page) == []

    other = await enter_room(browser, server, room, "Grace", camera=0)
    await other.keyboard.press("h")
    await wait_for(page, "document.querySelectorAll('.tile').length === 2")
    await page.keyboard.press("p")
    await page.get_by_role("heading", name="2 people").wait_for()
    assert await grave_findings(page) == []
    await page.get_by_role("button", name="Actions for Grace").click()
    assert await grave_findings(page) == []
    await page.keyboard.press("Escape")
    # On a phone the list covers the buttons.
    await page.keyboard.press("p")
    await wait_for(page, "document.querySelector('.panel') === null")
    await other.evaluate("window.sfumato.meeting.chat.say('see https://example.org')")
    await page.locator(".chat-toast").wait_for()
    assert await grave_findings(page) == []
    await page.keyboard.press("c")
    await page.locator("li.new").wait_for()
    await page.get_by_label("To", exact=True).select_option("Grace, alone")
    await page.get_by_label("Message to Grace alone").fill("hello")
    await page.get_by_label("Message to Grace alone").press("Enter")
    await page.locator(".own .message.sent").wait_for()
    assert await grave_findings(page) == []
    await page.keyboard.press("Escape")
    await wait_for(page, "document.querySelector('.panel') === null")
    for key, kind in (("d", "documents"), ("b", "boards")):
        title = f"Plan of {kind}"
        await page.evaluate(
            f"window.sfumato.meeting.http('/api/v1/rooms/{room}/{kind}', {{method: 'POST', "
            f"headers: {{'Content-Type': 'application/json'}}, body: JSON.stringify({{title: '{title}'}})}})"
        )
        await page.keyboard.press(key)
        await page.get_by_role("button", name=title, exact=True).wait_for()
        assert await grave_findings(page) == []
        await page.keyboard.press(key)
        await wait_for(page, "document.querySelector('.panel') === null")
    await page.get_by_role("button", name="More", exact=True).click()
    assert await grave_findings(page) == []
    await page.get_by_role("menuitem", name="Devices").click()
    assert await grave_findings(page) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    assert await grave_findings(page) == []
    await page.keyboard.press("Escape")

    # A screen on the stage, somebody at the door, a line that is lost.
    await other.keyboard.press("s")
    await wait_for(page, "document.querySelector('.tile.screen') !== null")
    await page.evaluate("window.sfumato.meeting.moderate({action: 'lobby', enabled: true})")
    newcomer = await browser.open(f"{server.url}/r/{room}?name=Bo&identity=bo&camera=0&mic=0", axe)
    await page.get_by_text("Bo waits to be let in.").wait_for()
    assert await grave_findings(page) == []
    assert await grave_findings(newcomer) == []
    assert browser.errors == []
    await page.context.set_offline(True)
    await page.evaluate("window.sfumato.session?.close(4900, '')")
    await page.get_by_text("Reconnecting.").wait_for()
    assert await grave_findings(page) == []
    await page.context.set_offline(False)
    await wait_for(page, "window.sfumato.meeting.state === 'connected'")

    await page.evaluate("window.sfumato.meeting.leave()")
    await page.get_by_role("heading", name="You left the meeting").wait_for()
    assert await grave_findings(page) == []


async def tab_to(page: Page, label: str) -> None:
    """Press Tab until the element of that label has the focus."""
    for _ in range(40):
        if await page.evaluate(FOCUS) == label:
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {label!r}")


async def test_a_meeting_from_the_start_page_to_its_end_by_keyboard_alone(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    page = await browser.open(f"{server.url}/?role=host")
    for _ in range(10):
        if await page.evaluate("document.activeElement.id") == "room":
            break
        await page.keyboard.press("Tab")
    await page.keyboard.type(room)
    await page.keyboard.press("Enter")
    await page.get_by_label("Your name").wait_for()
    await wait_for(page, "document.activeElement.id === 'name'")
    await page.keyboard.type("Ada")
    await page.keyboard.press("Enter")
    await wait_for(page, "window.sfumato?.meeting.state === 'connected'")
    await wait_for(page, "window.sfumato.meeting.local.get('microphone')?.muted === false")

    await tab_to(page, "Mute")
    await page.keyboard.press("Enter")
    await wait_for(page, "window.sfumato.meeting.local.get('microphone').muted")
    # The button is now another's, the focus is where it was.
    await wait_for(page, f"{FOCUS} === 'Unmute'")

    await page.keyboard.press("h")
    await wait_for(page, "window.sfumato.meeting.me.hand")

    await tab_to(page, "Share your screen")
    await page.keyboard.press("Enter")
    await wait_for(page, "window.sfumato.meeting.local.has('screen')")
    await wait_for(page, f"{FOCUS} === 'Stop sharing your screen'")
    await page.keyboard.press("Enter")
    await wait_for(page, "!window.sfumato.meeting.local.has('screen')")

    other = await enter_room(browser, server, room, "Grace", camera=0)
    await tab_to(page, "Pin Grace")
    await page.keyboard.press("Enter")
    await wait_for(page, "document.querySelector('.tile.pinned') !== null")

    await page.keyboard.press("p")
    await page.get_by_role("heading", name="2 people").wait_for()
    await tab_to(page, "Actions for Grace")
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Mute").wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await wait_for(other, "window.sfumato.meeting.local.get('microphone').muted")
    assert await page.evaluate(FOCUS) == "Actions for Grace"
    await page.keyboard.press("Escape")
    await wait_for(page, "document.querySelector('.panel') === null")

    await tab_to(page, "Leave or end the meeting")
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Leave").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="You left the meeting").wait_for()
    await wait_for(page, "document.activeElement.tagName === 'H1'")
    await wait_for(other, "window.sfumato.meeting.count === 1")
    assert browser.errors == []


async def test_keys_typed_into_a_field_are_letters(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    page = await enter_room(browser, server, new_room(), "Ada")
    await page.keyboard.press("?")
    await page.get_by_role("switch", name="Use single keys as shortcuts").click()
    await page.keyboard.press("Escape")
    await page.keyboard.press("p")
    await page.get_by_role("button", name="People").click()
    await page.get_by_role("heading", name="1 person").wait_for()
    # Had the key worked, the click would have closed the list again.
    assert await page.locator(".panel").count() == 1
