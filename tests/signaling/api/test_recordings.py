"""Who may call what about recordings."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from signaling.permissions import Role
from tests.signaling.api.recording_calls import RECORDING_CALLS
from tests.signaling.live_node import Node, running, token
from tests.signaling.recorded import SETTINGS, host, start, stop


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(SETTINGS) as started:
        yield started


async def test_who_may_call_what_about_recordings(node: Node) -> None:
    socket, _ = await node.join("target", role=Role.HOST)
    strangers = {
        "": 401,
        "a.b.c": 401,
        token("x", room="other", role=Role.HOST): 403,
        token("l", link=True): 403,
    }
    bearers = {"p": token("x"), "h": host(), "a": token("root", admin=True)}
    for method, path, body, who in RECORDING_CALLS:
        ids = {"id": (await stop(node, await start(node)))["id"]}
        if "{running}" in path:
            ids["running"] = (await start(node))["id"]
        at = path.format(**ids)
        for bearer, expected in strangers.items():
            assert (method, at, bearer, (await node.call(method, at, bearer, body))[0]) == (
                *(method, at, bearer),
                expected,
            )
        allowed: list[dict[str, Any]] = []
        for letter in "pha":
            status, answer = await node.call(method, at, bearers[letter], body)
            if letter not in who:
                assert (method, path, letter, status) == (method, path, letter, 403)
            elif method == "DELETE" and allowed:
                assert status == 404  # the one before has done it
            elif method == "POST" and allowed and path.endswith("/recordings"):
                assert status == 409
            else:
                assert (method, path, letter, status // 100) == (method, path, letter, 2)
                allowed.append(answer)
        if method == "POST" and path.endswith("/recordings"):
            await stop(node, allowed[0])
    await socket.close()
