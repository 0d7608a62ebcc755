"""Three people who do anything that the page lets them do: nothing breaks, and what they share stays one."""

import os
import random

import pytest
from playwright.async_api import Page

from tests.e2e import board_page, document_page
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.metrics import dropped
from tests.e2e.random_person import IN_ROOM, TOO_WIDE, RandomPerson
from tests.e2e.room_page import become_alike, enter_room, wait_for
from tests.e2e.server import Server
from tests.e2e.test_accessibility import AXE, grave_findings

pytestmark = pytest.mark.e2e

SEEDS = int(os.environ.get("SOAK_PEOPLE", "1"))
STEPS = 60
LOOKED_AT_EACH = 15  # steps
# What the node counts when a page says what it should not.
OF_THE_PAGE = {"data_too_large", "rtp_malformed", "rtcp_malformed", "sdp_refused", "signaling_malformed"}
OPEN_BOARD = f"{board_page.OPEN} && document.querySelector('.work').dataset.id"
OPEN_DOCUMENT = (
    f"document.querySelector('{document_page.EDITOR}') && document.querySelector('.work').dataset.id"
)


async def together(people: list[RandomPerson], opened: str) -> list[list[Page]]:
    """The pages that have something of the meeting's open, those with the same together."""
    groups: dict[str, list[Page]] = {}
    for person in people:
        if what := await person.look(opened):
            groups.setdefault(what, []).append(person.page)
    return list(groups.values())


async def start_board(first: Page, *others: Page) -> None:
    await board_page.make_board(first)
    for page in others:
        await board_page.open_board(page)


async def start_document(first: Page, *others: Page) -> None:
    await document_page.create_document(first, "Plan")
    for page in others:
        await document_page.open_document(page, "Plan")


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
@pytest.mark.parametrize("work", ["board", "document"])
async def test_people_who_do_anything_break_nothing(
    server: Server, chromium: StartChromium, work: str, seed: int
) -> None:
    browser, room = await chromium(), new_room()
    axe = AXE.read_text()
    people = [
        RandomPerson(await enter_room(browser, server, room, name, axe, **role), name, f"{work} {seed}")
        for name, role in (("Ada", {"role": "host"}), ("Bo", {}), ("Cem", {}))
    ]
    await (start_board if work == "board" else start_document)(*(person.page for person in people))

    chance = random.Random(f"{work} {seed}")
    for count in range(STEPS):
        person = chance.choice(people)
        await person.step()
        if not await person.look(IN_ROOM):
            await person.come_back()
        said = f"{person.name}, who {'; '.join(person.done)}"
        assert browser.errors == [], said
        assert await person.look(TOO_WIDE) <= 0, said
        if count % LOOKED_AT_EACH == 0:
            assert await grave_findings(person.page) == [], said

    for pages in await together(people, OPEN_BOARD):
        await board_page.agree(*pages)
    for pages in await together(people, OPEN_DOCUMENT):
        for page in pages:
            await wait_for(page, document_page.SAVED)
        await become_alike(document_page.TEXT, *pages)
    assert OF_THE_PAGE.isdisjoint(await dropped(server.url))
    assert [line for line in server.log if " ERROR " in line or "Traceback" in line] == []
