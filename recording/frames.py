"""Ordered packets to whole frames."""

from dataclasses import dataclass
from typing import Final

from recording.depacketize import Depacketize
from recording.records import TapPacket
from sfu.codecs.payload import reader_for
from sfu.errors import RemoteError
from sfu.tap import KEYFRAME, MARKER

MAX_FRAME_PACKETS: Final = 4096
"""Four megabytes: no frame of a meeting is larger, and what has no end is given up."""


@dataclass(slots=True)
class Frame:
    """One frame as a file holds it. `width`, `height` are those of a key frame, 0 where not told."""

    data: bytes
    timestamp: int
    capture: float
    arrival: float
    keyframe: bool
    width: int = 0
    height: int = 0


class FrameAssembler:
    """Frames of one video run: from a key frame on, and after a loss again from the next.

    What refers to a lost picture would show rubbish, or fail to decode: the picture stands still instead.
    `skipped` counts packets not used for that reason, `malformed` frames that were none.
    """

    def __init__(self, codec_name: str, depacketize: Depacketize) -> None:
        self.skipped = 0
        self.malformed = 0
        self.waiting = True
        """For a key frame."""
        self._read = reader_for(codec_name)
        self._depacketize = depacketize
        self._packets: list[TapPacket] = []

    def push(self, packet: TapPacket) -> list[Frame]:
        """The next packet in order: the frames it completes, one or none, rarely two."""
        frames: list[Frame] = []
        packets = self._packets
        if packet.lost:
            self._give_up()
        elif packets and packets[0].timestamp != packet.timestamp:  # RFC 3550 §5.1: a frame has one timestamp
            self._finish(frames)
        if self.waiting:
            if not packet.flags & KEYFRAME:
                self.skipped += 1
                return frames
            self.waiting = False
        self._packets.append(packet)
        if len(self._packets) > MAX_FRAME_PACKETS:
            self.malformed += 1
            self._give_up()
        elif packet.flags & MARKER:
            self._finish(frames)
        return frames

    def _give_up(self) -> None:
        self.skipped += len(self._packets)
        self._packets = []
        self.waiting = True

    def _finish(self, frames: list[Frame]) -> None:
        packets, self._packets = self._packets, []
        first = packets[0]
        keyframe = False
        width = height = 0
        try:
            for packet in packets:
                if packet.flags & KEYFRAME:
                    facts = self._read(packet.payload)
                    keyframe, width, height = True, facts.width, facts.height
                    break
            data = self._depacketize([packet.payload for packet in packets])
        except RemoteError:
            self.malformed += 1
            self.waiting = True
            return
        frames.append(Frame(data, first.timestamp, first.capture, first.arrival, keyframe, width, height))
