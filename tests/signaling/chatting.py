"""Data-channel messages over a socket of a real node."""

from typing import Any

import aiohttp

from tests.signaling.live_node import Node, receive


class Talker:
    """A participant who has no data channels and says it all on the socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, joined: dict[str, Any]) -> None:
        self.socket = socket
        self.joined = joined

    @classmethod
    async def join(cls, node: Node, identity: str, **claims: Any) -> "Talker":
        return cls(*await node.join(identity, **claims))

    async def send(self, label: str, data: Any) -> None:
        await self.socket.send_json({"type": "channel", "label": label, "data": data})

    async def hear(self, label: str, name: str | None = None) -> Any:
        """The next message of a channel; of that name, if given."""
        while True:
            message = await receive(self.socket)
            if message["type"] == "channel" and message["label"] == label:
                data = message["data"]
                if name is None or data["t"] == name:
                    return data

    async def open_chat(self, client: str, version: int | None = None, **fields: Any) -> Any:
        await self.send("chat", {"t": "open", "client": client, "version": version, "id": 1, **fields})
        return await self.hear("chat")

    async def say(self, seq: int, text: str, **fields: Any) -> Any:
        """Say it, and wait until it is stored."""
        await self.send("chat", {"t": "say", "seq": seq, "text": text, **fields})
        return await self.hear("chat", "ack")
