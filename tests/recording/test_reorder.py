"""Packets come out in order, each once, however they came in."""

from hypothesis import given
from hypothesis import strategies as st

from recording.records import TapPacket
from recording.reorder import MAX_WAITING, PATIENCE_S, ReorderBuffer
from sfu.tap import IS_PACKET


def packet(index: int, arrival: float = 0.0) -> TapPacket:
    return TapPacket(IS_PACKET, 1, 1, index, index * 10, arrival, arrival, b"x")


def test_what_is_in_order_comes_at_once() -> None:
    buffer = ReorderBuffer()
    assert [[one.index for one in buffer.put(packet(index))] for index in (7, 8, 9)] == [[7], [8], [9]]


def test_a_late_packet_within_patience_takes_its_place() -> None:
    buffer = ReorderBuffer()
    buffer.put(packet(0))
    assert buffer.put(packet(2, 0.1)) == []
    assert [one.index for one in buffer.put(packet(1, PATIENCE_S))] == [1, 2]
    assert (buffer.lost, buffer.late) == (0, 0)


def test_a_packet_that_never_comes_is_given_up_and_counted() -> None:
    buffer = ReorderBuffer()
    buffer.put(packet(0))
    buffer.put(packet(3, 0.1))
    assert buffer.expire(0.1 + PATIENCE_S / 2) == []
    (released,) = buffer.expire(0.1 + PATIENCE_S)
    assert (released.index, released.lost, buffer.lost) == (3, 2, 2)
    assert buffer.put(packet(1, 1.5)) == []
    assert buffer.late == 1


def test_no_more_than_so_many_wait() -> None:
    buffer = ReorderBuffer()
    buffer.put(packet(0))
    released = [one for index in range(2, 3 * MAX_WAITING) for one in buffer.put(packet(index))]
    assert released[0].lost == 1
    assert len(released) == 3 * MAX_WAITING - 2


@given(st.lists(st.tuples(st.integers(0, 60), st.floats(0.0, 0.3)), max_size=80))
def test_indices_only_grow_and_every_one_is_accounted_for(arrivals: list[tuple[int, float]]) -> None:
    buffer = ReorderBuffer()
    now, released = 0.0, list[TapPacket]()
    for index, pause_s in arrivals:
        now += pause_s
        released += buffer.put(packet(index, now))
    released += buffer.flush()
    indices = [one.index for one in released]
    assert indices == sorted(set(indices))
    if indices:
        assert buffer.lost == indices[-1] - indices[0] + 1 - len(indices)
    assert len({index for index, _ in arrivals} - set(indices)) <= buffer.late
