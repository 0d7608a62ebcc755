"""Sockets that fall silent or do not read, over real TCP with short patience."""

import asyncio
import base64
import os
import re
import socket

import aiohttp
import orjson
import pytest

from config.settings import Limits
from signaling.permissions import Role
from signaling.websocket import Patience
from tests.signaling.live_node import DEADLINE_S, Node, node_settings, receive, running, token

HURRIED = Patience(ping_every_s=0.2, silence_s=2.0, close_s=0.1)
"""Short for a test, and long enough that a busy machine is not taken for a silent client."""


class DeafClient:
    """A WebSocket client by hand: joins, and then neither reads nor answers but when told to."""

    def __init__(self, host: str, port: int) -> None:
        self._sock = socket.socket()
        # Before connecting: the window that is offered depends on it.
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._sock.setblocking(False)
        self._address = (host, port)

    async def join(self, bearer: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._sock, self._address)
        await loop.sock_sendall(self._sock, _UPGRADE.format(*self._address).encode())
        answer = await loop.sock_recv(self._sock, 4_096)
        assert answer.startswith(b"HTTP/1.1 101")
        await loop.sock_sendall(self._sock, _masked(orjson.dumps({"type": "join", "token": bearer})))

    async def send(self, frame: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._sock, frame)

    async def until_read(self, frame: bytes) -> None:
        """Read, until this frame was the last that came."""
        loop = asyncio.get_running_loop()
        tail = b""
        while not tail.endswith(frame):
            more = await asyncio.wait_for(loop.sock_recv(self._sock, 65_536), DEADLINE_S)
            assert more, "the connection ended before the frame came"
            tail = (tail + more)[-len(frame) :]

    async def until_resume(self) -> str:
        """Read, until `joined` has named it."""
        loop = asyncio.get_running_loop()
        said = b""
        while (found := re.search(rb'"resume":"(\w+)"', said)) is None:
            said += await asyncio.wait_for(loop.sock_recv(self._sock, 65_536), DEADLINE_S)
        return found[1].decode()

    def is_at_its_end(self) -> bool:
        """The server has ended the connection, and all it said was read."""
        try:
            return self._sock.recv(1) == b""
        except BlockingIOError:
            return False

    async def until_cut(self) -> bytes:
        """Read, until the connection is gone; what came."""
        loop = asyncio.get_running_loop()
        said = b""
        try:
            while more := await asyncio.wait_for(loop.sock_recv(self._sock, 65_536), DEADLINE_S):
                said += more
        except ConnectionResetError:
            pass
        return said

    def close(self) -> None:
        self._sock.close()


_UPGRADE = (
    "GET /rtc HTTP/1.1\r\nHost: {}:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sfumato.v1\r\n"
    f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}\r\n\r\n"
)


_PING = b"\x89\x00"


def _masked(payload: bytes) -> bytes:
    """A text frame (RFC 6455 §5.2) of 126 to 65 535 bytes."""
    mask = os.urandom(4)
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return b"\x81" + bytes([0x80 | 126]) + len(payload).to_bytes(2, "big") + mask + body


def _close_frame(code: int, reason: bytes) -> bytes:
    """What a server sends (RFC 6455 §5.5.1)."""
    return bytes([0x88, 2 + len(reason)]) + code.to_bytes(2, "big") + reason


def _masked_close(code: int) -> bytes:
    return bytes([0x88, 0x82]) + bytes(4) + code.to_bytes(2, "big")


def deaf(node: Node) -> DeafClient:
    host, _, port = node.url.removeprefix("http://").partition(":")
    return DeafClient(host, int(port))


async def test_silent_socket_is_away_and_its_connection_cut() -> None:
    async with running(node_settings(), HURRIED) as node:
        anna, _ = await node.join("anna")
        client = deaf(node)
        await client.join(token("bert"))
        assert (await receive(anna))["participant"]["state"] == "active"
        assert (await receive(anna))["participant"]["state"] == "away"
        await client.until_cut()
        client.close()
        await anna.send_json({"type": "ping", "id": 9})
        assert await receive(anna) == {"type": "pong", "id": 9}


async def test_silent_socket_is_pinged_to_the_end() -> None:
    async with running(node_settings(), Patience(ping_every_s=2.0, silence_s=5.8)) as node:
        client = deaf(node)
        await client.join(token("bert"))
        assert (await client.until_cut()).count(_PING) >= 2
        client.close()


async def test_who_is_removed_while_sending_hears_why() -> None:
    async with running(node_settings()) as node:
        anna, _ = await node.join("anna", role=Role.HOST)
        client = deaf(node)
        await client.join(token("bert"))
        bert = (await receive(anna))["participant"]["id"]
        await anna.send_json({"type": "moderate", "id": 1, "action": "remove", "participant": bert})
        while (await receive(anna)).get("id") != 1:
            pass
        await client.until_read(_close_frame(4403, b"removed"))
        # Were the connection ended right behind that frame, these would be answered with a reset.
        for number in range(2, 5):
            await client.send(_masked(orjson.dumps({"type": "update", "id": number, "metadata": "m" * 500})))
            await anna.send_json({"type": "ping", "id": number})
            while (await receive(anna)).get("id") != number:
                pass
            assert not client.is_at_its_end()
        await client.send(_masked_close(4403))
        await client.until_cut()
        client.close()


@pytest.mark.parametrize("answered", [4410, 1000, None])
async def test_who_did_not_hear_of_the_end_is_told_when_they_come_back(answered: int | None) -> None:
    async with running(node_settings()) as node:
        anna, _ = await node.join("anna", role=Role.HOST)
        client = deaf(node)
        await client.join(token("bert"))
        assert (await receive(anna))["type"] == "participant_joined"
        resume = await client.until_resume()
        await anna.send_json({"type": "moderate", "id": 1, "action": "end"})
        if answered is not None:
            await client.until_read(_close_frame(4410, b"ended"))
            await client.send(_masked_close(answered))
            await client.until_cut()
        else:
            while not anna.closed:
                await anna.receive()
        client.close()
        socket = await node.socket()
        await socket.send_json({"type": "join", "id": 1, "token": token("bert"), "resume": resume})
        if answered is not None:
            assert (await receive(socket))["resumed"] is False
        else:
            assert (await asyncio.wait_for(socket.receive(), DEADLINE_S)).type is aiohttp.WSMsgType.CLOSE
            assert socket.close_code == 4410


async def test_who_never_answers_a_close_is_cut() -> None:
    async with running(node_settings(), Patience(close_s=0.1)) as node:
        client = deaf(node)
        await client.join(token("bert"))
        await client.send(b"\x82\x80" + bytes(4))  # an empty binary message: 4400
        await client.until_read(_close_frame(4400, b"binary"))
        await client.until_cut()
        client.close()


async def test_pongs_alone_keep_a_socket() -> None:
    async with running(node_settings(), HURRIED) as node:
        anna, _ = await node.join("anna")
        reader = asyncio.create_task(anna.receive())  # reads, and so answers pings, and says nothing
        client = deaf(node)
        await client.join(token("bert"))
        await client.until_cut()  # so more than the patience has passed for anna too
        client.close()
        message = await asyncio.wait_for(reader, DEADLINE_S)
        assert orjson.loads(message.data)["type"] == "participant_joined"
        assert not anna.closed


async def test_socket_that_does_not_read_is_closed_and_nobody_else_waits() -> None:
    limits = Limits(metadata=100_000, messages_per_s=100_000, roster=10)
    patience = Patience(ping_every_s=DEADLINE_S, silence_s=2 * DEADLINE_S, close_s=0.1, queued_bytes=200_000)
    async with running(node_settings(limits=limits), patience) as node:
        anna, _ = await node.join("anna")
        client = deaf(node)
        await client.join(token("bert"))
        assert (await receive(anna))["type"] == "participant_joined"
        away = None
        for number in range(500):  # more than kernel buffers and queue hold
            await anna.send_json({"type": "update", "id": number, "metadata": "m" * 90_000})
            while (message := await receive(anna)).get("id") != number:
                if message["participant"]["identity"] == "bert":
                    away = message
            if away is not None:
                break
        assert away is not None
        assert away["participant"]["state"] == "away"
        await client.until_cut()
        client.close()
