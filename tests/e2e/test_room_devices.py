"""Cameras and microphones that are refused, missing, busy, noisy or unplugged, as the room tells of them."""

import random
import wave
from pathlib import Path

import pytest

from tests.e2e.capture_process import end_capture
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import PARTICIPANT, new_room
from tests.e2e.room_page import SMALL, enter_room, plays, tile, wait_for
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

# What a page sees of a machine whose devices are as `camera` and `microphone` say: the name of an exception
# of getUserMedia (Media Capture and Streams §10.2), or "" for one that works.
MACHINE = """
window.machine = {camera: "CAMERA", microphone: "MICROPHONE"};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const problem = (wanted.video && window.machine.camera) || (wanted.audio && window.machine.microphone);
  if (problem) throw new DOMException("as the test says", problem);
  return open(wanted);
};"""
PLUG_IN = """window.machine.camera = "";
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"))"""
QUERY = "&".join(f"{name}={value}" for name, value in SMALL.items())
FILMED = "document.querySelector('.preview video')?.videoWidth > 0"
PREVIEW = f"{FILMED} && !document.querySelector('[role=alert]')"


def machine(camera: str = "", microphone: str = "") -> str:
    """The script of a page with such devices."""
    return MACHINE.replace("CAMERA", camera).replace("MICROPHONE", microphone)


@pytest.mark.parametrize(
    ("camera", "microphone", "words", "with_steps"),
    [
        ("NotAllowedError", "NotAllowedError", "Your camera and microphone may not be used", True),
        ("NotAllowedError", "", "Your camera may not be used", True),
        ("NotFoundError", "", "Your camera was not found. Others do not see you.", False),
        ("", "NotFoundError", "Your microphone was not found. Others do not hear you.", False),
        ("NotReadableError", "", "Your camera is in use by another program.", False),
    ],
)
async def test_the_lobby_says_what_is_wrong_with_a_device_until_it_works(
    server: Server, chromium: StartChromium, camera: str, microphone: str, words: str, with_steps: bool
) -> None:
    browser = await chromium()
    page = await browser.open(f"{server.url}/r/{new_room()}?{QUERY}", machine(camera, microphone))
    await page.get_by_text(words).wait_for()
    assert (await page.locator(".note ol").count() > 0) is with_steps
    await page.evaluate("Object.assign(window.machine, {camera: '', microphone: ''})")
    await page.get_by_role("button", name="Try again").click()
    await wait_for(page, PREVIEW)
    assert browser.errors == []


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("NotFoundError", "Your camera was not found. Others do not see you."),
        ("NotReadableError", "Your camera is in use by another program. Others do not see you."),
    ],
)
async def test_in_the_meeting_a_camera_that_does_not_start_is_told(
    server: Server, chromium: StartChromium, problem: str, words: str
) -> None:
    browser = await chromium()
    page = await enter_room(browser, server, new_room(), "Ada", machine(problem), camera=0, mic=0)
    await page.get_by_role("button", name="Turn camera on").click()
    await page.get_by_text(words).wait_for()
    await page.evaluate("window.machine.camera = ''")
    await page.get_by_role("button", name="Turn camera on").click()
    await wait_for(page, plays("You"))
    assert browser.errors == []


async def test_steady_noise_is_told_before_others_hear_it(
    server: Server, chromium: StartChromium, tmp_path: Path
) -> None:
    noise = tmp_path / "noise.wav"
    with wave.open(str(noise), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(random.Random(1).randbytes(2 * 48_000 * 2))
    browser = await chromium(flags=(f"--use-file-for-fake-audio-capture={noise}",))
    page = await browser.open(f"{server.url}/r/{new_room()}?camera=0")
    await page.get_by_text("It is noisy around you.").wait_for()
    await page.get_by_role("button", name="Turn microphone off").click()
    await wait_for(page, "document.querySelector('.note') === null")
    assert browser.errors == []


async def test_where_a_camera_is_unplugged_another_goes_on(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    room = new_room()
    viewer = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    filmed = await enter_room(browser, server, room, "Grace", mic=0)
    await wait_for(viewer, plays("Grace"))
    end_capture("camera")
    await filmed.get_by_text("Your camera was unplugged; another one is in use now.").wait_for()
    await wait_for(filmed, plays("You"))
    frames = f"{tile('Grace')}.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"
    before = await viewer.evaluate(frames)
    await wait_for(viewer, f"{frames} > {before} + 3")
    assert browser.errors == []


async def test_a_camera_that_is_unplugged_comes_back_by_itself(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    room = new_room()
    viewer = await enter_room(browser, server, room, "Ada", camera=0, mic=0)
    filmed = await enter_room(browser, server, room, "Grace", machine(), mic=0)
    await wait_for(viewer, plays("Grace"))
    await filmed.evaluate("window.machine.camera = 'NotFoundError'")
    end_capture("camera")
    await filmed.get_by_text("Your camera was unplugged. It goes on when you plug it in again.").wait_for()
    await filmed.get_by_role("button", name="Turn camera on").wait_for()
    await wait_for(viewer, f"!{tile('Grace')}.matches('.live')")
    await filmed.evaluate(PLUG_IN)
    await filmed.get_by_role("button", name="Turn camera off").wait_for()
    await wait_for(viewer, plays("Grace"))
    assert browser.errors == []


async def test_an_unplugged_microphone_is_told_and_heard_again(
    server: Server, chromium: StartChromium
) -> None:
    browser = await chromium()
    page = await enter_room(browser, server, new_room(), "Ada", camera=0)
    await wait_for(page, "window.sfumato.meeting.local.get('microphone')?.media?.readyState === 'live'")
    end_capture("microphone")
    await page.get_by_text("Your microphone was unplugged; another one is in use now.").wait_for()
    await wait_for(page, "window.sfumato.meeting.local.get('microphone').media.readyState === 'live'")
    assert browser.errors == []


async def test_the_lobby_takes_a_camera_that_is_plugged_in(server: Server, chromium: StartChromium) -> None:
    browser = await chromium()
    page = await browser.open(f"{server.url}/r/{new_room()}?mic=0&{QUERY}", machine())
    await wait_for(page, PREVIEW)
    await page.evaluate("window.machine.camera = 'NotFoundError'")
    end_capture("camera")
    await page.get_by_text("Your camera was not found.").wait_for()
    await page.evaluate(PLUG_IN)
    await wait_for(page, PREVIEW)
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_role("button", name="Join now").click()
    await wait_for(page, PARTICIPANT)
    await wait_for(page, plays("You"))
    assert browser.errors == []
