import pytest

from sfu.sublayers import OVERHEAD_BYTES, Sublayers


def film(sublayers: Sublayers, seconds: float, keyframes: set[int], *, key_bytes: int = 20_000) -> None:
    """Thirty frames a second of 1 000 bytes on the wire; those numbered in `keyframes` are larger."""
    for frame in range(int(seconds * 30)):
        key = frame in keyframes
        packets = key_bytes // 1000 if key else 1
        for packet in range(packets):
            size = 1000 - OVERHEAD_BYTES
            sublayers.count(0, 0, frame * 3000, size, key and packet == 0, 10 + frame / 30)


@pytest.mark.parametrize("keyframes", [set(), {0}, {0, 40}, {0, 50, 52}])
def test_key_frames_do_not_make_a_layer_dearer(keyframes: set[int]) -> None:
    sublayers = Sublayers()
    film(sublayers, 2, keyframes)
    (way,) = sublayers.ways(12.0)
    assert way.bitrate_bps == pytest.approx(240_000, rel=0.1)
    assert way.fps == pytest.approx(30, rel=0.1)


def test_first_key_frame_counts_while_there_is_nothing_else() -> None:
    sublayers = Sublayers()
    film(sublayers, 0.034, {0})
    (way,) = sublayers.ways(10.01)
    assert way.bitrate_bps == 160_000


def test_stream_of_key_frames_alone_costs_what_it_costs() -> None:
    sublayers = Sublayers()
    film(sublayers, 3, {*range(90)}, key_bytes=2000)
    (way,) = sublayers.ways(13.0)
    assert way.bitrate_bps == pytest.approx(480_000, rel=0.1)
