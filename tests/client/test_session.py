"""Signaling of a client against a real node."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from client.session import RequestRefused, Session, SessionClosed, dev_token, open_session
from tests.client.serving import serving, token


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serving() as found:
        yield found


async def joined(url: str, identity: str, room: str = "r") -> Session:
    session = await open_session(url)
    await session.request("join", token=token(identity, room))
    return session


async def test_requests_get_their_own_replies(url: str) -> None:
    async with await joined(url, "anna") as anna:
        replies = await asyncio.gather(anna.request("ping"), anna.request("stats"), anna.request("ping"))
        assert [reply["type"] for reply in replies] == ["pong", "stats", "pong"]


async def test_events_come_in_order_and_are_seen_at_once(url: str) -> None:
    seen: list[str] = []
    async with await joined(url, "anna") as anna:
        anna.on_event = lambda event: seen.append(event["type"])
        async with await joined(url, "bert") as bert:
            assert (await anna.next_event())["participant"]["identity"] == "bert"
            await bert.request("update", hand=True)
            await bert.request("leave")
        assert (await anna.next_event("participant_left"))["reason"] == "left"
        assert seen == ["participant_joined", "participant_updated", "participant_left"]


async def test_an_error_names_its_code(url: str) -> None:
    async with await joined(url, "anna") as anna:
        with pytest.raises(RequestRefused) as refused:
            await anna.request("mute", track="tr_none", muted=True)
        assert refused.value.code == "not_found"
        assert (await anna.request("ping"))["type"] == "pong"


async def test_a_refused_join_is_told_by_the_close_code(url: str) -> None:
    session = await open_session(url)
    with pytest.raises(SessionClosed) as closed:
        await session.request("join", token="x.y.z")
    assert closed.value.code == 4401
    with pytest.raises(SessionClosed):
        await session.request("ping")
    assert [event async for event in session.events()] == []
    with pytest.raises(SessionClosed):
        await session.next_event()
    await session.close()


async def test_a_newer_socket_of_the_participant_ends_the_older(url: str) -> None:
    older = await open_session(url)
    resume = (await older.request("join", token=token("anna")))["resume"]
    async with await open_session(url) as newer:
        assert (await newer.request("join", token=token("anna"), resume=resume))["resumed"] is True
        async for _ in older.events():
            pass
        assert older.closed is not None
        assert older.closed.code == 4409
    await older.close()


async def test_a_node_that_is_not_there_cannot_be_reached(url: str) -> None:
    del url
    with pytest.raises(aiohttp.ClientError):
        await open_session("http://127.0.0.1:1")


async def test_a_dev_node_gives_tokens(url: str) -> None:
    async with await open_session(url) as session:
        reply = await session.request("join", token=await dev_token(url, "r", "Anna", role="host"))
        assert (reply["participant"]["name"], reply["participant"]["role"]) == ("Anna", "host")
