"""A decoder as far as it matters to an SFU: which frames could be decoded, and when.

It goes by the marks of `tests.sim.simulcast`: a frame decodes once all its packets are there and the frame it
refers to was decoded since the last key frame.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from client.receiving import ReceivedPacket
from sfu.identifiers import Csrc
from tests.sim.simulcast import read_mark

KEYFRAME_WAIT_S = 0.2
FRAME_WAIT_S = 3.0
"""libwebrtc, video_receive_stream2.cc: kMaxWaitForKeyFrame and kMaxWaitForFrame, after which it sends a
PLI."""

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
    csrc: Csrc | None
    encoding: int
    number: int
    temporal: int
    packets: int
    reference: int | None
    have: set[int] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        return len(self.have) == self.packets


class Decoder:
    """Takes the packets of one slot; `pictures` is what a viewer saw."""

    def __init__(self, on_picture: Callable[[Picture], None] = lambda picture: None) -> None:
        self.pictures: list[Picture] = []
        self._on_picture = on_picture
        self._pending: dict[tuple[Csrc | None, int, int], _Frame] = {}
        self._decoded: set[tuple[Csrc | None, int, int]] = set()  # since the last key frame
        self._last_index = -1
        self._waiting_since: float | None = None
        self._need_keyframe = True

    def receive(self, packet: ReceivedPacket) -> None:
        """A packet of the slot, in any order, each once."""
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
                first, packet.csrc, mark.encoding, mark.frame, mark.temporal, mark.packets, mark.reference
            )
            if len(self._pending) > MOST_PENDING:
                del self._pending[next(iter(self._pending))]
        frame.have.add(mark.packet)
        if frame.complete:
            self._decode(packet.arrival)

    def wants_keyframe(self, now: float) -> bool:
        """Asked every now and then: whether to send a PLI now."""
        if self._waiting_since is None:
            return False
        patience = KEYFRAME_WAIT_S if self._need_keyframe else FRAME_WAIT_S
        if now - self._waiting_since < patience:
            return False
        self._need_keyframe = True
        self._waiting_since = now
        return True

    def _decode(self, now: float) -> None:
        while frame := self._next():
            key = (frame.csrc, frame.encoding, frame.number)
            if frame.reference is None:
                self._decoded.clear()
            self._decoded.add(key)
            self._last_index = frame.first_index
            self._need_keyframe = False
            self._pending = {
                other: pending
                for other, pending in self._pending.items()
                if pending.first_index > frame.first_index
            }
            self._waiting_since = now if self._pending else None
            picture = Picture(
                now, frame.csrc, frame.encoding, frame.number, frame.temporal, frame.reference is None
            )
            self.pictures.append(picture)
            self._on_picture(picture)

    def _next(self) -> _Frame | None:
        ready = [frame for frame in self._pending.values() if frame.complete and self._decodable(frame)]
        return min(ready, key=lambda frame: frame.first_index, default=None)

    def _decodable(self, frame: _Frame) -> bool:
        if frame.reference is None:
            return True
        return (frame.csrc, frame.encoding, frame.reference) in self._decoded


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
