"""Clips: one key frame, the bitrate asked for, and a picture that says whose it is."""

import os

import av
import pytest

from loadtests.canned_media.encode import ENCODERS, Clip, VideoCodec, encode_clip
from loadtests.pattern import read

DECODERS = {"VP8": "vp8", "VP9": "vp9", "H264": "h264", "AV1": "libdav1d"}


def decode(codec: str, units: list[bytes]) -> list[int | None]:
    """The persons in the pictures of `units`."""
    decoder = av.CodecContext.create(DECODERS[codec], "r")
    frames = [frame for unit in units for frame in decoder.decode(av.Packet(unit))]
    frames += decoder.decode(None)
    return [read(frame.to_ndarray(format="gray")) for frame in frames]


@pytest.mark.parametrize("codec", ENCODERS)
@pytest.mark.parametrize(
    ("width", "height", "fps", "bitrate_bps"),
    [(1280, 720, 30, 1_500_000), (640, 360, 30, 500_000), (320, 180, 15, 100_000)],
)
def test_a_clip_has_the_bitrate_asked_for_and_shows_its_person(codec, width, height, fps, bitrate_bps):
    units = encode_clip(Clip(codec, 4321, width, height, fps, bitrate_bps, 3 * fps))
    assert sum(map(len, units)) * 8 / 3 == pytest.approx(bitrate_bps, rel=0.25)
    assert decode(codec, units) == [4321] * 3 * fps


def test_equal_clips_are_encoded_once():
    def make() -> tuple[bytes, ...]:
        return encode_clip(Clip("VP8", 1, 64, 64, 10, 50_000, 5))

    assert make() is make()


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="this system has no scheduling policies")
@pytest.mark.parametrize("codec", ENCODERS)
def test_encoding_leaves_the_scheduling_as_it_was(codec: VideoCodec) -> None:
    before = os.sched_getscheduler(0)
    encode_clip(Clip(codec, 63, 160, 90, 15, 90_000, 3))
    assert os.sched_getscheduler(0) == before
