"""A short group of pictures of one person's pattern, really encoded: one key frame, then only deltas."""

import os
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal, cast

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from loadtests.canned_media.scheduling import ordinary_scheduling
from loadtests.pattern import draw

VideoCodec = Literal["VP8", "VP9", "H264", "AV1"]

ENCODERS: dict[VideoCodec, str] = {
    "VP8": "libvpx",
    "VP9": "libvpx-vp9",
    "H264": "libx264",
    "AV1": "libsvtav1",
}

NOISE = 60  # of the moving strip: enough that each encoder reaches the bitrate asked for
CHROMA_GREY = 128
NO_MORE_KEY_FRAMES = 100_000  # gop_size beyond any group made here

os.environ.setdefault("SVT_LOG", "1")  # errors only; the library prints its settings at each start otherwise


@dataclass(frozen=True, slots=True)
class Clip:
    """What to encode. `frames` is the length of the group; two equal clips are encoded once."""

    codec: VideoCodec
    person: int
    width: int
    height: int
    fps: int
    bitrate_bps: int
    frames: int


@lru_cache(maxsize=256)
def encode_clip(clip: Clip) -> tuple[bytes, ...]:
    """One access unit a frame: VP8 and VP9 frames, H264 in Annex B, AV1 temporal units with OBU sizes.

    Takes about 10 ms a frame of 720p. Raises RuntimeError if the encoder does not give one unit a frame, the
    first the only key frame.
    """
    encoder = cast(VideoCodecContext, av.CodecContext.create(ENCODERS[clip.codec], "w"))
    encoder.width, encoder.height = clip.width, clip.height
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, clip.fps)
    encoder.framerate = Fraction(clip.fps)
    encoder.bit_rate = clip.bitrate_bps
    encoder.gop_size = NO_MORE_KEY_FRAMES
    encoder.thread_count = 1
    encoder.options = _options(clip)
    with ordinary_scheduling():
        packets = [packet for n in range(clip.frames) for packet in encoder.encode(_frame(clip, n))]
        packets += encoder.encode(None)
    if [packet.is_keyframe for packet in packets] != [n == 0 for n in range(clip.frames)]:
        raise RuntimeError(f"{ENCODERS[clip.codec]} does not give one key frame and {clip.frames - 1} deltas")
    return tuple(bytes(packet) for packet in packets)


def _frame(clip: Clip, n: int) -> av.VideoFrame:
    luma = draw(clip.person, clip.width, clip.height, n, NOISE)
    chroma = np.full((clip.height // 2, clip.width), CHROMA_GREY, np.uint8)  # U and V, one after the other
    frame = av.VideoFrame.from_ndarray(np.concatenate([luma, chroma]), format="yuv420p")
    frame.pts = n
    frame.time_base = Fraction(1, clip.fps)
    return frame


def _options(clip: Clip) -> dict[str, str]:
    """Constant bitrate with a short buffer, no look-ahead, no reordering: as a live sender encodes."""
    rate = str(clip.bitrate_bps)
    match clip.codec:
        case "VP8" | "VP9":
            return {
                "deadline": "realtime",
                "cpu-used": "8",
                "lag-in-frames": "0",
                "auto-alt-ref": "0",
                "max-intra-rate": "600",
                "minrate": rate,
                "maxrate": rate,
                "bufsize": str(clip.bitrate_bps // 2),
            }
        case "H264":
            return {
                "preset": "ultrafast",
                "tune": "zerolatency",
                "profile": "baseline",
                "maxrate": rate,
                "bufsize": str(2 * clip.bitrate_bps // clip.fps),
                "x264-params": "repeat-headers=1:annexb=1:scenecut=0:sliced-threads=0:aud=0",
            }
        case "AV1":
            return {
                "preset": "11",
                "svtav1-params": "pred-struct=1:rc=2:rtc=1:lookahead=0:scd=0:keyint=-1:lp=1"
                ":buf-sz=300:buf-initial-sz=200:buf-optimal-sz=200",
            }
