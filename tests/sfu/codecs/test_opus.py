from collections.abc import Iterator
from itertools import pairwise

import av
import pytest

from sfu.codecs import opus
from sfu.errors import RemoteError
from tests.sfu.codecs.captured import capture


def _encoded(frame_duration_ms: str) -> Iterator[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "mono", "s16"
    encoder.options = {"frame_duration": frame_duration_ms}
    encoder.open()
    size = encoder.frame_size
    for index in range(5):
        frame = av.AudioFrame("s16", "mono", size)
        frame.planes[0].update(bytes(2 * size))
        frame.sample_rate, frame.pts = 48000, index * size
        yield from (bytes(packet) for packet in encoder.encode(frame))


@pytest.mark.parametrize(
    ("frame_duration_ms", "samples"),
    [("2.5", 120), ("5", 240), ("10", 480), ("20", 960), ("40", 1920), ("60", 2880), ("120", 5760)],
)
def test_encoded_packet_plays_as_long_as_asked(frame_duration_ms: str, samples: int) -> None:
    packets = list(_encoded(frame_duration_ms))
    assert packets
    assert {opus.duration_samples(packet) for packet in packets} == {samples}


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        ("00", 480),  # SILK 10 ms
        ("18ff", 2880),  # SILK 60 ms
        ("60ff", 480),  # hybrid
        ("78ff", 960),
        ("80ff", 120),  # CELT 2.5 ms
        ("f8ff", 960),
        ("f9ff", 1920),  # two equal frames
        ("faff", 1920),  # two frames
        ("fb06", 5760),  # counted
        ("fb86", 5760),  # … with other bits of that byte set
    ],
)
def test_duration_is_read_from_the_first_bytes(packet: str, samples: int) -> None:
    assert opus.duration_samples(bytes.fromhex(packet)) == samples


@pytest.mark.parametrize("packet", ["", "fb", "fb00", "fb07", "1b03"])
def test_packet_of_impossible_length_is_refused(packet: str) -> None:
    with pytest.raises(RemoteError):
        opus.duration_samples(bytes.fromhex(packet))


def test_browser_sends_20_ms() -> None:
    packets = capture("opus").packets
    assert {opus.duration_samples(packet.payload) for packet in packets} == {960}
    steps = {after.timestamp - before.timestamp for before, after in pairwise(packets)}
    assert steps == {960}
