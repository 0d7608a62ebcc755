"""A real node on loopback, real sockets."""

import asyncio
import signal
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from config.settings import HttpSettings, MediaSettings, RoomSettings, TlsSettings, TurnSettings
from signaling.pages import SECURITY, policy
from signaling.permissions import Role
from signaling.server import Server
from signaling.tls import tls_context
from tests.signaling.live_node import DEADLINE_S, Node, close_of, node_settings, receive, running, token


async def test_two_people_meet_and_one_leaves(node: Node) -> None:
    anna, joined = await node.join("anna")
    assert anna.protocol == "sfumato.v1"
    assert joined["id"] == 1
    bert, _ = await node.join("bert")
    assert (await receive(anna))["participant"]["identity"] == "bert"
    await bert.send_json({"type": "leave", "id": 2})
    assert await receive(bert) == {"type": "ok", "id": 2}
    assert await close_of(bert) == (1000, "left")
    assert (await receive(anna))["reason"] == "left"


async def test_lost_socket_is_away_and_resumes(node: Node) -> None:
    anna, _ = await node.join("anna")
    bert, joined = await node.join("bert")
    await receive(anna)
    await bert.close()
    assert (await receive(anna))["participant"]["state"] == "away"
    again = await node.socket()
    await again.send_json({"type": "join", "token": token("bert"), "resume": joined["resume"]})
    assert (await receive(again))["resumed"] is True
    assert (await receive(anna))["participant"]["state"] == "active"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no json", 4400),
        ('{"type":"ping"}', 4400),
        ('{"type":"join","token":"x.y.z"}', 4401),
        ('{"type":"join","token":"' + "x" * 12_000 + '"}', 4413),
        ('{"type":"join","token":"' + "x" * 100_000 + '"}', 4413),
    ],
)
async def test_bad_first_message_closes_with_its_code(node: Node, text: str, code: int) -> None:
    socket = await node.socket()
    await socket.send_str(text)
    assert (await close_of(socket))[0] == code


async def test_binary_message_closes(node: Node) -> None:
    socket, _ = await node.join("anna")
    await socket.send_bytes(b"{}")
    assert await close_of(socket) == (4400, "binary")


async def test_offer_that_is_no_sdp_is_an_error_and_the_meeting_goes_on(node: Node) -> None:
    socket, _ = await node.join("anna")
    for sdp in ("", "v=0\r\na=fingerprint:sha-256 AA\r\n", "\x00" * 50):
        await socket.send_json({"type": "offer", "id": 5, "sdp": sdp, "tracks": []})
        error = await receive(socket)
        assert (error["type"], error["id"], error["code"]) == ("error", 5, "bad_message")
    await socket.send_json({"type": "ping", "id": 6})
    assert await receive(socket) == {"type": "pong", "id": 6}


async def test_start_page_meeting_page_and_health_are_served_with_security_headers(node: Node) -> None:
    for path in ("/", "/r/daily", "/d/do_1", "/b/bo_1", "/healthz", "/readyz", "/nowhere"):
        async with node.http.get(node.url + path, headers={"Accept": "text/html"}) as response:
            for name, value in SECURITY.items():
                assert response.headers[name] == value
    assert (await node.get("/healthz"))[1]["status"] == "ok"
    assert await node.get("/readyz") == (200, {"ready": True})


async def test_metrics_count_joins_and_name_every_drop_reason(node: Node) -> None:
    await node.join("anna")
    async with node.http.get(f"{node.url}/metrics") as response:
        text = await response.text()
    assert "sfumato_joins_total 1.0" in text
    assert "sfumato_participants 1.0" in text
    assert 'sfumato_dropped_total{reason="srtp_auth"} 0.0' in text
    assert 'sfumato_forward_seconds_bucket{le="+Inf"}' in text
    assert "sfumato_loop_stall_seconds_sum" in text


async def test_development_token_is_for_this_machines_own_page(node: Node) -> None:
    path = "/api/v1/dev-token?room=r&name=Anna&identity=anna&role=host"
    host = node.url.removeprefix("http://")
    status, body = await node.get(path)
    assert status == 200
    socket = await node.socket()
    await socket.send_json({"type": "join", "token": body["token"]})
    participant = (await receive(socket))["participant"]
    assert (participant["identity"], participant["name"], participant["role"]) == ("anna", "Anna", "host")
    assert (await node.get(path, Origin=f"http://{host}"))[0] == 200
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ):
        status, problem = await node.get(path, **headers)
        assert (status, problem["code"]) == (403, "forbidden")
    assert (await node.get("/api/v1/dev-token?room=r&role=king"))[0] == 400
    assert (await node.get("/api/v1/dev-token"))[0] == 400


async def test_without_dev_there_is_no_development_token() -> None:
    async with running(node_settings(dev=False)) as node:
        status, problem = await node.get("/api/v1/dev-token?room=r")
        assert (status, problem["code"]) == (404, "not_found")


async def test_first_guest_of_a_development_room_is_its_host(node: Node) -> None:
    async with node.http.post(f"{node.url}/api/v1/rooms/r/guest", json={"name": "Anna"}) as response:
        first = (await response.json())["token"]
    socket = await node.socket()
    await socket.send_json({"type": "join", "token": first})
    assert (await receive(socket))["participant"]["role"] == "host"
    async with node.http.post(f"{node.url}/api/v1/rooms/r/guest", json={}) as response:
        second = (await response.json())["token"]
    other = await node.socket()
    await other.send_json({"type": "join", "token": second})
    assert (await receive(other))["participant"]["role"] == "participant"


async def test_first_with_a_development_token_is_host_unless_a_role_is_asked_for(node: Node) -> None:
    async def role_of(identity: str, query: str = "") -> str:
        _, body = await node.get(f"/api/v1/dev-token?room=r&identity={identity}{query}")
        socket = await node.socket()
        await socket.send_json({"type": "join", "token": body["token"]})
        return str((await receive(socket))["participant"]["role"])

    assert await role_of("anna") == "host"
    assert await role_of("bert") == "participant"
    assert await role_of("carl", "&role=viewer") == "viewer"


async def test_alone_again_is_host_again(node: Node) -> None:
    """Who leaves an empty room and comes back before it ends can still moderate it."""
    for _ in range(2):
        _, body = await node.get("/api/v1/dev-token?room=r&identity=anna")
        socket = await node.socket()
        await socket.send_json({"type": "join", "token": body["token"]})
        assert (await receive(socket))["participant"]["role"] == "host"
        await socket.send_json({"type": "leave"})
        assert (await close_of(socket))[0] == 1000


async def test_guests_are_refused_where_that_is_off() -> None:
    async with (
        running(node_settings(rooms=RoomSettings(guests=False))) as node,
        node.http.post(f"{node.url}/api/v1/rooms/r/guest", json={"name": "x"}) as response,
    ):
        assert response.status == 403


async def test_room_endpoints_want_the_right_token(node: Node) -> None:
    _, joined = await node.join("anna")
    admin, member = token("boss", room="", admin=True), token("anna")
    for path, bearer, expected in (
        ("/api/v1/rooms", "", 401),
        ("/api/v1/rooms", member, 403),
        ("/api/v1/rooms", admin, 200),
        ("/api/v1/rooms?limit=x", admin, 400),
        ("/api/v1/rooms/r", member, 200),
        ("/api/v1/rooms/r", token("x", room="s"), 403),
        ("/api/v1/rooms/s", admin, 404),
        ("/api/v1/rooms/r/participants", member, 200),
        ("/api/v1/rooms/r/stats", member, 200),
        ("/api/v1/nothing", admin, 404),
        ("/api/v1/rooms/r", "a.b.c", 401),
    ):
        status, body = await node.get(path, bearer)
        assert (path, status) == (path, expected)
        assert status == 200 or {"code", "detail", "status", "title"} <= body.keys()
    _, listed = await node.get("/api/v1/rooms/r/participants", member)
    assert [p["id"] for p in listed["participants"]] == [joined["participant"]["id"]]


async def test_admin_opens_lists_and_ends_rooms_page_by_page(node: Node) -> None:
    headers = {"Authorization": f"Bearer {token('boss', room='', admin=True)}"}
    for name, status in (("b", 201), ("a", 201), ("c", 201), ("a", 200)):
        async with node.http.post(f"{node.url}/api/v1/rooms", json={"name": name}, headers=headers) as made:
            assert made.status == status
    bearer = headers["Authorization"].removeprefix("Bearer ")
    _, first = await node.get("/api/v1/rooms?limit=2", bearer)
    assert ([room["name"] for room in first["rooms"]], first["after"]) == (["a", "b"], "b")
    _, rest = await node.get("/api/v1/rooms?limit=2&after=b", bearer)
    assert ([room["name"] for room in rest["rooms"]], rest["after"]) == (["c"], None)
    socket, _ = await node.join("anna", room="a")
    async with node.http.delete(f"{node.url}/api/v1/rooms/a", headers=headers) as ended:
        assert ended.status == 204
    assert await close_of(socket) == (4410, "ended")


async def test_moderator_removes_over_http(node: Node) -> None:
    socket, joined = await node.join("anna")
    url = f"{node.url}/api/v1/rooms/r/participants/{joined['participant']['id']}"
    for bearer, status in ((token("bert"), 403), (token("host", role=Role.HOST), 204)):
        async with node.http.delete(url, headers={"Authorization": f"Bearer {bearer}"}) as response:
            assert response.status == status
    assert await close_of(socket) == (4403, "removed")


async def test_api_answers_any_origin_without_credentials(node: Node) -> None:
    url = f"{node.url}/api/v1/rooms/r/guest"
    async with node.http.options(url, headers={"Origin": "https://other.example"}) as preflight:
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in preflight.headers
        assert "Range" in preflight.headers["Access-Control-Allow-Headers"].split(", ")
        assert "Content-Range" in preflight.headers["Access-Control-Expose-Headers"].split(", ")
    async with node.http.post(url, data=b"{", headers={"Origin": "https://other.example"}) as bad:
        assert bad.status == 400
        assert bad.headers["Access-Control-Allow-Origin"] == "*"
        assert bad.content_type == "application/problem+json"


async def test_draining_node_tells_refuses_and_closes(node: Node) -> None:
    anna, _ = await node.join("anna")
    hurry = asyncio.Event()
    drain = asyncio.create_task(node.server.drain(DEADLINE_S, hurry))
    assert (await receive(anna))["type"] == "draining"
    late = await node.socket()
    await late.send_json({"type": "join", "token": token("late")})
    assert (await close_of(late))[0] == 4503
    assert await node.get("/readyz") == (503, {"ready": False})
    hurry.set()
    assert (await close_of(anna))[0] == 4503
    await asyncio.wait_for(drain, DEADLINE_S)


async def test_restarted_server_takes_its_clients_back_as_newcomers() -> None:
    async with running(node_settings()) as before:
        anna, joined = await before.join("anna")
        url = before.url
    assert (await anna.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
    port = int(url.rpartition(":")[2])
    async with running(node_settings(http=HttpSettings("127.0.0.1", port))) as after:
        assert after.url == url
        again = await after.socket()
        # All the page has: the token it was given last and the secret of a participant nobody knows any more.
        await again.send_json({"type": "join", "token": joined["token"], "resume": joined["resume"]})
        back = await receive(again)
        assert back["resumed"] is False
        assert [p["identity"] for p in back["participants"]] == ["anna"]


async def test_second_start_of_a_node_that_runs_leaves_its_meetings_alone(tmp_path: Path) -> None:
    settings = node_settings(data=tmp_path, name="n")
    async with running(settings) as node:
        await node.join("anna")
        assert await statuses(node) == ["active"]
        host, _, port = node.url.removeprefix("http://").rpartition(":")
        second = Server(replace(settings, http=HttpSettings(host=host, port=int(port))))
        with pytest.raises(OSError, match="in use"):
            await second.start()
        await second.stop()
        assert await statuses(node) == ["active"]


async def test_start_says_what_it_cannot_open(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    with pytest.raises(OSError, match=r"^http\.tls: .*cert\.pem, .*key\.pem: No such file"):
        tls_context(TlsSettings(cert, key), [], datetime.now(UTC))
    cert.write_text("no certificate")
    key.write_text("no key")
    with pytest.raises(OSError, match=r"^http\.tls: .*cert\.pem, .*key\.pem: "):
        tls_context(TlsSettings(cert, key), [], datetime.now(UTC))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(node_settings(data=tmp_path, media=MediaSettings(host="127.0.0.1", port=port)))
        with pytest.raises(OSError, match=rf"^media on 127\.0\.0\.1:{port}: .*in use"):
            await server.start()
        await server.stop()


async def statuses(node: Node) -> list[str]:
    """Of the meetings of room r, once there are any."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            _, found = await node.call("GET", "/rooms/r/sessions", token("root", room="*", admin=True))
            if found["sessions"]:
                return [session["status"] for session in found["sessions"]]


async def test_draining_node_says_where_to_go() -> None:
    async with running(node_settings(drain_url="https://other.example")) as node:
        anna, _ = await node.join("anna")
        hurry = asyncio.Event()
        hurry.set()
        await node.server.drain(DEADLINE_S, hurry)
        told = await receive(anna)
        assert (told["type"], told["url"]) == ("draining", "https://other.example")
        assert (await close_of(anna))[0] == 4503


async def test_page_may_connect_to_where_it_will_be_sent_and_nowhere_else() -> None:
    for drain_url, allowed in (
        (None, "connect-src 'self';"),
        ("https://other.example", "connect-src 'self' wss://other.example;"),
        ("http://127.0.0.1:8081/meet", "connect-src 'self' ws://127.0.0.1:8081;"),
    ):
        assert allowed in policy(drain_url)
    async with (
        running(node_settings(drain_url="https://other.example")) as node,
        node.http.get(f"{node.url}/r/any") as page,
    ):
        expected = policy("https://other.example" if page.status == 200 else None)  # 503: it is not built
        assert page.headers["Content-Security-Policy"] == expected


async def test_turn_credentials_reach_clients() -> None:
    turn = TurnSettings(urls=("turn:turn.example",), secret="north")
    async with running(node_settings(turn=turn)) as node:
        _, joined = await node.join("anna")
        (server,) = joined["ice_servers"]
        assert server["urls"] == ["turn:turn.example"]
        assert server["username"].endswith(":anna")


async def test_command_prints_where_it_listens_and_stops_on_sigterm(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "signaling.main", "serve", "--dev", "--http-port", "0", "--media-port", "0",
        "--data", str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), DEADLINE_S)).decode()
    assert line, (await process.communicate())[1].decode()
    ready, url, media, address = line.split()
    assert (ready, media) == ("ready", "media")
    assert url.startswith("http://127.0.0.1:")
    assert address.startswith("127.0.0.1:")
    async with aiohttp.ClientSession() as http, http.get(f"{url}/healthz") as response:
        assert response.status == 200
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    assert process.returncode == 0, errors.decode()
