"""Meetings that were, over HTTP, and what outlives a node."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from signaling.permissions import Role
from storage.engine import open_engine, sqlite_url
from tests.signaling.chatting import Talker
from tests.signaling.live_node import Node, close_of, node_settings, running, token


def admin() -> str:
    return token("root", admin=True)


async def until_stored(node: Node, path: str, name: str, count: int) -> list[Any]:
    """A list, once it is that long: what is told of meetings is written behind them."""
    while True:
        _, listed = await node.call("GET", path, admin())
        if len(listed[name]) >= count:
            found: list[Any] = listed[name]
            return found


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with running(node_settings(data=tmp_path)) as it:
        yield it


async def test_a_meeting_is_listed_with_who_was_in_it(node: Node) -> None:
    _, anna = await node.join("anna", role=Role.HOST)
    socket, _ = await node.join("bert")
    (session,) = await until_stored(node, "/rooms/r/sessions", "sessions", 1)
    assert (session["room"], session["meeting"], session["status"]) == ("r", anna["room"]["id"], "active")
    at = f"/rooms/r/sessions/{session['id']}"
    people = await until_stored(node, at + "/participants", "participants", 2)
    assert [(one["identity"], one["role"]) for one in people] == [("anna", "host"), ("bert", "participant")]
    await socket.close()
    assert (await node.call("DELETE", "/rooms/r", admin()))[0] == 204
    while session["status"] == "active":
        _, session = await node.call("GET", at, admin())
    assert session["status"] == "ended"
    assert session["peak_participants"] == 2
    assert session["created_at"] <= session["ended_at"]
    assert session["topics"] == []


async def test_a_session_lists_the_documents_and_boards_that_were_open_in_it(node: Node) -> None:
    anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
    names = []
    for label, field in (("documents", "doc"), ("whiteboard", "board")):
        await anna.send(label, {"t": "create", "title": "Plan", "id": 1})
        names.append((label, field, (await anna.hear(label, "created"))[field]["id"]))
    for talker in (anna, bert):
        for label, field, name in names:
            await talker.send(label, {"t": "open", field: name, "client": "c", "version": None})
            await talker.hear(label, "snapshot")
    await anna.send("documents", {"t": "open", "doc": "do_none", "client": "c", "version": None, "id": 2})
    assert (await anna.hear("documents", "error"))["code"] == "not_found"
    (session,) = await until_stored(node, "/rooms/r/sessions", "sessions", 1)
    topics = await until_stored(node, f"/rooms/r/sessions/{session['id']}", "topics", 2)
    assert set(topics) == {name for _, _, name in names}


async def test_a_room_that_meets_again_has_another_session(node: Node) -> None:
    for _ in range(2):
        await node.join("anna")
        await node.call("DELETE", "/rooms/r", admin())
    newest, oldest = await until_stored(node, "/rooms/r/sessions", "sessions", 2)
    assert newest["meeting"] != oldest["meeting"]
    assert newest["created_at"] >= oldest["created_at"]
    _, first = await node.call("GET", "/rooms/r/sessions?limit=1", admin())
    # Not the whole of it: what became of the second meeting may be stored only now.
    assert ([one["id"] for one in first["sessions"]], first["after"]) == ([newest["id"]], newest["id"])
    _, second = await node.call("GET", f"/rooms/r/sessions?limit=1&after={first['after']}", admin())
    assert ([one["id"] for one in second["sessions"]], second["after"]) == ([oldest["id"]], None)


async def test_people_of_a_meeting_come_in_pages(node: Node) -> None:
    for name in ("carol", "anna", "bert"):
        await node.join(name)
    (session,) = await until_stored(node, "/rooms/r/sessions", "sessions", 1)
    at = f"/rooms/r/sessions/{session['id']}/participants"
    await until_stored(node, at, "participants", 3)
    _, first = await node.call("GET", at + "?limit=2", admin())
    assert ([one["identity"] for one in first["participants"]], first["after"]) == (["anna", "bert"], "bert")
    _, second = await node.call("GET", at + "?limit=2&after=bert", admin())
    assert ([one["identity"] for one in second["participants"]], second["after"]) == (["carol"], None)


async def test_a_session_is_found_under_its_own_room_only(node: Node) -> None:
    await node.join("anna")
    (session,) = await until_stored(node, "/rooms/r/sessions", "sessions", 1)
    for path in (f"/rooms/s/sessions/{session['id']}", f"/rooms/r/sessions/{uuid4()}", "/rooms/r/sessions/x"):
        assert (await node.call("GET", path, admin()))[0] == 404
        assert (await node.call("GET", path + "/participants", admin()))[0] == 404
    assert (await node.call("GET", "/rooms/r/sessions?after=x", admin()))[0] == 400
    assert (await node.call("GET", "/rooms/r/sessions?limit=0", admin()))[0] == 400


async def test_what_a_stopped_node_recorded_is_there_at_its_next_start(tmp_path: Path) -> None:
    async with running(node_settings(data=tmp_path)) as node:
        await node.join("anna")
    async with running(node_settings(data=tmp_path)) as node:
        _, listed = await node.call("GET", "/rooms/r/sessions", admin())
        (session,) = listed["sessions"]
        assert session["status"] == "ended"
        _, people = await node.call("GET", f"/rooms/r/sessions/{session['id']}/participants", admin())
        assert [one["identity"] for one in people["participants"]] == ["anna"]


async def test_a_ban_outlives_the_meeting_and_the_node_until_it_is_lifted(tmp_path: Path) -> None:
    async with running(node_settings(data=tmp_path)) as node:
        _, joined = await node.join("anna")
        path = f"/rooms/r/participants/{joined['participant']['id']}?ban=true"
        assert (await node.call("DELETE", path, token("host", role=Role.HOST)))[0] == 204
    async with running(node_settings(data=tmp_path)) as node:
        socket = await node.socket()
        await socket.send_json({"type": "join", "id": 1, "token": token("anna")})
        assert (await close_of(socket))[0] == 4403
        assert (await node.call("DELETE", "/rooms/r/bans/anna", admin()))[0] == 204
    async with running(node_settings(data=tmp_path)) as node:
        await node.join("anna")


async def test_a_database_that_cannot_be_read_is_unavailable(node: Node, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE sessions RENAME TO elsewhere"))
    engine.dispose()
    status, problem = await node.call("GET", "/rooms/r/sessions", admin())
    assert (status, problem["code"]) == (503, "unavailable")


async def test_commits_are_in_the_metrics(node: Node) -> None:
    await node.join("anna")
    await until_stored(node, "/rooms/r/sessions", "sessions", 1)
    async with node.http.get(f"{node.url}/metrics") as response:
        found = re.search(r"^sfumato_commit_seconds_count (\S+)$", await response.text(), re.MULTILINE)
    assert found is not None
    assert float(found[1]) >= 1
