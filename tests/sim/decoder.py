"""A jitter buffer and decoder as far as they matter to an SFU: which frames could be shown, and when.

It goes by the marks of `tests.sim.simulcast`: a frame decodes once all its packets are there and the frame it
refers to was decoded since the last key frame. Each is shown at its time, or as soon as it decodes; a frame
that is still missing when a later one can be shown is passed over.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from client.receiving import ReceivedPacket
from sfu.identifiers import Csrc
from tests.sim.simulcast import read_mark

KEYFRAME_WAIT_S = 0.2
FRAME_WAIT_S = 3.0
"""libwebrtc, video_receive_stream2.cc: kMaxWaitForKeyFrame and kMaxWaitForFrame, after which it sends a
PLI."""

PLAYOUT_S = 0.15
"""From the earliest that a frame could have come to its showing. libwebrtc's jitter buffer grows to that over
a link that loses packets: the round trip, as repairs need it, and some tens of milliseconds of jitter."""

CLOCK_RATE = 90_000

MOST_PENDING = 300
"""Frames not yet decodable, ten seconds of them; libwebrtc's buffer holds 800."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded frame. `at` is when it was decoded, `encoding` counts from the lowest."""

    at: float
    csrc: Csrc | None
    encoding: int
    frame: int
    temporal: int
    keyframe: bool


@dataclass(slots=True)
class _Frame:
    first_index: int
    timestamp: int
    csrc: Csrc | None
    encoding: int
    number: int
    temporal: int
    packets: int
    reference: int | None
    have: set[int] = field(default_factory=set)
    complete_at: float = inf


class Decoder:
    """Takes the packets of one slot; `pictures` is what a viewer saw, as far as it is known by `play`."""

    def __init__(self, playout_s: float = PLAYOUT_S) -> None:
        self.pictures: list[Picture] = []
        self._playout_s = playout_s
        self._pending: dict[tuple[Csrc | None, int, int], _Frame] = {}
        self._decoded: set[tuple[Csrc | None, int, int]] = set()  # since the last key frame
        self._last_index = -1
        self._last_at = -inf
        self._newest_timestamp: int | None = None
        self._earliest = inf  # arrival minus capture of the fastest frame
        self._waiting_since: float | None = None
        self._need_keyframe = True

    def receive(self, packet: ReceivedPacket) -> None:
        """A packet of the slot, in any order, each once."""
        self.play(packet.arrival)
        mark = read_mark(packet.payload)
        first = packet.index - mark.packet
        if first <= self._last_index:
            return  # of a frame that was passed over
        if self._waiting_since is None:
            self._waiting_since = packet.arrival
        key = (packet.csrc, mark.encoding, mark.frame)
        frame = self._pending.get(key)
        if frame is None:
            frame = self._pending[key] = _Frame(
                first,
                self._unwrap(packet.timestamp),
                *(packet.csrc, mark.encoding, mark.frame),
                *(mark.temporal, mark.packets, mark.reference),
            )
            if len(self._pending) > MOST_PENDING:
                del self._pending[next(iter(self._pending))]
        frame.have.add(mark.packet)
        if len(frame.have) == frame.packets:
            frame.complete_at = packet.arrival
            self._earliest = min(self._earliest, packet.arrival - frame.timestamp / CLOCK_RATE)
            self.play(packet.arrival)

    def play(self, now: float) -> None:
        """Show what is due by `now`. Nothing but packets changes what can be shown, so that this may be
        called late: pictures bear the time at which they were shown."""
        while (due := self._next()) is not None and due[0] <= now:
            self._show(due[2], due[0])

    def wants_keyframe(self, now: float) -> bool:
        """Asked every now and then: whether to send a PLI now."""
        self.play(now)
        if self._waiting_since is None:
            return False
        patience = KEYFRAME_WAIT_S if self._need_keyframe else FRAME_WAIT_S
        if now - self._waiting_since < patience:
            return False
        self._need_keyframe = True
        self._waiting_since = now
        return True

    def _unwrap(self, timestamp: int) -> int:
        newest = self._newest_timestamp
        if newest is None:
            unwrapped = timestamp
        else:
            unwrapped = newest + ((timestamp - newest + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        self._newest_timestamp = unwrapped if newest is None else max(newest, unwrapped)
        return unwrapped

    def _next(self) -> tuple[float, int, _Frame] | None:
        """What is shown next, and when: of those that decode the earliest, as things stand."""
        due = [
            (self._shown_at(frame), frame.first_index, frame)
            for frame in self._pending.values()
            if frame.complete_at < inf and self._decodable(frame)
        ]
        return min(due, default=None)

    def _shown_at(self, frame: _Frame) -> float:
        on_time = self._earliest + frame.timestamp / CLOCK_RATE + self._playout_s
        return max(on_time, frame.complete_at, self._last_at)

    def _decodable(self, frame: _Frame) -> bool:
        if frame.reference is None:
            return True
        return (frame.csrc, frame.encoding, frame.reference) in self._decoded

    def _show(self, frame: _Frame, at: float) -> None:
        if frame.reference is None:
            self._decoded.clear()
        self._decoded.add((frame.csrc, frame.encoding, frame.number))
        self._last_index, self._last_at = frame.first_index, at
        self._need_keyframe = False
        self._pending = {
            key: pending for key, pending in self._pending.items() if pending.first_index > frame.first_index
        }
        self._waiting_since = at if self._pending else None
        keyframe = frame.reference is None
        self.pictures.append(Picture(at, frame.csrc, frame.encoding, frame.number, frame.temporal, keyframe))


def longest_gap(pictures: list[Picture], start: float, end: float) -> float:
    """The longest time between two pictures from `start` to `end`, the edges counted as pictures."""
    times = [start, *(picture.at for picture in pictures if start <= picture.at <= end), end]
    return max(after - before for before, after in pairwise(times))


def frozen_share(pictures: list[Picture], start: float, end: float) -> float:
    """Share of the time that a viewer calls frozen.

    W3C webrtc-stats, freezeCount: an interval longer than three times the mean of the last 30, and by more
    than 150 ms longer than that mean.
    """
    times = [picture.at for picture in pictures if start <= picture.at <= end]
    recent: list[float] = []
    frozen = 0.0
    for before, after in pairwise([*times, end]):
        interval = after - before
        if recent:
            mean = sum(recent) / len(recent)
            if interval > max(3 * mean, mean + 0.15):
                frozen += interval
        recent = [*recent[-29:], interval]
    return frozen / (end - start)
