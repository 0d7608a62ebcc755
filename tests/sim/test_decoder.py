"""The decoder model: what is shown, in which order and when, and what a viewer would call a freeze."""

from math import inf
from random import Random

import pytest

from client.receiving import ReceivedPacket
from sfu.identifiers import Csrc
from tests.sim.decoder import (
    CLOCK_RATE,
    FRAME_WAIT_S,
    KEYFRAME_WAIT_S,
    Decoder,
    Picture,
    frozen_share,
    longest_gap,
)
from tests.sim.simulcast import CAMERA, LayerEncoder

FPS = 30


class Wire:
    """Frames of an encoding as packets of a slot."""

    def __init__(self) -> None:
        self._encoders = {n: LayerEncoder(n, encoding, FPS, Random(n)) for n, encoding in enumerate(CAMERA)}
        self.index = 100
        self.at = 0.0
        self.timestamp = 0xFFFF0000  # wraps within a second

    def frame(self, encoding: int = 2, *, keyframe: bool = False) -> list[ReceivedPacket]:
        self._encoders[encoding].keyframe_wanted |= keyframe
        payloads = self._encoders[encoding].frame()
        packets = [
            ReceivedPacket(self.index + n, self.timestamp & 0xFFFFFFFF, False, 96, Csrc(1), payload, self.at)
            for n, payload in enumerate(payloads)
        ]
        self.index += len(packets)
        self.at += 1 / FPS
        self.timestamp += CLOCK_RATE // FPS
        return packets

    def skip(self, encoding: int) -> None:
        """A frame that is not sent to us."""
        self._encoders[encoding].frame()


def receive(decoder: Decoder, *frames: list[ReceivedPacket]) -> list[int]:
    """Frames shown after these packets, and nothing more, have come."""
    for frame in frames:
        for packet in frame:
            decoder.receive(packet)
    decoder.play(inf)
    return [picture.frame for picture in decoder.pictures]


def test_everything_decodes_when_everything_comes() -> None:
    wire, decoder = Wire(), Decoder()
    assert receive(decoder, *(wire.frame() for _ in range(20))) == list(range(20))
    assert [picture.keyframe for picture in decoder.pictures] == [True] + [False] * 19


def test_nothing_decodes_before_a_key_frame() -> None:
    wire, decoder = Wire(), Decoder()
    wire.frame()
    assert receive(decoder, *(wire.frame() for _ in range(20))) == []
    wire.frame(keyframe=True)
    assert receive(decoder, wire.frame(keyframe=True)) == [22]


def test_packets_of_a_frame_may_come_in_any_order() -> None:
    wire, decoder = Wire(), Decoder()
    assert receive(decoder, wire.frame()[::-1], wire.frame()[::-1]) == [0, 1]


def test_a_repaired_frame_lets_those_that_waited_decode() -> None:
    wire, decoder = Wire(), Decoder()
    receive(decoder, wire.frame())
    frames = [wire.frame() for _ in range(8)]
    late = frames[3][:1]  # of the second frame of the base layer
    assert receive(decoder, *frames[:3], frames[3][1:], *frames[4:]) == [0, 1, 2, 3]
    assert receive(decoder, late) == list(range(9))


def test_each_frame_is_shown_at_its_time_and_a_late_one_when_it_comes() -> None:
    wire, decoder = Wire(), Decoder(playout_s=0.1)
    frames = [wire.frame() for _ in range(8)]
    for packet in frames[5]:
        packet.arrival += 0.12
    receive(
        decoder, *frames[:5], *sorted((frames[5], frames[6], frames[7]), key=lambda each: each[0].arrival)
    )
    expected = [n / FPS + 0.1 for n in range(8)]
    expected[5] += 0.02
    assert [picture.at for picture in decoder.pictures] == pytest.approx(expected)


def test_a_missing_frame_is_waited_for_until_a_later_one_is_due() -> None:
    wire, decoder = Wire(), Decoder(playout_s=0.1)
    frames = [wire.frame() for _ in range(3)]
    missing = frames.pop(1)
    for packet in (*frames[0], *frames[1]):
        decoder.receive(packet)
    decoder.play(2 / FPS + 0.099)
    assert [picture.frame for picture in decoder.pictures] == [0]
    assert receive(decoder, missing) == [0, 1, 2]


def test_a_frame_of_the_highest_temporal_layer_may_be_missing() -> None:
    wire, decoder = Wire(), Decoder()
    receive(decoder, wire.frame())
    missing, *frames = (wire.frame() for _ in range(5))
    assert receive(decoder, *frames) == [0, 2, 3, 4, 5]
    assert receive(decoder, missing) == [0, 2, 3, 4, 5]  # too late to be shown


def test_another_encoding_decodes_from_its_key_frame_on() -> None:
    wire, decoder = Wire(), Decoder()
    for _ in range(2):
        wire.skip(0)
    assert receive(decoder, wire.frame(2), wire.frame(2), wire.frame(0)) == [0, 1]
    receive(decoder, wire.frame(0, keyframe=True), wire.frame(0))
    assert [(picture.encoding, picture.frame) for picture in decoder.pictures[2:]] == [(0, 3), (0, 4)]
    receive(decoder, wire.frame(2))  # its reference was decoded, but before another key frame
    assert len(decoder.pictures) == 4


def test_a_key_frame_is_wanted_when_none_comes_and_again() -> None:
    wire, decoder = Wire(), Decoder()
    wire.frame()
    assert not decoder.wants_keyframe(50.0)
    receive(decoder, wire.frame())
    start = wire.at - 1 / FPS
    assert not decoder.wants_keyframe(start + KEYFRAME_WAIT_S / 2)
    assert decoder.wants_keyframe(start + KEYFRAME_WAIT_S)
    assert not decoder.wants_keyframe(start + KEYFRAME_WAIT_S * 1.5)
    assert decoder.wants_keyframe(start + KEYFRAME_WAIT_S * 2)


def test_a_picture_that_stands_still_is_waited_for_longer() -> None:
    wire, decoder = Wire(), Decoder()
    receive(decoder, wire.frame())
    at = wire.at
    for _ in range(4):
        wire.frame()
    receive(decoder, wire.frame(), wire.frame())
    assert not decoder.wants_keyframe(at + FRAME_WAIT_S * 0.9)
    assert decoder.wants_keyframe(wire.at + FRAME_WAIT_S)


def seen(*times: float) -> list[Picture]:
    return [Picture(at, Csrc(1), 0, n, 0, n == 0) for n, at in enumerate(times)]


def test_the_longest_gap_counts_the_edges() -> None:
    assert longest_gap(seen(1, 2, 2.5), 0, 5) == 2.5
    assert longest_gap(seen(1, 4, 4.5), 0, 5) == 3
    assert longest_gap([], 0, 5) == 5


def test_a_long_interval_is_a_freeze_and_a_slow_rate_is_none() -> None:
    smooth = [n / 30 for n in range(90)]
    assert frozen_share(seen(*smooth), 0, 3) == 0
    assert frozen_share(seen(*smooth[:60], *(at + 1 for at in smooth[60:])), 0, 4) == pytest.approx(
        1 / 4, abs=0.02
    )
    assert frozen_share(seen(*(n / 2 for n in range(10))), 0, 5) == 0
