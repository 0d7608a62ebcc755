"""What left under which transport-wide number: when, how large, and whether it was part of a probe.

The other half of the receiver's feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), which names
packets by number alone. Written once a flush for the whole run of numbers, read once a feedback.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

from sfu.rtcp.transport_feedback import TICKS_PER_SECOND
from sfu.sequence import unwrap

CAPACITY: Final = 4096
"""Packets remembered, a power of two: two seconds of 20 Mbit/s, where feedback comes after a round trip and a
tenth of a second. A number is forgotten when the one this much later is sent."""

PROBE_RUNS: Final = 64
"""Runs of probe packets remembered; a probe is sent in steps of 5 ms, and lasts a few dozen of them."""

TICK_S: Final = 1 / TICKS_PER_SECOND
LOST: Final = -1.0

_MASK: Final = CAPACITY - 1


class Verdicts:
    """What one feedback says of packets not judged before: columns of equal length, in order of number.

    `sent_at` in seconds of our clock, `size_bytes` of the datagram, `arrived_at` in seconds of the receiver's
    clock or negative for a packet lost, `probe` the number of its probe or 0.
    """

    __slots__ = ("arrived_at", "probe", "sent_at", "size_bytes")

    def __init__(
        self, sent_at: list[float], size_bytes: list[int], arrived_at: list[float], probe: list[int]
    ) -> None:
        self.sent_at = sent_at
        self.size_bytes = size_bytes
        self.arrived_at = arrived_at
        self.probe = probe


class SentPackets:
    """A ring of columns, indexed by number. A size of 0 marks what is not there, or was judged already.

    A packet is judged once: that it was lost stays the verdict if a later feedback knows better. So what a
    receiver can make us do with its feedback is bounded by what we sent it. Lists, for they take and give
    slices of what is there already; arrays would make each number anew.
    """

    __slots__ = ("_next", "_probes", "_sizes", "_times")

    def __init__(self) -> None:
        self._next = 0
        self._times = [0.0] * CAPACITY
        self._sizes = [0] * CAPACITY
        self._probes: deque[tuple[int, int, int]] = deque(maxlen=PROBE_RUNS)

    def record(self, first: int, sizes: list[int], probe: int, now: float) -> None:
        """Packets `first` and following left now, as many as there are sizes."""
        if len(sizes) > CAPACITY:
            first, sizes = first + len(sizes) - CAPACITY, sizes[-CAPACITY:]
        count = len(sizes)
        at = first & _MASK
        end = at + count
        if count == 1:  # audio: more than half of all that is recorded
            self._times[at] = now
            self._sizes[at] = sizes[0]
        elif end <= CAPACITY:
            self._times[at:end] = [now] * count
            self._sizes[at:end] = sizes
        else:
            split = CAPACITY - at
            self._times[at:], self._times[: count - split] = [now] * split, [now] * (count - split)
            self._sizes[at:], self._sizes[: count - split] = sizes[:split], sizes[split:]
        self._next = first + count
        if probe:
            self._probes.append((first, first + count, probe))

    def judge(self, base16: int, ticks: Sequence[int | None], origin_s: float) -> Verdicts | None:
        """Match a feedback that starts at number `base16` and has an entry for each packet from there on.

        `ticks` are arrivals in 250 µs after `origin_s`, None for a packet lost; `origin_s` is so large that
        no arrival is negative. None if nothing is said of a packet that is here and was not judged.
        """
        newest = self._next
        base = unwrap(base16, newest - 1)
        first = max(base, newest - CAPACITY, 0)
        last = min(base + len(ticks), newest)
        if first >= last:
            return None
        at = first & _MASK
        end = at + last - first
        none = [0] * (last - first)
        if end <= CAPACITY:
            times, sizes = self._times[at:end], self._sizes[at:end]
            self._sizes[at:end] = none
        else:
            end -= CAPACITY
            times = self._times[at:] + self._times[:end]
            sizes = self._sizes[at:] + self._sizes[:end]
            self._sizes[at:], self._sizes[:end] = none[end:], none[:end]
        arrived = [
            LOST if tick is None else origin_s + tick * TICK_S for tick in ticks[first - base : last - base]
        ]
        probes = self._probes_of(first, last)
        if 0 in sizes:
            kept = [place for place, size in enumerate(sizes) if size]
            if not kept:
                return None
            times = [times[place] for place in kept]
            sizes = [sizes[place] for place in kept]
            arrived = [arrived[place] for place in kept]
            probes = [probes[place] for place in kept]
        return Verdicts(times, sizes, arrived, probes)

    def _probes_of(self, first: int, last: int) -> list[int]:
        numbers = [0] * (last - first)
        for start, end, probe in self._probes:
            for number in range(max(start, first), min(end, last)):
                numbers[number - first] = probe
        return numbers
