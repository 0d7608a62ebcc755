"""Writes one track into one Matroska file, without transcoding."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream

CLUSTER_MS: Final = 1000
"""A cluster reaches the disk whole; killed in the middle, a file plays up to the last one that did."""

_MILLISECONDS: Final = Fraction(1, 1000)
_OPUS_RATE: Final = 48_000
_OPUS_HEAD: Final = b"OpusHead\x01\x02\x38\x01" + _OPUS_RATE.to_bytes(4, "little") + b"\x00\x00\x00"
"""RFC 7845 §5.1: version 1, 2 channels, pre-skip 312: browsers' encoders look ahead 6.5 ms."""

_NAMES: Final = {"VP8": "vp8", "VP9": "vp9", "H264": "h264", "AV1": "av1", "opus": "opus"}


def suffix_of(codec: str) -> str:
    """WebM where the codec may stand in it, else plain Matroska."""
    return ".mkv" if codec == "H264" else ".webm"


class MediaFile:
    """An open file. Everything raises OSError; what was written before stays playable."""

    def __init__(self, path: Path, codec: str, width: int, height: int) -> None:
        self._container = av.open(
            str(path),
            "w",
            format="matroska" if codec == "H264" else "webm",
            container_options={"cluster_time_limit": str(CLUSTER_MS), "flush_packets": "1"},
        )
        if codec == "opus":
            sound = self._container.add_stream("libopus", rate=_OPUS_RATE)
            assert isinstance(sound, AudioStream)
            sound.layout = "stereo"
            sound.codec_context.extradata = _OPUS_HEAD
            self._stream: av.stream.Stream = sound
        else:
            # Without a rate: frames come when they come.
            self._stream = self._container.add_mux_stream(_NAMES[codec], width=width, height=height)
        self._stream.time_base = _MILLISECONDS

    def write(self, data: bytes, at_ms: int, keyframe: bool) -> None:
        """The next frame; `at_ms` grows from frame to frame."""
        packet = av.Packet(data)
        packet.stream = self._stream
        packet.time_base = _MILLISECONDS
        packet.pts = packet.dts = at_ms
        packet.is_keyframe = keyframe
        self._container.mux_one(packet)

    def close(self) -> None:
        """Write index and duration."""
        self._container.close()
