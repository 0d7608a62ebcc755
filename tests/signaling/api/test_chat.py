"""Chat over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from config.settings import Limits, RoomSettings
from signaling.permissions import Role
from tests.signaling.chatting import Talker
from tests.signaling.live_node import Node, node_settings, running, token


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings(limits=Limits(chat=3))) as it:
        yield it


async def talk(node: Node, count: int) -> Talker:
    """Anna, who has said so much, the last of it to Bert alone."""
    anna = await Talker.join(node, "anna")
    await anna.open_chat("c")
    for seq in range(1, count):
        await anna.say(seq, f"text {seq}")
    await anna.say(count, f"text {count}", to="bert")
    return anna


async def versions(node: Node, query: str, identity: str = "bert") -> Any:
    status, page = await node.call("GET", f"/rooms/r/chat{query}", token(identity))
    assert status == 200
    return [message["version"] for message in page["messages"]], page.get("after"), page.get("before")


async def test_what_was_said_is_listed_from_the_first_message_on_in_pages(node: Node) -> None:
    await talk(node, 5)
    assert await versions(node, "?limit=2") == ([1, 2], "2", None)
    assert await versions(node, "?limit=2&after=2") == ([3, 4], "4", None)
    assert await versions(node, "?limit=2&after=4") == ([5], None, None)


async def test_what_was_said_before_is_listed_backwards_in_pages(node: Node) -> None:
    await talk(node, 5)
    assert await versions(node, "?limit=2&before=6") == ([4, 5], None, "4")
    assert await versions(node, "?limit=2&before=4") == ([2, 3], None, "2")
    assert await versions(node, "?limit=2&before=2") == ([1], None, None)


async def test_between_two_versions_it_goes_forward(node: Node) -> None:
    await talk(node, 5)
    assert await versions(node, "?after=1&before=4") == ([2, 3], None, None)


async def test_a_private_message_is_listed_for_its_two_identities(node: Node) -> None:
    await talk(node, 2)
    assert (await versions(node, "", "anna"))[0] == [1, 2]
    assert (await versions(node, "", "bert"))[0] == [1, 2]
    assert (await versions(node, "", "carol"))[0] == [1]


async def test_the_snapshot_of_a_version_is_just_its_messages(node: Node) -> None:
    await talk(node, 5)
    status, page = await node.call("GET", "/rooms/r/chat?version=4", token("bert"))
    assert status == 200
    assert list(page) == ["messages"]
    assert [message["version"] for message in page["messages"]] == [2, 3, 4]


async def test_a_chat_is_read_when_the_room_is_closed(node: Node) -> None:
    await talk(node, 1)
    await node.call("DELETE", "/rooms/r", token("root", admin=True))
    assert (await versions(node, ""))[0] == [1]


@pytest.mark.parametrize(
    "query", ["?after=x", "?before=-1", "?version=1e3", "?limit=0", "?after=" + "9" * 16]
)
async def test_a_page_that_is_none_is_refused(node: Node, query: str) -> None:
    status, problem = await node.call("GET", f"/rooms/r/chat{query}", token("bert"))
    assert (status, problem["code"]) == (400, "bad_message")


async def test_strangers_and_the_banned_read_nothing(node: Node) -> None:
    anna = await Talker.join(node, "anna", role=Role.HOST)
    carol = await Talker.join(node, "carol")
    ban = {
        "type": "moderate",
        "action": "remove",
        "ban": True,
        "participant": carol.joined["participant"]["id"],
    }
    await anna.socket.send_json(ban)
    await carol.socket.close()
    assert (await node.call("GET", "/rooms/r/chat"))[0] == 401
    assert (await node.call("GET", "/rooms/r/chat", token("anna", room="other")))[0] == 403
    while (await node.call("GET", "/rooms/r/chat", token("carol")))[0] != 403:
        pass
    await node.call("DELETE", "/rooms/r", token("root", admin=True))
    assert (await node.call("GET", "/rooms/r/chat", token("carol")))[0] == 403


async def test_who_would_have_to_wait_at_the_door_reads_nothing() -> None:
    async with running(node_settings(rooms=RoomSettings(lobby=True))) as node:
        assert (await node.call("GET", "/rooms/r/chat", token("bert")))[0] == 403
        assert (await node.call("GET", "/rooms/r/chat", token("anna", role=Role.HOST)))[0] == 200
