"""Tracks forwarded as RTP, to where the settings allow, read by ffmpeg."""

import asyncio
import os
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.settings import RecordingSettings
from tests.signaling.chatting import Talker
from tests.signaling.live_node import DEADLINE_S, Node, running, token
from tests.signaling.recorded import SETTINGS, camera, host, start, stop

ALLOWED = replace(SETTINGS, recording=RecordingSettings(min_free_bytes=0, forward_to=("127.0.0.1/32",)))
PATH = "/rooms/r/forwards"


def free_port() -> int:
    """Two free ones after another, as RTP and RTCP want; the first."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


async def tracks(node: Node) -> dict[str, str]:
    _, stats = await node.call("GET", "/rooms/r/stats", host())
    return {track["source"]: track["id"] for track in stats["tracks"]}


async def forward(node: Node, track_id: str, **wish: Any) -> tuple[int, Any]:
    wish = {"track": track_id, "host": "127.0.0.1", "port": free_port(), **wish}
    return await node.call("POST", PATH, host(), wish)


async def test_ffmpeg_plays_a_forwarded_camera_beside_a_recording(tmp_path: Path) -> None:
    async with running(ALLOWED) as node, camera(node):
        anna = await Talker.join(node, "anna")
        recording = await start(node)
        status, made = await forward(node, (await tracks(node))["camera"])
        assert status == 201
        (tmp_path / "camera.sdp").write_text(made["sdp"])
        pictures = tmp_path / "picture-%d.png"
        process = await asyncio.create_subprocess_exec(
            *("ffmpeg", "-v", "error", "-protocol_whitelist", "file,udp,rtp"),
            *("-analyzeduration", "1000000"),
            *("-i", str(tmp_path / "camera.sdp"), "-frames:v", "5", str(pictures)),
            stdin=asyncio.subprocess.DEVNULL,
        )
        try:
            assert await asyncio.wait_for(process.wait(), DEADLINE_S) == 0
        finally:
            if process.returncode is None:
                process.kill()
        assert {f"picture-{number}.png" for number in range(1, 6)} <= set(os.listdir(tmp_path))
        _, listed = await node.call("GET", PATH, host())
        assert [one["id"] for one in listed["forwards"]] == [made["id"]]
        assert (await node.call("DELETE", f"{PATH}/{made['id']}", host()))[0] == 204
        assert (await node.call("DELETE", f"{PATH}/{made['id']}", host()))[0] == 404
        finished = await stop(node, recording)
        assert {one["source"] for one in finished["files"]} == {"camera", "microphone"}
        await anna.socket.close()


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"host": "127.0.0.2"}, 403),
    ({"host": "192.0.2.1"}, 403),
    ({"host": "::1"}, 403),
    ({"host": "::ffff:127.0.0.1"}, 403),
    ({"host": "localhost"}, 400),
    ({"port": 53}, 400),
    ({"port": 65_535}, 400),
    ({"port": "5004"}, 400),
    ({"track": "tr_unknown"}, 404),
]


async def test_only_what_is_allowed_is_forwarded() -> None:
    async with running(ALLOWED) as node, camera(node):
        voice = (await tracks(node))["microphone"]
        for wish, status in REFUSED:
            assert (wish, (await forward(node, voice, **wish))[0]) == (wish, status)
        assert (await node.call("GET", PATH, host()))[1] == {"forwards": []}


async def test_an_address_that_nothing_can_be_sent_to_is_refused() -> None:
    everywhere = RecordingSettings(min_free_bytes=0, forward_to=("0.0.0.0/0", "::/0"))
    async with running(replace(SETTINGS, recording=everywhere)) as node, camera(node):
        voice = (await tracks(node))["microphone"]
        for address in ("255.255.255.255", "fe80::1%none"):
            assert (address, (await forward(node, voice, host=address))[0]) == (address, 503)
        assert (await node.call("GET", PATH, host()))[1] == {"forwards": []}


async def test_without_the_setting_and_the_grant_nothing_is_forwarded() -> None:
    async with running(SETTINGS) as node, camera(node):
        voice = (await tracks(node))["microphone"]
        assert (await forward(node, voice))[0] == 403
    async with running(ALLOWED) as node, camera(node):
        wish = {"track": (await tracks(node))["microphone"], "host": "127.0.0.1", "port": free_port()}
        assert (await node.call("POST", PATH, token("anna"), wish))[0] == 403


async def test_a_forward_ends_with_its_track() -> None:
    async with running(ALLOWED) as node, camera(node):
        status, made = await forward(node, (await tracks(node))["microphone"])
        assert status == 201
        async with node.http.get(
            f"{node.url}/api/v1{PATH}/{made['id']}/sdp", headers={"Authorization": f"Bearer {host()}"}
        ) as response:
            assert (response.content_type, await response.text()) == ("application/sdp", made["sdp"])
        anna = await Talker.join(node, "anna")
        (publisher,) = [one["id"] for one in anna.joined["participants"] if one["identity"] == "cam"]
        assert (await node.call("DELETE", f"/rooms/r/participants/{publisher}", host()))[0] == 204
        assert (await node.call("GET", PATH, host()))[1] == {"forwards": []}
        await anna.socket.close()
