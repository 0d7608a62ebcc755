"""What a layer's spatial and temporal layers carry, measured."""

from dataclasses import dataclass
from typing import Final

from sfu.traffic_rate import TrafficRate

OVERHEAD_BYTES: Final = 40
"""What a slot adds to a payload on the wire: header, extensions, authentication tag."""

ALIVE_S: Final = 2.0
"""An encoder may leave a layer out for a while to save bits; after so long it is gone (as with encodings)."""

REMEASURE_S: Final = 0.05
"""Ways are asked for by every slot at nearly the same time."""


KEYFRAME_S: Final = 1.0
"""Of a layer that has sent nothing but key frames yet, one is taken for the bits of so long."""


ALL_INTRA: Final = 3
"""After so many key frames in a row the stream is one of key frames; two come where several ask for one."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send a layer: up to a spatial and a temporal layer.

    `spatial` is -1 in a stream that has only one, `temporal` -1 for all of them.
    """

    spatial: int
    temporal: int
    bitrate_bps: float
    fps: float


class _Sublayer:
    """The traffic of one (spatial, temporal) layer."""

    __slots__ = ("keyframe_bytes", "last_arrival", "rate", "timestamp")

    def __init__(self) -> None:
        self.rate = TrafficRate()
        self.timestamp = -1
        self.last_arrival = 0.0
        self.keyframe_bytes = 0

    def bitrate_bps(self, now: float) -> float:
        """Without key frames, if there are others between."""
        return self.rate.bitrate_bps(now) or self.keyframe_bytes * 8 / KEYFRAME_S


class Sublayers:
    """The traffic of a layer by (spatial, temporal), of which the formats know 64.

    Bitrates are those without key frames, if there are others between: one for somebody who joins would
    otherwise cost everybody else their layer, and theirs would follow. It is paced, and paid for by the
    frames after it.
    """

    __slots__ = ("_found", "_in_row", "_keyframe", "_newest", "_ways", "_ways_at")

    def __init__(self) -> None:
        self._found: dict[int, _Sublayer] = {}
        self._ways: list[Way] = []
        self._ways_at = -1.0
        self._newest = self._keyframe = -1  # timestamps
        self._in_row = 0  # key frames before the newest without another frame between

    def count(
        self, spatial: int, temporal: int, timestamp: int, payload_bytes: int, keyframe: bool, now: float
    ) -> None:
        """A packet came; `keyframe` is set on one packet of a key frame at least, its first."""
        if keyframe and timestamp != self._keyframe:
            self._in_row = self._in_row + 1 if self._newest == self._keyframe else 0
            self._keyframe = timestamp
        self._newest = timestamp
        key = (spatial & 7) << 3 | temporal & 7
        sublayer = self._found.get(key)
        if sublayer is None:
            sublayer = self._found[key] = _Sublayer()
        sublayer.last_arrival = now
        size = payload_bytes + OVERHEAD_BYTES
        if timestamp != sublayer.timestamp:
            sublayer.timestamp = timestamp
            sublayer.rate.count_frame(now)
            if timestamp == self._keyframe:
                sublayer.keyframe_bytes = 0
        if timestamp == self._keyframe and self._in_row < ALL_INTRA:
            sublayer.keyframe_bytes += size
            size = 0
        sublayer.rate.count(size, now)

    def tops(self, now: float) -> tuple[int, int]:
        """The highest (spatial, temporal) layers alive."""
        spatial = temporal = 0
        for key, found in self._found.items():
            if now - found.last_arrival < ALIVE_S:
                spatial = max(spatial, key >> 3)
                temporal = max(temporal, key & 7)
        return spatial, temporal

    def fps(self, spatial: int, temporal: int, now: float) -> float:
        """Pictures a second with these layers on top, -1: the highest spatial layer."""
        if spatial < 0:
            spatial = self.tops(now)[0]
        return sum(
            (
                found.rate.fps(now)
                for key, found in self._found.items()
                if key >> 3 == spatial and key & 7 <= temporal
            ),
            0.0,
        )

    def ways(self, now: float) -> list[Way]:
        """The ways to send the layer as it is now, a higher spatial layer after all of a lower one."""
        if self._ways and 0.0 <= now - self._ways_at < REMEASURE_S:
            return self._ways
        self._ways_at = now
        alive = [key for key, found in self._found.items() if now - found.last_arrival < ALIVE_S]
        spatials = sorted({key >> 3 for key in alive})
        temporals = sorted({key & 7 for key in alive})
        self._ways = []
        for spatial in spatials:
            for temporal in temporals:
                bitrate = fps = 0.0
                for key in alive:
                    if key >> 3 <= spatial and key & 7 <= temporal:
                        bitrate += self._found[key].bitrate_bps(now)
                        if key >> 3 == spatial:
                            fps += self._found[key].rate.fps(now)
                self._ways.append(
                    Way(
                        spatial if spatials[-1] else -1,
                        -1 if temporal == temporals[-1] else temporal,
                        bitrate,
                        fps,
                    )
                )
        return self._ways
