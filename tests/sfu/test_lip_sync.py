"""Two slots of a seat, fed by one publisher after another: what was captured together plays together.

The publishers have drifting sound cards, cameras and clocks, encoders of different delay, and a path with
jitter. The test knows when each frame really was captured; a receiver knows the slots' timestamps and
sender reports.
"""

import random
from dataclasses import dataclass, field

import pytest

from sfu.clock import ntp_from_unix
from sfu.messages import Kind
from sfu.sequence import timestamp_delta
from sfu.slot_clock import SlotClock, TimestampOffset
from sfu.source_clock import SourceClock, StreamClock

RATES: dict[Kind, int] = {"audio": 48000, "video": 90000}
FRAME_S: dict[Kind, float] = {"audio": 0.02, "video": 1 / 30}
REPORT_S: dict[Kind, float] = {"audio": 5.0, "video": 1.0}


@dataclass(order=True)
class Arrival:
    """A frame or a sender report at the server; the order of arrival is that of the path."""

    at: float
    kind: Kind = field(compare=False)
    captured: float = field(compare=False)
    timestamp: int = field(compare=False)
    ntp: int = field(compare=False, default=0)


class Publisher:
    """Frames and reports of a microphone and a camera between `begin` and `end`, true seconds."""

    def __init__(self, seed: int, begin: float, end: float, audio_ppm: float, video_ppm: float) -> None:
        draw = random.Random(seed)
        self.source = SourceClock()
        self.streams: dict[Kind, StreamClock] = {kind: self.source.stream(RATES[kind]) for kind in RATES}
        self.arrivals: list[Arrival] = []
        unix, ntp_drift = draw.uniform(1e9, 2e9), draw.uniform(-100e-6, 100e-6)
        delays: dict[Kind, float] = {"audio": 0.025, "video": 0.060}
        drifts: dict[Kind, float] = {"audio": audio_ppm * 1e-6, "video": video_ppm * 1e-6}
        for kind, drift in drifts.items():
            first, rate = draw.getrandbits(32), RATES[kind] * (1 + drift)

            def timestamp(captured: float, first: int = first, rate: float = rate) -> int:
                return (first + int((captured - begin) * rate)) & 0xFFFFFFFF

            for number in range(int((end - begin) / FRAME_S[kind])):
                captured = begin + number * FRAME_S[kind]
                at = captured + delays[kind] + 0.03 + draw.expovariate(1 / 0.008)
                self.arrivals.append(Arrival(at, kind, captured, timestamp(captured)))
            sent = begin + draw.uniform(0.1, 1.0)
            while sent < end:
                ntp = ntp_from_unix(unix + sent * (1 + ntp_drift))
                at = sent + 0.03 + draw.expovariate(1 / 0.008)
                self.arrivals.append(Arrival(at, kind, sent, timestamp(sent), ntp))
                sent += REPORT_S[kind]
        self.arrivals.sort()


class ReceivedSlot:
    """A slot, and what its receiver makes of it: the server's second at which each frame plays."""

    def __init__(self, kind: Kind, start: int) -> None:
        self.kind = kind
        self.clock = SlotClock(RATES[kind], start, 0.0)
        self.offset = TimestampOffset(self.clock, kind)
        self.last: int | None = None
        self.newest: float = 0.0
        self.played: list[tuple[float, float]] = []  # (captured, plays)
        self.source: StreamClock | None = None

    def forward(self, stream: StreamClock, arrival: Arrival) -> None:
        capture = stream.capture_time(arrival.timestamp, arrival.at)
        if stream is not self.source:
            self.source = stream
            self.offset.switch(arrival.timestamp, capture, self.last)
        elif arrival.captured < self.newest:
            return  # overtaken on the path; the frames after it define the stream
        else:
            self.offset.correct(arrival.timestamp, capture, self.last)
        self.newest = arrival.captured
        sent = (arrival.timestamp + self.offset.delta) & 0xFFFFFFFF
        assert self.last is None or timestamp_delta(sent, self.last) > 0
        self.last = sent
        # As a receiver does with a sender report of this moment.
        after = timestamp_delta(sent, self.clock.timestamp_at(arrival.at)) / self.clock.clock_rate
        self.played.append((arrival.captured, arrival.at + after))

    def shift(self, begin: float, end: float) -> list[float]:
        """How long after its capture each frame of that time plays."""
        return [plays - captured for captured, plays in self.played if begin <= captured < end]


def seat_after(publishers: list[Publisher]) -> dict[Kind, ReceivedSlot]:
    """The two slots of a seat after all the publishers, one after another, were in it."""
    draw = random.Random(11)
    seat: dict[Kind, ReceivedSlot] = {kind: ReceivedSlot(kind, draw.getrandbits(32)) for kind in RATES}
    for publisher in publishers:
        for arrival in publisher.arrivals:
            if arrival.ntp:
                publisher.streams[arrival.kind].sender_report(arrival.ntp, arrival.timestamp, arrival.at)
            else:
                seat[arrival.kind].forward(publisher.streams[arrival.kind], arrival)
    return seat


def worst_sync_s(seat: dict[Kind, ReceivedSlot], begin: float, end: float) -> float:
    """The largest distance of sound and picture captured together."""
    audio, video = seat["audio"].shift(begin, end), seat["video"].shift(begin, end)
    assert audio
    assert video
    return max(max(audio) - min(video), max(video) - min(audio))


@pytest.mark.parametrize("seed", range(4))
def test_sound_and_picture_stay_together_over_drift_and_jitter(seed: int) -> None:
    seat = seat_after([Publisher(seed, 0.0, 90.0, audio_ppm=150, video_ppm=-120)])
    assert worst_sync_s(seat, 10.0, 90.0) < 0.010


def test_sound_and_picture_are_nearly_together_before_the_first_report() -> None:
    publisher = Publisher(1, 0.0, 5.0, audio_ppm=0, video_ppm=0)
    publisher.arrivals = [arrival for arrival in publisher.arrivals if not arrival.ntp]
    # By arrival alone the picture is late by what its encoder takes longer, and jitter.
    assert worst_sync_s(seat_after([publisher]), 1.0, 5.0) < 0.070


def test_a_seat_that_changes_its_person_stays_together() -> None:
    people = [
        Publisher(20 + number, number * 30.0, number * 30.0 + 29.8, audio_ppm=80 * number, video_ppm=-60)
        for number in range(3)
    ]
    seat = seat_after(people)
    for number in range(3):
        assert worst_sync_s(seat, number * 30.0 + 10.0, number * 30.0 + 29.0) < 0.010


def test_a_person_taken_over_in_mid_stream_is_in_sync_from_the_first_frame() -> None:
    first, second = (Publisher(seed, 0.0, 40.0, audio_ppm=50, video_ppm=-50) for seed in (31, 32))
    # Both send from the start; the seat changes to the second at 20 s, when its reports are known.
    first.arrivals = [arrival for arrival in first.arrivals if arrival.at < 20.0]
    heard = [arrival for arrival in second.arrivals if arrival.ntp and arrival.at < 20.0]
    later = [arrival for arrival in second.arrivals if arrival.at >= 20.0]
    second.arrivals = heard + later
    seat = seat_after([first, second])
    assert worst_sync_s(seat, 20.0, 39.0) < 0.010
