"""A second of a person's voice in Opus: a tone that swells and fades, at a pitch of the person's own."""

from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

SAMPLE_RATE = 48_000
PACKET_MS = 20
SAMPLES_PER_PACKET = SAMPLE_RATE * PACKET_MS // 1000
PACKETS = 50  # one second, then it begins again
LOWEST_HZ, STEP_HZ, PITCHES = 250, 50, 32


def pitch_hz(person: int) -> int:
    """The tone of `person`; 32 different ones."""
    return LOWEST_HZ + person % PITCHES * STEP_HZ


@lru_cache(maxsize=64)
def encode_second(person: int, bitrate_bps: int) -> tuple[bytes, ...]:
    """50 packets of 20 ms, mono, constant bitrate."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = SAMPLE_RATE
    encoder.layout = "mono"
    encoder.format = "s16"
    encoder.bit_rate = bitrate_bps
    encoder.options = {"vbr": "off", "application": "voip", "frame_duration": str(PACKET_MS)}
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    swell = 0.3 + 0.2 * np.sin(2 * np.pi * 2 * seconds)
    samples = (np.sin(2 * np.pi * pitch_hz(person) * seconds) * swell * 32_767).astype(np.int16)
    packets: list[bytes] = []
    for n in range(PACKETS):
        part = samples[n * SAMPLES_PER_PACKET : (n + 1) * SAMPLES_PER_PACKET]
        frame = av.AudioFrame.from_ndarray(part[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = n * SAMPLES_PER_PACKET
        frame.time_base = Fraction(1, SAMPLE_RATE)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    packets += [bytes(packet) for packet in encoder.encode(None)]
    return tuple(packets[:PACKETS])  # the encoder's own delay may add one
