import pytest

from loadtests.canned_media.h264 import packetise, split_annex_b

SPS, PPS, SEI, IDR = b"\x67sps", b"\x68pps", b"\x06sei", b"\x65" + bytes(range(1, 250)) * 10


@pytest.mark.parametrize("start_code", [b"\x00\x00\x01", b"\x00\x00\x00\x01"])
def test_start_codes_of_both_lengths_are_split(start_code):
    assert split_annex_b(b"".join(start_code + unit for unit in (SPS, PPS, IDR))) == [SPS, PPS, IDR]


def test_parameter_sets_are_aggregated_and_a_large_slice_is_fragmented():
    stap, *fragments = packetise(b"".join(b"\x00\x00\x01" + unit for unit in (SPS, PPS, SEI, IDR)), 1_100)
    assert stap == b"\x78\x00\x04" + SPS + b"\x00\x04" + PPS
    assert [fragment[:2] for fragment in fragments] == [b"\x7c\x85", b"\x7c\x05", b"\x7c\x45"]
    assert b"\x65" + b"".join(fragment[2:] for fragment in fragments) == IDR


def test_a_small_slice_is_sent_whole():
    assert packetise(b"\x00\x00\x01\x41delta", 1_100) == [b"\x41delta"]
