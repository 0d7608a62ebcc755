"""A meeting on a real node that can be recorded: somebody with a camera, somebody who talks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import orjson

from config.settings import RecordingSettings
from loadtests.canned import CannedVideo
from loadtests.light_client import LightClient, Part, make_identity
from loadtests.light_publisher import Pace
from signaling.permissions import Role
from tests.recording.process_stage import seconds_on_disk
from tests.signaling.live_node import DEADLINE_S, Node, node_settings, token

SETTINGS = node_settings(recording=RecordingSettings(min_free_bytes=0))
POLL_S = 0.05


@asynccontextmanager
async def camera(
    node: Node, identity: str = "cam", room: str = "r", **claims: Any
) -> AsyncIterator[LightClient]:
    """Publishes a camera and a microphone that decode."""
    video = CannedVideo("VP8", 1, width=320, height=180, fps=15, bitrate_bps=150_000)
    part = Part(identity, video, Pace(equal=False, stamped=False))
    client = LightClient(part, make_identity(datetime.now(UTC)), Random(1))
    await client.join(node.url, token(identity, room, **claims))
    try:
        yield client
    finally:
        await client.close()


def host(room: str = "r") -> str:
    return token("hanna", room, role=Role.HOST, name="Hanna")


async def start(node: Node, room: str = "r", **wish: Any) -> dict[str, Any]:
    status, recording = await node.call("POST", f"/rooms/{room}/recordings", host(room), wish)
    assert status == 201, recording
    assert isinstance(recording, dict)
    return recording


async def stop(node: Node, recording: dict[str, Any]) -> dict[str, Any]:
    """Stop it, and wait until it is over."""
    path = f"/rooms/{recording['room']}/recordings/{recording['id']}"
    status, answer = await node.call("DELETE", path, host(recording["room"]))
    assert (status, answer["state"]) == (200, "finishing")
    return await over(node, recording)


async def over(node: Node, recording: dict[str, Any]) -> dict[str, Any]:
    """What becomes of it."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            status, found = await node.call("GET", f"/recordings/{recording['id']}", host(recording["room"]))
            assert status == 200, found
            if found["state"] not in ("recording", "finishing"):
                assert isinstance(found, dict)
                return found
            await asyncio.sleep(POLL_S)


async def written(data: Path, recording: dict[str, Any], files: int, seconds: float = 0.4) -> None:
    """Until so many of its files can be played for so long."""
    folder = data / "recordings" / recording["id"]

    def far() -> int:
        return sum(seconds_on_disk(path) >= seconds for path in folder.glob("[!.]*.webm"))

    async with asyncio.timeout(DEADLINE_S):
        while await asyncio.to_thread(far) < files:  # noqa: ASYNC110 - another process writes
            await asyncio.sleep(POLL_S)


async def file(node: Node, recording: dict[str, Any], name: str, **headers: str) -> bytes:
    url = f"{node.url}/api/v1/recordings/{recording['id']}/files/{name}"
    headers["Authorization"] = f"Bearer {host(recording['room'])}"
    async with node.http.get(url, headers=headers) as response:
        assert response.status in (200, 206), await response.text()
        return await response.read()


async def journal(node: Node, recording: dict[str, Any]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (await file(node, recording, "journal.jsonl")).splitlines()]
