"""The meeting room in Chromium: what people see and do, beside each other."""

import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page

from client.meeting import connect
from client.session import dev_token
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import CONNECTED, PARTICIPANT, new_room
from tests.e2e.room_page import enter_room, place, plays, tile, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

DENIED = """navigator.mediaDevices.getUserMedia = () =>
  Promise.reject(new DOMException("not allowed", "NotAllowedError"));"""


async def test_from_the_lobby_into_the_room_with_what_was_chosen_there(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    page = await browser.open(f"{server.url}/r/{room}?width=320&height=180&fps=5&simulcast=0")
    await wait_for(page, "document.querySelector('.preview video')?.videoWidth > 0")
    await page.get_by_role("button", name="Turn microphone off").click()
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_role("button", name="Join now").click()
    await wait_for(page, plays("You"))
    assert await page.evaluate("window.sfumato.meeting.local.has('microphone')") is False
    await page.get_by_role("button", name="Unmute").click()
    await wait_for(page, "window.sfumato.meeting.local.get('microphone')?.muted === false")
    await page.goto(server.url)
    await page.get_by_role("button", name=room, exact=True).click()
    assert await page.get_by_label("Your name").input_value() == "Ada"
    assert browser.errors == []


async def test_without_permission_the_lobby_says_what_to_do_and_lets_one_in(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    page = await browser.open(f"{server.url}/r/{new_room()}", DENIED)
    await page.get_by_text("Your camera and microphone may not be used").wait_for()
    assert await page.locator(".note ol").first.locator("li").count() >= 2
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_role("button", name="Join now").click()
    await wait_for(page, PARTICIPANT)
    await page.get_by_role("button", name="Unmute").click()
    await page.get_by_role("heading", name="The browser blocks your microphone").wait_for()
    assert browser.errors == []


async def test_tiles_stay_where_they_are_when_people_come_and_go(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    others = {
        name: await enter_room(browser, server, room, name, camera=0, mic=0) for name in ("Bo", "Cy", "Di")
    }
    await wait_for(page, tile("Di"))
    before = {name: await page.evaluate(place(name)) for name in ("You", "Bo", "Cy", "Di")}
    assert len(set(before.values())) == 4
    await others["Bo"].context.close()
    await enter_room(browser, server, room, "Ed", camera=0, mic=0)
    # A page that closes is away for the grace time: its tile waits for it.
    await wait_for(page, tile("Ed"))
    await others["Cy"].evaluate("window.sfumato.meeting.leave()")
    await wait_for(page, f"!{tile('Cy')}")
    assert await page.evaluate(place("You")) == before["You"]
    await page.keyboard.press("g")
    await wait_for(page, f"{place('You')} !== '{before['You']}'")
    await page.keyboard.press("g")
    await wait_for(page, f"{place('You')} === '{before['You']}'")
    assert browser.errors == []


async def test_a_host_mutes_admits_locks_and_removes_by_the_list_of_people(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    host = await enter_room(browser, server, room, "Ada", role="host", camera=0, mic=0)
    guest = await enter_room(browser, server, room, "Grace", camera=0)
    await host.get_by_role("button", name="People").click()

    await host.get_by_role("button", name="Actions for Grace").click()
    await host.get_by_role("menuitem", name="Mute", exact=True).click()
    await guest.get_by_text("Somebody turned your microphone off.").wait_for()
    await guest.get_by_role("button", name="Unmute").wait_for()

    await host.get_by_role("button", name="Actions for Grace").click()
    await host.get_by_role("menuitemradio", name="Viewer").click()
    await wait_for(guest, "document.querySelector('[aria-label=Unmute]') === null")
    assert await guest.get_by_role("button", name="Turn camera on").count() == 0

    await host.get_by_role("switch", name="Newcomers wait to be let in").click()
    await wait_for(host, "window.sfumato.meeting.room.lobby")
    newcomer = await browser.open(f"{server.url}/r/{room}?name=Bo&identity=bo&camera=0&mic=0")
    await newcomer.get_by_text("somebody in the meeting will let you in").wait_for()
    await host.get_by_role("button", name="Admit Bo").click()
    await wait_for(newcomer, PARTICIPANT)
    await host.get_by_role("heading", name="3 people").wait_for()

    await host.get_by_role("switch", name="Lock").click()
    late = await browser.open(f"{server.url}/r/{room}?name=Cy&identity=cy&camera=0&mic=0")
    await late.get_by_role("heading", name="The room is locked").wait_for()

    await host.get_by_role("button", name="Actions for Grace").click()
    await host.get_by_role("menuitem", name="Remove", exact=True).click()
    await guest.get_by_role("heading", name="You are not in this meeting").wait_for()

    await host.get_by_role("button", name="Leave or end the meeting").click()
    await host.get_by_role("menuitem", name="End for everyone").click()
    await host.get_by_role("button", name="End meeting").click()
    await newcomer.get_by_role("heading", name="The meeting has ended").wait_for()
    assert browser.errors == []


async def test_who_waits_no_longer_vanishes_from_the_list_and_its_message(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    host = await enter_room(browser, server, room, "Ada", role="host", camera=0, mic=0)
    await host.evaluate("window.sfumato.meeting.moderate({action: 'lobby', enabled: true})")

    async def knock(name: str) -> Page:
        page = await browser.open(f"{server.url}/r/{room}?name={name}&identity={name}&camera=0&mic=0")
        await host.get_by_text(f"{name} waits to be let in.").wait_for()
        return page

    bo, cy = await knock("Bo"), await knock("Cy")
    await host.get_by_role("button", name="People, 2 waiting").click()
    await host.get_by_role("button", name="Admit Bo").wait_for()
    await bo.get_by_role("button", name="Do not wait").click()
    await wait_for(host, "!document.body.textContent.includes('Bo')")
    await cy.context.close()
    await wait_for(host, "!document.body.textContent.includes('Cy')")
    await host.get_by_role("button", name="People", exact=True).wait_for()

    di = await knock("Di")
    await host.get_by_role("button", name="Deny Di").click()
    await di.get_by_role("heading", name="You are not in this meeting").wait_for()
    await wait_for(host, "!document.body.textContent.includes('Di')")
    assert browser.errors == []


async def test_a_host_lowers_a_hand(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    room = new_room()
    host = await enter_room(browser, server, room, "Ada", role="host", camera=0, mic=0)
    guest = await enter_room(browser, server, room, "Grace", camera=0, mic=0)
    await guest.get_by_role("button", name="Raise your hand").click()
    await host.get_by_text("Grace raised a hand.").wait_for()
    await host.get_by_role("button", name="People").click()
    await host.get_by_role("button", name="Actions for Grace").click()
    await host.get_by_role("menuitem", name="Lower hand").click()
    await guest.get_by_role("button", name="Raise your hand").wait_for()
    await wait_for(host, "document.querySelector('.hand') === null")
    await host.get_by_role("button", name="Actions for Grace").click()
    assert await host.get_by_role("menuitem", name="Lower hand").count() == 0
    assert browser.errors == []


async def test_the_menu_of_the_last_of_many_people_is_whole(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    room = new_room()
    async with AsyncExitStack() as running:
        for number in range(20):
            token = await dev_token(server.url, room, f"Person {number:02}")
            await running.enter_async_context(connect(server.url, token))
        host = await enter_room(browser, server, room, "Ada", role="host", camera=0, mic=0)
        await host.get_by_role("button", name="People").click()
        await host.get_by_role("button", name="Actions for Person 19").click()
        item = host.get_by_role("menuitem", name="Remove and keep out")
        await item.click(trial=True)  # fails if anything lies over it
        box = await item.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= await host.evaluate("innerHeight")
    assert browser.errors == []


async def test_a_name_of_markup_and_direction_marks_stays_text(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    nasty = '<img src=x onerror="window.hacked=1">\u202egnp.exe'
    other = await enter_room(browser, server, room, nasty, identity="eve", camera=0, mic=0)
    await wait_for(page, tile("<img src=x"))
    assert await page.evaluate("window.hacked ?? null") is None
    shown = await page.evaluate("document.body.textContent")
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    assert await page.locator(".tile img").count() == 0
    await other.context.close()
    assert browser.errors == []


async def test_a_lost_line_is_told_and_forgotten_when_it_is_back(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    page = await enter_room(browser, server, new_room(), "Ada", camera=0, mic=0)
    await page.context.set_offline(True)
    await page.evaluate("window.sfumato.session.close(4900, '')")
    await page.get_by_text("Reconnecting.").wait_for()
    await page.get_by_role("button", name="Try now").wait_for()
    await page.context.set_offline(False)
    await wait_for(page, "window.sfumato.meeting.state === 'connected'")
    await wait_for(page, "document.querySelector('.banner') === null")


async def test_the_lobby_checks_the_ways_to_the_server(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    page = await browser.open(f"{server.url}/r/{new_room()}?camera=0&mic=0")
    await page.get_by_role("button", name="Check your connection").click()
    await page.get_by_text("Done.").wait_for()
    results = await page.locator(".checks li").evaluate_all("(all) => all.map((one) => one.className)")
    assert results == ["ok", "ok", "ok", "absent"]
    await page.keyboard.press("Escape")
    await wait_for(page, "document.querySelector('dialog') === null")
    assert browser.errors == []


async def test_a_swipe_over_the_page_does_not_lead_out_of_the_meeting(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    page = await enter_room(browser, server, new_room(), "Ada")
    for _ in range(4):
        await page.mouse.move(640, 360)
        await page.mouse.wheel(-300, 0)
        # The browser goes back a moment after the wheel, and this page with its meeting would be gone.
        await page.evaluate(
            "(async () => { for (let n = 0; n < 10; n++) await new Promise(requestAnimationFrame); })()"
        )
    assert await page.evaluate(CONNECTED)
