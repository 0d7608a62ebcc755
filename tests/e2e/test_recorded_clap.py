"""What is seen and heard at once in a browser is seen and heard at once in its recording."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp
import av
import numpy as np
import pytest

from client.session import dev_token
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import Meeting, address, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

CLAPS_S = 8.0
DEADLINE_S = 60.0
AT_MOST_S = 0.040

CLAPPER = """(() => {
  // A camera and a microphone that clap each second: a white picture, and a tone from the same moment on.
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 180];
  const paper = canvas.getContext("2d");
  let audio, loud;
  const paint = (now) => {
    const clap = now % 1000 < 200;
    paper.fillStyle = clap ? "white" : `rgb(0, 0, ${now % 32})`;
    paper.fillRect(0, 0, canvas.width, canvas.height);
    if (loud) loud.gain.value = clap ? 1 : 0;
    requestAnimationFrame(paint);
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const tracks = [];
    if (wanted.video) tracks.push(...canvas.captureStream().getTracks());
    if (wanted.audio) {
      audio = new AudioContext({ sampleRate: 48000 });
      const [tone, sink] = [new OscillatorNode(audio), audio.createMediaStreamDestination()];
      loud = new GainNode(audio, { gain: 0 });
      tone.connect(loud).connect(sink);
      tone.start();
      await audio.resume();
      tracks.push(...sink.stream.getTracks());
    }
    requestAnimationFrame(paint);
    return new MediaStream(tracks);
  };
})()"""


def flashes(path: Path) -> list[float]:
    """When the picture turns white, in seconds of the file."""
    with av.open(str(path)) as file:
        frames = [
            (frame.time or 0.0, frame.to_ndarray(format="gray").mean()) for frame in file.decode(video=0)
        ]
    return [at for (_, before), (at, light) in pairwise(frames) if before < 128 <= light]


def beeps(path: Path) -> list[float]:
    """When the tone begins, in seconds of the file."""
    found: list[float] = []
    silent_since = 0.0
    with av.open(str(path)) as file:
        for frame in file.decode(audio=0):
            loud = np.abs(frame.to_ndarray().astype(np.float32)).max(axis=0) > 0.05
            for place in np.flatnonzero(loud):
                at = (frame.time or 0.0) + float(place) / frame.sample_rate
                if at - silent_since > 0.4:
                    found.append(at)
                silent_since = at
    return found


async def test_a_recorded_clap_is_seen_when_it_is_heard(
    server: Server, chromium: StartChromium, tmp_path: Path
) -> None:
    room = new_room()
    browser = await chromium(flags=("--autoplay-policy=no-user-gesture-required",))
    url = address(server.url, room, "clapper", width=320, height=180, fps=30)
    page = Meeting(await browser.open(url, CLAPPER))
    await page.connected()
    headers = {"Authorization": f"Bearer {await dev_token(server.url, room, 'host', role='host')}"}
    async with aiohttp.ClientSession(f"{server.url}/", headers=headers, raise_for_status=True) as http:

        async def call(method: str, path: str, **options: Any) -> Any:
            async with http.request(method, f"api/v1/{path}", **options) as response:
                return await response.json()

        recording = (await call("POST", f"rooms/{room}/recordings", json={}))["id"]
        await asyncio.sleep(CLAPS_S)
        await call("DELETE", f"rooms/{room}/recordings/{recording}")
        async with asyncio.timeout(DEADLINE_S):
            while (await call("GET", f"recordings/{recording}"))["state"] != "finished":  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        manifest = await call("GET", f"recordings/{recording}/files/manifest.json")
        files = {}
        for track in manifest["tracks"]:
            (entry,) = track["files"]
            path = tmp_path / entry["name"]
            async with http.get(f"api/v1/recordings/{recording}/files/{entry['name']}") as response:
                path.write_bytes(await response.read())
            files[track["source"]] = (path, entry["offset_ms"] / 1000)
    seen = [at + files["camera"][1] for at in flashes(files["camera"][0])]
    heard = [at + files["microphone"][1] for at in beeps(files["microphone"][0])]
    apart = sorted(min(abs(at - other) for other in heard) for at in seen)
    assert len(apart) >= CLAPS_S / 2
    assert apart[len(apart) // 4] <= AT_MOST_S  # a page that is short of processor time claps late itself
    assert browser.errors == []
