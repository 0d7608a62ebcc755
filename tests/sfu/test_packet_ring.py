import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.packet_ring import PacketRing
from tests.sfu.packets import video


def test_what_was_put_is_got_back_until_the_ring_has_gone_round() -> None:
    ring = PacketRing(4)
    packets = [video(index) for index in range(6)]
    assert all(ring.put(packet) for packet in packets)
    assert [ring.get(index) for index in range(6)] == [None, None, *packets[2:]]


def test_a_number_is_taken_once() -> None:
    ring = PacketRing(4)
    first = video(7)
    assert ring.put(first)
    assert not ring.put(video(7))
    assert ring.get(7) is first


def test_late_packet_fills_its_gap_and_a_later_one_is_refused() -> None:
    ring = PacketRing(4)
    ring.put(video(10))
    assert ring.put(video(7))
    assert not ring.put(video(6))
    assert ring.highest == 10


def test_old_packet_does_not_push_out_a_newer_one() -> None:
    ring = PacketRing(4)
    newer = video(12)
    ring.put(newer)
    assert not ring.put(video(8))
    assert ring.get(12) is newer


def test_what_lies_in_the_place_of_another_number_is_not_it() -> None:
    ring = PacketRing(4)
    ring.put(video(5))
    assert ring.get(1) is None
    assert ring.get(9) is None
    assert ring.get(-3) is None


@pytest.mark.parametrize("capacity", [3, 6, 100])
def test_capacity_must_be_a_power_of_two(capacity: int) -> None:
    with pytest.raises(ValueError, match=str(capacity)):
        PacketRing(capacity)


@given(st.lists(st.integers(0, 200), max_size=200))
def test_no_number_is_ever_taken_twice(indices: list[int]) -> None:
    ring = PacketRing(16)
    taken = [index for index in indices if ring.put(video(index))]
    assert len(taken) == len(set(taken))
    for index in taken:
        kept = ring.get(index)
        assert kept is None or kept.index == index
    newest = [index for index in taken if index > ring.highest - ring.capacity]
    assert all(ring.get(index) is not None for index in newest)
