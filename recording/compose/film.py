"""The files a film is made of: parts of pictures, the sound, and all of them joined.

Parts join without a seam: they were made by encoders of the same settings, each begins with a key frame, and
no frame needs a later one (no B-frames), so decoding needs no head start that would overlap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from recording.compose.canvas import Plane
from recording.compose.job import Format
from recording.compose.sound import RATE, Samples

PART: Final = "nut"
"""Container of the parts: the simplest that keeps times as they are."""

KEYFRAME_S: Final = 5
BT601: Final = 6
"""SMPTE 170M, which swscale computes and which players are told (ITU-T H.273)."""

SOUND_BPS: Final = 128_000
FASTER: Final = {"mp4": {"movflags": "+faststart"}, "webm": {}}
"""Of MP4 the index goes to the front: who watches over a network sees the first picture sooner."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a format's pictures and sound are encoded.

    `ahead` samples come out of the sound's encoder before the first that went in, and no header of the sound
    says so; NUT, which has no negative times, moves all of it back by so many.
    """

    video: str
    audio: str
    ahead: int
    options: Mapping[str, str]


ENCODINGS: Final[Mapping[Format, Encoding]] = {
    "mp4": Encoding("libx264", "aac", 1024, {"preset": "veryfast", "crf": "23", "bf": "0"}),
    "webm": Encoding(
        "libvpx-vp9",
        "libopus",
        0,
        {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "34", "b": "0", "tile-columns": "2"},
    ),
}


class PicturePart:
    """Writes frames `first`, `first` + 1 … of a film."""

    def __init__(self, path: Path, encoding: Encoding, width: int, height: int, fps: int, first: int) -> None:
        self._next = first
        self._time_base = Fraction(1, fps)
        self._container = av.open(str(path), "w", format=PART)
        stream = self._container.add_stream(encoding.video, rate=fps, options=dict(encoding.options))
        self._stream = cast(VideoStream, stream)
        context = self._stream.codec_context
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        context.gop_size = KEYFRAME_S * fps
        context.time_base = self._time_base
        context.colorspace = context.color_primaries = context.color_trc = BT601
        context.thread_count = 2

    def write(self, pixels: Plane) -> None:
        """The next frame; it is copied."""
        frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
        frame.pts, frame.time_base = self._next, self._time_base
        self._next += 1
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Finish the file."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


def write_sound(path: Path, encoding: Encoding, blocks: Iterator[Samples]) -> Iterator[int]:
    """Write a film's sound; gives the samples written after each block."""
    with av.open(str(path), "w", format=PART) as container:
        stream = cast(AudioStream, container.add_stream(encoding.audio, rate=RATE))
        stream.layout = "stereo"
        stream.bit_rate = SOUND_BPS
        written = 0
        for block in blocks:
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, written, Fraction(1, RATE)
            written += block.shape[1]
            container.mux(stream.encode(frame))
            yield written
        container.mux(stream.encode(None))


def join(path: Path, kind: Format, parts: Sequence[Path], sound: Path | None, title: str) -> None:
    """One film of all parts and the sound."""
    with av.open(str(path), "w", format=kind, options=FASTER[kind]) as film:
        film.metadata["title"] = title
        streams: dict[str, av.stream.Stream] = {}
        opened = [parts[0]] if sound is None else [parts[0], sound]
        for source in opened:
            with av.open(str(source)) as container:
                stream = container.streams[0]
                streams[stream.type] = film.add_stream_from_template(stream)
        waiting = _moved(_packets([sound]), -ENCODINGS[kind].ahead) if sound is not None else iter(())
        heard = next(waiting, None)
        for packet in _packets(parts):
            while heard is not None and _at(heard) <= _at(packet):
                heard.stream = streams["audio"]
                film.mux_one(heard)
                heard = next(waiting, None)
            packet.stream = streams["video"]
            film.mux_one(packet)
        while heard is not None:
            heard.stream = streams["audio"]
            film.mux_one(heard)
            heard = next(waiting, None)


def _packets(files: Sequence[Path]) -> Iterator["av.Packet[av.stream.Stream]"]:
    for path in files:
        with av.open(str(path)) as container:
            for packet in container.demux(container.streams[0]):
                if packet.pts is not None:
                    # No B-frames: of H264 FFmpeg would guess, and of a part of seven frames it knows none.
                    packet.dts = packet.pts
                    yield packet


def _moved(
    packets: Iterator["av.Packet[av.stream.Stream]"], samples: int
) -> Iterator["av.Packet[av.stream.Stream]"]:
    for packet in packets:
        packet.pts = packet.dts = (packet.pts or 0) + round(Fraction(samples, RATE) / packet.time_base)
        yield packet


def _at(packet: "av.Packet[av.stream.Stream]") -> Fraction:
    return (packet.pts or 0) * packet.time_base
