"""Invitations: the address where guests are welcome, a link with a token where they are not."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page

from client.session import dev_token
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import PARTICIPANT, new_room
from tests.e2e.room_page import SMALL, enter_room, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

QUIET = "&".join(f"{name}={value}" for name, value in {**SMALL, "camera": 0, "mic": 0}.items())
NAMES = "[...window.sfumato.meeting.participants.values()].map((one) => one.name).sort().join()"


async def copied_invitation(page: Page) -> str:
    """What lies in the clipboard after the invitation was copied by its key."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.keyboard.press("i")
    await page.get_by_role("button", name="Copied").first.wait_for()
    return str(await page.evaluate("navigator.clipboard.readText()"))


def quietly(link: str) -> str:
    """The link with a query that leaves devices alone."""
    parts = urlsplit(link)
    return parts._replace(query=QUIET).geturl()


async def test_the_address_is_copied_without_anything_personal(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    assert await copied_invitation(page) == f"{server.url}/r/{room}"
    assert browser.errors == []


async def test_a_host_with_a_token_invites_by_a_link_that_guests_pass_on(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    token = await dev_token(server.url, room, "Ada", role="host")
    host = await browser.open(f"{server.url}/r/{room}?{QUIET}#token={token}")
    await host.get_by_role("button", name="Join now").wait_for()
    assert await host.get_by_label("Your name").count() == 0
    await host.get_by_role("button", name="Join now").click()
    await wait_for(host, PARTICIPANT)
    link = await copied_invitation(host)
    assert link.startswith(f"{server.url}/r/{room}#token=")
    assert token not in link
    await host.get_by_text("Whoever has the link can enter until").wait_for()

    for name in ("Bo", "Cy"):
        guest = await browser.open(quietly(link))
        await guest.get_by_label("Your name").fill(name)
        assert await guest.get_by_role("button", name="Check your connection").count() == 0
        await guest.get_by_role("button", name="Join now").click()
        await wait_for(guest, PARTICIPANT)
        assert await copied_invitation(guest) == link
    await wait_for(host, f"{NAMES} === 'Ada,Bo,Cy'")
    assert browser.errors == []


async def test_who_may_not_make_a_link_copies_the_address_and_is_told(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    token = await dev_token(server.url, room, "Bo")
    page = await browser.open(f"{server.url}/r/{room}?{QUIET}#token={token}")
    await page.get_by_role("button", name="Join now").click()
    await wait_for(page, PARTICIPANT)
    assert await copied_invitation(page) == f"{server.url}/r/{room}"
    await page.get_by_text("Newcomers may need an invitation by a host to enter.").wait_for()
    assert browser.errors == []


async def test_a_link_that_ended_says_so(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    # {"link": true}, signed by nobody: the server takes it for what it is.
    stale = "eyJhbGciOiJIUzI1NiJ9.eyJsaW5rIjp0cnVlfQ.AAAA"
    page = await browser.open(f"{server.url}/r/{new_room()}?{QUIET}#token={stale}")
    await page.get_by_label("Your name").fill("Bo")
    await page.get_by_role("button", name="Join now").click()
    await page.get_by_text("Your invitation is not valid; it may have expired").wait_for()


async def test_without_a_clipboard_the_link_is_shown(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    room = new_room()
    script = "navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    page = await enter_room(browser, server, room, "Ada", script, camera=0, mic=0)
    await page.keyboard.press("i")
    assert await page.get_by_label("Copy this link and send it").input_value() == f"{server.url}/r/{room}"
    assert browser.errors == []
