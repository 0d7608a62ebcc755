import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu import clock

seconds_of_a_century = st.floats(0, 3e9, allow_nan=False)
rates = st.sampled_from([8000, 48000, 90000])
UNIX_2036 = (1 << 32) - clock.NTP_UNIX_OFFSET


@pytest.mark.parametrize(
    ("unix", "ntp"),
    [
        (0.0, 2_208_988_800 << 32),
        (0.5, (2_208_988_800 << 32) + (1 << 31)),
        (-2_208_988_800.0, 0),
        (float(UNIX_2036), 0),
        (UNIX_2036 + 1.25, (1 << 32) + (1 << 30)),
    ],
)
def test_ntp_counts_from_1900_and_wraps_in_2036(unix: float, ntp: int) -> None:
    assert clock.ntp_from_unix(unix) == ntp


@given(seconds_of_a_century, st.floats(-1e6, 1e6))
def test_ntp_difference_is_the_seconds_between(start: float, step: float) -> None:
    difference = clock.ntp_difference(clock.ntp_from_unix(start + step), clock.ntp_from_unix(start))
    assert difference == pytest.approx(step, abs=2e-6)


def test_ntp_difference_is_right_over_the_wrap() -> None:
    before, after = clock.ntp_from_unix(UNIX_2036 - 1.5), clock.ntp_from_unix(UNIX_2036 + 1.0)
    assert clock.ntp_difference(after, before) == 2.5
    assert clock.ntp_difference(before, after) == -2.5


def test_middle32_takes_the_low_half_of_seconds_and_the_high_half_of_the_fraction() -> None:
    # The example of RFC 3550 figure 2.
    assert clock.middle32(0xB44DB705_20000000) == 0xB7052000


def test_round_trip_is_the_example_of_the_rfc() -> None:
    # RFC 3550 figure 2: A − DLSR − LSR = 6.125 s.
    assert clock.round_trip(0xB7108000, 0xB7052000, 0x00054000) == 6.125


@pytest.mark.parametrize(
    ("received", "last_sr", "delay", "expected"),
    [
        (0x10000, 0, 0, None),
        (5, 0xFFFFFFFF, 0, 6 / 65536),
        (100, 101, 0, 0.0),
        (100, 100 + 65536, 0, None),
        (0x7FFFFFFF, 1, 0, None),
    ],
)
def test_round_trip_refuses_what_cannot_be(
    received: int, last_sr: int, delay: int, expected: float | None
) -> None:
    assert clock.round_trip(received, last_sr, delay) == expected


@given(st.floats(0, 50), st.floats(0, 9), st.integers(1, 0xFFFFFFFF))
def test_round_trip_comes_back_from_a_report(path: float, delay: float, last_sr: int) -> None:
    dlsr = clock.compact_duration(delay)
    received = (last_sr + int(path * 65536) + dlsr) & 0xFFFFFFFF
    assert clock.round_trip(received, last_sr, dlsr) == pytest.approx(path, abs=1 / 65536)


def test_a_compact_duration_stays_within_its_field() -> None:
    assert clock.compact_duration(-1.0) == 0
    assert clock.compact_duration(1.5) == 0x18000
    assert clock.compact_duration(1e9) == 0xFFFFFFFF


@given(st.integers(-(1 << 31), 1 << 31), rates)
def test_ticks_survive_the_way_through_seconds(ticks: int, rate: int) -> None:
    assert clock.ticks_from_seconds(clock.seconds_from_ticks(ticks, rate), rate) == ticks


@given(st.floats(0, 1e6), st.floats(-31.9, 31.9))
def test_send_times_differ_by_the_seconds_between_them(start: float, step: float) -> None:
    a, b = clock.abs_send_time(start + 64 + step), clock.abs_send_time(start)
    assert 0 <= a < 1 << 24
    assert clock.abs_send_time_difference(a, b) == pytest.approx(step, abs=2 / (1 << 18))


@given(st.floats(-1e6, 1e6))
def test_a_capture_offset_survives_the_wire(offset: float) -> None:
    field = clock.capture_offset_from_seconds(offset)
    assert 0 <= field < 1 << 64
    assert clock.seconds_from_capture_offset(field) == pytest.approx(offset, abs=1e-9)


@given(st.floats(0, 1e7), st.floats(1e9, 2.2e9), st.floats(-1000, 1000))
def test_the_wall_clock_maps_both_ways(now: float, offset: float, step: float) -> None:
    wall = clock.WallClock(offset)
    assert wall.unix(now) == now + offset
    assert wall.monotonic(wall.ntp(now + step), now) == pytest.approx(now + step, abs=2e-6)
