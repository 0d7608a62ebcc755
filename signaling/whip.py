"""Media by one HTTP request: WHIP to publish (RFC 9725), WHEP to watch (draft-ietf-wish-whep-03).

::

    POST /whip/{room}  ┐              201, answer ─┐   DELETE /whep/{room}/{id}
    POST /whep/{room}  ┴─ SDP offer ──► HttpPeer ──┴── PATCH: ICE restart; candidates are not needed
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import quote

from aiohttp import hdrs, web

from datachannels.refusals import RequestRefused
from signaling.api.answer import problem_of
from signaling.api.body import read_body
from signaling.api.caller import Callers
from signaling.driver import SignalingDriver
from signaling.http_peer import HttpPeer
from signaling.identifiers import new_identifier
from signaling.problems import Problem

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
Way = Literal["whip", "whep"]

CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Expose-Headers": "Location, Link, ETag",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": SDP,
}

SOURCES: Final = {
    ("camera", "audio"): "microphone",
    ("camera", "video"): "camera",
    ("screen", "audio"): "screen_audio",
    ("screen", "video"): "screen",
}
"""What a first m-line of that kind publishes, by the `source` asked for."""

_UFRAG: Final = re.compile(r"^a=ice-ufrag:(\S{4,256})\s*$", re.MULTILINE)
_PASSWORD: Final = re.compile(r"^a=ice-pwd:(\S{22,256})\s*$", re.MULTILINE)
_OF_ICE: Final = re.compile(r"^a=(?:ice-ufrag|ice-pwd|candidate|end-of-candidates)\b.*$", re.MULTILINE)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Resource:
    """One that is open: whose, and what was offered last."""

    peer: HttpPeer
    way: Way
    room: str
    identity: str
    sdp: str
    tracks: list[dict[str, str]]


class Whip:
    """WHIP and WHEP of a node."""

    def __init__(self, driver: SignalingDriver, callers: Callers) -> None:
        self._driver = driver
        self._callers = callers
        self._resources: dict[str, Resource] = {}

    def routes(self) -> list[web.RouteDef]:
        """Where they are."""
        found: list[web.RouteDef] = []
        for way in ("whip", "whep"):
            at, one = f"/{way}/{{room}}", f"/{way}/{{room}}/{{id}}"
            found += [
                web.post(at, answering(self.open)),
                web.patch(one, answering(self.change)),
                web.delete(one, answering(self.close)),
                web.options(at, answering(self.preflight)),
                web.options(one, answering(self.preflight)),
            ]
        return found

    async def preflight(self, request: web.Request) -> web.Response:
        """Any origin: the token is the authority."""
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def open(self, request: web.Request) -> web.Response:
        """An offer: 201 and the answer."""
        way: Way = "whip" if request.path.startswith("/whip/") else "whep"
        room = request.match_info["room"]
        self._callers.personal(request)  # refused here, it is answered as any other call
        if request.content_type != SDP:
            raise Problem("bad_message", f"the body is {SDP}")
        sdp = await _text(request)
        tracks = published(sdp, request.query.get("source", "camera")) if way == "whip" else []
        number = new_identifier("wh", self._driver.rooms.node.random)
        peer = HttpPeer(self._driver, partial(self._gone, number))
        try:
            token = request.headers[hdrs.AUTHORIZATION].partition(" ")[2].strip()
            joined = await peer.ask("join", token=token, room=room)
            resource = Resource(peer, way, room, joined["participant"]["identity"], sdp, tracks)
            self._resources[number] = resource
            answer = await peer.ask("offer", sdp=sdp, tracks=tracks)
            if way == "whep":
                await _look(peer, request.query, joined, answer)
        except RequestRefused as refusal:
            self._give_up(number, peer)
            raise problem_of(refusal) from refusal
        except asyncio.CancelledError:  # who asked is gone, and would never end it
            self._give_up(number, peer)
            raise
        response = web.Response(
            status=HTTPStatus.CREATED,
            body=answer["sdp"].encode(),  # `text` would add a charset, which the type has not (RFC 8866 §8.1)
            content_type=SDP,
            headers={hdrs.LOCATION: f"/{way}/{quote(room, safe='')}/{number}", hdrs.ETAG: etag(sdp)},
        )
        for link in links(joined["ice_servers"]):
            response.headers.add(hdrs.LINK, link)
        return response

    def _give_up(self, number: str, peer: HttpPeer) -> None:
        peer.leave()
        self._gone(number)  # who was removed in the middle of it is told of no more

    def _gone(self, number: str) -> None:
        self._resources.pop(number, None)

    async def change(self, request: web.Request) -> web.Response:
        """An ICE restart by new credentials; candidates of the client are not needed."""
        resource = self._own(request)
        _check_session(request, etag(resource.sdp))
        if request.content_type != FRAGMENT:
            raise Problem("bad_message", f"the body is {FRAGMENT}")
        fragment = await _text(request)
        ufrag, password = _UFRAG.search(fragment), _PASSWORD.search(fragment)
        before = _UFRAG.search(resource.sdp)
        if ufrag is None or password is None or (before is not None and ufrag[1] == before[1]):
            return web.Response(status=HTTPStatus.NO_CONTENT)
        sdp = _UFRAG.sub(lambda _: f"a=ice-ufrag:{ufrag[1]}\r", resource.sdp)
        sdp = _PASSWORD.sub(lambda _: f"a=ice-pwd:{password[1]}\r", sdp)
        try:
            answer = await resource.peer.ask("offer", sdp=sdp, tracks=resource.tracks)
        except RequestRefused as refusal:
            raise problem_of(refusal) from refusal
        resource.sdp = sdp
        lines = dict.fromkeys(line.rstrip("\r") for line in _OF_ICE.findall(answer["sdp"]))
        body = "".join(f"{line}\r\n" for line in lines).encode()
        return web.Response(body=body, content_type=FRAGMENT, headers={hdrs.ETAG: etag(sdp)})

    async def close(self, request: web.Request) -> web.Response:
        """It ends."""
        self._own(request).peer.leave()
        return web.Response()

    def _own(self, request: web.Request) -> Resource:
        claims = self._callers.personal(request)
        resource = self._resources.get(request.match_info["id"])
        if resource is None or resource.room != request.match_info["room"]:
            raise Problem("not_found", "it has ended")
        if resource.identity != claims.identity and not claims.admin:
            raise Problem("forbidden", "it is somebody else's")
        return resource


def answering(handler: Handler) -> Handler:
    """Refusals as problems, and for any origin."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request)
        except Problem as problem:
            response = problem.response()
        response.headers.update(CORS)
        return response

    return handle


async def _text(request: web.Request) -> str:
    """The body, which is UTF-8 whatever it says (RFC 8866 §4.5). Raises `Problem`."""
    try:
        return (await read_body(request)).decode()
    except UnicodeDecodeError:
        raise Problem("bad_message", "the body is not UTF-8") from None


def _check_session(request: web.Request, current: str) -> None:
    """The ICE session that is meant, if one is named, is still `current` (RFC 9725 §4.3.1).

    Raises `Problem`.
    """
    named = request.if_match
    if named is not None and not {"*", current.strip('"')} & {one.value for one in named}:
        raise Problem("conflict", "that ICE session is over", status=HTTPStatus.PRECONDITION_FAILED)


async def _look(
    peer: HttpPeer, query: Mapping[str, str], joined: dict[str, Any], answer: dict[str, Any]
) -> None:
    """Which picture, if one is asked for: `track` is that one alone, `participant` comes before others."""
    if "track" in query:
        mids = {slot["kind"]: slot["mid"] for slot in reversed(answer["slots"])}
        kinds = {track["id"]: track["kind"] for track in joined["tracks"]}
        kind = kinds.get(query["track"])
        if kind is None:
            raise RequestRefused("not_found", f"no track {query['track']}")
        if kind not in mids:
            raise RequestRefused("bad_message", f"no {kind} is offered")
        slots = [{"mid": mids[kind], "track": query["track"]}]
        await peer.ask("view", mode="manual", slots=slots)
    elif "participant" in query:
        pictures = [
            track["id"]
            for track in joined["tracks"]
            if track["participant"] == query["participant"] and track["kind"] == "video"
        ]
        await peer.ask("view", mode="auto", pin=pictures)


def published(sdp: str, source: str) -> list[dict[str, str]]:
    """The first m-line of each kind that sends. Raises `Problem`."""
    if source not in ("camera", "screen"):
        raise Problem("bad_message", "source: camera or screen")
    tracks: dict[str, dict[str, str]] = {}
    for section in re.split(r"^m=", sdp, flags=re.MULTILINE)[1:]:
        kind = section.partition(" ")[0]
        mid = re.search(r"^a=mid:(\S+)", section, re.MULTILINE)
        sends = not re.search(r"^a=(?:recvonly|inactive)\s*$", section, re.MULTILINE)
        if mid is not None and sends and (source, kind) in SOURCES and kind not in tracks:
            tracks[kind] = {"mid": mid[1], "source": SOURCES[source, kind]}
    return [*tracks.values()]


def etag(sdp: str) -> str:
    """The ICE session: it changes with a restart (RFC 9725 §4.3)."""
    ufrag = _UFRAG.search(sdp)
    return f'"{ufrag[1] if ufrag else ""}"'


def links(ice_servers: list[dict[str, Any]]) -> list[str]:
    """The Link headers of RFC 9725 §4.4."""
    found: list[str] = []
    for server in ice_servers:
        urls = server["urls"] if isinstance(server["urls"], list) else [server["urls"]]
        secret = ""
        if "username" in server:
            secret = f'; username="{server["username"]}"; credential="{server["credential"]}"'
            secret += '; credential-type="password"'
        found += [f'<{url}>; rel="ice-server"{secret}' for url in urls]
    return found
