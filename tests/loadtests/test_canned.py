"""Canned payloads, put together again by other hands than those that cut them, decode to their person."""

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.codecs.vpx import VpxPayloadDescriptor

from loadtests.canned import CannedOpus, CannedVideo
from loadtests.canned_media.encode import ENCODERS
from loadtests.canned_media.opus import pitch_hz
from loadtests.pattern import read

DECODERS = {"VP8": "vp8", "VP9": "vp9", "H264": "h264", "AV1": "libdav1d"}


def join_vp8(payloads: list[bytes]) -> bytes:
    return b"".join(VpxPayloadDescriptor.parse(payload)[1] for payload in payloads)


def join_vp9(payloads: list[bytes]) -> bytes:
    """RFC 9628 §4.2, as far as it is used: I with 15 bits, and V with one layer's size."""
    return b"".join(payload[8 if payload[0] & 2 else 3 :] for payload in payloads)


def join_h264(payloads: list[bytes]) -> bytes:
    return b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in payloads)


def join_av1(payloads: list[bytes]) -> bytes:
    """Depacketised by section 4.3 of the payload format, OBU sizes put back for the decoder."""
    elements: list[bytes] = []
    for payload in payloads:
        continues, count, rest = payload[0] & 0x80, payload[0] >> 4 & 3, payload[1:]
        parts = []
        for n in range(count):
            size = len(rest)
            if n < count - 1:
                size, rest = rest[0], rest[1:]
            parts.append(rest[:size])
            rest = rest[size:]
        if continues:
            elements[-1] += parts.pop(0)
        elements += parts
    sized = b""
    for element in elements:
        size = len(element) - 1
        leb = bytes((size >> 7 * n & 0x7F | 0x80) for n in range(3)) + bytes((size >> 21,))
        sized += bytes((element[0] | 2,)) + leb + element[1:]
    return b"\x12\x00" + sized


JOIN = {"VP8": join_vp8, "VP9": join_vp9, "H264": join_h264, "AV1": join_av1}


class Viewer:
    """Decodes frame by frame and says who is seen; a decoder that needs a key frame sees nobody."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.decoder = av.CodecContext.create(DECODERS[codec], "r")
        self.decoder.thread_count = 1

    def watch(self, payloads: list[bytes]) -> list[int | None]:
        frames = self.decoder.decode(av.Packet(JOIN[self.codec](payloads)))
        return [read(frame.to_ndarray(format="gray")) for frame in frames]


def small(codec: str, person: int) -> CannedVideo:
    return CannedVideo(codec, person, width=320, height=180, fps=15, bitrate_bps=400_000, clip_frames=10)


@pytest.mark.parametrize("codec", ENCODERS)
def test_every_frame_of_a_looping_stream_shows_its_person(codec):
    video, viewer = small(codec, 777), Viewer(codec)
    seen = [person for n in range(25) for person in viewer.watch(video.frame(n))]
    assert len(seen) >= 24  # a decoder may hold one back
    assert set(seen) == {777}


@pytest.mark.parametrize("codec", ENCODERS)
def test_a_new_viewer_can_start_at_a_key_frame_asked_for(codec):
    video = small(codec, 12)
    for n in range(4):
        video.frame(n)
    viewer = Viewer(codec)
    seen = [person for n in range(4, 9) for person in viewer.watch(video.frame(n, keyframe=n == 4))]
    assert set(seen) == {12}


@pytest.mark.parametrize("codec", ENCODERS)
def test_key_frames_come_at_the_start_of_each_repetition_and_when_asked(codec):
    video = small(codec, 12)
    flags = []
    for n in range(25):
        flags.append(video.next_is_keyframe or n == 4)
        video.frame(n, keyframe=n == 4)
    assert [n for n, flag in enumerate(flags) if flag] == [0, 4, 14, 24]


@pytest.mark.parametrize("codec", ENCODERS)
def test_payloads_are_within_the_limit_and_large_frames_are_cut(codec):
    video = CannedVideo(codec, 3, width=640, height=360, bitrate_bps=2_000_000, clip_frames=8)
    sizes = [[len(payload) for payload in video.frame(n)] for n in range(8)]
    assert max(max(frame) for frame in sizes) <= 1_100
    assert max(len(frame) for frame in sizes) > 3


def test_vp8_parts_of_a_frame_differ_by_a_byte_at_most_small_ones_first():
    video = CannedVideo("VP8", 3, width=640, height=360, bitrate_bps=2_000_000, clip_frames=8)
    for n in range(8):
        sizes = [len(payload) for payload in video.frame(n)]
        assert sizes == sorted(sizes)
        assert sizes[-1] - sizes[0] <= 1


@pytest.mark.parametrize("n", [0, 1, 255, 256, 32_767, 32_768, 70_000])
def test_vp8_descriptors_number_the_pictures(n):
    video = small("VP8", 1)
    descriptors = [VpxPayloadDescriptor.parse(payload)[0] for payload in video.frame(n)]
    assert {d.picture_id for d in descriptors} == {n % 2**15}
    assert {d.tl0picidx for d in descriptors} == {n % 2**8}
    assert [d.partition_start for d in descriptors] == [1] + [0] * (len(descriptors) - 1)


def test_streams_of_equal_arguments_play_independently():
    one, other = small("H264", 5), small("H264", 5)
    first = one.frame(0)
    one.frame(1)
    assert other.frame(0) == first


def test_opus_decodes_to_the_person_s_pitch():
    audio = CannedOpus(person=4)
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate = 48_000
    samples = np.concatenate(
        [
            frame.to_ndarray()[0][:: len(frame.layout.channels)]
            for n in range(50)
            for frame in decoder.decode(av.Packet(audio.packet(n)))
        ]
    )
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    peak_hz = np.fft.rfftfreq(len(samples), 1 / 48_000)[spectrum.argmax()]
    assert peak_hz == pytest.approx(pitch_hz(4), abs=5)


def test_opus_packets_repeat_each_second_at_constant_size():
    audio = CannedOpus(bitrate_bps=32_000)
    assert {len(audio.packet(n)) for n in range(100)} == {80}
    assert audio.packet(3) == audio.packet(53)
