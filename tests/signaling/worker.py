"""Somebody who works on a document or a board through every node there is, until each is killed."""

import asyncio
from abc import ABC, abstractmethod
from random import Random
from typing import Any, Protocol

import aiohttp

from client.session import dev_token
from tests.signaling.test_kills import ROOM

WORKS_EVERY_S = 0.02
DEADLINE_S = 60.0


class Topic(Protocol):
    """`client.documents.OpenDocument` or `client.boards.OpenBoard`."""

    @property
    def synchronized(self) -> bool: ...
    def open(self) -> None: ...
    def messages(self) -> list[dict[str, Any]]: ...


class Worker(ABC):
    """`topic` is what is worked on, over the channel `label`."""

    def __init__(self, name: str, label: str, topic: Topic) -> None:
        self.name = name
        self.told: dict[int, tuple[str, int]] = {}
        """Version → whose message it is, as this client was told."""

        self.random = Random(name)
        self._label = label
        self._topic = topic
        self._synchronized = asyncio.Event()

    @abstractmethod
    def work(self) -> None:
        """Change something, if that can be done now."""

    @abstractmethod
    def hear(self, data: dict[str, Any]) -> None:
        """A message on the channel."""

    async def live(self, url: str, http: aiohttp.ClientSession, acked: asyncio.Event) -> None:
        """Work until the node is gone."""
        await self._connected(url, http, acked, working=True)

    async def come_to_rest(self, url: str, http: aiohttp.ClientSession) -> None:
        """Send what is left, and hear everything."""
        self._synchronized.clear()
        task = asyncio.create_task(self._connected(url, http, asyncio.Event(), working=False))
        async with asyncio.timeout(DEADLINE_S):
            await self._synchronized.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def note(self, version: int, client: str, seq: int) -> None:
        """Whose message has this version: what was told once holds for ever."""
        assert self.told.setdefault(version, (client, seq)) == (client, seq)

    async def _connected(
        self, url: str, http: aiohttp.ClientSession, acked: asyncio.Event, *, working: bool
    ) -> None:
        try:
            async with http.ws_connect(f"{url}/rtc", protocols=("sfumato.v1",)) as socket:
                await socket.send_json({"type": "join", "token": await dev_token(url, ROOM, self.name)})
                self._topic.messages()  # what had not left is lost with its node
                self._topic.open()
                await self._flush(socket)
                task = asyncio.create_task(self._work(socket)) if working else None
                try:
                    await self._listen(socket, acked)
                finally:
                    if task is not None:
                        task.cancel()
                        await asyncio.gather(task, return_exceptions=True)
        except (aiohttp.ClientError, OSError):
            return

    async def _flush(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        for message in self._topic.messages():
            await socket.send_json({"type": "channel", "label": self._label, "data": message})

    async def _work(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            self.work()
            await self._flush(socket)
            await asyncio.sleep(WORKS_EVERY_S)

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, acked: asyncio.Event) -> None:
        async for frame in socket:
            message = frame.json()
            if message["type"] != "channel":
                continue
            self.hear(message["data"])
            if message["data"]["t"] == "ack":
                acked.set()
            await self._flush(socket)
            if self._topic.synchronized:
                self._synchronized.set()
