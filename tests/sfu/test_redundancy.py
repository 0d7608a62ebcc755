"""What was lost and is said again is in its place, once, at its own time."""

from contextlib import suppress
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfu.codecs import red
from sfu.errors import RemoteError
from sfu.identifiers import TrackId
from sfu.sequence import timestamp_delta
from tests.sfu.codecs.captured import capture
from tests.sfu.redundant_audio import TICKS, RedStream, redundant
from tests.sfu.sdp.offers import OPUS, RED, Line
from tests.sfu.test_inbound import Publisher

MICROPHONE = Line("audio", "a", "sendonly", formats=RED + OPUS, fmtps={"63": "111/111"})
OPUS_TYPE, RED_TYPE = 111, 63
Got = tuple[int, int, bytes]


class Listener:
    """A publisher of redundant audio, and what its listeners have of it."""

    def __init__(self, depth: int = 1) -> None:
        self.stream = RedStream(depth, OPUS_TYPE)
        self._publisher = Publisher(MICROPHONE)

    def send(self, index: int, payload: bytes | None = None, kind: int = RED_TYPE) -> None:
        """The packet of that number arrives, redundant unless told otherwise."""
        body = self.stream.payload(index) if payload is None else payload
        head = (
            bytes((0x80, kind)) + index.to_bytes(2, "big") + self.stream.timestamp(index).to_bytes(4, "big")
        )
        self._publisher.take(head + (77).to_bytes(4, "big") + body, index, index * 0.02)

    def mute(self, muted: bool) -> None:
        self._publisher.inbound.publications[TrackId("tr_a")].mute(muted, 0.0)

    def got(self) -> list[Got]:
        return [(p.index, p.timestamp, p.payload) for p in self._publisher.got("tr_a")]

    def whole(self, *indices: int) -> list[Got]:
        """These packets as they were sent."""
        return [(one, self.stream.timestamp(one), self.stream.voice(one)) for one in indices]


@pytest.mark.parametrize(
    ("depth", "came", "got"),
    [
        (1, [0, 1, 2], [0, 1, 2]),
        (1, [0, 2, 3], [0, 1, 2, 3]),
        (1, [0, 3, 4], [0, 2, 3, 4]),  # two in a row are more than is said again
        (2, [0, 3, 4], [0, 1, 2, 3, 4]),
        (2, [0, 4], [0, 2, 3, 4]),
        (1, [5, 6], [5, 6]),  # what was before the beginning was not lost
        (1, [0, 2, 1, 3], [0, 1, 2, 3]),  # late, and there already
        (1, [0, 3, 2, 4], [0, 2, 3, 1, 4]),  # late itself, but it tells what was lost before it
        (9, [0, 10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (12, [0, 12], [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),  # no more than nine of one
    ],
)
def test_a_lost_packet_is_taken_from_those_behind_it(depth: int, came: list[int], got: list[int]) -> None:
    listener = Listener(depth)
    for index in came:
        with suppress(RemoteError):  # it was there already
            listener.send(index)
    assert listener.got() == listener.whole(*got)


@settings(max_examples=100)
@given(st.integers(1, 4), st.lists(st.booleans(), min_size=1, max_size=40))
def test_no_loss_up_to_the_depth_of_redundancy_leaves_a_gap(depth: int, arrives: list[bool]) -> None:
    pattern = [True]
    for came, run in groupby(arrives):
        length = len([*run])
        pattern += [came] * (length if came else min(length, depth))
    pattern.append(True)
    listener = Listener(depth)
    for index in [index for index, came in enumerate(pattern) if came]:
        listener.send(index)
    assert listener.got() == listener.whole(*range(len(pattern)))


def test_of_what_chromium_sends_every_second_packet_may_be_lost() -> None:
    publisher = Publisher(MICROPHONE)
    sent = capture("red").packets
    for index, packet in enumerate(sent):
        if index % 2 == 0:
            head = bytes((0x80, RED_TYPE)) + index.to_bytes(2, "big") + packet.timestamp.to_bytes(4, "big")
            publisher.take(head + (77).to_bytes(4, "big") + packet.payload, index, index * 0.02)
    got = [(one.timestamp, one.payload) for one in publisher.got("tr_a")]
    assert got == [(one.timestamp, red.primary(one.payload)) for one in sent[: len(got)]]
    assert len(got) >= len(sent) - 1


def test_audio_without_redundancy_between_is_no_matter() -> None:
    listener = Listener()
    listener.send(0)
    listener.send(2, b"plain", OPUS_TYPE)
    listener.send(4)
    assert [index for index, _, _ in listener.got()] == [0, 2, 3, 4]


def test_what_was_said_while_muted_is_not_said_again() -> None:
    listener = Listener(2)
    listener.send(0)
    listener.mute(True)
    for index in (1, 2):
        with pytest.raises(RemoteError):
            listener.send(index)
    listener.mute(False)
    listener.send(3)
    assert listener.got() == listener.whole(0, 3)


@pytest.mark.parametrize(
    "offsets",
    [
        [2 * TICKS],  # of a packet that is there
        [TICKS, TICKS],
        [TICKS // 2, TICKS],
        [0],
        [],
    ],
    ids=["older", "of one time", "in the wrong order", "of its own time", "none"],
)
def test_blocks_whose_times_do_not_fit_are_left(offsets: list[int]) -> None:
    listener = Listener()
    listener.send(0)
    listener.send(1)
    blocks = [(offset, b"other") for offset in offsets]
    listener.send(3, redundant(OPUS_TYPE, blocks, listener.stream.voice(3)))
    assert set(listener.got()) <= {*listener.whole(0, 1, 3), (2, listener.stream.timestamp(2), b"other")}
    times = [timestamp_delta(timestamp, listener.stream.timestamp(0)) for _, timestamp, _ in listener.got()]
    assert times == sorted(set(times))
