"""Films of recordings, ordered over HTTP from a real node."""

import asyncio
import shutil
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from socket import gethostname
from typing import Any

import pytest

from config.settings import RecordingSettings
from signaling.permissions import Role
from storage.files import StoredFiles
from tests.recording.bucket_server import HeldUploads, bucket_server, client, make_bucket, refuse_uploads
from tests.recording.kept_recording import RECORDING, ROOM, keep_recording
from tests.recording.stage import decodes
from tests.signaling.api.recording_calls import FILM_CALLS
from tests.signaling.live_node import DEADLINE_S, Node, node_settings, running, token

PATH = f"/recordings/{RECORDING}/compositions"
COMPOSE = f"/recordings/{RECORDING}/compose"
POLL_S = 0.1
NODE = f"{gethostname()}:0"
"""How a node of a test calls itself."""

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def host(room: str = ROOM) -> str:
    return token("hanna", room, role=Role.HOST)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    asyncio.run(keep_recording(folder, 2_000))
    return folder


@pytest.fixture
async def node(data: Path, tmp_path: Path) -> AsyncIterator[Node]:
    shutil.copytree(data, tmp_path, dirs_exist_ok=True)
    async with running(replace(node_settings(), data=tmp_path)) as started:
        yield started


async def made(node: Node, film: str, bearer: str) -> dict[str, Any]:
    """What becomes of a film."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            status, found = await node.call("GET", f"{PATH}/{film}", bearer)
            assert status == 200
            if found["state"] not in ("waiting", "running"):
                assert isinstance(found, dict)
                return found
            await asyncio.sleep(POLL_S)


async def until_gone(folder: Path) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while folder.exists():  # noqa: ASYNC110, ASYNC240 another task removes it
            await asyncio.sleep(POLL_S)


async def test_a_film_is_ordered_made_fetched_and_deleted(node: Node, tmp_path: Path) -> None:
    assert await node.call("GET", PATH, host()) == (200, {"compositions": []})
    status, ordered = await node.call("POST", COMPOSE, host(), {"format": "webm"})
    assert (status, ordered["id"], ordered["layout"]) == (202, "speaker.webm", "speaker")
    status, second = await node.call("POST", COMPOSE, host(), {"layout": "grid"})
    assert (status, second["id"], second["state"]) == (202, "grid.mp4", "waiting")
    assert (await node.call("POST", COMPOSE, host(), {"layout": "grid"}))[1]["state"] in (
        "waiting",
        "running",
    )
    _, recording = await node.call("GET", f"/recordings/{RECORDING}", host())
    viewer = recording["token"]
    for film in ("speaker.webm", "grid.mp4"):
        finished = await made(node, film, viewer)
        assert (finished["state"], finished["progress"], finished["problem"]) == ("finished", 1.0, "")
        url = f"{node.url}/api/v1{PATH}/{film}/file?token={viewer}&download=1"
        async with node.http.get(url) as response:
            content = await response.read()
            assert response.headers["Content-Disposition"] == f'attachment; filename="{RECORDING}-{film}"'
        assert len(content) == finished["bytes"]
        (tmp_path / film).write_bytes(content)
        assert decodes(tmp_path / film) == ""
        async with node.http.get(url, headers={"Range": "bytes=4-7"}) as response:
            assert (response.status, await response.read()) == (206, content[4:8])
    _, listed = await node.call("GET", PATH, viewer)
    assert [film["id"] for film in listed["compositions"]] == ["grid.mp4", "speaker.webm"]
    assert (await node.call("POST", COMPOSE, host(), {"layout": "grid"}))[1]["state"] == "finished"
    assert (await node.call("DELETE", f"{PATH}/grid.mp4", host()))[0] == 204
    assert (await node.call("GET", f"{PATH}/grid.mp4", viewer))[0] == 404


async def test_a_film_goes_where_its_recording_is_and_with_it(tmp_path: Path) -> None:
    with bucket_server() as bucket:
        await asyncio.to_thread(make_bucket, bucket)
        await keep_recording(tmp_path, 1_000, node=NODE)
        kept = RecordingSettings(min_free_bytes=0, bucket=bucket)
        recordings = tmp_path / "recordings"
        async with running(node_settings(data=tmp_path, recording=kept)) as node:
            await until_gone(recordings / RECORDING)
            assert (await node.call("POST", COMPOSE, host(), {"layout": "grid"}))[0] == 202
            made_here = await made(node, "grid.mp4", host())
            await until_gone(recordings / RECORDING)
            assert [*recordings.glob(".scratch/*")] == []
            assert (await node.call("GET", f"{PATH}/grid.mp4", host()))[1] == made_here
            url = f"{node.url}/api/v1{PATH}/grid.mp4/file"
            headers = {"Authorization": f"Bearer {host()}"}
            async with node.http.get(url, headers=headers) as response:
                content = await response.read()
            assert len(content) == made_here["bytes"]
            (tmp_path / "grid.mp4").write_bytes(content)
            assert decodes(tmp_path / "grid.mp4") == ""
            async with node.http.get(url, headers=headers | {"Range": "bytes=4-7"}) as response:
                assert (response.status, await response.read()) == (206, content[4:8])
            async with node.http.head(url, headers=headers) as response:
                assert (response.status, response.content_length) == (200, len(content))
            key = f"recordings/{RECORDING}/compositions/grid.mp4"
            there = await asyncio.to_thread(client(bucket).head_object, Bucket=bucket.name, Key=key)
            assert there["Metadata"] == {"sha256": sha256(content).hexdigest()}

            assert (await node.call("DELETE", f"/recordings/{RECORDING}", host()))[0] == 204
            left = await asyncio.to_thread(client(bucket).list_objects_v2, Bucket=bucket.name)
            assert left["KeyCount"] == 0


async def test_what_was_on_its_way_to_the_bucket_goes_with_a_film_that_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket_server() as bucket:
        await asyncio.to_thread(make_bucket, bucket)
        await keep_recording(tmp_path, 1_000, node=NODE)
        kept = RecordingSettings(min_free_bytes=0, bucket=bucket)
        folder = tmp_path / "recordings" / RECORDING
        async with running(node_settings(data=tmp_path, recording=kept)) as node:
            await until_gone(folder)
            held = HeldUploads(monkeypatch)
        async with running(node_settings(data=tmp_path, recording=kept)) as node:
            for film in ("grid", "speaker"):  # made when the node died
                (folder / "compositions").mkdir(parents=True)
                (folder / "compositions" / f"{film}.mp4").write_bytes(b"film")
                assert (await node.call("POST", COMPOSE, host(), {"layout": film}))[1]["state"] == "finished"
                assert await asyncio.to_thread(held.begun.wait, DEADLINE_S)
                assert (await node.call("DELETE", f"{PATH}/{film}.mp4", host()))[0] == 204
                held.begun.clear()
                held.release.set()
            await until_gone(folder)
            found = await asyncio.to_thread(client(bucket).list_objects_v2, Bucket=bucket.name)
            assert [one["Key"] for one in found["Contents"] if "grid" in one["Key"]] == []


async def test_a_film_is_made_anew_while_the_deleted_one_is_on_its_way_to_the_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket_server() as bucket:
        await asyncio.to_thread(make_bucket, bucket)
        await keep_recording(tmp_path, 1_000, node=NODE)
        kept = RecordingSettings(min_free_bytes=0, bucket=bucket)
        folder = tmp_path / "recordings" / RECORDING
        async with running(node_settings(data=tmp_path, recording=kept)):
            await until_gone(folder)
            held = HeldUploads(monkeypatch)
        async with running(node_settings(data=tmp_path, recording=kept)) as node:
            films = folder / "compositions"
            films.mkdir(parents=True)
            (films / "grid.mp4").write_bytes(b"film")  # made when the node died
            assert (await node.call("POST", COMPOSE, host(), {"layout": "grid"}))[1]["state"] == "finished"
            assert await asyncio.to_thread(held.begun.wait, DEADLINE_S)
            assert (await node.call("DELETE", f"{PATH}/grid.mp4", host()))[0] == 204
            assert (await node.call("POST", COMPOSE, host(), {"layout": "grid"}))[1]["state"] == "waiting"
            async with asyncio.timeout(DEADLINE_S):
                while not [*films.glob(".*/unfinished")]:  # noqa: ASYNC110
                    await asyncio.sleep(POLL_S / 10)
            held.release.set()
            anew = await made(node, "grid.mp4", host())
            assert (anew["state"], anew["problem"]) == ("finished", "")
            await until_gone(folder)
            key = f"recordings/{RECORDING}/compositions/grid.mp4"
            there = await asyncio.to_thread(client(bucket).head_object, Bucket=bucket.name, Key=key)
            assert there["ContentLength"] == anew["bytes"]


async def test_what_cannot_be_put_away_holds_nothing_else_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket_server() as bucket:
        await asyncio.to_thread(make_bucket, bucket)
        for recording in ("re_a", "re_b"):
            await keep_recording(tmp_path, 200, node=NODE, recording=recording)
            films = tmp_path / "recordings" / recording / "compositions"
            films.mkdir()
            for film in ("grid.mp4", "speaker.mp4"):
                (films / film).write_bytes(b"film")
        refuse_uploads(monkeypatch, "a/")
        kept = RecordingSettings(min_free_bytes=0, bucket=bucket)
        async with running(node_settings(data=tmp_path, recording=kept)) as node:
            for recording in ("re_a", "re_b"):
                for layout in ("grid", "speaker"):
                    path = f"/recordings/{recording}/compose"
                    assert (await node.call("POST", path, host(), {"layout": layout}))[0] == 202
            await until_gone(tmp_path / "recordings" / "re_b")
        assert {path.name for path in (tmp_path / "recordings" / "re_a").iterdir()} > {"manifest.json"}


async def test_films_count_for_what_recordings_may_take(tmp_path: Path) -> None:
    manifest = await keep_recording(tmp_path, 1_000, node=NODE)
    octets = sum(file.bytes for file in manifest.files())
    kept = RecordingSettings(min_free_bytes=0, keep_bytes=octets + 1)
    async with running(node_settings(data=tmp_path, recording=kept)) as node:
        assert (await node.call("GET", f"/recordings/{RECORDING}", host()))[0] == 200
        assert (await node.call("POST", COMPOSE, host()))[0] == 202
        await until_gone(tmp_path / "recordings" / RECORDING)
        async with asyncio.timeout(DEADLINE_S):
            while (await node.call("GET", f"/recordings/{RECORDING}", host()))[0] == 200:  # noqa: ASYNC110
                await asyncio.sleep(POLL_S)


async def test_a_film_that_is_being_made_can_be_given_up(node: Node, tmp_path: Path) -> None:
    for layout in ("grid", "speaker"):
        assert (await node.call("POST", COMPOSE, host(), {"layout": layout}))[0] == 202
    async with asyncio.timeout(DEADLINE_S):
        while (await node.call("GET", f"{PATH}/grid.mp4", host()))[1]["state"] == "waiting":  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
    for film in ("grid.mp4", "speaker.mp4"):
        assert (await node.call("DELETE", f"{PATH}/{film}", host()))[0] == 204
        assert (await node.call("GET", f"{PATH}/{film}", host()))[0] == 404
    assert not (tmp_path / "recordings" / RECORDING / "compositions").exists()
    # The next one is made all the same.
    assert (await node.call("POST", COMPOSE, host(), {"layout": "speaker"}))[0] == 202
    assert (await made(node, "speaker.mp4", host()))["state"] == "finished"


async def test_a_token_for_films_makes_and_deletes_them_and_nothing_else(node: Node) -> None:
    _, recording = await node.call("GET", f"/recordings/{RECORDING}", host())
    maker = recording["films_token"]
    _, seen = await node.call("GET", f"/recordings/{RECORDING}", maker)
    assert "films_token" not in seen
    assert (await node.call("POST", COMPOSE, recording["token"], {}))[0] == 401
    assert (await node.call("POST", COMPOSE, maker, {"layout": "grid"}))[0] == 202
    assert (await node.call("DELETE", f"{PATH}/grid.mp4", recording["token"]))[0] == 401
    assert (await node.call("DELETE", f"{PATH}/grid.mp4", maker))[0] == 204
    assert (await node.call("DELETE", f"/recordings/{RECORDING}", maker))[0] == 401
    assert (await node.call("POST", "/recordings/re_other/compose", maker, {}))[0] == 401


async def test_pictures_of_boards_come_with_a_token_of_the_recording(node: Node, tmp_path: Path) -> None:
    digest = sha256(PNG).hexdigest()
    folder = StoredFiles(tmp_path / "files").folder(ROOM)
    folder.mkdir(parents=True)
    (folder / digest).write_bytes(PNG)
    _, recording = await node.call("GET", f"/recordings/{RECORDING}", host())
    url = f"{node.url}/api/v1/recordings/{RECORDING}/pictures/{digest}?token={recording['token']}"
    async with node.http.get(url) as response:
        assert (response.status, response.content_type) == (200, "image/png")
        assert await response.read() == PNG


async def test_a_film_that_cannot_be_made_says_why(node: Node, tmp_path: Path) -> None:
    (tmp_path / "recordings" / RECORDING / "manifest.json").unlink()
    assert (await node.call("POST", COMPOSE, host(), {"layout": "grid"}))[0] == 202
    failed = await made(node, "grid.mp4", host())
    assert (failed["state"], failed["bytes"]) == ("failed", None)
    assert "holds no recording" in failed["problem"]


async def test_films_are_for_who_may_see_the_recording_and_ordered_by_who_may_record(node: Node) -> None:
    _, recording = await node.call("GET", f"/recordings/{RECORDING}", host())
    strangers = [("", 401), ("a.b.c", 401), (token("anna", ROOM), 403), (host("other"), 403)]
    for method, path, who in FILM_CALLS:
        at = path.format(id=RECORDING)
        refused = strangers + ([(recording["token"], 401)] if who == "own" else [])
        for bearer, status in refused:
            assert (method, at, (await node.call(method, at, bearer, {}))[0]) == (method, at, status)
        if who == "see":
            assert (await node.call(method, at, recording["token"]))[0] in (200, 404)


async def test_a_film_that_nobody_knows_is_refused(node: Node) -> None:
    for body in ({"layout": "circle"}, {"format": "avi"}, {"layout": 3}, {"format": None}):
        status, problem = await node.call("POST", COMPOSE, host(), body)
        assert (status, problem["code"]) == (400, "bad_message")
