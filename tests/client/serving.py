"""A real node on loopback for clients with real sockets."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.settings import HttpSettings, MediaSettings, RoomSettings, Settings
from signaling.permissions import Role
from signaling.server import Server
from signaling.tokens import issue_token
from tests.signaling.meeting import KEY, SECRET


def token(identity: str, room: str = "r", *, role: Role = Role.PARTICIPANT, ttl_s: float = 600.0) -> str:
    """A token for the node of `serving`."""
    return issue_token(
        KEY, SECRET, identity=identity, now_wall=time.time(), ttl_s=ttl_s, room=room, role=role
    )


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """A node; its URL."""
    server = Server(
        Settings(
            http=HttpSettings(host="127.0.0.1", port=0),
            media=MediaSettings(host="127.0.0.1", port=0),
            rooms=RoomSettings(guests=True),
            keys={KEY: SECRET},
            dev=True,
        )
    )
    ready = await server.start()
    try:
        yield ready.split(" ")[1]
    finally:
        await server.stop()
