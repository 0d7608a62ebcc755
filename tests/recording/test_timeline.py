"""Tracks stay in step, whatever their clocks do."""

from itertools import pairwise
from random import Random

import pytest

from recording.timeline import Timeline
from sfu.clock import ntp_from_unix
from sfu.source_clock import SourceClock

UNIX = 1_800_000_000.0


class Source:
    """A person whose clock runs `drift_ppm` fast: the place in the recording of what is captured when."""

    def __init__(self, drift_ppm: float, seed: int, audio_report_s: float = 5.0) -> None:
        self._rate = 1 + drift_ppm / 1e6
        self._random = Random(seed)
        self._clock = SourceClock()
        self._streams = {
            "audio": (48_000, self._clock.stream(48_000), Timeline(0.0, 48_000), audio_report_s),
            "video": (90_000, self._clock.stream(90_000), Timeline(0.0, 90_000), 1.0),
        }
        self._offsets = {"audio": self._random.getrandbits(32), "video": self._random.getrandbits(32)}
        self._reported = {"audio": 0.0, "video": 0.0}

    def delay_s(self) -> float:
        """A path of 20 ms and its queues."""
        return 0.02 + self._random.expovariate(1 / 0.01)

    def ticks(self, kind: str, at: float) -> int:
        rate = self._streams[kind][0]
        return self._offsets[kind] + round(at * self._rate * rate) & 0xFFFFFFFF

    def place(self, kind: str, at: float) -> float:
        """Something is captured at `at`: where it stands in its file."""
        _, clock, timeline, report_s = self._streams[kind]
        if at - self._reported[kind] >= report_s:
            self._reported[kind] = at
            clock.sender_report(
                ntp_from_unix(UNIX + at * self._rate), self.ticks(kind, at), at + self.delay_s()
            )
        arrival = at + self.delay_s()
        timestamp = self.ticks(kind, at)
        return timeline.place(timestamp, clock.capture_time(timestamp, arrival)).at


@pytest.mark.parametrize("drift_ppm", [-50.0, 0.0, 50.0])
def test_sound_and_picture_are_within_40_ms_after_half_an_hour_of_drift(drift_ppm: float) -> None:
    source = Source(drift_ppm, seed=1)
    worst = 0.0
    for frame in range(30 * 60 * 15):
        at = frame / 15
        offset = source.place("video", at) - source.place("audio", at)
        if at > 10.0:
            worst = max(worst, abs(offset))
    assert worst <= 0.040


def test_tracks_of_a_room_line_up_within_20_ms_over_an_hour_of_drift() -> None:
    sources = [Source(drift_ppm, seed) for seed, drift_ppm in enumerate((-50.0, -20.0, 0.0, 30.0, 50.0))]
    worst = 0.0
    for step in range(60 * 60 * 5):
        at = step / 5
        places = [source.place(kind, at) for source in sources for kind in ("audio", "video")]
        if at > 30.0:
            worst = max(worst, max(places) - min(places))
    assert worst <= 0.020


def test_places_follow_the_streams_even_clock_and_not_the_network() -> None:
    source = Source(20.0, seed=4)
    places = [source.place("audio", frame / 50) for frame in range(50 * 60)]
    steps = [after - before for before, after in pairwise(places[50 * 10 :])]
    assert max(abs(step - 0.02) for step in steps) < 0.001


def test_a_clock_that_was_set_forward_is_followed_at_once() -> None:
    timeline = Timeline(100.0, 90_000)
    assert timeline.place(0, 101.0).at == pytest.approx(1.0)
    placed = timeline.place(3_000, 102.0)
    assert placed.at == pytest.approx(2.0)
    assert placed.leapt == pytest.approx(1.0 - 1 / 30)


def test_a_clock_that_was_set_back_is_doubted_until_the_next_report() -> None:
    timeline = Timeline(0.0, 90_000)
    at = [timeline.place(frame * 3_000, frame / 30).at for frame in range(30)]
    back = 90_000 * 2
    doubted = [timeline.place(frame * 3_000 - back & 0xFFFFFFFF, frame / 30 - 2.0) for frame in range(30, 60)]
    believed = [timeline.place(frame * 3_000 - back & 0xFFFFFFFF, frame / 30) for frame in range(60, 90)]
    at += [placed.at for placed in doubted + believed]
    assert all(abs(after - before - 1 / 30) < 0.001 for before, after in pairwise(at))
    assert [placed.leapt for placed in doubted + believed if placed.leapt] == [pytest.approx(-2.0)]


def test_capture_times_that_stay_behind_what_is_written_are_believed_in_the_end() -> None:
    timeline = Timeline(0.0, 90_000)
    places = [timeline.place(frame * 3_000, frame / 30).at for frame in range(30)]
    places += [timeline.place(frame * 3_000, frame / 30 - 0.5).at for frame in range(30, 600)]
    assert places == sorted(set(places))
    assert places[-1] == pytest.approx(599 / 30 - 0.5)


@pytest.mark.parametrize("clock_rate", [48_000, 90_000])
def test_places_only_grow(clock_rate: int) -> None:
    random = Random(clock_rate)
    timeline = Timeline(0.0, clock_rate)
    places = []
    for _ in range(2_000):
        if random.random() < 0.01:
            timeline.begin_run()
        places.append(timeline.place(random.getrandbits(32), random.uniform(0, 10)).at)
    assert places == sorted(set(places))
