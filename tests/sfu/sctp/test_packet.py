"""SCTP packets in both directions, and bytes that are none."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.sctp.engine import checksum
from sfu.sctp.packet import (
    INIT,
    MAX_PACKET_BYTES,
    check_parameters,
    read_packet,
    write_packets,
)

CHUNK = st.builds(
    lambda kind, flags, value: (
        struct.pack("!BBH", kind, flags, len(value) + 4) + value + bytes(-len(value) % 4)
    ),
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=1000),
)


@given(st.lists(CHUNK, max_size=20), st.integers(0, 2**32 - 1))
def test_chunks_come_back_in_order_in_packets_that_fit(chunks: list[bytes], tag: int) -> None:
    packets = write_packets(chunks, tag, checksum)
    assert all(len(packet) <= MAX_PACKET_BYTES for packet in packets)
    read = [read_packet(packet, checksum) for packet in packets]
    again = [
        struct.pack("!BBH", kind, flags, len(value) + 4) + value + bytes(-len(value) % 4)
        for _, found in read
        for kind, flags, value in found
    ]
    assert again == chunks
    assert all(number == (0 if found[0][0] == INIT else tag) for number, found in read)


@given(st.binary(max_size=100))
def test_any_other_bytes_are_malformed(packet: bytes) -> None:
    with pytest.raises(RemoteError) as raised:
        read_packet(packet, checksum)
    assert raised.value.reason is DropReason.SCTP_MALFORMED


@given(st.binary(min_size=4, max_size=60))
def test_chunks_whose_lengths_lie_are_refused_or_end_in_the_packet(body: bytes) -> None:
    header = bytes(8)
    packet = header + checksum(header + bytes(4) + body).to_bytes(4, "little") + body
    chunks = []
    with suppress(RemoteError):
        _, chunks = read_packet(packet, checksum)
    assert sum(4 + len(value) for _, _, value in chunks) <= len(body)


def test_what_must_stand_alone_does() -> None:
    init, other = struct.pack("!BBH", INIT, 0, 4), struct.pack("!BBH", 11, 0, 4)
    assert len(write_packets([other, init, other], 7, checksum)) == 3
    body = init + other
    packet = bytes(8) + checksum(bytes(12) + body).to_bytes(4, "little") + body
    with pytest.raises(RemoteError):
        read_packet(packet, checksum)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (b"", True),
        (struct.pack("!HHL", 1, 8, 5), True),
        (struct.pack("!HHB", 1, 5, 5), True),
        (struct.pack("!HH", 1, 4) * 3, True),
        (struct.pack("!HH", 1, 0), False),
        (struct.pack("!HH", 1, 3), False),
        (struct.pack("!HH", 1, 9), False),
    ],
)
def test_parameters_have_lengths_that_can_be(value: bytes, good: bool) -> None:
    if good:
        check_parameters(b"head" + value, 4)
    else:
        with pytest.raises(RemoteError):
            check_parameters(b"head" + value, 4)
