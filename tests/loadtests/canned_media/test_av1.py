import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.canned_media.av1 import leb128, packetise, split_obus

DELIMITER = b"\x12\x00"


def obu(kind: int, body: bytes) -> bytes:
    return bytes((kind << 3 | 2,)) + leb128(len(body)) + body


@pytest.mark.parametrize(("value", "encoded"), [(0, "00"), (127, "7f"), (128, "8001"), (16_384, "808001")])
def test_leb128(value, encoded):
    assert leb128(value).hex() == encoded


def test_a_key_frame_in_one_packet_counts_its_elements():
    unit = DELIMITER + obu(1, b"seq") + obu(6, b"frame")
    assert packetise(unit, 1_100) == [b"\x28\x04\x08seq\x30frame"]


def test_a_delta_frame_over_packets_is_marked_as_fragments():
    packets = packetise(DELIMITER + obu(6, bytes(2_500)), 1_000)
    assert [packet[0] for packet in packets] == [0x50, 0xD0, 0x90]
    assert b"".join(packet[1:] for packet in packets) == b"\x30" + bytes(2_500)


def test_an_extension_byte_is_kept():
    assert split_obus(b"\x36\x20\x01x") == [b"\x34\x20x"]


@pytest.mark.parametrize("unit", [b"\x30frame", b"\x32\x09short", b"\x32\x80\x80", b"\x32"])
def test_a_broken_unit_is_refused(unit):
    with pytest.raises(ValueError, match=r"OBU|leb128"):
        split_obus(unit)


def test_headers_that_fill_a_packet_are_refused():
    with pytest.raises(ValueError, match="bytes of headers"):
        packetise(obu(1, bytes(600)) + obu(6, bytes(10)), 1_100)


@given(st.binary(min_size=1, max_size=300), st.binary(min_size=1, max_size=9_000), st.integers(650, 1_200))
def test_packets_hold_the_unit_whole(head, body, payload_bytes):
    packets = packetise(obu(1, head) + obu(6, body), payload_bytes)
    assert max(map(len, packets)) <= payload_bytes
    whole = leb128(len(head) + 1) + b"\x08" + head + b"\x30" + body
    assert b"".join(packet[1:] for packet in packets) == whole
