"""WHIP and WHEP with aiortc, which knows nothing of our protocol."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from signaling.permissions import Role
from signaling.whip import links, published
from tests.signaling.chatting import Talker
from tests.signaling.live_node import DEADLINE_S, Node, receive, token
from tests.signaling.recorded import camera

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = "application/trickle-ice-sdpfrag"


@asynccontextmanager
async def connection() -> AsyncIterator[RTCPeerConnection]:
    peer = RTCPeerConnection()
    try:
        yield peer
    finally:
        await peer.close()


async def post(node: Node, path: str, bearer: str, sdp: str, **headers: str) -> tuple[int, str, Any]:
    headers = {"Authorization": f"Bearer {bearer}", **SDP, **headers}
    async with node.http.post(node.url + path, data=sdp, headers=headers) as response:
        return response.status, await response.text(), response.headers


async def call(
    node: Node, method: str, path: str, bearer: str, body: str = "", kind: str = "", match: str = ""
) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {bearer}"} | ({"Content-Type": kind} if kind else {})
    headers |= {"If-Match": match} if match else {}
    async with node.http.request(method, node.url + path, data=body, headers=headers) as response:
        return response.status, await response.text()


async def offer_to(node: Node, path: str, bearer: str, peer: RTCPeerConnection) -> Any:
    """Connect by one request; the headers of the answer."""
    await peer.setLocalDescription(await peer.createOffer())
    status, answer, headers = await post(node, path, bearer, peer.localDescription.sdp)
    assert status == 201, answer
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    return headers


async def until_gone(talker: Talker, participant: str) -> None:
    while True:
        message = await receive(talker.socket)
        if message["type"] == "participant_left" and message["participant"] == participant:
            return


async def test_a_meeting_is_watched_by_one_request_and_left_by_another(node: Node) -> None:
    async with camera(node), connection() as peer:
        anna = await Talker.join(node, "anna", role=Role.HOST)
        for kind in ("video", "audio"):
            peer.addTransceiver(kind, direction="recvonly")
        heard = asyncio.get_running_loop().create_future()

        @peer.on("track")
        def on_track(track: Any) -> None:
            if track.kind == "video":
                frame = asyncio.ensure_future(track.recv())
                frame.add_done_callback(lambda done: heard.set_result(done.result()))

        bearer = token("viewer", role=Role.VIEWER)
        headers = await offer_to(node, "/whep/r", bearer, peer)
        location = headers["Location"]
        assert re.fullmatch(r"/whep/r/wh_\w+", location)
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Content-Type"] == "application/sdp"
        frame = await asyncio.wait_for(heard, DEADLINE_S)
        assert (frame.width, frame.height) == (320, 180)
        status, listed = await node.call("GET", "/rooms/r/participants", token("viewer"))
        (viewer,) = [one["id"] for one in listed["participants"] if one["identity"] == "viewer"]
        fragment = "a=ice-ufrag:fresh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        status, answer = await call(node, "PATCH", location, bearer, fragment, FRAGMENT)
        assert status == 200
        assert {"a=ice-ufrag", "a=ice-pwd", "a=candidate"} <= {
            line.partition(":")[0] for line in answer.split()
        }
        candidate = fragment + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
        status, _ = await call(node, "PATCH", location, bearer, candidate, FRAGMENT)
        assert status == 204
        assert (await call(node, "DELETE", location, token("other")))[0] == 403
        assert (await call(node, "DELETE", location, bearer))[0] == 200
        await until_gone(anna, viewer)
        assert (await call(node, "DELETE", location, bearer))[0] == 404
        await anna.socket.close()


async def test_what_is_meant_for_an_ice_session_that_is_over_is_refused(node: Node) -> None:
    async with connection() as peer:
        peer.addTransceiver("audio", direction="recvonly")
        bearer = token("viewer", role=Role.VIEWER)
        headers = await offer_to(node, "/whep/r", bearer, peer)
        location, first = headers["Location"], headers["ETag"]
        candidate = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
        for match, expected in (("", 204), (first, 204), (f'"other", {first}', 204), ('"other"', 412)):
            status, _ = await call(node, "PATCH", location, bearer, candidate, FRAGMENT, match)
            assert (match, status) == (match, expected)
        fragment = "a=ice-ufrag:fresh\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        assert (await call(node, "PATCH", location, bearer, fragment, FRAGMENT, "*"))[0] == 200
        assert (await call(node, "PATCH", location, bearer, candidate, FRAGMENT, first))[0] == 412
        assert (await call(node, "DELETE", location, bearer, match=first))[0] == 200


async def test_a_screen_is_published_by_one_request(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    async with connection() as peer:
        peer.addTrack(VideoStreamTrack())
        peer.addTrack(AudioStreamTrack())
        bearer = token("encoder", role=Role.PRESENTER)
        headers = await offer_to(node, "/whip/r?source=screen", bearer, peer)
        sources: set[str] = set()
        while len(sources) < 2:
            message = await receive(anna.socket)
            if message["type"] == "track_published":
                sources.add(message["track"]["source"])
        assert sources == {"screen", "screen_audio"}
        assert (await call(node, "DELETE", headers["Location"], bearer))[0] == 200
    await anna.socket.close()


async def test_one_track_alone_is_watched(node: Node) -> None:
    async with camera(node), camera(node, "second"), connection() as peer:
        anna = await Talker.join(node, "anna")
        (wanted,) = [
            track["id"]
            for track in anna.joined["tracks"]
            if track["kind"] == "video"
            and track["participant"]
            in [one["id"] for one in anna.joined["participants"] if one["identity"] == "cam"]
        ]
        peer.addTransceiver("video", direction="recvonly")
        await peer.setLocalDescription(await peer.createOffer())
        sdp = peer.localDescription.sdp
        bearer = token("viewer")
        assert (await post(node, f"/whep/r?track={wanted}", bearer, sdp))[0] == 201
        status, problem, _ = await post(node, "/whep/r?track=tr_unknown", bearer, sdp)
        assert (status, "not_found" in problem) == (404, True)
        (voice, *_) = [track["id"] for track in anna.joined["tracks"] if track["kind"] == "audio"]
        assert (await post(node, f"/whep/r?track={voice}", bearer, sdp))[0] == 400
        await anna.socket.close()


async def test_what_cannot_be_is_refused_and_leaves_nobody_in_the_room(node: Node) -> None:
    anna, elsewhere = token("anna"), token("anna", room="other")
    refused: list[tuple[str, str, dict[str, str], int]] = [
        ("/whep/r", "", {}, 401),
        ("/whep/r", "a.b.c", {}, 401),
        ("/whep/r", elsewhere, {}, 403),
        ("/whep/r", anna, {"Content-Type": "text/plain"}, 400),
        ("/whep/r", anna, {}, 400),
        ("/whip/r", anna, {}, 400),
        ("/whip/r?source=kitchen", anna, {}, 400),
        ("/whip/r", anna, {"Content-Type": "application/sdp; charset=none"}, 400),
    ]
    for path, bearer, headers, status in refused:
        assert (path, (await post(node, path, bearer, "v=0\r\n", **headers))[0]) == (path, status)
        _, health = await node.get("/healthz")
        assert health["participants"] == 0
    headers = {"Authorization": f"Bearer {anna}", **SDP}
    async with node.http.post(f"{node.url}/whip/r", data=b"v=\xff", headers=headers) as response:
        assert response.status == 400


async def test_any_page_may_ask(node: Node) -> None:
    async with node.http.options(
        f"{node.url}/whep/r", headers={"Origin": "https://elsewhere.example"}
    ) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "PATCH" in response.headers["Access-Control-Allow-Methods"]


def test_the_first_line_of_each_kind_that_sends_is_published() -> None:
    lines = [
        "audio 9\r\na=mid:0\r\na=sendonly",
        "video 9\r\na=mid:1\r\na=recvonly",
        "video 9\r\na=mid:2",
        "video 9\r\na=mid:3",
    ]
    sdp = "v=0\r\n" + "".join(f"m={line}\r\n" for line in lines)
    assert published(sdp, "camera") == [
        {"mid": "0", "source": "microphone"},
        {"mid": "2", "source": "camera"},
    ]


def test_ice_servers_are_told_as_links() -> None:
    servers: list[dict[str, Any]] = [
        {"urls": ["stun:s.example"]},
        {"urls": ["turn:t.example"], "username": "u", "credential": "c"},
    ]
    assert links(servers) == [
        '<stun:s.example>; rel="ice-server"',
        '<turn:t.example>; rel="ice-server"; username="u"; credential="c"; credential-type="password"',
    ]
