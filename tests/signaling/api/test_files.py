"""Pictures on boards, over HTTP."""

from collections.abc import AsyncIterator
from hashlib import sha256
from struct import pack
from typing import Any
from zlib import compress, crc32

import pytest

from config.settings import Limits, StorageSettings
from signaling.permissions import Role
from tests.signaling.live_node import Node, node_settings, running, token


def png(width: int = 2, height: int = 2, padding: int = 0) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + kind + data + pack(">I", crc32(kind + data))

    rows = compress(b"".join(b"\0" + b"\xff\0\0" * width for _ in range(min(height, 10))))
    header = pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [
        chunk(b"IHDR", header),
        chunk(b"pAdd", bytes(padding)),
        chunk(b"IDAT", rows),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    limits, storage = Limits(file_bytes=600_000), StorageSettings(room_file_bytes=1_500_000)
    async with running(node_settings(limits=limits, storage=storage)) as started:
        yield started


async def put(node: Node, data: bytes, bearer: str, name: str = "", **headers: str) -> tuple[int, Any]:
    url = f"{node.url}/api/v1/files/{name or digest(data)}"
    headers = {"Authorization": f"Bearer {bearer}", **headers}
    async with node.http.put(url, data=data, headers=headers) as response:
        return response.status, await response.json(content_type=None)


async def get(node: Node, name: str, bearer: str, query: str = "") -> tuple[int, bytes, Any]:
    headers = {"Authorization": f"Bearer {bearer}"}
    async with node.http.get(f"{node.url}/api/v1/files/{name}{query}", headers=headers) as response:
        return response.status, await response.read(), response.headers


async def test_picture_is_kept_once_and_given_back_as_what_it_is(node: Node) -> None:
    data, anna = png(), token("anna")
    wrong = {"Content-Type": "text/html"}
    expected = {"sha256": digest(data), "type": "image/png", "bytes": len(data), "width": 2, "height": 2}
    assert await put(node, data, anna, **wrong) == (201, expected)
    assert await put(node, data, anna) == (200, expected)
    status, body, headers = await get(node, digest(data), token("bert", role=Role.VIEWER))
    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


async def test_large_picture_is_kept_whole(node: Node) -> None:
    data = png(padding=500_000)
    assert (await put(node, data, token("anna")))[0] == 201
    assert (await get(node, digest(data), token("anna")))[1] == data


async def test_file_is_its_rooms_alone(node: Node) -> None:
    data = png()
    await put(node, data, token("anna"))
    assert (await get(node, digest(data), token("eve", room="other")))[0] == 404
    anywhere = token("root", room="*", admin=True)
    assert (await get(node, digest(data), anywhere))[0] == 400
    assert (await get(node, digest(data), anywhere, "?room=r"))[0] == 200
    assert (await get(node, digest(data), ""))[0] == 401


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (b"", "", 400),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "", 400),
        (b"<html><script>alert(1)</script>", "", 400),
        (b"\x89PNG\r\n\x1a\n", "", 400),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "", 400),
        (png(), "0" * 64, 400),
        (png(), "..%2F..%2Fetc%2Fpasswd", 400),
        (png(), "A" * 64, 400),
        (png(0, 5), "", 400),
        (png(20_000, 1), "", 413),
        (png(10_000, 10_000), "", 413),
        (png(padding=700_000), "", 413),
    ],
    ids=[
        *("nothing", "SVG with a script", "HTML with a script", "PNG without a size", "JPEG without a size"),
        *("another's name", "path for a name", "name in capitals", "picture of nothing"),
        *("bomb, wide", "bomb, large", "file too long"),
    ],
)
async def test_file_that_is_not_what_it_says_is_refused(
    node: Node, data: bytes, name: str, status: int
) -> None:
    assert (await put(node, data, token("anna"), name))[0] == status
    assert (await get(node, digest(data), token("anna")))[0] == 404


async def test_room_holds_so_much_and_no_more(node: Node) -> None:
    anna = token("anna")
    statuses = [(await put(node, png(padding=500_000 + extra), anna))[0] for extra in range(4)]
    assert statuses == [201, 201, 413, 413]
    assert (await put(node, png(padding=500_000), token("eve", room="other")))[0] == 201


async def test_who_may_not_draw_puts_no_files(node: Node) -> None:
    assert (await put(node, png(), token("vera", role=Role.VIEWER)))[0] == 403
