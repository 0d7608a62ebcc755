"""Recordings whose recorder or node is killed in the middle."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import aiohttp

from recording.manifest import read_manifest
from signaling.permissions import Role
from signaling.server import Server
from tests.recording.stage import decodes
from tests.signaling.chatting import Talker
from tests.signaling.live_node import DEADLINE_S, Node, receive, running
from tests.signaling.recorded import SETTINGS, camera, host, journal, over, start, stop, written
from tests.signaling.test_webhooks import HOOK_SECRET, Receiver

START_S = 90.0
STOP_S = 60.0
SERVE = ("-m", "signaling.main", "serve", "--dev", "--http-port", "0", "--media-port", "0")


def recorder_of(parent: int) -> int:
    """The process that writes for a node."""
    (pid,) = (
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and _is_recorder(folder, parent)
    )
    return pid


def _is_recorder(folder: Path, parent: int) -> bool:
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return int(fields[1]) == parent and b"recording.process" in (folder / "cmdline").read_bytes()
    except (OSError, ValueError):  # gone meanwhile
        return False


@asynccontextmanager
async def process(data: Path, **settings: str) -> AsyncIterator[tuple[Node, asyncio.subprocess.Process]]:
    """A node in a process of its own."""
    given = {f"SFUMATO_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "SFUMATO_RECORDING__MIN_FREE_BYTES": "0", **given}
    serving = await asyncio.create_subprocess_exec(
        *(sys.executable, *SERVE, "--data", str(data)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    assert serving.stdout is not None
    try:
        ready = await asyncio.wait_for(serving.stdout.readline(), START_S)
        async with aiohttp.ClientSession() as http:
            yield Node(cast(Server, None), ready.decode().split(" ")[1], http), serving
    finally:
        if serving.returncode is None:
            serving.kill()
        await serving.wait()


async def test_a_recorder_that_is_killed_costs_a_gap_and_no_line(tmp_path: Path) -> None:
    async with running(replace(SETTINGS, data=tmp_path)) as node, camera(node):
        anna = await Talker.join(node, "anna", role=Role.HOST)
        bert = await Talker.join(node, "bert")
        await anna.open_chat("c")
        recording = await start(node)
        await anna.say(1, "before")
        await written(tmp_path, recording, 2, 1.0)
        os.kill(recorder_of(os.getpid()), signal.SIGKILL)
        await anna.say(2, "meanwhile")
        while (told := await receive(anna.socket)).get("code") != "recorder_restarted":
            assert told["type"] != "error"
        assert (told["type"], told["recording"]) == ("recording_problem", recording["id"])
        await anna.say(3, "after")
        _, now = await node.call("GET", f"/recordings/{recording['id']}", host())
        assert "recorder_restarted" in [problem["code"] for problem in now["problems"]]
        await written(tmp_path, recording, 4)
        finished = await stop(node, recording)
        lines = await journal(node, recording)
        assert [line["text"] for line in lines if line["kind"] == "message"] == [
            "before",
            "meanwhile",
            "after",
        ]
        assert finished["state"] == "finished"
        pictures = [one for one in finished["files"] if one["source"] == "camera"]
        assert len(pictures) == 2
        assert all(one["complete"] and one["frames"] for one in pictures)
        _, manifest = await node.call("GET", f"/recordings/{recording['id']}/files/manifest.json", host())
        before, after = pictures
        end_ms = before["offset_ms"] + before["duration_ms"]
        missing = {"from_ms": end_ms, "to_ms": after["offset_ms"], "reason": "recorder"}
        assert missing in [gap for track in manifest["tracks"] for gap in track["gaps"]]
        await bert.socket.send_json({"type": "ping", "id": 7})  # who may not record hears of no problem
        while (message := await receive(bert.socket))["type"] != "pong":
            assert message["type"] != "recording_problem"
        for talker in (anna, bert):
            await talker.socket.close()


async def test_a_node_that_stops_says_so_and_finishes_what_it_records(tmp_path: Path) -> None:
    receiver = Receiver()
    async with receiver.listening() as settings:
        told = {
            "webhooks__urls": settings.webhooks.urls[0],
            "webhooks__secret": HOOK_SECRET,
            "drain_s": "0.5",
        }
        async with process(tmp_path, **told) as (node, serving):
            async with camera(node):
                anna = await Talker.join(node, "anna")
                recording = await start(node)
                await written(tmp_path, recording, 2, 1.0)
                serving.terminate()
                heard: list[dict[str, Any]] = []
                while True:
                    message = await asyncio.wait_for(anna.socket.receive(), DEADLINE_S)
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    heard.append(message.json())
            assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4503)
            assert await asyncio.wait_for(serving.wait(), STOP_S) == 0
        names = [event["event"] for event in receiver.got]
    spoken = [(one["type"], one.get("active")) for one in heard if one["type"] in ("draining", "recording")]
    assert spoken == [("recording", True), ("draining", None), ("recording", False)]
    assert names.count("recording_finished") == names.count("room_finished") == 1
    finished = next(event for event in receiver.got if event["event"] == "recording_finished")["recording"]
    assert (finished["id"], finished["state"]) == (recording["id"], "finished")
    folder = tmp_path / "recordings" / recording["id"]
    manifest = read_manifest(folder)
    assert manifest is not None
    assert manifest.state == "finished"
    assert {file.codec for file in manifest.files()} == {"VP8", "opus"}
    assert all(file.complete and decodes(folder / file.name) == "" for file in manifest.files())


async def test_what_was_recorded_when_all_died_is_marked_and_repaired_once_there_is_room(
    tmp_path: Path,
) -> None:
    receiver = Receiver()
    async with process(tmp_path, name="n1") as (node, serving), camera(node):
        recording = await start(node)
        await written(tmp_path, recording, 2, 2.0)
        recorder = recorder_of(serving.pid)
        os.kill(recorder, signal.SIGSTOP)  # it would finish what it has when its node is gone
        serving.kill()
        os.kill(recorder, signal.SIGKILL)
    folder = tmp_path / "recordings" / recording["id"]
    (picture,) = [path.name for path in folder.iterdir() if path.name.endswith("camera.webm")]
    (folder / f".{picture}").mkdir()  # a copy with an index finds no place, as on a full disk
    async with receiver.listening() as settings:
        async with running(replace(settings, data=tmp_path, name="n1")) as again:
            told = (await receiver.until("recording_finished"))["recording"]
            assert (told["id"], told["state"]) == (recording["id"], "interrupted")
            assert {one["codec"]: one["complete"] for one in told["files"]} == {"VP8": False, "opus": True}
            kept = await over(again, recording)
            assert kept["files"] == told["files"]
            assert all(decodes(folder / one["name"]) == "" for one in kept["files"])
        (folder / f".{picture}").rmdir()
        receiver.got.clear()
        async with running(replace(settings, data=tmp_path, name="n1")) as again:
            assert (await receiver.until("recording_finished"))["recording"]["files"] != told["files"]
            kept = await over(again, recording)
            assert kept["state"] == "interrupted"
            assert {one["codec"] for one in kept["files"]} == {"VP8", "opus"}
            assert all(one["complete"] and one["duration_ms"] > 1_000 for one in kept["files"])
            assert all(decodes(folder / one["name"]) == "" for one in kept["files"])
            kinds = {line["kind"] for line in await journal(again, recording)}
            assert kinds >= {"joined", "published"}
