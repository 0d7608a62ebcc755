"""Nodes that are killed while people work on them: at a failpoint, or at some moment after an ack."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Protocol

import aiohttp
import orjson

from client.session import dev_token
from tests.e2e.server import COMMAND, Server

KILLS = int(os.environ.get("SOAK_NODE_KILLS", "3"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
DEADLINE_S = 120.0
FAILPOINTS = ("", "before_commit", "after_commit")
DYING_NODE = "tests.signaling.dying_node"
COMMITS = (8, 60)
"""Which transaction is a node's last; meetings and who is in them take the first."""

LIVES_S = 0.6
PEOPLE = 3
ROOM = "r"


class Living(Protocol):
    """Somebody who works on a node until it is killed."""

    async def live(self, url: str, http: aiohttp.ClientSession, acked: asyncio.Event) -> None: ...


@asynccontextmanager
async def node_after_kills(
    folder: Path, people: Sequence[Living], http: aiohttp.ClientSession
) -> AsyncIterator[Server]:
    """The node that comes after those on which people worked until each was killed."""
    random = Random(SEED)
    for number in range(KILLS):
        await _live_and_die(folder, FAILPOINTS[number % len(FAILPOINTS)], people, random, http)
    async with Server("--data", str(folder)) as node:
        yield node


async def _live_and_die(
    folder: Path, failpoint: str, people: Sequence[Living], random: Random, http: aiohttp.ClientSession
) -> None:
    count = str(random.randint(*COMMITS))
    command = (sys.executable, "-m", DYING_NODE, failpoint, count) if failpoint else COMMAND
    async with Server("--data", str(folder), command=command) as node, asyncio.timeout(DEADLINE_S):
        acked = asyncio.Event()
        lives = [asyncio.create_task(one.live(node.url, http, acked)) for one in people]
        if not failpoint:
            await acked.wait()
            await asyncio.sleep(random.random() * LIVES_S)
            os.kill(node.pid, signal.SIGKILL)
        await asyncio.gather(*lives)


async def called(url: str, http: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    """An answer of the API."""
    headers = {"Authorization": f"Bearer {await dev_token(url, ROOM, 'reader')}"}
    async with http.request(method, f"{url}/api/v1{path}", headers=headers, json=body) as response:
        assert response.status < 300, await response.text()
        return orjson.loads(await response.read())
