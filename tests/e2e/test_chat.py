"""Chat, reactions and who types, in Chromium, beside video that runs."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.firefox import Firefox
from tests.e2e.meeting_page import address, enter, new_room
from tests.e2e.network_path import Path, network_path
from tests.e2e.room_page import SMALL, enter_room, plays, tile, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

DEADLINE_S = 90

TEXTS = "[...document.querySelectorAll('.message')].map((one) => one.textContent)"
WAY = "window.sfumato.meeting.channels.link('chat').carriedBy"
# Pictures decoded of others so far.
FRAMES = """(async () => [...(await window.sfumato.connection.getStats()).values()]
  .filter((one) => one.type === "inbound-rtp" && one.kind === "video")
  .reduce((frames, one) => frames + (one.framesDecoded ?? 0), 0))()"""


@pytest.fixture
async def path(start_server: StartServer) -> AsyncIterator[Path]:
    async with network_path(start_server) as made:
        yield made


async def enter_chat(browser: Chromium, server: Server, room: str, name: str, **parameters: int) -> Page:
    """A page in the room with its chat open and connected."""
    page = await enter_room(browser, server, room, name, "", mic=0, **parameters)
    await open_chat(page)
    return page


async def both_open(server: Server, browser: Chromium) -> tuple[Page, Page]:
    """Ada and Bo in a room, with the chat before them."""
    room = new_room()
    ada = await enter_chat(browser, server, room, "Ada", camera=0)
    return ada, await enter_chat(browser, server, room, "Bo", camera=0)


async def one_open(server: Server, browser: Chromium) -> tuple[Page, Page]:
    """Ada, whose chat is connected and closed, and Bo with it before him."""
    room = new_room()
    ada = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    bo = await enter_chat(browser, server, room, "Bo", camera=0)
    await wait_for(ada, "window.sfumato.meeting.chat.isOpen")
    return ada, bo


async def open_chat(page: Page) -> None:
    await page.get_by_role("button", name="Chat", exact=True).click()
    await wait_for(page, "window.sfumato.meeting.chat.isOpen")


async def say(page: Page, *texts: str) -> None:
    """Type each of them, and Enter."""
    field = page.locator(".composer textarea")
    for text in texts:
        await field.fill(text)
        await field.press("Enter")


async def shows(page: Page, *texts: str) -> None:
    """Wait until the chat shows these messages and no others, in this order."""
    await wait_for(page, f"JSON.stringify({TEXTS}) === JSON.stringify({list(texts)!r})", DEADLINE_S)


async def test_what_was_said_while_one_was_cut_off_arrives_once_and_in_one_order(
    path: Path, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    query = {**SMALL, "adapt": 1, "mic": 0}
    ada = await browser.open(address(path.url, room, "Ada", identity="ada", **query))
    bo = await enter_chat(browser, path.server, room, "Bo")
    await wait_for(ada, plays("Bo"))
    await open_chat(ada)
    await say(ada, "before")
    await shows(bo, "before")
    assert await ada.evaluate(WAY) == "channel"

    path.die()
    await say(bo, "bo 1", "bo 2")
    await say(ada, "ada 1", "ada 2")
    await wait_for(ada, "window.sfumato.meeting.state === 'reconnecting'")
    await say(bo, "bo 3")
    await say(ada, "ada 3")
    await shows(bo, "before", "bo 1", "bo 2", "bo 3")
    path.revive()

    everything = ["before", "bo 1", "bo 2", "bo 3", "ada 1", "ada 2", "ada 3"]
    await wait_for(bo, f"{TEXTS}.length === {len(everything)}", DEADLINE_S)
    await wait_for(ada, f"{TEXTS}.length === {len(everything)}", DEADLINE_S)
    order = await bo.evaluate(TEXTS)
    assert sorted(order) == sorted(everything)
    assert [text for text in order if text.startswith("ada")] == ["ada 1", "ada 2", "ada 3"]
    # What Ada said stands at its place once it is acknowledged.
    await wait_for(ada, "document.querySelector('.message.sending') === null")
    assert await ada.evaluate(TEXTS) == order
    assert await ada.locator(".message.failed").count() == 0
    # Both ways carry again, and the picture runs.
    await say(ada, "after")
    await shows(bo, *order, "after")
    for page in (ada, bo):
        frames = await page.evaluate(FRAMES)
        await wait_for(page, f"{FRAMES}.then((count) => count > {frames} + 5)")


async def test_where_media_is_cut_the_chat_goes_by_the_socket_and_comes_back(
    path: Path, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    ada = await browser.open(
        address(path.url, room, "Ada", identity="ada", **SMALL, adapt=1, mic=0, camera=0)
    )
    await open_chat(ada)
    bo = await enter_chat(browser, path.server, room, "Bo", camera=0)
    await say(ada, "by channel")
    await shows(bo, "by channel")
    path.udp.cut()
    await say(ada, "by socket")
    await wait_for(ada, f"{WAY} === 'socket'")
    await shows(bo, "by channel", "by socket")
    path.udp.mend()
    await wait_for(ada, f"{WAY} === 'channel'", DEADLINE_S)
    await say(ada, "by channel again")
    await say(bo, "heard")
    for page in (ada, bo):
        await wait_for(page, f"{TEXTS}.length === 4")
        assert sorted(await page.evaluate(TEXTS)) == sorted(
            ["by channel", "by socket", "by channel again", "heard"]
        )


async def test_a_private_message_is_seen_by_the_two_alone_also_after_a_reload(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    ada, bo, cy = [await enter_chat(browser, server, room, name, camera=0) for name in ("Ada", "Bo", "Cy")]
    await wait_for(ada, tile("Cy"))
    await ada.get_by_label("To", exact=True).select_option("Bo, alone")
    await say(ada, "between us")
    await ada.get_by_label("To", exact=True).select_option("Everyone")
    await say(ada, "for all")
    await shows(ada, "between us", "for all")
    await shows(bo, "between us", "for all")
    await shows(cy, "for all")
    await bo.get_by_text("to you alone").wait_for()
    for page, texts in ((ada, ["between us", "for all"]), (bo, ["between us", "for all"]), (cy, ["for all"])):
        await page.reload()
        await open_chat(page)
        await shows(page, *texts)
    # A click on somebody's name writes to them.
    await bo.get_by_role("button", name="Ada", exact=True).first.click()
    await say(bo, "answer")
    await shows(ada, "between us", "for all", "answer")
    await say(ada, "end")
    await shows(cy, "for all", "end")
    assert browser.errors == []


async def test_firefox_chats_over_its_data_channels(
    server: Server, firefox: Firefox, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    ada = await enter_chat(browser, server, room, "Ada", camera=0)
    bo = await enter(firefox, address(server.url, room, "Bo", identity="bo", **SMALL, camera=0, mic=0))
    await bo.wait_for(f"window.sfumato.meeting.chat.isOpen && {WAY} === 'channel'", DEADLINE_S)
    await bo.evaluate("window.sfumato.meeting.chat.say('from Firefox')")
    await shows(ada, "from Firefox")
    await say(ada, "from Chromium")
    await bo.wait_for("window.sfumato.meeting.chat.messages.at(-1)?.text === 'from Chromium'")
    await bo.evaluate("window.sfumato.meeting.chat.react('🎉')")
    await wait_for(ada, f"{tile('Bo')}?.querySelector('.floats span')?.textContent === '🎉'")


async def test_a_closed_chat_counts_what_is_new_and_shows_it_for_a_moment(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    ada, bo = await one_open(server, browser)
    await say(bo, "one", "two")
    await ada.get_by_role("button", name="Chat, 2 new").wait_for()
    await ada.locator(".chat-toast").get_by_text("two").click()
    await shows(ada, "one", "two")
    await ada.get_by_role("button", name="Chat", exact=True).wait_for()
    assert await ada.locator("li.new").count() == 1
    assert await ada.get_by_role("button", name="Newest message").count() == 0
    await wait_for(ada, "document.activeElement.tagName === 'TEXTAREA'")
    # Shift and Enter begin a line; Escape closes, and what was begun stays.
    await ada.keyboard.type("first")
    await bo.get_by_text("Ada is typing").wait_for()
    await ada.keyboard.press("Shift+Enter")
    await ada.keyboard.type("second")
    await ada.keyboard.press("Escape")
    await ada.keyboard.press("c")
    await wait_for(ada, "document.activeElement.tagName === 'TEXTAREA'")
    await ada.keyboard.press("Enter")
    await shows(bo, "one", "two", "first\nsecond")
    await bo.get_by_text("Ada is typing").wait_for(state="detached")
    assert browser.errors == []


async def test_enter_does_not_send_while_an_input_method_composes(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    ada = await enter_chat(browser, server, new_room(), "Ada", camera=0)
    field = ada.locator(".composer textarea")
    await field.fill("にほん")
    await field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    assert await field.input_value() == "にほん"
    await field.press("Enter")
    await shows(ada, "にほん")


async def test_links_open_elsewhere_and_nothing_that_is_written_is_markup(
    server: Server, chromium: StartChromium
) -> None:
    ada, bo = await both_open(server, await chromium())
    text = "<b>see</b> https://example.org/a and javascript:alert(1)"
    await say(ada, text)
    await shows(bo, text)
    links = bo.locator(".message a")
    assert await links.count() == 1
    assert await links.get_attribute("href") == "https://example.org/a"
    assert await links.get_attribute("target") == "_blank"
    assert "noopener" in str(await links.get_attribute("rel"))


async def test_a_reaction_floats_over_the_tile_of_who_sent_it(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    ada, bo = await both_open(server, browser)
    await wait_for(bo, tile("Ada"))
    # Kept as it is, so that a slow machine still sees it.
    for page in (ada, bo):
        await page.add_style_tag(content=".floats span { animation: none !important; }")
    await ada.get_by_role("button", name="React").click()
    await ada.get_by_role("menuitem", name="Applause").click()
    for page, name in ((ada, "You"), (bo, "Ada")):
        await wait_for(page, f"{tile(name)}?.querySelector('.floats span')?.textContent === '👏'")
        assert await page.locator(".floats span").count() == 1
    assert browser.errors == []


async def test_older_messages_come_when_one_scrolls_up_and_what_one_reads_stays(
    start_server: StartServer, chromium: StartChromium
) -> None:
    server = await start_server()
    browser, room = await chromium(), new_room()
    ada = await enter_chat(browser, server, room, "Ada", camera=0)
    count = 260
    await ada.evaluate(f"for (let at = 1; at <= {count}; at += 1) window.sfumato.meeting.chat.say('m' + at)")
    await wait_for(
        ada, "window.sfumato.meeting.chat.messages.every((one) => one.state === 'sent')", DEADLINE_S
    )
    bo = await enter_chat(browser, server, room, "Bo", camera=0)
    await wait_for(bo, f"{TEXTS}.at(-1) === 'm{count}' && {TEXTS}.length === 200")
    end = "(({scrollHeight, scrollTop, clientHeight}) => scrollHeight - scrollTop - clientHeight < 2)"
    assert await bo.evaluate(f"{end}(document.querySelector('.messages'))")
    await bo.evaluate("document.querySelector('.messages').scrollTop = 100")
    seen = "[...document.querySelectorAll('.message')].find((one) => one.textContent === 'm65')"
    await wait_for(bo, f"{TEXTS}[0] === 'm11' || {TEXTS}[0] === 'm1'")
    assert await bo.evaluate(f"{seen}.getBoundingClientRect().top > 0")
    assert await bo.evaluate(f"{seen}.getBoundingClientRect().top < innerHeight")
    # What comes while one reads above is said, and waits below.
    await say(ada, "new")
    await bo.get_by_role("button", name="Newest message, 1 new").click()
    await wait_for(bo, f"{end}(document.querySelector('.messages'))")
    assert (await bo.evaluate(TEXTS))[-1] == "new"


async def test_whoever_opens_a_full_chat_begins_with_what_is_new(
    server: Server, chromium: StartChromium
) -> None:
    ada, bo = await one_open(server, await chromium())
    await bo.evaluate("for (let at = 1; at <= 40; at += 1) window.sfumato.meeting.chat.say('m' + at)")
    await ada.get_by_role("button", name="Chat, 40 new").click()
    await wait_for(ada, f"{TEXTS}.length === 40")
    place = "(({top}) => top > 0 && top < innerHeight / 2)"
    await wait_for(ada, f"{place}(document.querySelector('li.new').getBoundingClientRect())")
    await ada.get_by_role("button", name="Newest message").click()
    await wait_for(ada, f"!{place}(document.querySelector('li.new').getBoundingClientRect())")
