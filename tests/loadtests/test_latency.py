import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.latency import STAMP_BYTES, Delays, read_stamp, stamp


@given(st.binary(min_size=STAMP_BYTES + 1, max_size=1200), st.integers(0, 2**63))
def test_a_stamp_is_read_back_and_keeps_size_and_beginning(payload: bytes, sent_ns: int) -> None:
    stamped = stamp(payload, sent_ns)
    assert read_stamp(stamped) == sent_ns
    assert len(stamped) == len(payload)
    assert stamped[:-STAMP_BYTES] == payload[:-STAMP_BYTES]


@pytest.mark.parametrize("size", range(STAMP_BYTES + 1))
def test_a_payload_without_room_stays_as_it_is(size: int) -> None:
    assert stamp(bytes(size), 12345) == bytes(size)


def test_delays_are_those_of_the_window_in_milliseconds() -> None:
    delays = Delays()
    for at, delay_ns in ((1.0, 500_000), (2.0, 1_500_000), (3.0, 9_000_000)):
        delays.note(stamp(bytes(100), 10**18), 10**18 + delay_ns, at)
    assert delays.between(1.0, 3.0) == [0.5, 1.5]
    assert delays.between(4.0, 5.0) == []
