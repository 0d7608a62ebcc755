"""Recordings of meetings on a real node: who is told what, what is written, what is refused."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import jwt
import pytest

from config.settings import RecordingSettings
from signaling.permissions import Role
from signaling.recordings import too_old
from storage.recordings import RecordingRecord, RecordingState
from tests.recording.bucket_server import HeldUploads, bucket_server, client, make_bucket
from tests.recording.stage import decodes
from tests.signaling.chatting import Talker
from tests.signaling.live_node import DEADLINE_S, Node, receive, running, token
from tests.signaling.recorded import POLL_S, SETTINGS, camera, file, host, journal, over, start, stop, written
from tests.storage.failing import Outage


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with running(replace(SETTINGS, data=tmp_path)) as started:
        yield started


def expires_at(bearer: str) -> int:
    return int(jwt.decode(bearer, options={"verify_signature": False})["exp"])


async def hear(talker: Talker, kind: str) -> dict[str, Any]:
    while True:
        message = await receive(talker.socket)
        if message["type"] == kind:
            return message


async def test_a_meeting_is_recorded_with_what_is_said_and_written_beside_it(
    node: Node, tmp_path: Path
) -> None:
    async with camera(node):
        anna = await Talker.join(node, "anna", name="Anna", role=Role.HOST)
        await anna.open_chat("c")
        await anna.send("documents", {"t": "create", "title": "Plan"})
        doc = (await anna.hear("documents", "created"))["doc"]["id"]
        await anna.send("documents", {"t": "open", "doc": doc, "client": "c", "version": None})
        await anna.hear("documents", "snapshot")
        (picture,) = [one["id"] for one in anna.joined["tracks"] if one["kind"] == "video"]
        await anna.socket.send_json({"type": "view", "id": 7, "mode": "auto", "pin": [picture]})
        await hear(anna, "ok")
        recording = await start(node, layout="speaker")
        assert recording["state"] == "recording"
        assert recording["started_by"] == {"identity": "hanna", "name": "Hanna"}
        event = {"type": "recording", "active": True, "recording": recording["id"]}
        assert await hear(anna, "recording") == event
        assert (await hear(anna, "room_updated"))["room"]["recording"] is True
        async with node.http.get(f"{node.url}/metrics") as response:
            assert "sfumato_recordings 1.0" in (await response.text()).splitlines()
        bert = await Talker.join(node, "bert", name="Bert")
        assert bert.joined["room"]["recording"] is True
        assert await hear(bert, "recording") == event

        await anna.say(1, "Hello")
        await anna.say(2, "Secret", to="bert")
        await anna.send("chat", {"t": "react", "emoji": "👍"})
        await anna.socket.send_json({"type": "update", "id": 9, "hand": True})
        await anna.socket.send_json({"type": "view", "mode": "auto", "want": [picture]})
        delta = {"ops": [{"insert": "Buy bread"}]}
        await anna.send("documents", {"t": "submit", "doc": doc, "base": 1, "seq": 1, "delta": delta})
        await anna.hear("documents", "ack")
        await bert.socket.close()
        await written(tmp_path, recording, 2)
        finished = await stop(node, recording)
        assert await hear(anna, "recording") == event | {"active": False}

    assert (finished["state"], finished["layout"]) == ("finished", "speaker")
    # A machine with much else to do sends late, which looks like a clock that was set.
    assert {problem["code"] for problem in finished["problems"]} <= {"clock_jump"}
    assert {(one["source"], one["codec"]) for one in finished["files"]} == {
        ("camera", "VP8"),
        ("microphone", "opus"),
    }
    for one in finished["files"]:
        content = await file(node, recording, one["name"])
        assert sha256(content).hexdigest() == one["sha256"]
        assert one["complete"]
    assert finished["bytes"] == sum(one["bytes"] for one in finished["files"])
    assert await file(node, recording, finished["files"][0]["name"], Range="bytes=0-3") == b"\x1aE\xdf\xa3"

    lines = await journal(node, recording)
    kinds = [line["kind"] for line in lines]
    assert {"cam", "anna", "bert"} <= {line["identity"] for line in lines if line["kind"] == "joined"}
    assert {line["source"] for line in lines if line["kind"] == "published"} == {"camera", "microphone"}
    assert [line["text"] for line in lines if line["kind"] == "message"] == ["Hello"]
    assert [line["emoji"] for line in lines if line["kind"] == "reaction"] == ["👍"]
    assert [line["raised"] for line in lines if line["kind"] == "hand"] == [True]
    pins = [(line["participant"], line["tracks"]) for line in lines if line["kind"] == "pinned"]
    assert pins == [(anna.joined["participant"]["id"], one) for one in ([picture], [])]
    (whole,) = [line for line in lines if line["kind"] == "document"]
    assert (whole["doc"], whole["title"], whole["delta"]) == (doc, "Plan", {"ops": [{"insert": "\n"}]})
    (change,) = [line for line in lines if line["kind"] == "document_change"]
    assert (change["version"], change["delta"]) == (2, delta)
    assert change["author"] == {"identity": "anna", "name": "Anna"}
    assert kinds.index("document") < kinds.index("document_change")
    assert all(0 <= line["at_ms"] <= finished["duration_ms"] for line in lines)


async def test_what_is_said_before_the_recording_begins_is_not_recorded(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    await anna.open_chat("c")
    beginning = asyncio.create_task(start(node))
    await anna.say(1, "Before")
    assert not beginning.done()  # the recorder is a process that has yet to start
    recording = await beginning
    await anna.say(2, "After")
    await stop(node, recording)
    lines = await journal(node, recording)
    assert [line["text"] for line in lines if line["kind"] == "message"] == ["After"]


async def test_a_long_document_is_recorded_with_its_comments(node: Node) -> None:
    anna = await Talker.join(node, "anna", name="Anna", role=Role.HOST)
    await anna.send("documents", {"t": "create", "title": "Plan"})
    doc = (await anna.hear("documents", "created"))["doc"]["id"]
    await anna.send("documents", {"t": "open", "doc": doc, "client": "c", "version": None})
    await anna.hear("documents", "snapshot")
    for seq in range(1, 9):
        delta = {"ops": [{"insert": f"{seq}" * 8_000}]}
        submit = {"t": "submit", "doc": doc, "base": seq, "seq": seq, "delta": delta}
        await anna.send("documents", submit)
        await anna.hear("documents", "ack")
    comment = {"t": "comment", "doc": doc, "base": 9, "seq": 9, "index": 4, "length": 5, "text": "why?"}
    await anna.send("documents", comment)
    await anna.hear("documents", "ack")
    recording = await start(node)
    async with asyncio.timeout(DEADLINE_S):
        lines: list[dict[str, Any]] = []
        while len(lines) < 2:
            await asyncio.sleep(0.1)
            lines = [one for one in await journal(node, recording) if "doc" in one]
    whole, told = lines
    assert (whole["kind"], len(whole["delta"]["ops"][0]["insert"])) == ("document", 64_001)
    (kept,) = told["comments"]
    assert (told["kind"], kept["text"], kept["index"]) == ("document_comments", "why?", 4)
    await stop(node, recording)
    await anna.socket.close()


async def test_of_many_documents_those_are_recorded_that_somebody_has_open(tmp_path: Path) -> None:
    limits = replace(SETTINGS.limits, open_topics=2)
    async with running(replace(SETTINGS, data=tmp_path, limits=limits)) as node:
        anna = await Talker.join(node, "anna", role=Role.HOST)
        recording = await start(node)

        async def create() -> str:
            await anna.send("documents", {"t": "create", "title": "Plan"})
            doc = (await anna.hear("documents", "created"))["doc"]["id"]
            assert isinstance(doc, str)
            return doc

        async def write(doc: str, version: int) -> None:
            """With it open meanwhile, until the journal has it."""
            await anna.send("documents", {"t": "open", "doc": doc, "client": "c", "version": None})
            await anna.hear("documents", "snapshot")
            delta = {"ops": [{"insert": "more "}]}
            submit = {"t": "submit", "doc": doc, "base": version, "seq": version, "delta": delta}
            await anna.send("documents", submit)
            await anna.hear("documents", "ack")
            async with asyncio.timeout(DEADLINE_S):
                seen: set[tuple[str, int]] = set()
                while (doc, version + 1) not in seen:
                    await asyncio.sleep(POLL_S)
                    lines = await journal(node, recording)
                    seen = {(one["doc"], one["version"]) for one in lines if {"doc", "version"} <= one.keys()}
            await anna.send("documents", {"t": "close", "doc": doc})

        docs = [await create() for _ in range(4)]
        for doc in docs:
            await write(doc, 1)
        await write(docs[0], 2)
        await stop(node, recording)
        await anna.socket.close()


async def test_who_may_not_record_is_told_so(node: Node) -> None:
    talker = await Talker.join(node, "anna")
    for path, method in (("/rooms/r/recordings", "POST"), ("/rooms/r/recordings", "GET")):
        status, problem = await node.call(method, path, token("anna"))
        assert (status, problem["code"]) == (403, "forbidden")
    assert (await node.call("GET", "/recordings", host()))[0] == 403
    assert (await node.call("POST", "/rooms/r/recordings", host("other")))[0] == 403
    assert (await node.call("POST", "/rooms/nobody/recordings", host("nobody")))[0] == 404
    await talker.socket.close()


async def test_two_starts_and_a_stop_before_the_start_are_errors(node: Node, tmp_path: Path) -> None:
    path = "/rooms/r/recordings"
    async with camera(node):
        status, problem = await node.call("DELETE", f"{path}/re_unknown", host())
        assert (status, problem["code"]) == (404, "not_found")
        first, second = await asyncio.gather(*(node.call("POST", path, host()) for _ in range(2)))
        assert sorted([first[0], second[0]]) == [201, 409]
        recording, refusal = (first[1], second[1]) if first[0] == 201 else (second[1], first[1])
        assert refusal["code"] == "conflict"
        status, problem = await node.call("DELETE", f"/recordings/{recording['id']}", host())
        assert (status, problem["code"]) == (409, "conflict")
        await written(tmp_path, recording, 2)
        finished = await stop(node, recording)
        assert (await node.call("DELETE", f"{path}/{recording['id']}", host()))[0] == 404
    assert (finished["state"], len(finished["files"])) == ("finished", 2)  # the one that began goes on
    for one in finished["files"]:
        (tmp_path / one["name"]).write_bytes(await file(node, recording, one["name"]))
        assert decodes(tmp_path / one["name"]) == ""


async def test_a_start_that_is_repeated_with_its_key_begins_no_other(node: Node) -> None:
    headers = {"Authorization": f"Bearer {host()}", "Idempotency-Key": "one"}

    async def begin() -> Any:
        async with node.http.post(f"{node.url}/api/v1/rooms/r/recordings", headers=headers) as response:
            assert response.status == 201
            return await response.json()

    async with camera(node):
        recording = await begin()
        again = await begin()
        assert (again["id"], again["state"]) == (recording["id"], "recording")
        await stop(node, recording)
        assert (await begin())["state"] == "finished"
    _, listed = await node.call("GET", "/rooms/r/recordings", host())
    assert [one["id"] for one in listed["recordings"]] == [recording["id"]]


UNMET: list[tuple[Any, int]] = [
    ({"layout": "mosaic"}, 400),
    ({"tracks": []}, 400),
    ({"tracks": "tr_1"}, 400),
    ({"tracks": [7]}, 400),
    ({"tracks": ["tr_unknown"]}, 404),
]


async def test_a_wish_that_cannot_be_met_is_refused(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    for wish, status in UNMET:
        assert (wish, (await node.call("POST", "/rooms/r/recordings", host(), wish))[0]) == (wish, status)
    assert (await node.call("GET", "/rooms/r/recordings", host()))[1]["recordings"] == []
    await anna.socket.close()


async def test_only_the_tracks_named_are_recorded_and_those_that_come_later_if_all_are(
    node: Node, tmp_path: Path
) -> None:
    async with camera(node):
        anna = await Talker.join(node, "anna", role=Role.HOST)
        (voice,) = [one["id"] for one in anna.joined["tracks"] if one["kind"] == "audio"]
        recording = await start(node, tracks=[voice])
        await written(tmp_path, recording, 1)
        finished = await stop(node, recording)
        assert [one["track"] for one in finished["files"]] == [voice]
        recording = await start(node)
        async with camera(node, "late"):
            await written(tmp_path, recording, 4)
        finished = await stop(node, recording)
        assert len({one["participant"] for one in finished["files"]}) == 2
    _, listed = await node.call("GET", "/rooms/r/recordings?limit=1", host())
    assert [one["id"] for one in listed["recordings"]] == [recording["id"]]
    _, rest = await node.call("GET", f"/rooms/r/recordings?after={listed['after']}", host())
    assert len(rest["recordings"]) == 1
    assert (await node.call("DELETE", f"/recordings/{recording['id']}", host()))[0] == 204
    assert (await node.call("GET", f"/recordings/{recording['id']}", host()))[0] == 404
    await anna.socket.close()


async def test_who_is_not_shown_is_not_recorded(node: Node, tmp_path: Path) -> None:
    async with camera(node), camera(node, "ghost", grants={"hidden": True}):
        recording = await start(node)
        async with camera(node, "later", grants={"hidden": True}):
            await written(tmp_path, recording, 2, 1.5)
        finished = await stop(node, recording)
        assert len({one["participant"] for one in finished["files"]}) == 1
        lines = await journal(node, recording)
        assert [line["identity"] for line in lines if line["kind"] == "joined"] == ["cam"]
        assert len([line for line in lines if line["kind"] == "published"]) == 2


async def test_a_link_opens_one_recording_and_nothing_else(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    recordings = []
    for _ in range(2):
        recordings.append(await stop(node, await start(node)))
    one, other = recordings
    status, link = await node.call("POST", f"/recordings/{one['id']}/links", host(), {"ttl": "1h"})
    assert status == 201
    assert link["url"].endswith(f"/replay/{one['id']}#token={link['token']}")
    assert (await node.call("GET", f"/recordings/{one['id']}", link["token"]))[0] == 200
    at = f"{node.url}/api/v1/recordings/{one['id']}/files"
    async with node.http.get(f"{at}/manifest.json?token={link['token']}") as response:
        assert (response.status, response.content_type) == (200, "application/json")
        assert (await response.json())["recording"] == one["id"]
    for name in ("..%2f..%2fsfumato.db", ".manifest.json", "none.webm"):
        async with node.http.get(f"{at}/{name}?token={link['token']}") as response:
            assert response.status == 404
    for method, path in (
        ("GET", f"/recordings/{other['id']}"),
        ("DELETE", f"/recordings/{one['id']}"),
        ("GET", "/rooms/r"),
        ("POST", f"/recordings/{one['id']}/links"),
    ):
        assert (await node.call(method, path, link["token"]))[0] == 401
    assert (await node.call("GET", f"/recordings/{one['id']}"))[0] == 401
    await anna.socket.close()


async def test_who_came_by_a_link_has_the_recording_no_longer_than_the_link_is_good(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    recording = await stop(node, await start(node))
    at = f"/recordings/{recording['id']}"
    _, link = await node.call("POST", f"{at}/links", host(), {"ttl": "1m"})
    _, whole = await node.call("GET", at, host())
    for token_given, opens in ((link["token"], 60), (whole["films_token"], 12 * 3_600)):
        _, seen = await node.call("GET", at, token_given)
        assert expires_at(seen["token"]) <= expires_at(token_given)
        assert expires_at(seen["token"]) == pytest.approx(link["expires_at"] / 1_000 + opens - 60, abs=5)
    await anna.socket.close()


async def test_a_recording_ends_when_everybody_has_left(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    recording = await start(node)
    await anna.socket.send_json({"type": "leave", "id": 2})
    assert (await over(node, recording))["state"] == "finished"


async def test_a_room_may_be_recorded_by_itself_until_somebody_stops_it() -> None:
    settings = replace(SETTINGS, recording=RecordingSettings(automatic=("class-*",), min_free_bytes=0))
    async with running(settings) as node, camera(node, room="class-1"):
        anna = await Talker.join(node, "anna", room="class-1", role=Role.HOST)
        recording = await hear(anna, "recording")
        await stop(node, {"id": recording["recording"], "room": "class-1"})
        async with camera(node, "second", "class-1"):
            pass
        _, listed = await node.call("GET", "/rooms/class-1/recordings", host("class-1"))
        assert [one["started_by"]["identity"] for one in listed["recordings"]] == [""]
        await anna.socket.close()


async def test_a_full_disk_is_told_at_once() -> None:
    settings = replace(SETTINGS, recording=RecordingSettings(min_free_bytes=1 << 60))
    async with running(settings) as node:
        anna = await Talker.join(node, "anna", role=Role.HOST)
        status, problem = await node.call("POST", "/rooms/r/recordings", host())
        assert (status, problem["code"]) == (503, "unavailable")
        assert "disk is full" in problem["detail"]
        assert (await node.get("/api/v1/rooms/r", host()))[1]["recording"] is False
        await anna.socket.close()


async def test_how_a_recording_ended_is_stored_once_the_database_is_back(tmp_path: Path) -> None:
    outage = Outage()

    def stored() -> list[tuple[str]]:
        with closing(sqlite3.connect(tmp_path / "sfumato.db")) as database:
            return database.execute("SELECT state FROM recordings").fetchall()

    async with running(replace(SETTINGS, data=tmp_path), failpoints=outage) as node:
        anna = await Talker.join(node, "anna", role=Role.HOST)
        recording = await start(node)
        outage.lasts = True
        status, _ = await node.call("DELETE", f"/rooms/r/recordings/{recording['id']}", host())
        assert status == 200
        assert (await over(node, recording))["state"] == "finished"
        assert await asyncio.to_thread(outage.missed.wait, DEADLINE_S)
        assert stored() == [("recording",)]
        outage.lasts = False
        async with asyncio.timeout(DEADLINE_S):
            while stored() != [("finished",)]:  # noqa: ASYNC110 another task writes it
                await asyncio.sleep(POLL_S)
        assert (await node.call("DELETE", f"/recordings/{recording['id']}", host()))[0] == 204
        assert stored() == []
        await anna.socket.close()


async def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    async with running(replace(SETTINGS, data=tmp_path)) as node:
        anna = await Talker.join(node, "anna", role=Role.HOST)
        (tmp_path / "recordings").write_text("in the way")
        status, problem = await node.call("POST", "/rooms/r/recordings", host())
        assert (status, problem["code"]) == (503, "unavailable")
        assert (await node.get("/api/v1/rooms/r", host()))[1]["recording"] is False
        await anna.socket.close()


async def test_what_a_stopped_node_recorded_is_finished_and_kept(tmp_path: Path) -> None:
    settings = replace(SETTINGS, data=tmp_path)
    async with running(settings) as node, camera(node):
        recording = await start(node)
        await written(tmp_path, recording, 2)
    async with running(settings) as node:
        kept = await over(node, recording)
        assert kept["state"] == "finished"
        assert {one["codec"] for one in kept["files"]} == {"VP8", "opus"}


async def test_a_finished_recording_goes_to_the_bucket_as_soon_as_there_is_one(tmp_path: Path) -> None:
    with bucket_server() as bucket:
        recording_settings = RecordingSettings(min_free_bytes=0, bucket=bucket)
        settings = replace(SETTINGS, data=tmp_path, recording=recording_settings)
        async with running(settings) as node, camera(node):
            recording = await start(node)
            await written(tmp_path, recording, 2)
            finished = await stop(node, recording)
            name = finished["files"][0]["name"]
            local = await file(node, recording, name)
            folder = tmp_path / "recordings" / recording["id"]
            assert (folder / name).read_bytes() == local
            await asyncio.to_thread(make_bucket, bucket)
            async with asyncio.timeout(DEADLINE_S):
                while folder.exists():  # noqa: ASYNC110 another task does it
                    await asyncio.sleep(0.05)
            assert await file(node, recording, name) == local
            assert await file(node, recording, name, Range="bytes=4-9") == local[4:10]
            assert len(await journal(node, recording)) > 0
            assert (await node.call("DELETE", f"/recordings/{recording['id']}", host()))[0] == 204
            left = await asyncio.to_thread(client(bucket).list_objects_v2, Bucket=bucket.name)
            assert left["KeyCount"] == 0


async def test_what_was_on_its_way_to_the_bucket_goes_with_a_recording_that_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bucket_server() as bucket:
        await asyncio.to_thread(make_bucket, bucket)
        held = HeldUploads(monkeypatch)
        recording_settings = RecordingSettings(min_free_bytes=0, bucket=bucket)
        async with running(replace(SETTINGS, data=tmp_path, recording=recording_settings)) as node:
            anna = await Talker.join(node, "anna", role=Role.HOST)
            recording = await stop(node, await start(node))
            assert await asyncio.to_thread(held.begun.wait, DEADLINE_S)
            assert (await node.call("DELETE", f"/recordings/{recording['id']}", host()))[0] == 204
            held.begun.clear()
            held.release.set()
            # It is looked after in turn: what it left went before the next one is put away.
            other = await stop(node, await start(node))
            assert await asyncio.to_thread(held.begun.wait, DEADLINE_S)
            found = await asyncio.to_thread(client(bucket).list_objects_v2, Bucket=bucket.name)
            assert {one["Key"].split("/")[1] for one in found.get("Contents", ())} <= {other["id"]}
            await anna.socket.close()


RECORD = RecordingRecord("re_1", "r", "rm_1", "n", "anna", "Anna", 0, state=RecordingState.FINISHED)
DAY_MS = 24 * 3_600 * 1_000


@pytest.mark.parametrize(
    ("keep_days", "keep_bytes", "gone"),
    [
        (0.0, 0, []),
        (2.5, 0, ["re_0", "re_1"]),
        (0.0, 25, ["re_0", "re_1"]),
        (0.0, 30, ["re_0"]),
        (1.5, 30, ["re_0", "re_1", "re_2"]),
        (0.0, 1, ["re_0", "re_1", "re_2", "re_3"]),
    ],
)
def test_the_oldest_go_first(keep_days: float, keep_bytes: int, gone: list[str]) -> None:
    records = [replace(RECORD, id=f"re_{day}", ended_at=day * DAY_MS, octets=10) for day in range(4)]
    found = too_old(records, keep_days, keep_bytes, 4 * DAY_MS)
    assert [record.id for record in found] == gone
