import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.rtcp.packet_status import LARGE_DELTA, LOST, SMALL_DELTA, parse_statuses, write_statuses

runs = st.tuples(st.sampled_from((LOST, SMALL_DELTA, LARGE_DELTA)), st.integers(1, 40))


@pytest.mark.parametrize(
    ("wire", "statuses"),
    [
        # the three examples of the draft, §3.1.3 and §3.1.4
        ("00dd", bytes(221)),
        ("6018", bytes((3,)) * 24),
        ("9f1c", bytes((0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0))),
        ("cd50", bytes((0, 3, 1, 1, 1, 0, 0))),
    ],
)
def test_chunk_is_read_as_drawn(wire: str, statuses: bytes) -> None:
    assert parse_statuses(bytes.fromhex(wire), 0, len(statuses)) == (statuses, 2)


@pytest.mark.parametrize(
    ("statuses", "wire"),
    [
        (bytes((1,)) * 100, "2064"),
        (bytes((1,)) * 8191 + bytes((1,)), "3fff" + "2001"),
        (bytes((0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0)), "9f1c"),
        (bytes((0, 2, 1, 1, 1, 0, 0)), "c950"),
        (bytes((2,)) * 7, "4007"),
        (bytes((1, 0)), "a000"),
        (bytes((0,)) * 20 + bytes((1, 0, 1)), "0014" + "a800"),
    ],
)
def test_chunk_that_covers_most_is_chosen(statuses: bytes, wire: str) -> None:
    assert write_statuses(statuses).hex() == wire


@given(st.lists(runs, min_size=1, max_size=30))
def test_statuses_read_back(drawn: list[tuple[int, int]]) -> None:
    statuses = b"".join(bytes((status,)) * length for status, length in drawn)
    chunks = write_statuses(statuses)
    assert parse_statuses(chunks, 0, len(statuses)) == (statuses, len(chunks))


@given(st.lists(runs, min_size=1, max_size=30))
def test_chunks_take_no_more_than_two_bits_a_packet_and_a_bit_without_large_deltas(
    drawn: list[tuple[int, int]],
) -> None:
    statuses = b"".join(bytes((status,)) * length for status, length in drawn)
    each = 7 if LARGE_DELTA in statuses else 14
    assert len(write_statuses(statuses)) <= 2 * -(-len(statuses) // each)
