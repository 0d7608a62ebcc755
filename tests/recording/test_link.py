"""The node's end of the recorder's socket: it never waits, and counts what it drops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from recording.link import RecorderLink
from recording.records import RecordReader, TapPacket, write_record
from sfu.tap import IS_PACKET, PACKET, PACKET_TAIL

MAX_QUEUED_BYTES = 100_000
DEADLINE_S = 30.0


class Ends:
    """A link, and the socket's other end."""

    def __init__(self) -> None:
        self.overflowed: list[int] = []
        self.said: list[dict[str, Any]] = []
        self.lost = asyncio.Event()
        self.link = RecorderLink(self.said.append, self.lost.set, self.overflowed.append, MAX_QUEUED_BYTES)
        ours, self.other = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        self.other.setblocking(False)
        self.link.connect(ours)
        self.packets: list[TapPacket] = []
        self.messages: list[dict[str, Any]] = []
        self._reader = RecordReader(self.packets.append, self.messages.append)

    async def read_until(self, message: str) -> None:
        """Be the recorder until it hears of that."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(DEADLINE_S):
            while not any(heard["do"] == message for heard in self.messages):
                self._reader.receive(await loop.sock_recv(self.other, 65_536))


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    made = Ends()
    yield made
    made.link.close()
    made.other.close()


def packets(tap: int, first: int, count: int, payload: bytes = b"p" * 1000) -> list[bytes]:
    records = []
    for index in range(first, first + count):
        size = PACKET_TAIL + len(payload)
        records += [PACKET.pack(size, IS_PACKET, tap, 1, index, 7, 1.0, 0.5), payload]
    return records


def put(ends: Ends, records: list[bytes]) -> None:
    ends.link.put(records, sum(map(len, records)))


async def test_packets_and_messages_arrive_in_the_order_they_were_given(ends: Ends) -> None:
    put(ends, packets(1, 0, 3))
    ends.link.send(write_record({"do": "event"}))
    put(ends, packets(2, 3, 2))
    ends.link.send(write_record({"do": "end"}))
    await ends.read_until("end")
    assert [(packet.tap, packet.index) for packet in ends.packets] == [(1, 0), (1, 1), (1, 2), (2, 3), (2, 4)]
    assert [message["do"] for message in ends.messages] == ["event", "end"]
    assert ends.overflowed == []


async def test_what_a_stalled_recorder_does_not_take_is_dropped_counted_and_told(ends: Ends) -> None:
    for first in range(0, 300, 10):
        put(ends, packets(3, first, 10))
    put(ends, packets(4, 0, 5))
    assert ends.overflowed == [3]  # told at once, and once
    ends.link.send(write_record({"do": "stop"}))  # messages are kept
    await ends.read_until("dropped")
    put(ends, packets(3, 300, 1))
    ends.link.send(write_record({"do": "end"}))
    await ends.read_until("end")
    dropped = {message["tap"]: message["packets"] for message in ends.messages if message["do"] == "dropped"}
    kept = [packet.index for packet in ends.packets]
    assert kept == [*range(len(kept) - 1), 300]
    assert dropped == {3: 301 - len(kept), 4: 5}
    assert "stop" in [message["do"] for message in ends.messages]


async def test_a_recorder_that_goes_is_noticed_and_nothing_is_kept_for_it(ends: Ends) -> None:
    put(ends, packets(1, 0, 3))
    ends.other.close()
    async with asyncio.timeout(DEADLINE_S):
        await ends.lost.wait()
    assert not ends.link.connected
    put(ends, packets(1, 3, 3))
    ends.link.send(write_record({"do": "event"}))
    ours, other = socket.socketpair()
    with other:
        ends.link.connect(ours)
        ends.link.send(write_record({"do": "start"}))
        ends.other, ends.packets = other, []
        other.setblocking(False)
        await ends.read_until("start")
        ends.link.close()
    assert [message["do"] for message in ends.messages] == ["start"]
