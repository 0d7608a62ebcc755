"""A simulated simulcast camera or screen: VP8 frames of the sizes an encoder makes, that decode to a mark.

Each packet ends with a mark that says which frame it is part of and what that frame needs to decode, so that
a decoder model knows the truth whatever the way between has rewritten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from struct import Struct

from client.sending import SendStream
from tests.sim.simulation import Simulation

PAYLOAD_BYTES = 1_100
CLOCK_RATE = 90_000
WOBBLE = 0.15
"""Frame sizes differ by so much about their mean (standard deviation): encoders hold their rate only over
a second or so."""

THRIFT = 0.8
"""Frames are so much smaller until a key frame's bits are paid for."""

NO_REFERENCE = 0xFFFFFFFF
_mark = Struct("!BIBHHI")  # encoding, frame, temporal id, packet, packets of the frame, reference

PATTERN = ((0, 4, 0.4), (2, 1, 0.2), (1, 2, 0.2), (2, 1, 0.2))
"""Three temporal layers over four frames: (layer, distance to the reference, share of the cycle's bits), with
libvpx's allocation of 40, 60 and 100 % of the rate to the layers up to 0, 1 and 2."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """One simulcast layer. A key frame takes the bits of `keyframe_s`, which the frames after it save."""

    rid: str
    width: int
    height: int
    bitrate_bps: int
    keyframe_s: float = 0.25


CAMERA = (
    Encoding("q", 320, 180, 150_000),
    Encoding("h", 640, 360, 500_000),
    Encoding("f", 1280, 720, 1_400_000),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a packet says of itself. `encoding` counts from the lowest; `reference` is None on a key frame."""

    encoding: int
    frame: int
    temporal: int
    packet: int
    packets: int
    reference: int | None


def read_mark(payload: bytes) -> Mark:
    """The mark at the end of a packet of `SimulcastSource`."""
    encoding, frame, temporal, packet, packets, reference = _mark.unpack(payload[-_mark.size :])
    return Mark(encoding, frame, temporal, packet, packets, None if reference == NO_REFERENCE else reference)


class LayerEncoder:
    """The frames of one encoding, deterministic by `random`."""

    def __init__(self, number: int, encoding: Encoding, fps: int, random: Random) -> None:
        self.keyframe_wanted = True
        self.keyframes = 0
        self._number = number
        self._encoding = encoding
        self._random = random
        self._cycle_bytes = encoding.bitrate_bps / 8 * len(PATTERN) / fps
        self._frame = 0
        self._position = 0
        self._tl0 = 0
        self._debt_bytes = 0.0

    def frame(self) -> list[bytes]:
        """The payloads of the next frame."""
        keyframe, self.keyframe_wanted = self.keyframe_wanted, False
        if keyframe:
            self.keyframes += 1
            self._position = 0
        temporal, distance, share = PATTERN[self._position]
        size = self._cycle_bytes * share * min(1.6, max(0.5, self._random.gauss(1, WOBBLE)))
        if keyframe:
            size = self._encoding.bitrate_bps / 8 * self._encoding.keyframe_s
            self._debt_bytes += size
        elif self._debt_bytes > 0:
            self._debt_bytes -= size * (1 - THRIFT)
            size *= THRIFT
        if temporal == 0:
            self._tl0 += 1
        reference = NO_REFERENCE if keyframe else self._frame - distance
        payloads = self._cut(round(size), temporal, keyframe, reference)
        self._frame += 1
        self._position = (self._position + 1) % len(PATTERN)
        return payloads

    def _cut(self, size: int, temporal: int, keyframe: bool, reference: int) -> list[bytes]:
        count = -(-size // PAYLOAD_BYTES)
        body_bytes = max(size // count - 32, 8)
        # RFC 7741 §4.2: picture id of 15 bit, TL0PICIDX, TID with Y where only a frame of layer 0 is needed.
        layer_sync = temporal == 1 or (temporal == 2 and self._position == 1)
        facts = bytes(
            (
                0xE0,
                0x80 | self._frame >> 8 & 0x7F,
                self._frame & 0xFF,
                self._tl0 & 0xFF,
                temporal << 6 | layer_sync << 5,
            )
        )
        head = b"\x11\0\0"  # RFC 6386 §9.1: the lowest bit is 0 in key frames
        if keyframe:
            width, height = self._encoding.width, self._encoding.height
            head = b"\x10\0\0\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
        return [
            (b"\x80" if packet else b"\x90")
            + facts
            + (b"\x11" * len(head) if packet else head)
            + bytes(body_bytes)
            + _mark.pack(self._number, self._frame, temporal, packet, count, reference)
            for packet in range(count)
        ]


class SimulcastSource:
    """Sends all encodings on one clock while it runs; key frames first and when asked for.

    `keyframes_asked` are the times of requests, by encoding; `captured` gives when each frame was made.
    """

    def __init__(
        self,
        simulation: Simulation,
        streams: tuple[SendStream, ...],
        encodings: tuple[Encoding, ...],
        fps: int = 30,
    ) -> None:
        self.encodings = encodings
        self.fps = fps
        self.keyframes_asked: list[list[float]] = [[] for _ in encodings]
        self.started_at = 0.0
        self.running = False
        self._simulation = simulation
        self._streams = streams
        self._frames = 0
        self._layers = [
            LayerEncoder(number, encoding, fps, Random(f"{streams[0].ssrc} {number}"))
            for number, encoding in enumerate(encodings)
        ]
        for number, stream in enumerate(streams):
            stream.on_keyframe_wanted = self._asked(number)

    def _asked(self, number: int) -> Callable[[], None]:
        def asked() -> None:
            self.keyframes_asked[number].append(self._simulation.now)
            self._layers[number].keyframe_wanted = True

        return asked

    def start(self) -> "SimulcastSource":
        """Film from now on."""
        self.running = True
        self.started_at = self._simulation.now
        self._simulation.at(self.started_at, self._film)
        return self

    def stop(self) -> None:
        """Stop filming."""
        self.running = False

    def captured(self, frame: int) -> float:
        """When frame number `frame` was made."""
        return self.started_at + frame / self.fps

    def _film(self, now: float) -> None:
        if not self.running:
            return
        timestamp = self._frames * CLOCK_RATE // self.fps
        for stream, layer in zip(self._streams, self._layers, strict=True):
            stream.send_frame(layer.frame(), timestamp, now)
        self._frames += 1
        self._simulation.at(self.captured(self._frames), self._film)
