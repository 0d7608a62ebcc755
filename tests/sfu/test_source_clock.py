import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.clock import ntp_from_unix
from sfu.source_clock import LEAP_S, MAX_AGE_S, MAX_AHEAD_S, SLEW, SourceClock, StreamClock

UNIX = 1.7e9
"""Publisher's time of day at server second 0."""


def report(stream: StreamClock, captured: float, delay: float, rate: int = 90000, shift: float = 0.0) -> None:
    """A sender report of the server's second `captured`; RTP timestamps are `captured` in ticks."""
    timestamp = int(captured * rate) & 0xFFFFFFFF
    stream.sender_report(ntp_from_unix(UNIX + captured + shift), timestamp, captured + delay)


def test_without_reports_the_first_packet_is_captured_when_it_arrives() -> None:
    stream = SourceClock().stream(90000)
    assert stream.synchronised is False
    assert stream.capture_time(1234, 5.0) == 5.0
    assert stream.capture_time(1234 + 9000, 5.13) == pytest.approx(5.1, abs=1e-3)


def test_without_reports_a_faster_packet_corrects_the_line() -> None:
    stream = SourceClock().stream(90000)
    stream.capture_time(0, 5.0)
    assert stream.capture_time(9000, 5.06) == 5.06
    assert stream.capture_time(18000, 5.2) == pytest.approx(5.16, abs=1e-3)


def test_without_reports_the_line_follows_a_slow_clock() -> None:
    stream = SourceClock().stream(90000)
    for second in range(3600):
        arrival = second * (1 + 100e-6)
        assert abs(stream.capture_time(second * 90000 & 0xFFFFFFFF, arrival) - arrival) < 0.002


def test_a_restarted_timestamp_begins_a_new_line() -> None:
    stream = SourceClock().stream(90000)
    stream.capture_time(0, 5.0)
    assert stream.capture_time(0x7000_0000, 5.1) == 5.1
    assert stream.capture_time(0x7000_0000 + 9000, 5.25) == pytest.approx(5.2, abs=1e-3)


def test_a_report_dates_packets_by_the_publishers_clock() -> None:
    stream = SourceClock().stream(90000)
    report(stream, captured=10.0, delay=0.03)
    assert stream.synchronised is True
    # Sent 0.2 s after capture, so it arrived late: the report knows better than the arrival.
    assert stream.capture_time(int(10.5 * 90000), 10.73) == pytest.approx(10.53, abs=1e-4)


def test_streams_of_one_publisher_share_the_offset() -> None:
    source = SourceClock()
    video, audio = source.stream(90000), source.stream(48000)
    report(video, captured=10.0, delay=0.2)  # delayed on the way
    report(audio, captured=10.1, delay=0.03, rate=48000)
    moment = 10.4
    by_video = video.capture_time(int(moment * 90000), 10.5)
    by_audio = audio.capture_time(int(moment * 48000), 10.5)
    assert by_video == pytest.approx(by_audio, abs=1e-4)
    assert by_audio == pytest.approx(10.43, abs=1e-4)


def test_timestamps_and_ntp_may_wrap() -> None:
    stream = SourceClock().stream(90000)
    ntp_wrap = (1 << 64) - (1 << 31)  # half a second before the wrap of 2036
    stream.sender_report(ntp_wrap, 0xFFFFFFFF - 44999, 1.0)
    assert stream.capture_time(45000, 2.02) == pytest.approx(2.0, abs=1e-3)
    stream.sender_report(1 << 31, 45000, 2.0)
    assert stream.capture_time(90000, 2.52) == pytest.approx(2.5, abs=1e-3)


def test_a_report_without_wall_clock_says_nothing() -> None:
    stream = SourceClock().stream(90000)
    stream.sender_report(0, 1234, 1.0)
    assert stream.synchronised is False


def test_a_report_overtaken_by_a_newer_one_is_ignored() -> None:
    stream = SourceClock().stream(90000)
    report(stream, captured=10.0, delay=0.01)
    report(stream, captured=11.0, delay=0.01)
    before = stream.capture_time(int(11.5 * 90000), 11.52)
    report(stream, captured=10.5, delay=0.6)
    assert stream.capture_time(int(11.5 * 90000), 11.52) == before


@pytest.mark.parametrize("shift", [-3600.0, -2.0, 2.0, 3600.0, 1e8])
def test_a_publisher_that_sets_its_clock_moves_no_picture(shift: float) -> None:
    source = SourceClock()
    video, audio = source.stream(90000), source.stream(48000)
    for second in range(1, 6):
        report(video, second, 0.02)
        report(audio, second + 0.01, 0.02, rate=48000)
    report(video, 6.0, 0.02, shift=shift)  # the sound's report with the new time is still to come
    assert video.capture_time(int(6.5 * 90000), 6.55) == pytest.approx(6.52, abs=1e-3)
    assert audio.capture_time(int(6.5 * 48000), 6.55) == pytest.approx(6.52, abs=1e-3)
    report(audio, 6.01, 0.02, rate=48000, shift=shift)
    assert audio.capture_time(int(6.6 * 48000), 6.65) == pytest.approx(6.62, abs=1e-3)


def test_a_restarted_rtp_clock_is_taken_from_the_next_report() -> None:
    stream = SourceClock().stream(90000)
    report(stream, 1.0, 0.02)
    report(stream, 2.0, 0.02)
    stream.sender_report(ntp_from_unix(UNIX + 3.0), 0x9000_0000, 3.02)
    assert stream.capture_time(0x9000_0000 + 9000, 3.2) == pytest.approx(3.12, abs=1e-3)


def test_the_offset_takes_the_fastest_report_while_it_settles() -> None:
    source = SourceClock()
    stream = source.stream(90000)
    for second, delay in enumerate((0.4, 0.1, 0.3, 0.05, 0.2)):
        report(stream, 1.0 + second, delay)
    assert stream.capture_time(int(5.5 * 90000), 5.7) == pytest.approx(5.55, abs=1e-3)


def test_later_the_offset_moves_slowly_both_ways() -> None:
    source = SourceClock()
    stream = source.stream(90000)
    delays = {0: 0.05, 40: 0.20, 120: 0.02}
    delay, last = 0.0, None
    for second in range(1, 400):
        delay = delays.get(second // 20 * 20, delay)
        report(stream, float(second), delay)
        error = stream.capture_time(second * 90000, second + delay) - second
        if last is not None:
            assert abs(error - last) <= SLEW * 1.01
        last = error
    assert last == pytest.approx(0.02, abs=0.03)


def test_an_offset_far_off_is_set_at_once() -> None:
    stream = SourceClock().stream(90000)
    for second in range(1, 30):
        report(stream, float(second), 3.0)
    report(stream, 30.0, 3.0 - LEAP_S - 0.5)
    assert stream.capture_time(30 * 90000, 31.5) == pytest.approx(31.5, abs=1e-3)


def test_drifting_clocks_stay_together_for_an_hour() -> None:
    source = SourceClock()
    video, audio = source.stream(90000), source.stream(48000)
    draw = random.Random(5)
    for second in range(1, 3600, 5):
        for stream, rate, drift in ((video, 90000, 40e-6), (audio, 48000, -90e-6)):
            timestamp = int(second * rate * (1 + drift)) & 0xFFFFFFFF
            ntp = ntp_from_unix(UNIX + second * (1 + 100e-6))
            stream.sender_report(ntp, timestamp, second + 0.02 + draw.expovariate(100))
        moment = second + 1.0
        by_video = video.capture_time(int(moment * 90000 * (1 + 40e-6)) & 0xFFFFFFFF, moment + 0.05)
        by_audio = audio.capture_time(int(moment * 48000 * (1 - 90e-6)) & 0xFFFFFFFF, moment + 0.05)
        assert abs(by_video - by_audio) < 0.001
        assert moment <= by_video <= moment + 0.04


reports = st.tuples(
    st.just("report"), st.integers(0, (1 << 64) - 1), st.integers(0, 0xFFFFFFFF), st.floats(0, 20)
)
packets = st.tuples(st.just("packet"), st.just(0), st.integers(0, 0xFFFFFFFF), st.floats(0, 20))


@given(st.lists(reports | packets, max_size=50))
def test_whatever_a_publisher_claims_capture_stays_near_arrival(
    steps: list[tuple[str, int, int, float]],
) -> None:
    stream = SourceClock().stream(90000)
    now = 0.0
    for what, ntp, timestamp, pause in steps:
        now += pause
        if what == "report":
            stream.sender_report(ntp, timestamp, now)
        else:
            assert -MAX_AHEAD_S <= now - stream.capture_time(timestamp, now) <= MAX_AGE_S
