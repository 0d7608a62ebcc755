"""Every conversion between clocks: NTP, RTP ticks, abs-send-time and abs-capture-time, only here.

Inside the node time is monotonic seconds (`now`). NTP timestamps are 64 bit integers, 32.32 fixed point
seconds since 1900 (RFC 5905 §6), which wrap in 2036: compare them with `ntp_difference` only.
"""

from dataclasses import dataclass
from typing import Final

NTP_UNIX_OFFSET: Final = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905 figure 4)."""

_FRACTION: Final = 1 << 32
_NTP_MASK: Final = (1 << 64) - 1
_WORD_MASK: Final = 0xFFFFFFFF
_SEND_TIME_MASK: Final = 0xFFFFFF


def ntp_from_unix(seconds: float) -> int:
    """NTP timestamp of a time in seconds since 1970."""
    whole = int(seconds // 1)
    # Whole and fraction apart: together they would leave a float only 2⁻²¹ s for the fraction.
    return ((whole + NTP_UNIX_OFFSET) << 32) + int((seconds - whole) * _FRACTION) & _NTP_MASK


def ntp_difference(a: int, b: int) -> float:
    """Seconds from NTP timestamp `b` to `a`, right over the wrap of 2036."""
    delta = (a - b) & _NTP_MASK
    return (delta - (1 << 64) if delta >> 63 else delta) / _FRACTION


def middle32(ntp: int) -> int:
    """The middle 32 bits of an NTP timestamp: 16.16 seconds, the form of LSR (RFC 3550 §6.4.1)."""
    return (ntp >> 16) & _WORD_MASK


def compact_duration(seconds: float) -> int:
    """A duration in units of 1/65536 s, the form of DLSR (RFC 3550 §6.4.1); held within 32 bits."""
    return min(max(int(seconds * 65536), 0), _WORD_MASK)


def round_trip(received32: int, last_sr: int, delay_since_last_sr: int) -> float | None:
    """Round trip in seconds from a report block (RFC 3550 §6.4.1), A − LSR − DLSR.

    `received32` is `middle32` of the block's arrival. None if the block answers no sender report, or if the
    numbers cannot be: a negative time, or longer than a minute.
    """
    if last_sr == 0:
        return None
    ticks = (received32 - last_sr - delay_since_last_sr) & _WORD_MASK
    if ticks >= 1 << 31:
        # Clocks of 1/65536 s may round a short path to just below zero.
        return 0.0 if _WORD_MASK - ticks < 66 else None
    seconds = ticks / 65536
    return seconds if seconds <= 60 else None


def ticks_from_seconds(seconds: float, clock_rate: int) -> int:
    """A duration in ticks of an RTP clock, rounded to the nearest."""
    return round(seconds * clock_rate)


def seconds_from_ticks(ticks: int, clock_rate: int) -> float:
    """A duration of an RTP clock in seconds."""
    return ticks / clock_rate


def abs_send_time(seconds: float) -> int:
    """24 bits of 6.18 fixed point seconds, wrapping each 64 s (the abs-send-time header extension)."""
    return int(seconds * (1 << 18)) & _SEND_TIME_MASK


def abs_send_time_difference(a: int, b: int) -> float:
    """Seconds from send time `b` to `a`, in [-32, 32)."""
    delta = (a - b) & _SEND_TIME_MASK
    return (delta - (1 << 24) if delta >> 23 else delta) / (1 << 18)


def capture_offset_from_seconds(seconds: float) -> int:
    """64 bits of signed 32.32 seconds: the estimated capture clock offset of abs-capture-time."""
    limit = 1 << 63
    return min(max(int(seconds * _FRACTION), -limit), limit - 1) & _NTP_MASK


def seconds_from_capture_offset(offset: int) -> float:
    """The estimated capture clock offset of abs-capture-time in seconds."""
    return (offset - (1 << 64) if offset >> 63 else offset) / _FRACTION


@dataclass(frozen=True, slots=True)
class WallClock:
    """Maps the node's monotonic clock to the time of day.

    `offset` is seconds since 1970 minus monotonic seconds, read once by the driver: steps of the system's
    clock must not reach media, whose receivers take sender reports for one steady clock.
    """

    offset: float

    def unix(self, now: float) -> float:
        """Seconds since 1970."""
        return now + self.offset

    def ntp(self, now: float) -> int:
        """NTP timestamp, as sender reports and abs-capture-time carry it."""
        return ntp_from_unix(now + self.offset)

    def monotonic(self, ntp: int, now: float) -> float:
        """The monotonic second of an NTP timestamp less than 68 years from `now`."""
        return now + ntp_difference(ntp, self.ntp(now))
