"""Documents in Chromium: two people write at once beside video, one is cut off, one comes by a link."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium, StartServer
from tests.e2e.document_page import (
    DEADLINE_S,
    EDITOR,
    MARKED,
    SAVED,
    TEXT,
    caret,
    comment,
    create_document,
    open_document,
    ready,
    select,
    shows,
    write,
)
from tests.e2e.meeting_page import address, new_room
from tests.e2e.network_path import Path, network_path
from tests.e2e.room_page import SMALL, become_alike, enter_room, plays, wait_for
from tests.e2e.server import Server
from tests.e2e.test_accessibility import AXE, grave_findings

pytestmark = pytest.mark.e2e

FRAMES = "document.querySelector('.tile.live video').getVideoPlaybackQuality().totalVideoFrames"
DELTA = """(async () => {
  const { documents } = window.sfumato.meeting;
  return JSON.stringify((await documents.open(documents.list[0].id)).content.ops);
})()"""


@pytest.fixture
async def path(start_server: StartServer) -> AsyncIterator[Path]:
    async with network_path(start_server) as made:
        yield made


async def meet(browser: Chromium, server: Server, **parameters: int) -> tuple[Page, Page]:
    """Two in a room with a document before them; the first is host."""
    room = new_room()
    ada = await enter_room(browser, server, room, "Ada", AXE.read_text(), role="host", mic=0, **parameters)
    bo = await enter_room(browser, server, room, "Bo", "", mic=0, **parameters)
    await create_document(ada, "Notes")
    await wait_for(bo, "window.sfumato.meeting.documents.list.length === 1")
    await open_document(bo, "Notes")
    return ada, bo


async def both_show(one: Page, other: Page, text: str) -> None:
    """The same text, and the same document underneath."""
    for page in (one, other):
        await shows(page, text)
        await wait_for(page, SAVED, DEADLINE_S)
    await become_alike(DELTA, one, other)


async def test_two_write_comment_and_undo_in_one_document_while_video_runs(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    ada, bo = await meet(browser, server)
    await wait_for(ada, plays("Bo"))
    # At once, at one place: neither loses a letter.
    await asyncio.gather(write(ada, "alpha"), write(bo, "BRAVO"))
    for page in (ada, bo):
        await wait_for(page, f"{TEXT}.length === 10 && {SAVED}", DEADLINE_S)
    text = str(await ada.evaluate(TEXT))
    assert "".join(letter for letter in text if letter.islower()) == "alpha"
    assert "".join(letter for letter in text if letter.isupper()) == "BRAVO"
    await both_show(ada, bo, text)

    # Undo takes back one's own, never another's.
    await ada.keyboard.press("Control+z")
    await both_show(ada, bo, "BRAVO")
    await ada.keyboard.press("Control+y")
    await both_show(ada, bo, text)
    await bo.locator(EDITOR).press("Control+a")
    await bo.keyboard.type("The review is on Monday")
    await both_show(ada, bo, "The review is on Monday")

    # By keyboard: back from the text into the toolbar, and along it.
    await bo.keyboard.press("Control+a")
    await bo.keyboard.press("Shift+Tab")
    for _ in range(2):
        await bo.keyboard.press("ArrowRight")
    await wait_for(bo, "document.activeElement.ariaLabel === 'Underline'")
    await bo.keyboard.press("Enter")
    await wait_for(ada, f"document.querySelector('{EDITOR} u')?.textContent === 'The review is on Monday'")
    await bo.get_by_role("button", name="Clear formatting").click()
    await bo.keyboard.press("End")
    await both_show(ada, bo, "The review is on Monday")
    assert await ada.locator(f"{EDITOR} u").count() == 0

    # Cursors: of the other, with the name, and moving with what is typed.
    await wait_for(ada, f"{caret('Bo')} > 0")
    before = await ada.evaluate(caret("Bo"))
    await bo.keyboard.type(" morning")
    await wait_for(ada, f"{caret('Bo')} > {before}")
    await bo.get_by_role("img", name="Also here: Ada").wait_for()

    # A comment stays on its words while another writes before it, in it, and takes them away and back.
    await comment(bo, "review", "Whose?")
    await wait_for(bo, f"document.activeElement.matches('{EDITOR}')")
    await ada.locator(".thread").get_by_text("Whose?").wait_for()
    await write(ada, "first ", after="The ")
    for page in (ada, bo):
        await wait_for(page, f"{MARKED}.join() === 'review'")
    await ada.locator(".thread").click()
    await ada.get_by_role("textbox", name="Reply").fill("Mine")
    await ada.keyboard.press("Control+Enter")
    await bo.locator(".thread .words").get_by_text("Mine").wait_for()
    await bo.get_by_role("button", name="What to do with this comment").click()
    await bo.get_by_role("menuitem", name="Edit").click()
    await bo.get_by_role("textbox", name="Comment", exact=True).fill("By whom?")
    await bo.get_by_role("button", name="Save").click()
    await ada.locator(".thread").get_by_text("By whom?").wait_for()
    await ada.get_by_role("button", name="What to do with this comment").last.click()
    await ada.get_by_role("menuitem", name="Delete").click()
    await wait_for(bo, "!document.body.innerText.includes('Mine')")
    await select(ada, "review")
    await ada.keyboard.press("Backspace")
    await bo.get_by_role("button", name="Comments, 1 open").click()
    await bo.get_by_text("The text is gone:").wait_for()
    await ada.keyboard.press("Control+z")
    await wait_for(bo, f"{MARKED}.join() === 'review'")
    assert await grave_findings(ada) == []
    await bo.get_by_role("button", name="Resolve").click()
    await bo.get_by_role("radiogroup").get_by_text("Resolved").click()
    await bo.get_by_role("button", name="Open again").wait_for()
    await wait_for(ada, "document.querySelector('.margin .thread') === null")

    frames = int(await ada.evaluate(FRAMES))
    await wait_for(ada, f"{FRAMES} > {frames}")
    assert browser.errors == []


async def test_a_document_is_reviewed_exported_brought_back_and_composed_in(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    ada, bo = await meet(browser, server, camera=0)
    await write(ada, "One")
    await shows(bo, "One")

    await ada.get_by_role("button", name="Reviews").click()
    await ada.get_by_label("Ask for a review").select_option("Bo")
    await ada.get_by_role("button", name="Ask", exact=True).click()
    await bo.get_by_role("button", name="Waiting for you").click()
    await bo.get_by_label("What you say about it").fill("Good")
    await bo.get_by_role("button", name="Approve").click()
    await ada.get_by_role("button", name="Approved").wait_for()
    await ada.get_by_role("article", name="Review by Bo: Approved").get_by_text("Good").wait_for()
    assert await grave_findings(ada) == []
    await write(bo, " two")
    await ada.get_by_role("button", name="Changed since approval").wait_for()
    await both_show(ada, bo, "One two")

    # While an input method composes, what others write waits; then both are there.
    await ada.get_by_role("button", name="Close reviews").click()
    await write(ada, "", after="One")
    session = await ada.context.new_cdp_session(ada)
    await session.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    await write(bo, "Zero ", after="")
    await bo.keyboard.press("Control+Home")
    await bo.keyboard.type("start ")
    await session.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    await wait_for(bo, SAVED)
    await shows(ada, "Oneにほ two")
    await session.send("Input.insertText", {"text": "日本"})
    await both_show(ada, bo, "start One日本 twoZero ")

    # Pasted text keeps what a document can have, and nothing that could do harm.
    await write(ada, "")
    await ada.evaluate(f"""(() => {{
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/html", `<b>bold</b><a href="javascript:alert(1)">bad</a>
        <a href="https://example.org/">good</a><img src="x"><script>alert(1)</script>`);
      document.querySelector("{EDITOR}").dispatchEvent(
        new ClipboardEvent("paste", {{clipboardData, bubbles: true, cancelable: true}}));
    }})()""")
    await both_show(ada, bo, "start One日本 twoZero boldbad good")
    assert '{"attributes":{"bold":true},"insert":"bold"}' in await bo.evaluate(DELTA)
    assert await bo.locator(f"{EDITOR} a").get_attribute("href") == "https://example.org/"

    async with ada.expect_download() as started:
        await ada.get_by_role("button", name="Export").click()
        await ada.get_by_role("menuitem", name="Markdown").click()
    download = await started.value
    assert download.suggested_filename == "Notes.md"
    exported = (await download.path()).read_text()
    assert "start One日本 twoZero **bold**bad [good](https://example.org/)" in exported

    # Ada's first words as one step, then Bo's: the history has both, and the first is brought back.
    await ada.get_by_role("button", name="History").click()
    await ada.locator(".past ins").first.wait_for()
    slider = ada.get_by_label("Version", exact=True)
    await slider.focus()
    await ada.keyboard.press("Home")
    await ada.get_by_role("heading", name="Created by Ada").wait_for()
    await ada.keyboard.press("ArrowRight")
    await wait_for(ada, "document.querySelector('.past ins')?.textContent === 'One'")
    assert await grave_findings(ada) == []
    await ada.get_by_role("button", name="Bring this back").click()
    await both_show(ada, bo, "One")
    await bo.get_by_role("button", name="Close reviews").click()
    # Whose document it is may delete it.
    await bo.get_by_role("button", name="Close document").click()
    await create_document(bo, "Draft")
    await bo.get_by_role("button", name="Close document").click()
    await bo.keyboard.press("d")
    await bo.get_by_role("button", name="Actions for Draft").click()
    await bo.get_by_role("menuitem", name="Delete").click()
    await bo.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await wait_for(ada, "window.sfumato.meeting.documents.list.length === 1")
    await bo.get_by_role("button", name="Actions for Notes").wait_for(state="detached")
    await bo.get_by_role("button", name="Notes", exact=True).click()
    await ready(bo)
    # Whoever may not write is told so.
    await ada.evaluate("""(async () => {
      const { meeting } = window.sfumato;
      const bo = [...meeting.participants.values()].find((one) => one.name === 'Bo');
      await meeting.moderate({action: 'set_role', participant: bo.id, role: 'viewer'});
    })()""")
    await bo.get_by_text("You may read along here, not write.").wait_for()
    assert await bo.locator(".format-bar").count() == 0

    await ada.get_by_label("Title").fill("Minutes")
    await ada.keyboard.press("Enter")
    await bo.get_by_role("heading", name="Minutes").wait_for()
    await ada.get_by_role("button", name="Close document").click()
    await wait_for(ada, "document.activeElement.ariaLabel === 'Documents'")
    await ada.keyboard.press("Enter")
    await ada.get_by_role("button", name="Actions for Minutes").click()
    await ada.get_by_role("menuitem", name="Delete").click()
    assert await grave_findings(ada) == []
    await ada.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await bo.get_by_text("This document was deleted.").wait_for()
    await ada.get_by_text("There are no documents in this room yet.").wait_for()
    assert browser.errors == []


async def test_what_two_wrote_while_one_was_cut_off_comes_together(
    path: Path, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    bo = await enter_room(browser, path.server, room, "Bo", role="host", mic=0, camera=0)
    query = {**SMALL, "adapt": 1, "mic": 0, "camera": 0}
    ada = await browser.open(address(path.url, room, "Ada", identity="ada", **query))
    await create_document(bo, "Notes")
    await wait_for(ada, "window.sfumato?.meeting.documents.list.length === 1")
    await open_document(ada, "Notes")
    await write(bo, "middle")
    await shows(ada, "middle")
    path.die()
    await ada.locator(EDITOR).press("Control+Home")
    await ada.keyboard.type("ada 1, ")
    await write(bo, ", bo 1")
    await ada.get_by_text("You are offline. Your changes are kept").wait_for()
    await ada.keyboard.type("ada 2, ")
    await write(bo, ", bo 2")
    assert await ada.evaluate(TEXT) == "ada 1, ada 2, middle"
    assert await ada.locator(".standing").text_content() == "Offline, not sent yet"
    path.revive()
    await both_show(ada, bo, "ada 1, ada 2, middle, bo 1, bo 2")
    await write(bo, ".")
    await both_show(ada, bo, "ada 1, ada 2, middle, bo 1, bo 2.")

    # What waits outlives the page, which opens the document again.
    path.die()
    await ada.locator(EDITOR).press("Control+Home")
    await ada.keyboard.type("last words, ")
    async with ada.expect_request(lambda request: request.is_navigation_request()):
        reloading = asyncio.create_task(ada.reload())
    path.revive()
    await reloading
    await both_show(ada, bo, "last words, ada 1, ada 2, middle, bo 1, bo 2.")


async def test_a_link_opens_the_document_without_the_meeting_until_it_is_revoked(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    ada = await enter_room(browser, server, room, "Ada", role="host", mic=0, camera=0)
    await create_document(ada, "Shared plan")
    await write(ada, "from the meeting")
    links: list[str] = []
    await ada.get_by_role("button", name="Share", exact=True).click()
    for words in ("Can write", "Can read"):
        await ada.get_by_label("People with the link").select_option(words)
        await ada.get_by_role("button", name="Make a link").click()
        await wait_for(ada, f"document.querySelectorAll('.links li').length === {len(links) + 1}")
        links.append(await ada.locator("#share-address").input_value())
    await ada.keyboard.press("Escape")

    writer = await browser.open(links[0], AXE.read_text())
    await writer.set_viewport_size({"width": 390, "height": 844})
    await writer.get_by_label("Your name").fill("Linus")
    await writer.get_by_role("button", name="Open the document").click()
    await ready(writer)
    await shows(writer, "from the meeting")
    await writer.get_by_role("heading", name="Shared plan").wait_for()
    await write(writer, ", and by link")
    await shows(ada, "from the meeting, and by link")
    await ada.get_by_role("img", name="Also here: Linus").wait_for()
    assert await ada.evaluate("window.sfumato.meeting.count") == 1
    assert await grave_findings(writer) == []

    reader = await browser.open(f"{links[1].replace('#', '?name=Reader#')}")
    await shows(reader, "from the meeting, and by link")
    await reader.get_by_text("You may read along here, not write.").wait_for()
    await reader.locator(EDITOR).focus()
    await reader.keyboard.type("no")
    await write(ada, "!")
    await shows(reader, "from the meeting, and by link!")

    await ada.get_by_role("button", name="Share", exact=True).click()
    await ada.get_by_role("button", name="Revoke").first.click()
    await writer.get_by_role("heading", name="This link does not work").wait_for()
    assert await reader.locator(EDITOR).count() == 1
    assert browser.errors == []
