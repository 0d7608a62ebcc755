"""What a person publishes: devices that change or vanish, screens that come and go, in Chromium."""

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import Meeting, address, enter, new_room, received
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

TWO_OF_EACH = ("--use-fake-device-for-media-stream=device-count=2",)
SMALL = {"width": 640, "height": 360, "simulcast": 0}

CAMERA = "window.sfumato.meeting.local.get('camera')"
MICROPHONE_ID = "window.sfumato.meeting.local.get('microphone')?.media?.getSettings().deviceId"
SECTIONS = "window.sfumato.connection.localDescription.sdp.split('m=').length - 1"


def source_of(participant: str, source: str) -> str:
    """The id of the track a participant publishes; null if there is none."""
    return f"""([...window.sfumato.meeting.tracks.values()].find((track) =>
      track.participant === "{participant}" && track.source === "{source}")?.id ?? null)"""


def frames_of_track(track: str) -> str:
    """How many frames were decoded in the slot that shows the track."""
    return f"""(async () => {{
      const media = await receivedMedia(window.sfumato.connection);
      const slot = [...window.sfumato.slots.values()].find((one) => one.track === "{track}");
      return slot ? media[slot.mid]?.frames ?? 0 : 0;
    }})()"""


async def new_frames_come(viewer: Meeting, participant: str) -> None:
    frames = f"{received(participant)}.then((media) => media.video?.frames ?? 0)"
    before = await viewer.evaluate(frames)
    await viewer.wait_for(f"{frames}.then((count) => count > {before} + 5)")


async def new_sound_comes(listener: Meeting, participant: str) -> None:
    energy = f"{received(participant)}.then((media) => media.audio?.energy ?? 0)"
    before = await listener.evaluate(energy)
    await listener.wait_for(f"{energy}.then((sum) => sum > {before})")


async def test_another_microphone_is_taken_without_an_offer(server: Server, chromium: StartChromium) -> None:
    # Not the camera: in Chromium's second fake one a sender finds no frames, though a <video> does.
    room = new_room()
    browser = await chromium(flags=TWO_OF_EACH)
    speaker = await enter(browser, address(server.url, room, "speaker", camera=0))
    listener = await enter(await chromium(), address(server.url, room, "listener", camera=0, mic=0))
    participant = await speaker.connected()
    await new_sound_comes(listener, participant)
    first = await speaker.evaluate(MICROPHONE_ID)
    negotiations = await speaker.evaluate("window.sfumato.negotiations")
    second = await speaker.evaluate(
        f"""navigator.mediaDevices.enumerateDevices().then((devices) => devices.find((one) =>
          one.kind === "audioinput" && one.deviceId !== "default" && one.deviceId !== {first!r}).deviceId)"""
    )
    await speaker.evaluate(f"window.sfumato.meeting.useDevice('microphone', {second!r})")
    assert await speaker.evaluate(MICROPHONE_ID) == second
    await new_sound_comes(listener, participant)
    assert await speaker.evaluate("window.sfumato.negotiations") == negotiations
    assert browser.errors == []


async def test_an_unplugged_camera_is_replaced_by_the_default_one(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    filmed = await enter(await chromium(), address(server.url, room, "filmed", mic=0, **SMALL))
    viewer = await enter(await chromium(), address(server.url, room, "viewer", camera=0, mic=0))
    participant = await filmed.connected()
    await viewer.wait_for(source_of(participant, "camera"))
    await new_frames_come(viewer, participant)
    negotiations = await filmed.evaluate("window.sfumato.negotiations")
    # What a browser says when a device is unplugged.
    lost = await filmed.evaluate(
        f"""new Promise((resolve) => {{
          window.sfumato.meeting.on("device_lost", resolve);
          {CAMERA}.media.dispatchEvent(new Event("ended"));
        }})"""
    )
    assert lost == {"device": "camera", "replaced": True}
    await new_frames_come(viewer, participant)
    assert await filmed.evaluate("window.sfumato.negotiations") == negotiations


async def test_a_camera_that_is_muted_is_released_and_comes_back_in_the_same_track(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    filmed = await enter(await chromium(), address(server.url, room, "filmed", mic=0, **SMALL))
    viewer = await enter(await chromium(), address(server.url, room, "viewer", camera=0, mic=0))
    participant = await filmed.connected()
    track = await viewer.wait_for(source_of(participant, "camera"))
    await filmed.evaluate("window.sfumato.meeting.mute('camera', true)")
    await viewer.wait_for(f"window.sfumato.meeting.tracks.get('{track}').muted")
    assert await filmed.evaluate(f"{CAMERA}.media") is None
    await filmed.evaluate("window.sfumato.meeting.mute('camera', false)")
    await viewer.wait_for(f"!window.sfumato.meeting.tracks.get('{track}').muted")
    await new_frames_come(viewer, participant)


async def test_a_screen_is_shared_again_and_again_on_one_section(
    server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    browser = await chromium()
    sharer = await enter(browser, address(server.url, room, "sharer", camera=0, mic=0))
    viewer = await enter(await chromium(), address(server.url, room, "viewer", camera=0, mic=0))
    participant = await sharer.connected()
    seen: list[str] = []
    sections: list[int] = []
    for end in (
        "window.sfumato.meeting.unpublish('screen')",
        # What a browser says when its own bar ends the sharing.
        "void window.sfumato.meeting.local.get('screen').media.dispatchEvent(new Event('ended'))",
        "window.sfumato.meeting.unpublish('screen')",
    ):
        # `evaluate` counts as a click, without which no browser asks for a screen.
        await sharer.evaluate("window.sfumato.meeting.publish('screen', {audio: false}).then(() => true)")
        track = await viewer.wait_for(source_of(participant, "screen"))
        await viewer.wait_for(f"{frames_of_track(track)}.then((count) => count > 0)")
        assert await viewer.evaluate(f"window.sfumato.meeting.tracks.get('{track}').surface") == "monitor"
        seen.append(track)
        sections.append(await sharer.evaluate(SECTIONS))
        await sharer.evaluate(end)
        await viewer.wait_for(f"{source_of(participant, 'screen')} === null")
    assert len(set(seen)) == len(seen)
    assert len(set(sections)) == 1
    assert browser.errors == []
