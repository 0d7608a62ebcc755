import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.messages import Kind
from sfu.sequence import timestamp_delta
from sfu.slot_clock import LEAP_S, SLEW, STEPS, SlotClock, TimestampOffset

VIDEO_FRAME = 3000
"""Ticks of a frame at 30 fps."""


def video_slot(start: int = 1000) -> tuple[SlotClock, TimestampOffset]:
    clock = SlotClock(90000, start, 0.0)
    return clock, TimestampOffset(clock, "video")


def test_the_line_goes_through_its_start_and_wraps() -> None:
    clock = SlotClock(90000, 0xFFFFFFFF, 100.0)
    assert clock.timestamp_at(100.0) == 0xFFFFFFFF
    assert clock.timestamp_at(101.0) == 89999
    assert clock.timestamp_at(99.0) == 0xFFFFFFFF - 90000


@given(st.integers(0, 0xFFFFFFFF), st.floats(0, 1e6), st.floats(0, 1e4), st.floats(0, 1e4))
def test_the_line_is_straight(start: int, origin: float, a: float, b: float) -> None:
    clock = SlotClock(48000, start, origin)
    ticks = timestamp_delta(clock.timestamp_at(origin + a), clock.timestamp_at(origin + b))
    assert ticks == pytest.approx((a - b) * 48000, abs=1.01)


def test_a_first_source_falls_onto_the_line() -> None:
    clock, offset = video_slot()
    delta = offset.switch(777, 10.0, None)
    assert (777 + delta) & 0xFFFFFFFF == clock.timestamp_at(10.0)
    assert offset.delta == delta


def test_a_switch_keeps_the_line_when_there_is_room() -> None:
    clock, offset = video_slot()
    offset.switch(777, 10.0, None)
    delta = offset.switch(0x9000_0000, 10.1, clock.timestamp_at(10.05))
    assert (0x9000_0000 + delta) & 0xFFFFFFFF == clock.timestamp_at(10.1)


def test_a_switch_to_an_older_picture_goes_on_after_the_last_sent() -> None:
    clock, offset = video_slot()
    last = clock.timestamp_at(10.0)
    delta = offset.switch(5, 9.9, last)
    assert timestamp_delta(5 + delta, last) == 90


@pytest.mark.parametrize("error_s", [0.05, -0.05])
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_an_error_is_slewed_until_it_is_within_the_dead_band(kind: Kind, error_s: float) -> None:
    rate, step_s = (90000, 1 / 30) if kind == "video" else (48000, 0.02)
    clock = SlotClock(rate, 5, 0.0)
    offset = TimestampOffset(clock, kind)
    out = [offset.switch(0, 1.0 + error_s, None)]
    seconds = 0.0
    for number in range(1, int(12 / step_s)):
        seconds = number * step_s
        timestamp = int(seconds * rate)
        offset.correct(timestamp, 1.0 + seconds, out[-1])
        out.append((timestamp + offset.delta) & 0xFFFFFFFF)
    steps = [timestamp_delta(after, before) / rate for before, after in pairwise(out)]
    largest = STEPS[kind].most_s
    assert all(step_s - largest - 1e-3 <= step <= step_s + largest + 1e-3 for step in steps)
    moved = [number for number, step in enumerate(steps) if abs(step - step_s) > 5e-4]
    assert moved[-1] * step_s <= 0.05 / SLEW + 1.0
    assert abs(timestamp_delta(out[-1], clock.timestamp_at(1.0 + seconds))) <= STEPS[kind].dead_band_s * rate


def test_looking_only_now_and_then_corrects_as_fast() -> None:
    clock, offset = video_slot()
    last = offset.switch(0, 1.05, None)
    seconds = 0.0
    for number in range(1, 24):
        seconds = number * 0.25
        timestamp = int(seconds * 90000)
        offset.correct(timestamp, 1.0 + seconds, last)
        last = (timestamp + offset.delta) & 0xFFFFFFFF
    assert abs(timestamp_delta(last, clock.timestamp_at(1.0 + seconds))) <= 90


def test_an_error_within_the_dead_band_stays() -> None:
    clock = SlotClock(48000, 5, 0.0)
    offset = TimestampOffset(clock, "audio")
    offset.switch(0, 1.0, None)
    assert offset.correct(96000, 3.0 + 0.0045, None) is False
    assert offset.correct(96960, 3.02 + 0.0065, None) is True
    assert (96960 + offset.delta) & 0xFFFFFFFF == clock.timestamp_at(3.02 + 0.0065)


def test_a_leap_of_the_sources_clock_is_set_right_at_once() -> None:
    clock, offset = video_slot()
    offset.switch(0, 1.0, None)
    last = offset.delta
    assert offset.correct(0xA000_0000, 1.0 + 1 / 30, last) is True
    assert (0xA000_0000 + offset.delta) & 0xFFFFFFFF == clock.timestamp_at(1.0 + 1 / 30)


def test_time_that_leaps_back_stands_still_instead() -> None:
    clock, offset = video_slot()
    last = offset.switch(0, 5.0, None)
    for number in range(1, 40):
        timestamp = number * VIDEO_FRAME
        offset.correct(timestamp, 5.0 - LEAP_S - 0.3 + number / 30, last)
        sent = (timestamp + offset.delta) & 0xFFFFFFFF
        assert timestamp_delta(sent, last) > 0
        last = sent
    assert abs(timestamp_delta(last, clock.timestamp_at(4.5 + 39 / 30))) <= LEAP_S * 90000


def test_all_packets_of_a_frame_and_late_ones_leave_delta_alone() -> None:
    clock, offset = video_slot()
    offset.switch(0, 1.0, None)
    last = (VIDEO_FRAME + offset.delta) & 0xFFFFFFFF
    offset.correct(VIDEO_FRAME, 1.1, last)
    delta = offset.delta
    for timestamp in (VIDEO_FRAME, 0, VIDEO_FRAME - 90000):
        assert offset.correct(timestamp & 0xFFFFFFFF, 1.2, clock.timestamp_at(1.1)) is False
    assert offset.delta == delta


@given(st.integers(0, 1 << 32), st.sampled_from(["audio", "video"]))
def test_what_goes_out_never_goes_back(seed: int, kind: Kind) -> None:
    draw = random.Random(seed)
    rate = 90000 if kind == "video" else 48000
    offset = TimestampOffset(SlotClock(rate, draw.getrandbits(32), 0.0), kind)
    timestamp, capture, last = draw.getrandbits(32), 0.0, None
    for number in range(80):
        pause = draw.choice((0.01, 0.02, 0.033, 0.5))
        timestamp = (timestamp + int(pause * rate)) & 0xFFFFFFFF
        capture += pause + draw.choice((0, 0, 0.004, -0.004, 0.3, -0.3))
        if number == 0 or draw.random() < 0.05:
            timestamp = draw.getrandbits(32)
            offset.switch(timestamp, capture, last)
        else:
            offset.correct(timestamp, capture, last)
        sent = (timestamp + offset.delta) & 0xFFFFFFFF
        if last is not None:
            assert timestamp_delta(sent, last) > 0
        last = sent
