"""Who stands where: speaker, presentation and pin, full screen and the small window, quality bars."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import ViewportSize

from client.meeting import connect
from client.session import dev_token
from loadtests.canned import CannedOpus, CannedVideo
from loadtests.canned_publisher import CannedCamera, CannedMicrophone
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import area, enter_room, plays, tile, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

SLIDE = """(async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 640; canvas.height = 360;
  const context = canvas.getContext("2d");
  let shade = 0;
  setInterval(() => { shade = (shade + 8) % 256; context.fillStyle = `rgb(${shade} 90 90)`;
    context.fillRect(0, 0, 640, 360); }, 100);
  const [track] = canvas.captureStream(10).getVideoTracks();
  await window.sfumato.meeting.publish("screen", {track});
})()"""
PHONE: ViewportSize = {"width": 390, "height": 844}
SPEECH_PACKETS = 200  # of 20 ms: longer than anybody has to lead

Person = Callable[[str, str], Awaitable[CannedMicrophone]]


@pytest.fixture
async def person(server: Server) -> AsyncIterator[Person]:
    """`await person(room, name)`: somebody who films, and speaks when told to."""
    video = CannedVideo("VP8", 1, width=160, height=90, fps=5, bitrate_bps=30_000)
    tasks: list[asyncio.Task[None]] = []
    async with AsyncExitStack() as running:

        async def start(room: str, name: str) -> CannedMicrophone:
            client = await running.enter_async_context(
                connect(server.url, await dev_token(server.url, room, name))
            )
            camera = CannedCamera(client, client.publish("camera"), video)
            microphone = CannedMicrophone(client, client.publish("microphone"), CannedOpus(len(tasks)))
            await client.negotiate()
            tasks.extend([asyncio.create_task(camera.film()), asyncio.create_task(microphone.run())])
            return microphone

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_speaker_stands_large_until_another_one_speaks(
    server: Server, chromium: StartChromium, person: Person
) -> None:
    browser = await chromium()
    room = new_room()
    people = {name: await person(room, name) for name in ("Bo", "Cy", "Di")}
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    await wait_for(page, plays("Di"))
    await page.get_by_role("button", name="Show the speaker large").click()
    for speaker, quiet in (("Cy", "Di"), ("Di", "Cy")):
        speaking = asyncio.create_task(people[speaker].speak(SPEECH_PACKETS))
        await wait_for(page, f"{area(speaker)} > 4 * {area(quiet)}")
        await wait_for(page, plays(speaker))
        await speaking
    assert browser.errors == []


async def test_a_pinned_person_stands_large_until_they_are_unpinned_or_gone(
    server: Server, chromium: StartChromium, person: Person
) -> None:
    browser = await chromium()
    room = new_room()
    for name in ("Bo", "Cy"):
        await person(room, name)
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    guest = await enter_room(browser, server, room, "Di", camera=0, mic=0)
    await wait_for(page, plays("Bo"))
    pin = page.get_by_role("button", name="Pin Bo")
    await pin.click()
    await wait_for(page, f"{area('Bo')} > 4 * {area('Cy')}")
    assert await pin.get_attribute("aria-pressed") == "true"
    await pin.click()
    await wait_for(page, f"{area('Bo')} === {area('Cy')}")
    await page.locator(".tile", has_text="Di").dblclick()
    await wait_for(page, f"{area('Di')} > 4 * {area('Cy')}")
    await guest.evaluate("window.sfumato.meeting.leave()")
    await wait_for(page, f"{area('Bo')} > 0 && {area('Bo')} === {area('Cy')}")
    assert browser.errors == []


async def test_a_shared_screen_stands_on_stage_until_it_ends(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    room = new_room()
    viewer = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    sharer = await enter_room(browser, server, room, "Grace", mic=0)
    await wait_for(viewer, plays("Grace"))
    await sharer.evaluate(SLIDE)
    await wait_for(viewer, plays("Grace’s screen"))
    await wait_for(viewer, f"{area('Grace’s screen')} > 4 * {area('Grace,')}")
    # Who shares is told who watches, and so are the others.
    await sharer.locator(".watching .wide-only", has_text="1 watching").wait_for()
    await sharer.get_by_role("button", name="People").click()
    await sharer.get_by_text("Watching your screen").wait_for()
    third = await enter_room(browser, server, room, "Bo", camera=0, mic=0)
    await third.locator(".tile.screen").get_by_text("2").wait_for()
    await third.evaluate("window.sfumato.meeting.look(null)")
    await sharer.locator(".watching .wide-only", has_text="1 watching").wait_for()
    await sharer.get_by_role("button", name="Stop sharing", exact=True).click()
    await wait_for(viewer, f"!{tile('Grace’s screen')}")
    assert browser.errors == []


async def test_on_a_phone_a_screen_stands_above_the_people(
    server: Server, chromium: StartChromium, person: Person
) -> None:
    browser = await chromium()
    room = new_room()
    for number in range(5):
        await person(room, f"Person {number}")
    viewer = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    await viewer.set_viewport_size(PHONE)
    sharer = await enter_room(browser, server, room, "Grace", camera=0, mic=0)
    await sharer.evaluate(SLIDE)
    await wait_for(viewer, plays("Grace’s screen"))
    await wait_for(viewer, plays("Person 4"))
    # Everybody has a place, and nothing sticks out of the page.
    assert await viewer.locator(".tile.more").count() == 0
    await wait_for(viewer, "document.getAnimations().every((one) => one.playState !== 'running')")
    rectangles = "(all) => all.map((one) => one.getBoundingClientRect())"
    boxes = await viewer.locator(".tile").evaluate_all(rectangles)
    assert all(box["left"] >= 0 and box["right"] <= PHONE["width"] for box in boxes)
    assert await viewer.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert browser.errors == []


async def test_the_room_or_one_screen_fills_the_whole_display(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    sharer = await enter_room(browser, server, room, "Grace", camera=0, mic=0)
    await sharer.evaluate(SLIDE)
    await wait_for(page, plays("Grace’s screen"))
    await page.keyboard.press("f")
    await wait_for(page, "document.fullscreenElement === document.documentElement")
    await page.keyboard.press("f")
    await wait_for(page, "document.fullscreenElement === null")
    await page.get_by_role("button", name="Grace’s screen in full screen").click()
    await wait_for(page, f"document.fullscreenElement === {tile('Grace’s screen')}")
    width = f"{tile('Grace’s screen')}.getBoundingClientRect().width"
    await wait_for(page, f"{width} === document.documentElement.clientWidth")
    # What ends takes its full screen with it.
    await sharer.evaluate("window.sfumato.meeting.unpublish('screen')")
    await wait_for(page, "document.fullscreenElement === null")
    assert browser.errors == []


async def test_a_small_window_shows_whoever_is_prominent_while_the_page_is_left(
    server: Server, chromium: StartChromium, person: Person
) -> None:
    browser = await chromium()
    room = new_room()
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Small window").click()
    await page.get_by_text("There is no picture to show in a window yet.").wait_for()
    await person(room, "Bo")
    await wait_for(page, plays("Bo"))
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Small window").click()
    await wait_for(page, "document.pictureInPictureElement?.videoWidth > 0")
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Close small window").click()
    await wait_for(page, "document.pictureInPictureElement === null")
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Small window").click()
    await wait_for(page, "document.pictureInPictureElement !== null")
    await page.get_by_role("button", name="Leave or end the meeting").click()
    await page.get_by_role("menuitem", name="Leave", exact=True).click()
    await wait_for(page, "document.pictureInPictureElement === null")
    assert browser.errors == []


async def test_bars_say_how_everybody_is_received(
    server: Server, chromium: StartChromium, person: Person
) -> None:
    browser = await chromium()
    room = new_room()
    await person(room, "Bo")
    page = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    await wait_for(page, plays("Bo"))
    # From the browser's own statistics, twice looked at; nothing is lost here.
    await wait_for(page, f"{tile('Bo')}.querySelector('.bars.q3')?.title === 'Good connection'")
    await wait_for(page, f"{tile('You')}.querySelector('.bars') !== null")
    assert browser.errors == []
