"""Somebody who works on a document or a board through every node there is, until each is killed."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Protocol, TypeVar

import aiohttp

from client.session import dev_token
from tests.e2e.server import Server
from tests.signaling.killing import KILLS, PEOPLE, ROOM, called, node_after_kills

WORKS_EVERY_S = 0.02
DEADLINE_S = 60.0


class Topic(Protocol):
    """`client.documents.OpenDocument` or `client.boards.OpenBoard`."""

    @property
    def synchronized(self) -> bool: ...
    def open(self) -> None: ...
    def messages(self) -> list[dict[str, Any]]: ...
    def receive(self, message: dict[str, Any]) -> object: ...


class Worker(ABC):
    """`topic` is what is worked on, over the channel `label`."""

    def __init__(self, name: str, label: str, topic: Topic) -> None:
        self.name = name
        self.told: dict[int, tuple[str, int]] = {}
        """Version → whose message it is, as this client was told."""

        self.acked: dict[int, int] = {}
        """Seq → version."""

        self.random = Random(name)
        self._label = label
        self._topic = topic
        self._synchronized = asyncio.Event()

    @abstractmethod
    def work(self) -> None:
        """Change something, if that can be done now."""

    def hear(self, data: dict[str, Any]) -> None:
        """A message on the channel."""
        assert data["t"] in ("snapshot", "changes", "change", "ack"), data
        assert "url" not in data, "what is worked on in these tests is short"
        for one in [data] if data["t"] == "change" else data.get("changes", ()):
            self.note(one["version"], one["client"], one["seq"])
        if data["t"] == "ack":
            assert self.acked.setdefault(data["seq"], data["version"]) == data["version"]
        self._topic.receive(data)

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


W = TypeVar("W", bound=Worker)


async def worked_on(
    folder: Path, kind: str, worker: Callable[[str, str], W]
) -> tuple[list[W], list[dict[str, Any]], dict[str, Any]]:
    """Who worked on a new document or board through every kill, its log and its content afterwards.

    What anybody was told is in that log.
    """
    async with aiohttp.ClientSession() as http:
        async with Server("--data", str(folder)) as node:
            made = await called(node.url, http, "POST", f"/rooms/{ROOM}/{kind}", {"title": "Plan"})
        at = f"/{kind}/{made['id']}"
        people = [worker(f"p{number}", made["id"]) for number in range(PEOPLE)]
        async with node_after_kills(folder, people, http) as node:
            for one in [*people, *people]:
                await one.come_to_rest(node.url, http)
            log: list[dict[str, Any]] = []
            while page := (await called(node.url, http, "GET", f"{at}/changes?from={len(log) + 1}"))[
                "changes"
            ]:
                log += page
            content = await called(node.url, http, "GET", f"{at}/content")
    assert [one["version"] for one in log] == list(range(1, len(log) + 1))
    for one in people:
        for version, whose in one.told.items():
            assert (log[version - 1]["client"], log[version - 1]["seq"]) == whose
        own = {entry["seq"]: entry["version"] for entry in log if entry["client"] == one.name}
        assert list(own) == list(range(1, len(own) + 1))
        assert {seq: own[seq] for seq in one.acked} == one.acked
    assert len(log) > KILLS
    return people, log, content


async def whole_log(url: str, http: aiohttp.ClientSession, at: str) -> list[dict[str, Any]]:
    """Every change, over HTTP."""
    log: list[dict[str, Any]] = []
    while page := (await called(url, http, "GET", f"{at}/changes?from={len(log) + 1}"))["changes"]:
        log += page
    return log
