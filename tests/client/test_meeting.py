"""Clients in a real meeting on loopback: sockets, signaling and media together."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from client.capabilities import Capabilities
from client.channel import DataChannel
from client.connection import ConnectionState
from client.meeting import Client, PublishedTrack, connect
from client.receiving import ReceiveSlot
from client.session import RequestRefused, SessionClosed
from sfu.messages import Source
from signaling.permissions import Role
from tests.client.serving import serving, token
from tests.sim import pictures

DEADLINE_S = 30.0
POLL_S = 0.02
FRAME_S = 0.02


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with serving() as found:
        yield found


async def film(client: Client, published: PublishedTrack, mark: int = 0) -> None:
    """Send pictures, a key frame whenever one is asked for, until cancelled."""
    stream = published.track.stream
    wanted = [True]
    stream.on_keyframe_wanted = lambda: wanted.append(True)
    payloads = pictures.vp8(mark)
    for n in range(100_000):
        stream.send_frame(payloads(n, bool(wanted)), n * 1800, client.now())
        wanted.clear()
        client.turn()
        await asyncio.sleep(FRAME_S)


async def arrives(slot: ReceiveSlot, packets: int = 30) -> None:
    """Until so many more packets came on the slot."""
    goal = slot.counters.packets + packets
    enough = asyncio.Event()

    def count(_: object) -> None:
        if slot.counters.packets >= goal:
            enough.set()

    slot.on_packet = count
    await asyncio.wait_for(enough.wait(), DEADLINE_S)


async def publishing(client: Client, source: Source = "camera") -> tuple[PublishedTrack, asyncio.Task[None]]:
    published = client.publish(source)
    await client.negotiate()
    return published, asyncio.create_task(film(client, published))


async def stopped(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
async def test_one_films_and_the_other_sees(url: str, tcp: bool) -> None:
    async with connect(url, token("ann"), tcp=tcp) as ann, connect(url, token("bob"), tcp=tcp) as bob:
        slot, ear = bob.open_slots(audio=1, video=1)
        await bob.negotiate()
        camera, filming = await publishing(ann)
        await arrives(slot)
        await stopped(filming)
        assert camera.id is not None
        assert camera.code is None
        assert bob.tracks[camera.id]["csrc"] == slot.csrc
        assert bob.shown[slot.mid]["track"] == camera.id
        assert bob.shown[slot.mid]["participant"] == ann.id
        assert bob.seats == {slot.mid: 1, ear.mid: 1}
        assert (slot.missing, ann.connection.state) == (0, ConnectionState.CONNECTED)
        assert ann.connection.selected is not None
        assert ann.connection.selected.reliable is tcp
        assert bob.connection.drops.total() == 0


async def test_a_client_moves_to_another_socket(url: str) -> None:
    async with connect(url, token("ann")) as ann, connect(url, token("bob")) as bob:
        (slot,) = bob.open_slots(video=1)
        await bob.negotiate()
        _, filming = await publishing(ann)
        await arrives(slot)
        before = (ann.connection.selected, bob.connection.selected)
        await bob.driver.move()
        await ann.driver.move()
        await arrives(slot)
        await stopped(filming)
        assert bob.connection.selected not in before
        assert ann.connection.selected not in before


async def test_ice_restarts_and_slots_are_added_while_media_flows(url: str) -> None:
    async with connect(url, token("ann")) as ann, connect(url, token("bob")) as bob:
        (slot,) = bob.open_slots(video=1)
        await bob.negotiate()
        camera, filming = await publishing(ann)
        await arrives(slot)
        (second,) = bob.open_slots(video=1)
        await bob.negotiate(ice_restart=True)
        await ann.negotiate(ice_restart=True)
        assert camera.id is not None
        await bob.view_manual({slot.mid: None, second.mid: camera.id})
        await arrives(second)
        await bob.view_auto()
        await arrives(second)  # no seat moves without need
        await stopped(filming)
        assert slot.missing == second.missing == 0


async def test_a_sealed_client_counts_what_it_does_not_read(url: str) -> None:
    capabilities = Capabilities(nack=False, rtx=False)
    async with (
        connect(url, token("ann")) as ann,
        connect(url, token("bob"), capabilities=capabilities, decrypt=False) as bob,
    ):
        (slot,) = bob.open_slots(video=1)
        await bob.negotiate()
        camera, filming = await publishing(ann)
        await arrives(slot)
        await stopped(filming)
        assert camera.id is not None
        assert slot.csrc == bob.tracks[camera.id]["csrc"]
        assert slot.missing == 0


async def test_a_channel_that_no_service_knows_is_closed(url: str) -> None:
    async with connect(url, token("ann")) as ann:
        channel = ann.open_channel("nobody")
        closed = asyncio.Event()
        channel.on_close = closed.set
        await ann.negotiate()
        await asyncio.wait_for(closed.wait(), DEADLINE_S)
        assert ann.connection.state is ConnectionState.CONNECTED


async def test_tracks_are_muted_and_ended(url: str) -> None:
    async with connect(url, token("ann")) as ann, connect(url, token("bob")) as bob:
        (slot,) = bob.open_slots(video=1)
        await bob.negotiate()
        camera, filming = await publishing(ann)
        await arrives(slot)
        assert camera.id is not None
        await ann.mute(camera.id, True)
        while not bob.tracks[camera.id]["muted"]:
            await bob.session.next_event("track_updated")
        await ann.mute(camera.id, False)
        await arrives(slot)
        stats = await bob.stats()
        assert stats["slots"][0]["track"] == camera.id
        await ann.unpublish(camera)
        await bob.session.next_event("track_unpublished")
        assert camera.id not in bob.tracks
        await stopped(filming)
        await ann.negotiate()
        await bob.ping()


async def test_what_is_not_allowed_is_said(url: str) -> None:
    async with connect(url, token("ann", role=Role.VIEWER)) as ann:
        camera = ann.publish("camera")
        ann.open_slots(video=1)
        await ann.negotiate()
        assert (camera.id, camera.code) == (None, "forbidden")
        assert not camera.track.stream.ready


async def test_an_offer_the_server_refuses_changes_nothing(url: str) -> None:
    async with connect(url, token("ann")) as ann:
        ann.open_slots(video=200)
        with pytest.raises(RequestRefused) as refused:
            await ann.negotiate()
        assert refused.value.code == "too_large"
        assert ann.connection.state is ConnectionState.NEW


async def test_who_comes_and_goes_is_followed(url: str) -> None:
    async with connect(url, token("ann")) as ann:
        async with connect(url, token("bob")) as bob:
            assert set(bob.participants) == {ann.id, bob.id}
            await ann.session.next_event("participant_joined")
            assert set(ann.participants) == {ann.id, bob.id}
        async for event in ann.events():
            if event["type"] == "participant_left":
                break
        assert set(ann.participants) == {ann.id}


async def test_a_participant_comes_back_with_its_connection(url: str) -> None:
    async with connect(url, token("ann"), leave=False) as ann:
        resume = ann.joined["resume"]
        identifier = ann.id
    async with connect(url, token("ann"), resume=resume) as again:
        assert again.joined["resumed"] is True
        assert again.id == identifier


async def test_an_expired_token_joins_nothing(url: str) -> None:
    with pytest.raises(SessionClosed) as closed:
        async with connect(url, token("ann", ttl_s=-100.0)):
            pass
    assert closed.value.code == 4401


async def test_two_people_chat_over_data_channels_and_one_is_told_live(url: str) -> None:
    async with connect(url, token("ann")) as ann, connect(url, token("bob")) as bob:
        heard: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

        async def opened(client: Client, name: str) -> tuple[DataChannel, DataChannel]:
            chat, live = client.open_channel("chat"), client.open_channel("live")
            for channel in (chat, live):
                channel.on_message = lambda data: heard.put_nowait((name, json.loads(data)))
            chat.send('{"t":"open","client":"c","id":1}', client.now())
            await client.negotiate()
            assert (await asyncio.wait_for(heard.get(), DEADLINE_S))[1]["t"] == "snapshot"
            return chat, live

        chat, live = await opened(ann, "ann")
        await opened(bob, "bob")
        chat.send('{"t":"say","seq":1,"text":"hello"}', ann.now())
        ann.turn()
        told = dict([await asyncio.wait_for(heard.get(), DEADLINE_S) for _ in range(2)])
        assert (told["ann"]["t"], told["bob"]["text"]) == ("ack", "hello")
        while heard.empty():  # live messages may be lost, and its channel may open after the other
            live.send('[{"t":"typing","topic":"chat"}]', ann.now(), "live")
            ann.turn()
            await asyncio.sleep(POLL_S)
        assert heard.get_nowait() == ("bob", {"t": "typing", "participant": ann.id, "topic": "chat"})
