"""Agents of a running node: paired by a code, there for the control of one screen and nothing else."""

import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from signaling.permissions import Role
from signaling.tokens import Shared, issue_token
from tests.client.sharing import Speaker, give_control, sharing, speaking
from tests.signaling.chatting import Talker
from tests.signaling.live_node import Node, close_of, node_settings, receive, running, token
from tests.signaling.meeting import KEY, SECRET


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    async with running(node_settings()) as started:
        yield started


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def pair(node: Node, code: str) -> str:
    status, answer = await node.call("POST", "/agents", body={"code": code})
    assert status == 201, answer
    return str(answer["token"])


async def come(node: Node, agent_token: str) -> Talker:
    """An agent, which hears of control."""
    socket = await node.socket()
    await socket.send_json({"type": "join", "id": 1, "token": agent_token})
    joined = await receive(socket)
    assert (joined["type"], joined.get("id")) == ("joined", 1)
    talker = Talker(socket, joined)
    await talker.send("control", {"t": "open"})
    await talker.send("live", [])
    return talker


async def refused(node: Node, agent_token: str, **fields: str) -> int:
    socket = await node.socket()
    await socket.send_json({"type": "join", "token": agent_token, **fields})
    return (await close_of(socket))[0]


async def request(talker: Talker, kind: str, **fields: Any) -> Any:
    await talker.socket.send_json({"type": kind, "id": 9, **fields})
    while (message := await receive(talker.socket)).get("id") != 9:
        pass
    return message


async def paired(node: Node, sharer: Speaker) -> Talker:
    agent = await come(node, await pair(node, await sharer.code()))
    assert (await sharer.hear("control", "agent"))["connected"] is True
    return agent


async def test_an_agent_hears_what_the_holder_does_until_control_ends(
    node: Node, stack: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sfumato.audit")
    anna = await stack.enter_async_context(sharing(node.url, token("anna")))
    bert = await stack.enter_async_context(speaking(node.url, token("bert")))
    carol = await stack.enter_async_context(speaking(node.url, token("carol")))
    agent = await paired(node, anna)
    joined = agent.joined
    assert [one["id"] for one in joined["tracks"]] == [anna.track]
    assert joined["participants"] == [joined["participant"]]
    given = {name for name, has in joined["participant"]["grants"].items() if has}
    assert given <= {"hidden", "subscribe"}

    granted = await give_control(anna, bert)
    assert await agent.hear("control", "granted") == granted
    bert.say("live", {"t": "move", "track": anna.track, "x": 0.25, "y": 0.5})
    moved = await agent.hear("live")
    assert (moved["t"], moved["x"], moved["y"], moved["participant"]) == ("move", 0.25, 0.5, bert.client.id)
    down = {"t": "input", "track": anna.track, "kind": "down", "x": 0.25, "y": 0.5, "button": 0}
    bert.say("control", down)
    assert await agent.hear("control") == {**down, "participant": bert.client.id}
    await agent.send("control", {"t": "paused", "track": anna.track, "paused": True})
    assert (await bert.hear("control", "paused"))["paused"] is True

    # From whoever has no control nothing passes, nor from who had it.
    carol.say("control", down)
    assert (await carol.hear("control", "error"))["code"] == "forbidden"
    carol.say("live", {"t": "move", "track": anna.track, "x": 1, "y": 1})
    assert (await carol.hear("live", "error"))["code"] == "forbidden"
    await agent.send("control", {"t": "revoke", "track": anna.track})
    assert (await agent.hear("control"))["t"] == "revoked"
    assert (await bert.hear("control", "revoked"))["reason"] == "revoked"
    bert.say("control", down)
    assert (await bert.hear("control", "error"))["code"] == "forbidden"

    kept = [
        json.loads(record.message)["action"] for record in caplog.records if record.name == "sfumato.audit"
    ]
    assert [one for one in kept if "control" in one or "agent" in one] == [
        "pair_agent",
        "grant_control",
        "revoke_control",
    ]

    # Nobody was told that it is there.
    _, listed = await node.call("GET", "/rooms/r/participants", token("anna"))
    assert {one["identity"] for one in listed["participants"]} == {"anna", "bert", "carol"}
    assert set(carol.client.participants) == {anna.client.id, bert.client.id, carol.client.id}


async def test_the_token_of_an_agent_opens_nothing_else(node: Node, stack: AsyncExitStack) -> None:
    anna = await stack.enter_async_context(sharing(node.url, token("anna", role=Role.HOST)))
    async with speaking(node.url, token("bert")) as bert:
        other = bert.client.publish("screen", surface="monitor")
        await bert.client.negotiate()
        own = await pair(node, await anna.code())
        agent = await come(node, own)
        assert (await anna.hear("control", "agent"))["connected"] is True
        asked: list[tuple[str, dict[str, Any]]] = [
            ("offer", {"sdp": "v=0", "tracks": []}),
            ("view", {"mode": "auto"}),
            ("mute", {"track": anna.track, "muted": True}),
            ("unpublish", {"track": anna.track}),
            ("update", {"name": "King"}),
            ("moderate", {"action": "end"}),
            ("stats", {}),
        ]
        for kind, fields in asked:
            assert (kind, (await request(agent, kind, **fields))["code"]) == (kind, "forbidden")
        assert (await request(agent, "join", token=own))["code"] == "conflict"
        assert (await request(agent, "ping"))["type"] == "pong"
        said: list[tuple[str, Any]] = [
            ("chat", {"t": "open", "client": "c", "version": None}),
            ("chat", []),
            ("documents", {"t": "create", "title": "mine"}),
            ("whiteboard", {"t": "create", "title": "mine"}),
            ("annotations", {"t": "open"}),
            ("live", {"t": "pointer", "track": anna.track, "x": 0, "y": 0}),
            ("live", {"t": "move", "track": anna.track, "x": 0, "y": 0}),
            ("control", {"t": "request", "track": anna.track, "scope": ["pointer"]}),
            ("control", {"t": "agent", "track": anna.track}),
            ("control", {"t": "grant", "track": anna.track, "participant": "x", "scope": ["pointer"]}),
            ("control", {"t": "input", "track": anna.track, "kind": "text", "text": "a"}),
            ("control", {"t": "revoke", "track": other.id}),
            ("control", {"t": "paused", "track": other.id, "paused": True}),
            ("control", [{"t": "revoke", "track": anna.track}]),
            ("control", {"track": anna.track}),
        ]  # fmt: skip
        for label, data in said:
            await agent.send(label, {**data, "id": 5} if isinstance(data, dict) else data)
            assert (label, data, (await agent.hear(label, "error"))["code"]) == (label, data, "forbidden")
    for method, path in (
        ("GET", "/rooms"), ("GET", "/rooms/r"), ("GET", "/rooms/r/participants"), ("GET", "/rooms/r/chat"),
        ("POST", "/rooms/r/documents"), ("GET", "/ice"), ("POST", "/rooms/r/guest"), ("GET", "/sessions"),
    ):  # fmt: skip
        status, problem = await node.call(method, path, own)
        assert (path, status in (403, 404)) == (path, True), problem
    assert (await request(agent, "leave"))["type"] == "ok"
    assert (await close_of(agent.socket))[0] == 1000
    assert await refused(node, own) == 4403
    assert (await anna.hear("control", "agent"))["connected"] is False


async def test_a_code_is_good_once_and_the_next_agent_replaces_the_first(
    node: Node, stack: AsyncExitStack
) -> None:
    anna = await stack.enter_async_context(sharing(node.url, token("anna")))
    first_code, second_code = await anna.code(), await anna.code()
    assert len(second_code.replace("-", "")) >= 10
    status, problem = await node.call("POST", "/agents", body={"code": first_code})
    assert (status, problem["code"]) == (404, "not_found")
    first_token = await pair(node, second_code)
    assert (await node.call("POST", "/agents", body={"code": second_code}))[0] == 404
    first = await come(node, first_token)
    again = await come(node, first_token)  # its network changed
    assert (await close_of(first.socket))[0] == 4409
    second_token = await pair(node, (await anna.code()).lower().replace("-", ""))
    assert (await close_of(again.socket))[0] == 4403
    assert await refused(node, first_token) == 4403
    await come(node, second_token)


@pytest.mark.parametrize("how", ["unpublished", "left", "ended"])
async def test_an_agent_goes_with_the_screen(node: Node, stack: AsyncExitStack, how: str) -> None:
    anna = await stack.enter_async_context(sharing(node.url, token("anna", role=Role.HOST)))
    agent_token = await pair(node, await anna.code())
    agent = await come(node, agent_token)
    match how:
        case "unpublished":
            await anna.client.unpublish(anna.client.published[0])
        case "left":
            await anna.client.leave()
        case _:
            assert (await node.call("DELETE", "/rooms/r", token("boss", room="", admin=True)))[0] == 204
    assert (await close_of(agent.socket))[0] == 4403
    assert await refused(node, agent_token) == 4403


async def test_only_the_sharer_of_a_whole_screen_gets_a_code(node: Node, stack: AsyncExitStack) -> None:
    anna = await stack.enter_async_context(sharing(node.url, token("anna"), surface="window"))
    bert = await stack.enter_async_context(speaking(node.url, token("bert", role=Role.HOST)))
    for speaker, code in ((anna, "conflict"), (bert, "forbidden")):
        speaker.say("control", {"t": "agent", "track": anna.track})
        assert (await speaker.hear("control", "error"))["code"] == code


async def test_a_token_that_is_over_or_for_more_opens_nothing(node: Node, stack: AsyncExitStack) -> None:
    anna = await stack.enter_async_context(sharing(node.url, token("anna")))
    agent = await paired(node, anna)
    mine: dict[str, Any] = {"room": "", "role": Role.VIEWER, "agent": anna.track}
    identity = agent.joined["participant"]["id"]
    assert await refused(node, token("anna", **mine)) == 4403
    more: dict[str, Any]
    for more in ({"room": "r"}, {"admin": True}, {"shared": Shared("do_1", "editor", "sh_1")}):
        assert await refused(node, token(identity, **(mine | more))) == 4401
    over = issue_token(
        KEY, SECRET, identity=identity, now_wall=time.time() - 1_000, ttl_s=10.0, agent=anna.track
    )
    for resume in ({}, {"resume": "rs_" + "0" * 32}):
        assert await refused(node, over, **resume) == 4401
    assert (await request(agent, "ping"))["type"] == "pong"
    await come(node, token(identity, **mine))
    assert (await close_of(agent.socket))[0] == 4409


@pytest.mark.parametrize("body", [{}, {"code": 5}, {"code": None}, {"code": ["a"]}, [], "x"])
async def test_what_is_no_code_is_refused(node: Node, body: Any) -> None:
    assert (await node.call("POST", "/agents", body=body))[0] == 400


async def test_codes_that_do_not_exist_are_not_found_whatever_they_look_like(node: Node) -> None:
    for code in ("", "ABCDE-01234", "ä" * 1_000, "\u0000", "-" * 100):
        status, problem = await node.call("POST", "/agents", body={"code": code})
        assert (code, status, problem["code"]) == (code, 404, "not_found")


async def test_who_guesses_codes_is_made_to_wait(node: Node) -> None:
    answers = [await node.call("POST", "/agents", body={"code": f"AAAAA-{n:05}"}) for n in range(60)]
    assert {status for status, _ in answers} == {404, 429}
    assert answers[-1][1]["code"] == "rate_limited"
    async with node.http.get(f"{node.url}/metrics") as metrics:
        assert "sfumato_wrong_pairing_codes_total 60.0" in await metrics.text()
