from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.codecs import red
from sfu.codecs.red import MAX_BLOCKS, RedBlock
from sfu.errors import RemoteError
from tests.sfu.codecs.captured import capture

types = st.integers(0, 127)
older = st.builds(RedBlock, st.integers(0, 127), st.integers(0, 0x3FFF), st.binary(max_size=50))


def _payload(blocks: list[RedBlock], primary: RedBlock) -> bytes:
    """RFC 2198 §3."""
    headers = b"".join(
        (1 << 31 | block.payload_type << 24 | block.timestamp_offset << 10 | len(block.data)).to_bytes(4)
        for block in blocks
    )
    data = b"".join(block.data for block in blocks)
    return headers + bytes((primary.payload_type,)) + data + primary.data


@given(st.lists(older, max_size=4), st.integers(0, 127), st.binary(min_size=1, max_size=50))
def test_blocks_read_back(blocks: list[RedBlock], payload_type: int, data: bytes) -> None:
    primary = RedBlock(payload_type, 0, data)
    payload = _payload(blocks, primary)
    assert red.blocks(payload) == (*blocks, primary)
    assert red.primary(payload) == data


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "6f",  # no primary data
        "ef0f00",
        "ef0f0020",
        "ef0f00026f" + "aa",  # block beyond the packet
        "ef0f00016f" + "aa",  # nothing left for the primary
    ],
)
def test_lying_payload_is_refused(payload: str) -> None:
    with pytest.raises(RemoteError):
        red.primary(bytes.fromhex(payload))


def test_blocks_are_bounded() -> None:
    block, primary = RedBlock(1, 0, b""), RedBlock(2, 0, b"x")
    assert len(red.blocks(_payload([block] * (MAX_BLOCKS - 1), primary))) == MAX_BLOCKS
    with pytest.raises(RemoteError):
        red.blocks(_payload([block] * MAX_BLOCKS, primary))


@given(st.lists(older, max_size=4), types)
def test_blocks_of_one_payload_type_are_told_from_others(blocks: list[RedBlock], payload_type: int) -> None:
    payload = _payload(blocks, RedBlock(payload_type, 0, b"x"))
    found = {block.payload_type for block in red.blocks(payload)}
    assert red.carries_only(payload, payload_type) == (found == {payload_type})


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=50)), max_size=4), types, types)
def test_every_block_takes_the_new_payload_type(
    older_data: list[tuple[int, bytes]], payload_type: int, other: int
) -> None:
    def payload(of_type: int) -> bytes:
        blocks = [RedBlock(of_type, offset, data) for offset, data in older_data]
        return _payload(blocks, RedBlock(of_type, 0, b"newest"))

    assert red.rewrite(payload(payload_type), other) == payload(other)


def test_browser_repeats_the_packet_before() -> None:
    packets = [red.blocks(packet.payload) for packet in capture("red").packets]
    assert len(packets[0]) == 1
    for before, after in pairwise(packets):
        assert [(block.payload_type, block.timestamp_offset) for block in after] == [(111, 960), (111, 0)]
        assert after[0].data == before[-1].data
