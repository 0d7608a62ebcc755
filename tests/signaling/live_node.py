"""A real node on loopback, and clients of it."""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp

from config.settings import HttpSettings, Limits, MediaSettings, RoomSettings, Settings
from signaling.permissions import Role
from signaling.server import Server
from signaling.tokens import issue_token
from signaling.websocket import Patience
from storage.failpoints import Failpoints
from tests.signaling.meeting import KEY, SECRET

DEADLINE_S = 20.0


def node_settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "http": HttpSettings(host="127.0.0.1", port=0),
        "media": MediaSettings(host="127.0.0.1", port=0),
        "rooms": RoomSettings(guests=True),
        "limits": Limits(message_bytes=10_000),
        "keys": {KEY: SECRET},
        "dev": True,
    }
    return Settings(**(values | changes))


def token(identity: str, room: str = "r", role: Role = Role.PARTICIPANT, **claims: Any) -> str:
    return issue_token(
        KEY, SECRET, identity=identity, now_wall=time.time(), ttl_s=600.0, room=room, role=role, **claims
    )


class Node:
    """A running server and a client of it."""

    def __init__(self, server: Server, url: str, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.url = url
        self.http = http

    async def socket(self) -> aiohttp.ClientWebSocketResponse:
        return await self.http.ws_connect(f"{self.url}/rtc", protocols=("sfumato.v1",))

    async def join(
        self, identity: str, **claims: Any
    ) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
        socket = await self.socket()
        await socket.send_json({"type": "join", "id": 1, "token": token(identity, **claims)})
        joined = await receive(socket)
        assert joined["type"] == "joined"
        return socket, joined

    async def get(self, path: str, bearer: str = "", **headers: str) -> tuple[int, Any]:
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        async with self.http.get(self.url + path, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def call(self, method: str, path: str, bearer: str = "", body: Any = None) -> tuple[int, Any]:
        """Status and answer of an API call, None for none."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"{self.url}/api/v1{path}"
        async with self.http.request(method, url, headers=headers, json=body) as response:
            text = await response.text()
            problem = response.content_type == "application/problem+json"
            assert problem == (response.status >= 400)
            return response.status, None if not text else await response.json(content_type=None)


async def receive(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    message: dict[str, Any] = await asyncio.wait_for(socket.receive_json(), DEADLINE_S)
    return message


async def close_of(socket: aiohttp.ClientWebSocketResponse) -> tuple[int, str]:
    """The close code, and the reason, after whatever else comes."""
    while True:
        message = await asyncio.wait_for(socket.receive(), DEADLINE_S)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, str(message.extra or "")
        assert message.type is aiohttp.WSMsgType.TEXT, message


class running:  # noqa: N801 - reads as a context
    """A node as a context."""

    def __init__(
        self, settings: Settings, patience: Patience | None = None, failpoints: Failpoints | None = None
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sfumato-")
        folder = Path(self._folder.name)
        self._server = Server(
            settings if settings.data else replace(settings, data=folder), patience, failpoints
        )

    async def __aenter__(self) -> Node:
        ready = await self._server.start()
        self._http = aiohttp.ClientSession()
        _, url, _, _ = ready.split(" ")
        return Node(self._server, url, self._http)

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        await self._server.stop()
        self._folder.cleanup()
