"""Packets that Chromium sent from its test camera, beside what it said of each frame as it encoded it.

A file holds the packets around two key frames: [timestamp, marker, dependency descriptor, payload length,
payload]. Of video only the first bytes are kept, the rest is read as zeros. A frame is [timestamp, is a key
frame, spatial, temporal, width, height, number, distances to the frames it refers to].
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data/rtp"

VIDEO = (
    "vp8_l1t3",
    "vp8_dd_l1t3",
    "vp9_l1t1",
    "vp9_l2t2",
    "vp9_l3t3_key",
    "av1_l1t3",
    "av1_l3t3_key",
    "h264",
)
AUDIO = ("opus", "red")


@dataclass(frozen=True)
class Packet:
    """One RTP packet; `descriptor` is the dependency descriptor or empty."""

    timestamp: int
    marker: bool
    descriptor: bytes
    payload: bytes


@dataclass(frozen=True)
class Frame:
    """One encoded frame of one spatial layer as the sending browser told it."""

    timestamp: int
    key: bool
    spatial: int
    temporal: int
    width: int
    height: int
    number: int
    differences: tuple[int, ...]


@dataclass(frozen=True)
class Capture:
    """What was sent of one track."""

    codec: str
    packets: tuple[Packet, ...]
    frames: tuple[Frame, ...]

    def frames_at(self, timestamp: int) -> list[Frame]:
        """The frames of one picture."""
        return [frame for frame in self.frames if frame.timestamp == timestamp]


def capture(name: str) -> Capture:
    """The capture of that name; audio has no frames."""
    content = json.loads((DATA / f"{name}.json").read_text())
    packets = tuple(
        Packet(timestamp, marker == 1, bytes.fromhex(descriptor), bytes.fromhex(payload).ljust(length, b"\0"))
        for timestamp, marker, descriptor, length, payload in content["packets"]
    )
    frames = tuple(_frame(fields) for fields in content["frames"] if name not in AUDIO)
    return Capture(content["codec"], packets, frames)


def _frame(fields: list[Any]) -> Frame:
    *scalars, differences = fields
    timestamp, key, spatial, temporal, width, height, number = scalars
    return Frame(timestamp, key, spatial, temporal, width, height, number, tuple(differences))
