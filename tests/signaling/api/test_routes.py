"""The HTTP API of a running node: what it answers to whom."""

import asyncio
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson
import pytest

from config.settings import HttpSettings, RoomSettings, StorageSettings
from loadtests.postgresql import Postgres
from signaling.permissions import Role
from signaling.tokens import read_token
from tests.signaling.api.board_calls import BOARD_CALLS, FILE_CALLS
from tests.signaling.api.board_calls import route_of as board_route
from tests.signaling.api.document_calls import DOCUMENT_CALLS, route_of
from tests.signaling.api.recording_calls import FILM_CALLS, FORWARD_CALLS, RECORDING_CALLS, recording_route
from tests.signaling.live_node import Node, close_of, node_settings, receive, running, token
from tests.signaling.meeting import KEY, SECRET


def admin() -> str:
    return token("boss", room="", admin=True)


def host() -> str:
    return token("host", role=Role.HOST)


async def wait_for(socket: Any, kind: str) -> dict[str, Any]:
    while (message := await receive(socket))["type"] != kind:
        pass
    return message


async def test_moderator_changes_the_room_and_everybody_sees_it(node: Node) -> None:
    anna, _ = await node.join("anna")
    changes = {"locked": True, "lobby": True, "max_participants": 7}
    status, room = await node.call("PATCH", "/rooms/r", host(), changes)
    assert status == 200
    assert changes.items() <= room.items()
    told = [(await wait_for(anna, "room_updated"))["room"] for _ in changes]
    assert changes.items() <= told[-1].items()
    assert (await node.call("GET", "/rooms/r", token("anna")))[1] == room


@pytest.mark.parametrize(
    "body",
    [{}, {"colour": "red"}, {"locked": 1}, {"locked": True, "max_participants": 0}, {"lobby": None}, [], "x",
     {"max_participants": 10**6}],
)  # fmt: skip
async def test_wrong_changes_of_a_room_change_nothing(node: Node, body: Any) -> None:
    await node.join("anna")
    before = await node.call("GET", "/rooms/r", host())
    status, problem = await node.call("PATCH", "/rooms/r", host(), body)
    assert (status, problem["code"]) == (400, "bad_message")
    assert await node.call("GET", "/rooms/r", host()) == before


async def test_fields_that_are_unknown_here_are_ignored_in_changes(node: Node) -> None:
    _, joined = await node.join("anna")
    status, room = await node.call("PATCH", "/rooms/r", host(), {"locked": True, "colour": "red"})
    assert (status, room["locked"]) == (200, True)
    at = f"/rooms/r/participants/{joined['participant']['id']}"
    status, changed = await node.call("PATCH", at, host(), {"role": "viewer", "name": "x"})
    assert (status, changed["role"], changed["name"]) == (200, "viewer", "anna")


async def test_admin_makes_a_room_as_it_shall_be(node: Node) -> None:
    status, room = await node.call(
        "POST", "/rooms", admin(), {"name": "x", "lobby": True, "max_participants": 2}
    )
    assert (status, room["lobby"], room["max_participants"]) == (201, True, 2)
    assert (await node.call("POST", "/rooms", admin(), {"name": "x", "lobby": False}))[1]["lobby"] is True
    assert (await node.call("POST", "/rooms", admin(), {"name": "y", "lobby": 3}))[0] == 400
    assert (await node.call("GET", "/rooms/y", admin()))[0] == 404
    for wrong in ("", "n" * 10_000, 3, None):
        assert (await node.call("POST", "/rooms", admin(), {"name": wrong}))[0] == 400


async def test_moderator_changes_participants(node: Node) -> None:
    anna, joined = await node.join("anna")
    at = f"/rooms/r/participants/{joined['participant']['id']}"
    await anna.send_json({"type": "update", "hand": True})
    assert (await wait_for(anna, "participant_updated"))["participant"]["hand"] is True
    body = {"role": "presenter", "grants": {"record": False}, "hand": False, "muted": True}
    status, changed = await node.call("PATCH", at, host(), body)
    assert status == 200
    assert (changed["role"], changed["hand"], changed["grants"]["record"]) == ("presenter", False, False)
    told = [(await wait_for(anna, "participant_updated"))["participant"] for _ in range(3)]
    assert told[-1] == changed


@pytest.mark.parametrize(
    "body",
    [{}, {"role": "king"}, {"grants": {"fly": True}}, {"grants": {"hidden": True}},
     {"role": "host", "grants": 1}, {"hand": True}, {"muted": False}, {"admitted": False}, {"name": "x"}],
)  # fmt: skip
async def test_wrong_changes_of_a_participant_change_nothing(node: Node, body: Any) -> None:
    _, joined = await node.join("anna")
    at = f"/rooms/r/participants/{joined['participant']['id']}"
    assert (await node.call("PATCH", at, host(), body))[0] == 400
    assert (await node.call("GET", "/rooms/r/participants", host()))[1]["participants"] == [
        joined["participant"]
    ]


async def test_presenter_mutes_over_http_and_does_no_more(node: Node) -> None:
    _, joined = await node.join("anna")
    at = f"/rooms/r/participants/{joined['participant']['id']}"
    presenter = token("presenter", role=Role.PRESENTER)
    assert (await node.call("PATCH", at, presenter, {"muted": True}))[0] == 200
    assert (await node.call("PATCH", at, presenter, {"muted": True, "role": "host"}))[0] == 403
    assert (await node.call("PATCH", at, token("anna"), {"muted": True}))[0] == 403


async def test_door_is_kept_over_http(node: Node) -> None:
    await node.join("host", role=Role.HOST)
    await node.call("PATCH", "/rooms/r", host(), {"lobby": True})
    sockets = []
    for name in ("anna", "bert"):
        socket = await node.socket()
        await socket.send_json({"type": "join", "token": token(name)})
        assert await receive(socket) == {"type": "waiting"}
        sockets.append(socket)
    _, listed = await node.call("GET", "/rooms/r/waiting", host())
    ids = {participant["identity"]: participant["id"] for participant in listed["participants"]}
    assert set(ids) == {"anna", "bert"}
    # Who is not in yet learns nothing of the room by the back door.
    for path in ("", "/participants", "/stats", "/waiting"):
        assert (await node.call("GET", f"/rooms/r{path}", token("anna")))[0] == 403
    assert (await node.call("GET", "/rooms/r/stats", host()))[1]["waiting"] == 2
    assert (
        await node.call("PATCH", f"/rooms/r/participants/{ids['anna']}", token("anna"), {"admitted": True})
    )[0] == 403
    assert (await node.call("PATCH", f"/rooms/r/participants/{ids['anna']}", host(), {"admitted": True}))[
        0
    ] == 200
    assert (await receive(sockets[0]))["type"] == "joined"
    assert (await node.call("GET", "/rooms/r", token("anna")))[0] == 200
    assert (await node.call("DELETE", f"/rooms/r/participants/{ids['bert']}", host()))[0] == 204
    assert await close_of(sockets[1]) == (4403, "denied")


async def test_banned_over_http_is_out_of_the_api_too(node: Node) -> None:
    socket, joined = await node.join("anna")
    at = f"/rooms/r/participants/{joined['participant']['id']}?ban=true"
    assert (await node.call("DELETE", at, host()))[0] == 204
    assert await close_of(socket) == (4403, "removed")
    assert (await node.call("GET", "/rooms/r", token("anna")))[0] == 403
    assert (await node.call("GET", "/rooms/r", joined["token"]))[0] == 403
    assert (await node.call("GET", "/rooms/r/bans", host()))[1]["identities"] == ["anna"]
    for status in (204, 404):
        assert (await node.call("DELETE", "/rooms/r/bans/anna", host()))[0] == status
    await node.join("anna")


async def test_banned_host_does_not_come_back_when_the_room_is_closed(node: Node) -> None:
    node.server.rooms.node.bans.add("r", "host")
    for method, path in (("GET", "/bans"), ("DELETE", "/bans/host"), ("POST", "/links")):
        assert (path, (await node.call(method, f"/rooms/r{path}", host()))[0]) == (path, 403)
    assert (await node.call("GET", "/rooms/r/bans", admin()))[1]["identities"] == ["host"]


async def test_hidden_is_found_by_admins_alone(node: Node) -> None:
    _, joined = await node.join("ghost", grants={"hidden": True})
    at = f"/rooms/r/participants/{joined['participant']['id']}"
    assert (await node.call("GET", "/rooms/r/participants", host()))[1]["participants"] == []
    assert (await node.call("DELETE", at, host()))[0] == 404
    assert (await node.call("DELETE", at, admin()))[0] == 204


# --- guests and links --------------------------------------------------------------------------------------


async def test_invite_link_lets_people_in_where_guests_are_not_taken() -> None:
    settings = node_settings(
        rooms=RoomSettings(guests=False), http=HttpSettings("127.0.0.1", 0, "https://meet.example")
    )
    async with running(settings) as node:
        await node.join("host", role=Role.HOST)
        status, link = await node.call("POST", "/rooms/r/links", host(), {"role": "viewer", "ttl": "7d"})
        assert status == 201
        assert link["url"] == f"https://meet.example/r/r#token={link['token']}"
        claims = read_token(link["token"], {KEY: SECRET}, link["expires_at"] / 1000 - 60)
        assert (claims.link, claims.role, claims.room) == (True, Role.VIEWER, "r")
        socket = await node.socket()
        await socket.send_json({"type": "join", "token": link["token"]})
        assert (await receive(socket))["participant"]["role"] == "viewer"
        assert (await node.call("POST", "/rooms/r/guest", body={"name": "Gus"}))[0] == 403
        status, guest = await node.call("POST", "/rooms/r/guest", link["token"], {"name": "Gus"})
        assert status == 200
        socket = await node.socket()
        await socket.send_json({"type": "join", "token": guest["token"]})
        joined = (await receive(socket))["participant"]
        assert (joined["name"], joined["role"]) == ("Gus", "viewer")
        assert (await node.call("POST", "/rooms/other/guest", link["token"], {"name": "Gus"}))[0] == 403
        # A link is nobody: it opens no other endpoint.
        assert (await node.call("GET", "/rooms/r", link["token"]))[0] == 403


async def test_link_says_where_the_request_reached_the_node(node: Node) -> None:
    await node.join("host", room="a/b ü")
    moderator = token("host", room="a/b ü", role=Role.HOST)
    _, link = await node.call("POST", "/rooms/a%2Fb%20%C3%BC/links", moderator, {})
    assert link["url"].startswith(f"{node.url}/r/a%2Fb%20%C3%BC#token=")


async def test_link_is_made_before_the_room_opens_by_who_will_moderate_it(node: Node) -> None:
    for bearer, expected in (
        (host(), 201), (admin(), 201), (token("x"), 403), (token("x", room="other", role=Role.HOST), 403),
        (token("l", role=Role.HOST, link=True), 403), ("", 401),
    ):  # fmt: skip
        assert (await node.call("POST", "/rooms/r/links", bearer, {}))[0] == expected
    assert (await node.call("GET", "/rooms/r", admin()))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {"role": "king"},
        {"ttl": "0h"},
        {"ttl": "31d"},
        {"ttl": 0},
        {"ttl": 5.5},
        {"ttl": True},
        {"ttl": "soon"},
        [1],
    ],
)
async def test_wrong_links_are_not_made(node: Node, body: Any) -> None:
    await node.join("host", role=Role.HOST)
    assert (await node.call("POST", "/rooms/r/links", host(), body))[0] == 400


async def test_nobody_is_given_a_token_for_every_room(node: Node) -> None:
    everywhere = token("root", room="*", role=Role.HOST)
    for path, bearer in (("guest", ""), ("links", everywhere), ("links", admin())):
        status, problem = await node.call("POST", f"/rooms/*/{path}", bearer, {})
        assert (path, status, problem["code"]) == (path, 400, "bad_message")
    assert (await node.get("/api/v1/dev-token?room=*"))[0] == 400


async def test_guests_are_hosts_of_their_own_room_only_in_development() -> None:
    for dev, role in ((True, "host"), (False, "participant")):
        async with running(node_settings(dev=dev)) as node:
            _, first = await node.call("POST", "/rooms/r/guest", body={"name": "Gus"})
            socket = await node.socket()
            await socket.send_json({"type": "join", "token": first["token"]})
            assert (await receive(socket))["participant"]["role"] == role
            _, second = await node.call("POST", "/rooms/r/guest", body={"name": "Eve"})
            socket = await node.socket()
            await socket.send_json({"type": "join", "token": second["token"]})
            assert (await receive(socket))["participant"]["role"] == "participant"


# --- who may call what -------------------------------------------------------------------------------------


async def session_of(node: Node, room: str = "r") -> dict[str, Any]:
    """The newest meeting of a room, once it is stored."""
    while True:
        _, listed = await node.call("GET", f"/rooms/{room}/sessions", admin())
        if listed["sessions"]:
            newest: dict[str, Any] = listed["sessions"][0]
            return newest


ACCESS = re.compile("/documents/{id}/(access|links)")
"""Of boards it is the same code."""

CALLS = [
    ("GET", "/rooms", None, "a"),
    ("POST", "/rooms", {"name": "new"}, "a"),
    ("GET", "/rooms/r", None, "pha"),
    ("PATCH", "/rooms/r", {"locked": False}, "ha"),
    ("GET", "/rooms/r/participants", None, "pha"),
    ("GET", "/rooms/r/waiting", None, "ha"),
    ("GET", "/rooms/r/stats", None, "pha"),
    ("POST", "/rooms/r/links", {}, "ha"),
    ("GET", "/rooms/r/chat", None, "pha"),
    ("GET", "/rooms/r/bans", None, "ha"),
    ("DELETE", "/rooms/r/bans/{identity}", None, "ha"),
    ("GET", "/rooms/r/sessions", None, "a"),
    ("GET", "/rooms/r/sessions/{session}", None, "a"),
    ("GET", "/rooms/r/sessions/{session}/participants", None, "a"),
    ("PATCH", "/rooms/r/participants/{id}", {"role": "viewer"}, "ha"),
    ("DELETE", "/rooms/r/participants/{id}", None, "ha"),
    ("DELETE", "/rooms/r", None, "a"),
]
"""Method, path, body, and who may: p participant, h host of the room, a admin."""


@pytest.mark.parametrize(("method", "path", "body", "who"), CALLS)
async def test_who_may_call_what(node: Node, method: str, path: str, body: Any, who: str) -> None:
    _, joined = await node.join("target")
    session = (await session_of(node))["id"] if "{session}" in path else ""
    path = path.format(id=joined["participant"]["id"], identity="target", session=session)
    strangers = {
        "": 401,
        "a.b.c": 401,
        token("x", room="other", role=Role.HOST): 403,
        token("l", link=True): 403,
    }
    for bearer, expected in strangers.items():
        assert (bearer, (await node.call(method, path, bearer, body))[0]) == (bearer, expected)
    for letter, bearer in (("p", token("x")), ("h", host()), ("a", admin())):
        status, _ = await node.call(method, path, bearer, body)
        if letter not in who:
            assert (letter, status) == (letter, 403)
        elif "bans/" in path or (method == "DELETE" and letter != who[0]):
            assert status == 404  # nobody is banned; the one before has done it
        else:
            assert (letter, status // 100) == (letter, 2)


# --- the description ---------------------------------------------------------------------------------------


async def test_description_names_every_route_and_no_other(node: Node) -> None:
    status, description = await node.call("GET", "/openapi.json")
    assert (status, description["openapi"]) == (200, "3.1.0")
    described = {
        (method.upper(), path) for path, methods in description["paths"].items() for method in methods
    }
    routes = {
        (route.method, route.resource.canonical)
        for route in node.server.app().router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    api = {one for one in routes if one[1].startswith("/api/v1/") and not one[1].endswith("openapi.json")}
    assert described == api
    called = {(method, "/api/v1" + path.replace("/rooms/r", "/rooms/{name}")) for method, path, _, _ in CALLS}
    called |= {(method, route_of(path)) for method, path, _, _ in DOCUMENT_CALLS}
    called |= {
        (method, path.replace("documents", "boards")) for method, path in called if ACCESS.search(path)
    }
    called |= {(method, board_route(path)) for method, path, _, _ in BOARD_CALLS}
    called |= {(method, board_route(path)) for method, path in FILE_CALLS}
    called |= {(method, recording_route(path)) for method, path, _, _ in RECORDING_CALLS}
    called |= {(method, recording_route(path)) for method, path in FORWARD_CALLS}
    called |= {(method, recording_route(path)) for method, path, _ in FILM_CALLS}
    open_to_all = {("POST", "/rooms/{name}/guest"), ("GET", "/dev-token"), ("POST", "/agents")}
    assert described - called == {(method, "/api/v1" + path) for method, path in open_to_all}


async def test_description_is_complete_and_every_reference_is_there(node: Node) -> None:
    _, description = await node.call("GET", "/openapi.json")
    schemas = description["components"]["schemas"]
    assert set(re.findall(r"#/components/schemas/(\w+)", str(description))) == set(schemas)
    operations = [one for methods in description["paths"].values() for one in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    for path, methods in description["paths"].items():
        for operation in methods.values():
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
            assert operation["summary"]
            assert "default" in operation["responses"]


async def test_answers_have_what_the_description_says(node: Node) -> None:
    await node.join("anna")
    _, description = await node.call("GET", "/openapi.json")
    schemas = description["components"]["schemas"]
    _, room = await node.call("GET", "/rooms/r", host())
    assert set(room) == set(schemas["Room"]["required"])
    _, listed = await node.call("GET", "/rooms/r/participants", host())
    assert set(listed["participants"][0]) == set(schemas["Participant"]["required"])
    session = await session_of(node)
    assert set(session) == set(schemas["Session"]["required"])
    _, people = await node.call("GET", f"/rooms/r/sessions/{session['id']}/participants", admin())
    assert set(people["participants"][0]) == set(schemas["Attendance"]["required"])
    _, problem = await node.call("GET", "/rooms/none", host().replace(".", "!"))
    assert set(problem) == set(schemas["Problem"]["required"])


async def test_method_that_is_not_there_is_told_which_are(node: Node) -> None:
    headers = {"Authorization": f"Bearer {host()}"}
    async with node.http.put(f"{node.url}/api/v1/rooms/r", json={}, headers=headers) as response:
        problem = await response.json(content_type="application/problem+json")
        assert (response.status, problem["status"], problem["code"]) == (405, 405, "bad_message")
        assert set(response.headers["Allow"].split(",")) == {"GET", "HEAD", "PATCH", "DELETE"}
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "kind", "coding", "length", "status"),
    [
        ("POST", "/api/v1/rooms", "application/json", "gzip", 5, 400),
        ("PUT", f"/api/v1/files/{'0' * 64}", "image/png", "deflate", 5, 400),
        ("POST", "/whip/r", "application/sdp", "gzip", 5, 400),
        ("POST", "/api/v1/rooms", "application/json", "identity", 1_100_000, 413),
        ("POST", "/whip/r", "application/sdp", "identity", 1_100_000, 413),
    ],
)
async def test_body_that_cannot_be_read_is_a_problem_for_any_origin(
    node: Node, method: str, path: str, kind: str, coding: str, length: int, status: int
) -> None:
    bearer = token("host", role=Role.HOST, admin=True)
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": kind, "Content-Encoding": coding}
    async with node.http.request(
        method, node.url + path, data=BytesIO(bytes(length)), headers=headers
    ) as response:
        assert (response.status, response.content_type) == (status, "application/problem+json")
        assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/rooms/r", {"locked": True}),
        ("PATCH", "/rooms/r/participants/{id}", {"muted": True}),
        ("POST", "/rooms/r/links", {"role": "host"}),
        ("POST", "/rooms/r/recordings", {}),
        ("POST", "/boards/{board}/import", {"type": "excalidraw", "elements": []}),
    ],
)
async def test_who_was_banned_before_a_request_came_to_its_end_may_no_more(
    node: Node, method: str, path: str, body: dict[str, Any]
) -> None:
    _, mallory = await node.join("mallory", role=Role.HOST)
    _, anna = await node.join("anna")
    _, board = await node.call("POST", "/rooms/r/boards", host(), {"title": "b"})
    sent, goes_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        text = orjson.dumps(body)
        yield text[:1]
        sent.set()
        await goes_on.wait()
        yield text[1:]

    url = f"{node.url}/api/v1" + path.format(id=anna["participant"]["id"], board=board["id"])
    headers = {"Authorization": f"Bearer {token('mallory', role=Role.HOST)}"}
    asking = asyncio.ensure_future(node.http.request(method, url, data=slowly(), headers=headers))
    await sent.wait()
    for _ in range(3):  # time enough for its first part to be there
        await node.call("GET", "/rooms/r", host())
    banned = f"/rooms/r/participants/{mallory['participant']['id']}?ban=true"
    assert (await node.call("DELETE", banned, host()))[0] == 204
    goes_on.set()
    async with await asking as response:
        assert response.status == 403


async def test_address_that_postgresql_takes_for_no_text_is_a_bad_one(
    postgres: Postgres, tmp_path: Path
) -> None:
    storage = StorageSettings(url=postgres.new_database())
    bearer = token("host", role=Role.HOST)
    async with running(node_settings(data=tmp_path, storage=storage)) as node:
        for path in ("/recordings/%00", "/recordings/%00/compositions", "/documents/do_%00"):
            status, _ = await node.get(f"/api/v1{path}", bearer)
            assert status in (400, 404), path
