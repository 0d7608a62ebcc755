"""Thirty people with nine slots each: the right ones are seen, and seats change only when they must."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

import pytest

from client.meeting import Client, connect
from client.receiving import ReceivedPacket, ReceiveSlot
from client.session import dev_token
from loadtests.canned import CannedOpus, CannedVideo
from loadtests.canned_publisher import CannedCamera, CannedMicrophone
from sfu.identifiers import Csrc
from tests.e2e.automatic_view import ExpectedView
from tests.e2e.meeting_page import new_room
from tests.e2e.metrics import dropped
from tests.e2e.pattern_probe import PatternProbe
from tests.e2e.reports import until
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

PEOPLE = 30
SLOTS = 9
NOBODY = -1
PROBES = (0, 14, 29)  # who decodes pictures: early, middle and late comers
TURNS = int(os.environ.get("SOAK_TURNS", "10"))
TURN_PACKETS = 100  # of 20 ms: a speaker's two seconds
SEED = 9

WIDTH, HEIGHT, FPS, BITRATE_BPS = 320, 180, 8, 80_000
CLIP_FRAMES = 8 * FPS


@dataclass(slots=True)
class Slot:
    """What one slot of one viewer received, and what the server said that it would carry."""

    received: ReceiveSlot
    probe: PatternProbe | None
    carried: list[Csrc | None] = field(default_factory=list)  # each run of packets once
    told: list[str] = field(default_factory=list)  # tracks, each time another is named

    def take(self, packet: ReceivedPacket) -> None:
        """A packet came."""
        if not self.carried or self.carried[-1] != packet.csrc:
            self.carried.append(packet.csrc)
        if self.probe is not None:
            self.probe.receive(packet)


class Person:
    """A participant: films, speaks when it is its turn, watches."""

    def __init__(self, number: int, client: Client, video: CannedVideo) -> None:
        self.number = number
        self.client = client
        self.camera = CannedCamera(client, client.publish("camera"), video)
        self.microphone = CannedMicrophone(client, client.publish("microphone"), CannedOpus(number))
        probing = number in PROBES
        self.slots: dict[str, Slot] = {}
        for slot in client.open_slots(video=SLOTS, audio=1):
            if slot.kind == "video":
                watched = self.slots[slot.mid] = Slot(slot, PatternProbe() if probing else None)
                slot.on_packet = watched.take

    async def listen(self) -> None:
        """Note what each slot is said to carry, until the socket closes."""
        async for event in self.client.events():
            if event["type"] != "slots":
                continue
            for entry in event["slots"]:
                slot = self.slots.get(entry["mid"])
                if slot is not None and entry["track"] is not None and slot.told[-1:] != [entry["track"]]:
                    slot.told.append(entry["track"])


@pytest.fixture(scope="module")
def videos() -> list[CannedVideo]:
    """Encoded before anything runs in real time."""
    return [
        CannedVideo(
            "VP8",
            number,
            width=WIDTH,
            height=HEIGHT,
            fps=FPS,
            bitrate_bps=BITRATE_BPS,
            clip_frames=CLIP_FRAMES,
        )
        for number in range(PEOPLE)
    ]


@pytest.fixture
async def people(server: Server, videos: list[CannedVideo]) -> AsyncIterator[list[Person]]:
    """Everybody, joined one after the other, filming and listening."""
    room, people, tasks = new_room(), [], []
    async with AsyncExitStack() as running:
        for number, video in enumerate(videos):
            token = await dev_token(server.url, room, f"person-{number}")
            person = Person(number, await running.enter_async_context(connect(server.url, token)), video)
            tasks.append(asyncio.create_task(person.listen()))
            await person.client.negotiate()
            tasks += [asyncio.create_task(work) for work in (person.camera.film(), person.microphone.run())]
            people.append(person)
        yield people
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [outcome for outcome in outcomes if not isinstance(outcome, asyncio.CancelledError)] == []


async def test_the_last_nine_speakers_are_seen_and_nobody_moves_without_need(
    server: Server, people: list[Person]
) -> None:
    number_of: dict[str | None, int] = {person.camera.track: person.number for person in people}
    csrc_of = {
        number_of[track["id"]]: Csrc(track["csrc"])
        for track in people[-1].client.tracks.values()
        if track["id"] in number_of
    }
    assert len(set(csrc_of.values())) == PEOPLE

    def seats(person: Person) -> dict[str, int]:
        """Who is where by the server's last word; NOBODY where it has named no one."""
        tracks = {mid: entry["track"] for mid, entry in person.client.shown.items()}
        return {mid: number_of.get(tracks.get(mid), NOBODY) for mid in person.slots}

    def carried(person: Person) -> dict[str, Csrc | None]:
        """Whose packets came last."""
        return {mid: slot.received.csrc for mid, slot in person.slots.items()}

    async def waiting() -> list[int]:
        return [p.number for p in people if NOBODY in seats(p).values() or None in carried(p).values()]

    await until(waiting, lambda numbers: not numbers)
    joined = [person.number for person in people]
    expected = {p.number: ExpectedView(p.number, joined, seats(p)) for p in people}
    for person in people:
        assert set(seats(person).values()) == expected[person.number].first()

    async def wrong() -> list[int]:
        """Who does not see yet what the speakers so far make it see."""
        return [
            person.number
            for person in people
            if seats(person) != (view := expected[person.number].seats)
            or carried(person) != {mid: csrc_of[number] for mid, number in view.items()}
        ]

    random = Random(SEED)
    speaker = NOBODY
    for _ in range(TURNS):
        speaker = random.choice([number for number in joined if number != speaker])
        for view in expected.values():
            view.speaks(speaker)
        await people[speaker].microphone.speak(TURN_PACKETS)
        await until(wrong, lambda numbers: not numbers)

    for person in people:
        for mid, slot in person.slots.items():
            history = expected[person.number].history[mid]
            # Seats are filled while people come; from then on each change there was is one that had to be.
            assert [number_of[track] for track in slot.told][-len(history) :] == history
            assert slot.carried[-len(history) :] == [csrc_of[number] for number in history]
            assert len(slot.carried) == len(slot.told)
            assert slot.received.missing == 0
            if slot.probe is not None:
                assert slot.probe.seen
                for csrc, pictured in slot.probe.seen:
                    assert pictured is not None
                    assert csrc == csrc_of[pictured]
    # Pictures that still waited to be sent when another took their seat are given up, without a gap.
    assert set(await dropped(server.url)) <= {"rtp_duplicate", "slot_straggler", "outbox_age"}
