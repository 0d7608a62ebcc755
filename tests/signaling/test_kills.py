"""A node is killed while people chat: what anybody was told is there afterwards, once, for everybody."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from client.session import dev_token
from tests.signaling.killing import KILLS, PEOPLE, ROOM, called, node_after_kills

SAYS_EVERY_S = 0.02


class Survivor:
    """A client by PROTOCOL.md 3: what was not acknowledged it sends again, in order, unchanged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = 0
        self.epoch: str | None = None
        self.seq = 0
        self.pending: dict[int, str] = {}
        self.told: dict[int, str] = {}
        """Version → message, as this client was told."""

    async def live(self, url: str, http: aiohttp.ClientSession, acked: asyncio.Event) -> None:
        """Chat until the node is gone."""
        try:
            async with http.ws_connect(f"{url}/rtc", protocols=("sfumato.v1",)) as socket:
                await socket.send_json({"type": "join", "token": await dev_token(url, ROOM, self.name)})
                saying = asyncio.create_task(self._talk(socket))
                try:
                    await self._listen(socket, acked)
                finally:
                    saying.cancel()
                    await asyncio.gather(saying, return_exceptions=True)
        except (aiohttp.ClientError, OSError):
            return

    async def _send(self, socket: aiohttp.ClientWebSocketResponse, **message: Any) -> None:
        await socket.send_json({"type": "channel", "label": "chat", "data": message})

    async def _talk(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._opened = asyncio.Event()
        version = self.version if self.epoch else None
        await self._send(socket, t="open", client=self.name, version=version, epoch=self.epoch or "")
        await self._opened.wait()
        for seq, text in list(self.pending.items()):
            await self._send(socket, t="say", seq=seq, text=text)
        while True:
            self.seq += 1
            text = self.pending[self.seq] = f"{self.name} {self.seq}"
            await self._send(socket, t="say", seq=self.seq, text=text)
            await asyncio.sleep(SAYS_EVERY_S)

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, acked: asyncio.Event) -> None:
        async for frame in socket:
            message = frame.json()
            if message["type"] != "channel":
                continue
            self._hear(message["data"])
            if message["data"]["t"] == "ack":
                acked.set()

    def _hear(self, data: dict[str, Any]) -> None:
        assert data["t"] in ("snapshot", "changes", "ack", "message"), data
        if data["t"] in ("snapshot", "changes"):
            assert data["t"] == ("changes" if self.epoch else "snapshot")
            self.epoch = data["epoch"]
            for message in data["messages"]:
                self._told(message["version"], message["message"])
            self.pending = {seq: text for seq, text in self.pending.items() if seq > data["seq"]}
            self._opened.set()
            self.version = data["version"]
            return
        self._told(data["version"], data["message"])
        if data["t"] == "ack":
            self.pending.pop(data["seq"], None)
        self.version = max(self.version, data["version"])

    def _told(self, version: int, message: str) -> None:
        assert self.told.setdefault(version, message) == message


@pytest.mark.usefixtures("each_database")
async def test_what_anybody_was_told_survives_every_kill(tmp_path: Path) -> None:
    people = [Survivor(f"p{number}") for number in range(PEOPLE)]
    async with aiohttp.ClientSession() as http, node_after_kills(tmp_path, people, http) as node:
        log = await whole_log(node.url, http)
    assert [message["version"] for message in log] == list(range(1, len(log) + 1))
    for one in people:
        assert {version: log[version - 1]["message"] for version in one.told} == one.told
        own = [message["seq"] for message in log if message["client"] == one.name]
        assert own == list(range(1, len(own) + 1))
        assert set(range(1, one.seq + 1)) - set(own) <= set(one.pending)
    assert len(log) >= KILLS


async def whole_log(url: str, http: aiohttp.ClientSession) -> list[dict[str, Any]]:
    """Everything that was said, over HTTP."""
    log: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = await called(url, http, "GET", f"/rooms/{ROOM}/chat?after={after}")
        log += page["messages"]
        after = page["after"]
    return log
