"""What goes over the socket is read as it was written, in whatever pieces it comes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recording.records import MAX_RECORD_BYTES, RecordReader, TapPacket, write_record
from sfu.errors import LocalError
from sfu.tap import IS_PACKET, KEYFRAME, MARKER, PACKET, PACKET_TAIL

PACKETS = st.builds(
    TapPacket,
    st.sampled_from([IS_PACKET, IS_PACKET | MARKER, IS_PACKET | KEYFRAME]),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**48),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1e9),
    st.floats(-1e9, 1e9),
    st.binary(max_size=40),
)
MESSAGES = st.dictionaries(st.text(max_size=5), st.integers(0, 9) | st.text(max_size=9), max_size=3)


def written(record: TapPacket | dict[str, Any]) -> bytes:
    if isinstance(record, dict):
        return write_record(record)
    p = record
    size = PACKET_TAIL + len(p.payload)
    return PACKET.pack(size, p.flags, p.tap, p.run, p.index, p.timestamp, p.arrival, p.capture) + p.payload


@given(st.lists(PACKETS | MESSAGES, max_size=8), st.lists(st.integers(1, 60), min_size=1, max_size=9))
def test_records_are_read_as_they_were_written(
    records: list[TapPacket | dict[str, Any]], pieces: list[int]
) -> None:
    stream = b"".join(map(written, records))
    read: list[TapPacket | dict[str, Any]] = []
    reader = RecordReader(read.append, read.append)
    at, turn = 0, 0
    while at < len(stream):
        size = pieces[turn % len(pieces)]
        reader.receive(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert read == records


@pytest.mark.parametrize(
    "stream",
    [
        bytes(4),
        (MAX_RECORD_BYTES + 1).to_bytes(4, "little"),
        b"\x05\x00\x00\x00" + bytes((IS_PACKET, 1, 2, 3, 4)),
        b"\x03\x00\x00\x00\x00[]",
    ],
    ids=["empty", "too large", "packet cut short", "no object"],
)
def test_what_is_no_record_is_our_fault(stream: bytes) -> None:
    with pytest.raises(LocalError):
        RecordReader(lambda _: None, lambda _: None).receive(stream)
