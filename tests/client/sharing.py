"""People in a meeting who say on their sockets what they would say on data channels."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from client.meeting import Client, connect

DEADLINE_S = 20.0


class Speaker:
    """A client, and what channels told it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.track = ""
        """The screen it shares."""

    def say(self, label: str, data: Any) -> None:
        self.client.session.say("channel", label=label, data=data)

    async def hear(self, label: str, *names: str) -> Any:
        """The next message of a channel; of one of those names, if given."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                event = await self.client.session.next_event("channel")
                data = event["data"]
                if event["label"] == label and (not names or data["t"] in names):
                    return data

    async def code(self) -> str:
        """Of an agent for the screen."""
        self.say("control", {"t": "agent", "track": self.track})
        return str((await self.hear("control", "code"))["code"])


@asynccontextmanager
async def speaking(url: str, token: str, **fields: Any) -> AsyncIterator[Speaker]:
    """Somebody in the room, who hears of control."""
    async with connect(url, token, **fields) as client:
        speaker = Speaker(client)
        speaker.say("control", {"t": "open"})
        yield speaker


@asynccontextmanager
async def sharing(url: str, token: str, surface: str = "monitor") -> AsyncIterator[Speaker]:
    """Somebody who shares a screen."""
    async with speaking(url, token) as speaker:
        published = speaker.client.publish("screen", surface=surface)
        await speaker.client.negotiate()
        assert published.id is not None
        speaker.track = published.id
        yield speaker


async def give_control(sharer: Speaker, viewer: Speaker, *scope: str, ttl_ms: int = 600_000) -> Any:
    """One asks, the other gives; what all are told."""
    about = {"track": sharer.track, "scope": list(scope or ("pointer", "keyboard"))}
    viewer.say("control", {"t": "request", **about})
    asked = await sharer.hear("control", "requested")
    assert asked["participant"] == viewer.client.id
    sharer.say("control", {"t": "grant", "participant": viewer.client.id, "ttl_ms": ttl_ms, **about})
    return await viewer.hear("control", "granted")
