"""Who comes by a share link: one document, live, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.settings import Limits
from datachannels.repositories import ShareLink, Topic
from signaling.kept_topics import KeptTopics, TopicRepositories
from signaling.permissions import Role
from signaling.storage_tasks import StorageTasks
from storage.engine import sqlite_url
from tests.signaling.chatting import Talker
from tests.signaling.live_node import Node, close_of, node_settings, receive, running, token
from tests.storage.samples import opened


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings()) as started:
        yield started


async def ok(node: Node, method: str, path: str, bearer: str, body: Any = None) -> Any:
    status, answer = await node.call(method, path, bearer, body)
    assert status // 100 == 2, answer
    return answer


async def make(node: Node, title: str = "Plan") -> str:
    return str((await ok(node, "POST", "/rooms/r/documents", token("anna"), {"title": title}))["id"])


async def share(node: Node, document: str, role: str = "editor", ttl: str | int = "1h") -> Any:
    return await ok(node, "POST", f"/documents/{document}/links", token("anna"), {"role": role, "ttl": ttl})


async def come(node: Node, link_token: str, **fields: Any) -> Talker:
    """Somebody by a share link."""
    socket = await node.socket()
    await socket.send_json({"type": "join", "id": 1, "token": link_token, **fields})
    joined = await receive(socket)
    assert (joined["type"], joined.get("id")) == ("joined", 1)
    return Talker(socket, joined)


async def refused(node: Node, link_token: str, **fields: Any) -> tuple[int, str]:
    socket = await node.socket()
    await socket.send_json({"type": "join", "token": link_token, **fields})
    return await close_of(socket)


async def open_document(talker: Talker, document: str, client: str = "c") -> Any:
    await talker.send("documents", {"t": "open", "doc": document, "client": client, "version": None})
    return await talker.hear("documents", "snapshot")


def edit(document: str, base: int, seq: int, text: str) -> dict[str, Any]:
    return {"t": "submit", "doc": document, "base": base, "seq": seq, "delta": {"ops": [{"insert": text}]}}


async def request(talker: Talker, kind: str, **fields: Any) -> Any:
    await talker.socket.send_json({"type": kind, "id": 9, **fields})
    while (message := await receive(talker.socket)).get("id") != 9:
        pass
    return message


async def test_two_edit_one_document_one_of_them_by_a_share_link(node: Node) -> None:
    document = await make(node)
    link = await share(node, document)
    anna = await Talker.join(node, "anna")
    zoe = await come(node, link["token"], name="Zoe\u202e")
    me, room = zoe.joined["participant"], zoe.joined["room"]
    assert (me["name"], me["access"], me["role"], me["state"]) == ("Zoe", "editor", "viewer", "active")
    assert (me["id"][:3], zoe.joined["participants"], zoe.joined["tracks"]) == ("pa_", [me], [])
    given = sorted(name for name, has in me["grants"].items() if has)
    assert given == ["comment", "draw", "edit_documents"]
    assert (room["documents"], room["boards"], room["name"]) == ([{"id": document, "title": "Plan"}], [], "")

    # Text both ways, comments, and who wrote what.
    for talker in (anna, zoe):
        await open_document(talker, document)
    await zoe.send("documents", edit(document, 1, 1, "Hello"))
    assert (await zoe.hear("documents", "ack"))["version"] == 2
    change = await anna.hear("documents", "change")
    assert change["author"] == {"identity": me["identity"], "name": "Zoe"}
    assert me["identity"].startswith(link["id"] + "_")
    await anna.send("documents", edit(document, 2, 1, "Oh: "))
    assert (await zoe.hear("documents", "change"))["author"]["identity"] == "anna"
    comment = {"t": "comment", "doc": document, "base": 3, "seq": 2, "index": 4, "length": 5, "text": "hi"}
    await zoe.send("documents", comment)
    assert (await anna.hear("documents", "comment"))["comment"]["quote"] == "Hello"

    # Cursors both ways: the name is in them, as nobody has been told of a participant Zoe, nor she of any.
    cursor = {"t": "cursor", "doc": document, "version": 3, "index": 2, "length": 0}
    for talker in (anna, zoe):
        await talker.send("live", {"t": "typing", "topic": document})
    assert (await anna.hear("live"))["t"] == "typing"
    await anna.send("live", {**cursor, "index": 1})
    by_anna = {"participant": anna.joined["participant"]["id"], "name": "anna"}
    assert await zoe.hear("live") == {**cursor, **by_anna, "index": 1}
    await zoe.send("live", cursor)
    assert await anna.hear("live") == {**cursor, "participant": me["id"], "name": "Zoe"}
    listed = await ok(node, "GET", "/rooms/r/participants", token("anna"))
    assert [one["identity"] for one in listed["participants"]] == ["anna"]

    # Over HTTP with the token of the session.
    own = zoe.joined["token"]
    text = await ok(node, "GET", f"/documents/{document}/content", own)
    assert text["delta"] == {"ops": [{"insert": "Oh: Hello\n"}]}
    await ok(node, "PATCH", f"/comments/{text['comments'][0]['id']}", own, {"text": "ho"})
    for path in ("/rooms/r", "/rooms/r/documents", "/rooms/r/chat", "/rooms/r/participants", "/rooms"):
        assert (await node.call("GET", path, own))[0] == 403


async def test_a_share_link_opens_nothing_else(node: Node) -> None:
    document, other = await make(node), await make(node, "Other")
    zoe = await come(node, (await share(node, document))["token"])
    assert zoe.joined["participant"]["name"] == "Guest"
    asked: list[tuple[str, dict[str, Any]]] = [
        ("offer", {"sdp": "v=0", "tracks": []}),
        ("view", {"mode": "auto"}),
        ("mute", {"track": "tr_1", "muted": True}),
        ("update", {"name": "King"}),
        ("moderate", {"action": "end"}),
        ("stats", {}),
    ]
    for kind, fields in asked:
        assert (kind, (await request(zoe, kind, **fields))["code"]) == (kind, "forbidden")
    assert (await request(zoe, "join", token="x"))["code"] == "conflict"
    assert (await request(zoe, "nonsense"))["code"] == "bad_message"
    assert (await request(zoe, "ping"))["type"] == "pong"
    said: list[tuple[str, dict[str, Any]]] = [
        ("chat", {"t": "open", "client": "c", "version": None}),
        ("documents", {"t": "create", "title": "mine"}),
        ("documents", {"t": "open", "doc": other, "client": "c", "version": None}),
        ("documents", {"t": "open", "doc": [document], "client": "c", "version": None}),
        ("whiteboard", {"t": "create", "title": "mine"}),
        ("whiteboard", {"t": "open", "doc": document, "client": "c", "version": None}),
        ("live", {"t": "pointer", "track": "tr_1", "x": 0, "y": 0}),
        ("live", {"t": "typing", "topic": "chat"}),
        ("live", {"t": "typing", "topic": document, "doc": other}),
        ("annotations", {"t": "open"}),
        ("control", {"t": "request", "track": "tr_1", "scope": ["pointer"]}),
    ]
    for label, data in said:
        await zoe.send(label, {**data, "id": 5, "seq": 7})
        answer = await zoe.hear(label)
        assert (label, data, answer["code"], answer["re"]) == (label, data, "forbidden", 5)
    for label in ("chat", "annotations", "control", "live"):
        await zoe.send(label, [])
        assert (await zoe.hear(label))["code"] == "forbidden"
    await zoe.send("live", [{"t": "typing", "topic": document}, {"t": "typing", "topic": other}])
    assert (await zoe.hear("live"))["code"] == "forbidden"
    await zoe.send("documents", {"t": "history", "doc": document, "from": 1, "to": 1, "id": 6})
    assert (await zoe.hear("documents"))["t"] == "history"
    assert (await request(zoe, "leave"))["type"] == "ok"
    assert (await close_of(zoe.socket))[0] == 1000


LINKS = [("editor", True, True), ("commenter", False, True), ("viewer", False, False)]


@pytest.mark.parametrize(("role", "submits", "comments"), LINKS)
async def test_a_link_gives_what_it_says(node: Node, role: str, submits: bool, comments: bool) -> None:
    document = await make(node)
    zoe = await come(node, (await share(node, document, role))["token"])
    assert (await open_document(zoe, document))["version"] == 1
    await zoe.send("documents", edit(document, 1, 1, "Hello"))
    answer = await zoe.hear("documents")
    assert (answer["t"], answer.get("code")) == (("ack", None) if submits else ("error", "forbidden"))
    anna = await Talker.join(node, "anna")
    await open_document(anna, document)
    await anna.send("documents", edit(document, 1 + submits, 1, "text"))
    version = (await anna.hear("documents", "ack"))["version"]
    comment = {"t": "comment", "doc": document, "base": version, "index": 0, "length": 2, "text": "hi"}
    await zoe.send("documents", {**comment, "seq": 1 + submits})
    answer = await zoe.hear("documents")
    while answer["t"] in ("change", "comment"):
        answer = await zoe.hear("documents")
    assert (answer["t"], answer.get("code")) == (("ack", None) if comments else ("error", "forbidden"))


async def test_a_link_that_is_asked_for_again_with_the_same_key_is_the_same(node: Node) -> None:
    document = await make(node)
    url, body = f"{node.url}/api/v1/documents/{document}/links", {"role": "viewer"}
    made = []
    for who, key in (("anna", "one"), ("anna", "one"), ("anna", "two"), ("host", "one")):
        bearer = token(who, role=Role.HOST)
        headers = {"Authorization": f"Bearer {bearer}", "Idempotency-Key": key}
        async with node.http.post(url, json=body, headers=headers) as response:
            assert response.status == 201
            made.append(await response.json())
    assert made[0] == made[1]
    assert len({link["id"] for link in made}) == 3
    links = (await ok(node, "GET", f"/documents/{document}/links", token("anna")))["links"]
    assert sorted(link["id"] for link in links) == sorted({link["id"] for link in made})


async def test_a_revoked_link_ends_its_sessions_and_opens_nothing(node: Node) -> None:
    document = await make(node)
    link, other = await share(node, document), await share(node, document)
    zoe, yann = await come(node, link["token"]), await come(node, other["token"])
    await ok(node, "DELETE", f"/documents/{document}/links/{link['id']}", token("anna"))
    assert (await close_of(zoe.socket))[0] == 4403
    assert (await refused(node, link["token"]))[0] == 4403
    assert (await refused(node, zoe.joined["token"], resume=zoe.joined["resume"]))[0] == 4403
    for bearer in (link["token"], zoe.joined["token"]):
        assert (await node.call("GET", f"/documents/{document}/content", bearer))[0] == 401
    assert (await request(yann, "ping"))["type"] == "pong"
    links = (await ok(node, "GET", f"/documents/{document}/links", token("anna")))["links"]
    assert [one["id"] for one in links] == [other["id"]]
    assert links[0]["url"] == f"{node.url}/d/{document}#token={other['token']}"


async def test_a_link_that_is_revoked_while_it_is_read_opens_nothing(tmp_path: Path) -> None:
    async with running(node_settings(data=tmp_path)) as node:
        document = await make(node)
        link = await share(node, document)
        async with opened(sqlite_url(tmp_path)) as store:
            late = Late(store)
            node.server.rooms.entrance.links.serve(late, StorageTasks(lambda: None))
            coming = asyncio.create_task(refused(node, link["token"]))
            await late.read.wait()
            await ok(node, "DELETE", f"/documents/{document}/links/{link['id']}", token("anna"))
            late.told.set()
            assert await coming == (4403, "the link is not in force any more")


class Late(KeptTopics):
    """Says what it has read of a link when it is `told` to."""

    def __init__(self, kept: TopicRepositories) -> None:
        super().__init__(kept)
        self.read, self.told = asyncio.Event(), asyncio.Event()

    async def shared(self, link: str) -> tuple[ShareLink, Topic] | None:
        found = await super().shared(link)
        self.read.set()
        await self.told.wait()
        return found


async def test_a_link_that_is_over_ends_its_sessions(node: Node) -> None:
    document = await make(node)
    link = await share(node, document, ttl=1)
    zoe = await come(node, link["token"])
    assert (await close_of(zoe.socket))[0] == 4403
    assert (await refused(node, link["token"]))[0] == 4403
    assert (await node.call("GET", f"/documents/{document}/content", link["token"]))[0] == 401


async def test_a_document_that_is_renamed_or_deleted_is_so_for_who_came_by_link(node: Node) -> None:
    document = await make(node)
    zoe = await come(node, (await share(node, document))["token"])
    await open_document(zoe, document)
    await ok(node, "PATCH", f"/documents/{document}", token("anna"), {"title": "New"})
    message = await receive(zoe.socket)
    listed = [{"id": document, "title": "New"}]
    assert (message["type"], message["room"]["documents"]) == ("room_updated", listed)
    await ok(node, "DELETE", f"/documents/{document}", token("anna"))
    assert await zoe.hear("documents") == {"t": "closed", "doc": document, "reason": "deleted"}
    assert (await close_of(zoe.socket))[0] == 4403


async def test_who_comes_back_is_the_same_and_what_they_sent_is_recognised(node: Node) -> None:
    document = await make(node)
    link = await share(node, document)
    zoe = await come(node, link["token"], name="Zoe")
    await open_document(zoe, document)
    await zoe.send("documents", edit(document, 1, 1, "Hello"))
    await zoe.hear("documents", "ack")
    await zoe.socket.close()
    again = await come(node, zoe.joined["token"], resume=zoe.joined["resume"])
    assert (again.joined["resumed"], again.joined["participant"]) == (True, zoe.joined["participant"])
    assert (await open_document(again, document))["seq"] == 1
    # Taken over by a newer socket; then, without `resume`, somebody of the same identity.
    third = await come(node, zoe.joined["token"], resume=zoe.joined["resume"])
    assert (await close_of(again.socket))[0] == 4409
    assert (await open_document(third, document))["version"] == 2
    fourth = await come(node, third.joined["token"])
    assert fourth.joined["participant"]["identity"] == zoe.joined["participant"]["identity"]
    assert fourth.joined["participant"]["id"] != zoe.joined["participant"]["id"]
    other = await come(node, link["token"], resume="rs_unknown")
    assert other.joined["participant"]["identity"] != zoe.joined["participant"]["identity"]


async def test_tokens_of_other_kinds_and_wrong_ones_open_no_document(node: Node) -> None:
    document = await make(node)
    link = await share(node, document)
    head, claims, signature = link["token"].split(".")
    assert (await refused(node, f"{head}.{claims}.{signature[:-4]}AAAA"))[0] == 4401
    assert (await node.call("POST", "/rooms/r/guest", link["token"], {"name": "Zoe"}))[0] == 403
    bert = await Talker.join(node, "bert", role=Role.VIEWER)
    await bert.send("documents", {"t": "open", "doc": "do_none", "client": "c", "version": None})
    assert (await bert.hear("documents"))["code"] == "not_found"
    stranger = await Talker.join(node, "carl", room="other")
    await stranger.send("documents", {"t": "open", "doc": document, "client": "c", "version": None})
    assert (await stranger.hear("documents"))["code"] == "not_found"


async def test_who_is_there_before_the_meeting_hears_it_when_it_comes(node: Node) -> None:
    document = await make(node)
    token_of_link = (await share(node, document))["token"]
    zoe, yann = await come(node, token_of_link, name="Zoe"), await come(node, token_of_link, name="Yann")
    for talker in (zoe, yann):
        await open_document(talker, document)
        await talker.send("live", {"t": "typing", "topic": document})
    assert (await zoe.hear("live"))["name"] == "Yann"
    anna = await Talker.join(node, "anna")
    await open_document(anna, document)
    cursor = {"t": "cursor", "doc": document, "version": 1, "index": 0, "length": 0}
    heard = None
    while heard is None:
        # Within a tenth of a second they are one meeting.
        await anna.send("live", cursor)
        with suppress(TimeoutError):
            heard = await asyncio.wait_for(zoe.hear("live"), 0.2)
    assert heard["participant"] == anna.joined["participant"]["id"]


async def test_places_by_share_links_are_bounded() -> None:
    limits = Limits(max_participants=1)
    async with running(replace(node_settings(), limits=limits)) as node:
        document = await make(node)
        link = await share(node, document)
        await come(node, link["token"])
        assert (await refused(node, link["token"]))[0] == 4429


async def test_what_is_sent_while_the_link_is_read_is_answered_in_order(node: Node) -> None:
    document = await make(node)
    link = await share(node, document)
    socket = await node.socket()
    for message in (
        {"type": "join", "id": 1, "token": link["token"]},
        {"type": "ping", "id": 2},
        {"type": "leave", "id": 3},
    ):
        await socket.send_json(message)
    assert [(await receive(socket))["type"] for _ in range(3)] == ["joined", "pong", "ok"]
    assert (await close_of(socket))[0] == 1000


async def test_a_board_is_shared_as_a_document_is(node: Node) -> None:
    anna = token("anna")
    board = str((await ok(node, "POST", "/rooms/r/boards", anna, {"title": "Sketch"}))["id"])
    await ok(node, "PUT", f"/boards/{board}/access", anna, {"roles": {"bert": "viewer"}})
    link = await ok(node, "POST", f"/boards/{board}/links", anna, {"role": "editor"})
    assert link["url"] == f"{node.url}/b/{board}#token={link['token']}"
    bert = await Talker.join(node, "bert")
    zoe = await come(node, link["token"], name="Zoe")
    assert zoe.joined["room"]["boards"] == [{"id": board, "title": "Sketch"}]
    put = {"op": "put", "id": "e1", "props": {"type": "rect", "z": "a0", "box": [0, 0, 10, 10, 0]}}
    for talker in (zoe, bert):
        await talker.send("whiteboard", {"t": "open", "board": board, "client": "c", "version": None})
        assert (await talker.hear("whiteboard"))["t"] == "snapshot"
        await talker.send("whiteboard", {"t": "submit", "board": board, "seq": 1, "changes": [put]})
    assert (await zoe.hear("whiteboard"))["t"] == "ack"
    heard = [(await bert.hear("whiteboard")) for _ in range(2)]
    assert sorted(one.get("code", one["t"]) for one in heard) == ["change", "forbidden"]
    await bert.send("live", {"t": "viewport", "board": board, "x": 0, "y": 0, "zoom": 1})
    await request(bert, "ping")
    await zoe.send("live", {"t": "pointer", "board": board, "x": 1, "y": 2})
    assert (await bert.hear("live"))["name"] == "Zoe"
    assert (await node.call("GET", f"/boards/{board}/content", link["token"]))[0] == 200
    await ok(node, "DELETE", f"/boards/{board}/links/{link['id']}", anna)
    assert (await close_of(zoe.socket))[0] == 4403
