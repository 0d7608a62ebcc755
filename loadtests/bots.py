"""Light clients on command: one JSON line in, one out. ``python -m loadtests.bots URL ROOM``.

``{"join": NAME, "publish": BOOL, "slots": N}`` → ``{"name", "joined_ms"}`` when its first media came
(who publishes may be alone and does not wait for it: null);
``{"leave": NAME}`` → ``{"name", "packets", "lost"}``; ``{"name", "error"}`` where that cannot be. It ends
with its input. A program of its own, so that a load generator with another kind of concurrency can use it.
"""

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

import orjson

from client.session import RequestRefused, SessionClosed, dev_token
from loadtests.canned import CannedVideo
from loadtests.light_client import Identity, LightClient, Part, make_identity

FIRST_MEDIA_S = 10.0
POLL_S = 0.005
Line = dict[str, object]


class Bots:
    """The bots of one process in one room, by name."""

    def __init__(self, url: str, room: str, identity: Identity, random: Random) -> None:
        self._url = url
        self._room = room
        self._identity = identity
        self._random = random
        self._clients: dict[str, LightClient] = {}

    async def handle(self, command: Mapping[str, object]) -> Line:
        """Carry out one line."""
        if "join" in command:
            return await self._join(str(command["join"]), bool(command.get("publish")), command.get("slots"))
        return await self._leave(str(command.get("leave")))

    async def _join(self, name: str, publish: bool, slots: object) -> Line:
        count = slots if isinstance(slots, int) else 1
        video = CannedVideo("VP8", 1, width=640, height=360, bitrate_bps=500_000) if publish else None
        client = LightClient(
            Part(name, video, audio_slots=count, video_slots=count), self._identity, self._random
        )
        self._clients[name] = client
        try:
            await client.join(self._url, await dev_token(self._url, self._room, name))
            async with asyncio.timeout(FIRST_MEDIA_S):
                while client.joined_s is None and not publish:  # noqa: ASYNC110 the client counts, it does not call
                    await asyncio.sleep(POLL_S)
        except (OSError, TimeoutError, RequestRefused, SessionClosed) as error:
            return {"name": name, "error": repr(error)}
        return {"name": name, "joined_ms": None if client.joined_s is None else client.joined_s * 1000}

    async def _leave(self, name: str) -> Line:
        client = self._clients.pop(name, None)
        if client is None:
            return {"name": name, "error": "no such bot"}
        packets, lost = client.packets, client.lost
        await client.close()
        return {"name": name, "packets": packets, "lost": lost}

    async def close(self) -> None:
        """Everybody leaves."""
        for name in [*self._clients]:
            await self._leave(name)


async def serve(url: str, room: str) -> None:
    """Commands from standard input, answers to standard output in the order they are ready."""
    bots = Bots(url, room, make_identity(datetime.now(UTC)), Random())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async with asyncio.TaskGroup() as tasks:

        async def answer(line: bytes) -> None:
            reply = await bots.handle(orjson.loads(line))
            sys.stdout.buffer.write(orjson.dumps(reply) + b"\n")
            sys.stdout.buffer.flush()

        while line := await reader.readline():
            tasks.create_task(answer(line))
    await bots.close()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:3]))
