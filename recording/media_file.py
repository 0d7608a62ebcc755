"""Writes one track into one Matroska file, without transcoding."""

from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream

from recording.track import NoSuchMedia

CLUSTER_MS: Final = 500
"""A cluster reaches the disk whole; killed in the middle, a file plays up to the last one that did."""

BUFFER_BYTES: Final = 256 * 1024
"""A cluster goes to the disk in one piece up to this size: 4 Mbit/s."""

_MILLISECONDS: Final = Fraction(1, 1000)
_OPUS_RATE: Final = 48_000
_OPUS_HEAD: Final = b"OpusHead\x01\x02\x38\x01" + _OPUS_RATE.to_bytes(4, "little") + b"\x00\x00\x00"
"""RFC 7845 §5.1: version 1, 2 channels, pre-skip 312: browsers' encoders look ahead 6.5 ms."""

_NAMES: Final = {"VP8": "vp8", "VP9": "vp9", "H264": "h264", "AV1": "av1", "opus": "opus"}


def suffix_of(codec: str) -> str:
    """WebM where the codec may stand in it, else plain Matroska."""
    return ".mkv" if codec == "H264" else ".webm"


class MediaFile:
    """An open file. Everything raises OSError or NoSuchMedia; what was written before stays playable."""

    def __init__(self, path: Path, codec: str, width: int, height: int) -> None:
        self._file = _Pieces(path)
        self._container = av.open(
            self._file,
            "w",
            format="matroska" if codec == "H264" else "webm",
            container_options={"cluster_time_limit": str(CLUSTER_MS), "flush_packets": "1"},
            buffer_size=BUFFER_BYTES,
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
        if not data:
            raise NoSuchMedia("an empty frame")
        packet = av.Packet(data)
        packet.stream = self._stream
        packet.time_base = _MILLISECONDS
        packet.pts = packet.dts = at_ms
        packet.is_keyframe = keyframe
        try:
            self._container.mux_one(packet)
        except av.FFmpegError as error:
            raise _judged(error) from error

    def close(self) -> None:
        """Write index and duration."""
        try:
            self._container.close()
        except av.FFmpegError as error:
            raise _judged(error) from error
        finally:
            self._file.close()


class _Pieces:
    """The file below: takes each piece whole or not at all, so that a full disk cuts no cluster."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._raw = path.open("xb", buffering=0)
        self._end = 0
        self.seek = self._raw.seek
        self.tell = self._raw.tell
        self.close = self._raw.close

    def write(self, data: bytes) -> int:
        """After the OSError nothing of it stands at the file's end."""
        begin, rest = self._raw.tell(), memoryview(data)
        try:
            while rest:
                rest = rest[self._raw.write(rest) :]
        except OSError:
            self._raw.truncate(self._end)
            raise
        self._end = max(self._end, begin + len(data))
        return len(data)


def _judged(error: av.FFmpegError) -> OSError | NoSuchMedia:
    """What the system says, or what the format says of the frame."""
    return error if isinstance(error, OSError) else NoSuchMedia(error.strerror or str(error))
