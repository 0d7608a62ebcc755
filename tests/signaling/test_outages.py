"""A whole node whose database fails for a while: what it acknowledges is kept, and then it goes on."""

import asyncio
from typing import Any

from config.settings import StorageSettings
from loadtests.postgresql import Postgres
from tests.signaling.chatting import Talker
from tests.signaling.live_node import DEADLINE_S, Node, node_settings, running, token
from tests.storage.failing import small_disk

LONG = "x" * 4_000
MOST_SAID = 1_000


async def answer(talker: Talker, seq: int, text: str) -> dict[str, Any]:
    """What comes of one message."""
    await talker.send("chat", {"t": "say", "seq": seq, "text": text})
    while True:
        data: dict[str, Any] = await talker.hear("chat")
        if data["t"] in ("ack", "error"):
            return data


async def until_acked(talker: Talker, seq: int, text: str) -> dict[str, Any]:
    """Say it again as the protocol asks, until it is stored."""
    async with asyncio.timeout(DEADLINE_S):
        while (told := await answer(talker, seq, text))["t"] != "ack":
            assert told["code"] == "unavailable"
            await asyncio.sleep(told["retry_ms"] / 1_000)
    return told


async def kept(node: Node) -> list[tuple[int, int]]:
    """Version and seq of everything that was said."""
    entries: list[tuple[int, int]] = []
    after: str | None = ""
    while after is not None:
        status, page = await node.call("GET", f"/rooms/r/chat?after={after}", token("reader"))
        assert status == 200
        entries += [(message["version"], message["seq"]) for message in page["messages"]]
        after = page["after"]
    return entries


async def test_a_node_whose_database_is_gone_and_comes_back_loses_and_doubles_nothing(
    postgres: Postgres,
) -> None:
    settings = node_settings(storage=StorageSettings(url=postgres.new_database()))
    async with running(settings) as node:
        anna, bert = await Talker.join(node, "anna"), await Talker.join(node, "bert")
        await anna.open_chat("a")
        await bert.open_chat("b")
        await anna.say(1, "before")
        postgres.stop()
        try:
            refused = await answer(anna, 2, "meanwhile")
            assert (refused["code"], refused["seq"]) == ("unavailable", 2)
        finally:
            postgres.start()
        assert (await until_acked(anna, 2, "meanwhile"))["version"] == 2
        assert [(await bert.hear("chat"))["text"] for _ in range(2)] == ["before", "meanwhile"]
        assert (await anna.say(3, "after"))["version"] == 3
        assert await kept(node) == [(1, 1), (2, 2), (3, 3)]


async def test_a_node_whose_disk_is_full_says_so_and_goes_on_when_there_is_room() -> None:
    with small_disk() as disk:
        async with running(node_settings()) as node:
            anna = await Talker.join(node, "anna")
            await anna.open_chat("a")
            await anna.say(1, LONG)
            disk["most"] = 1
            seq = 2
            while (told := await answer(anna, seq, LONG))["t"] == "ack":
                seq += 1
                assert seq < MOST_SAID
            assert (told["code"], told["seq"]) == ("unavailable", seq)
            disk["most"] = 2**30
            await until_acked(anna, seq, LONG)
            await anna.say(seq + 1, "after")
            assert await kept(node) == [(number, number) for number in range(1, seq + 2)]
