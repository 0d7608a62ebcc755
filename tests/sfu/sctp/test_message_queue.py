"""Which message goes next, and what is let go."""

from hypothesis import given
from hypothesis import strategies as st

from sfu.drops import DropReason, Drops
from sfu.messages import Priority
from sfu.sctp.message_queue import (
    BULK_WAIT_S,
    LIVE_BYTES,
    LIVE_WAIT_S,
    MAX_CHANNEL_BYTES,
    MAX_WAIT_S,
    ORDER,
    MessageQueue,
)


def drained(queue: MessageQueue, now: float = 0.0) -> list[bytes]:
    taken = []
    while (waiting := queue.pop(now)) is not None:
        taken.append(waiting.payload)
    return taken


def test_the_more_urgent_goes_first() -> None:
    queue = MessageQueue(Drops())
    priorities: list[Priority] = ["bulk", "edits", "live", "control"]
    for priority in priorities:
        assert queue.put(1, priority.encode(), True, priority, "", 0.0)
    assert drained(queue) == [b"control", b"live", b"edits", b"bulk"]
    assert not queue


def test_a_newer_live_message_takes_the_place_of_the_older() -> None:
    drops = Drops()
    queue = MessageQueue(drops)
    for key, payload in (("ann", b"1"), ("bob", b"2"), ("ann", b"3"), ("", b"4"), ("", b"5")):
        queue.put(1, payload, True, "live", key, 0.0)
    queue.put(2, b"other channel", True, "live", "ann", 0.0)
    assert drained(queue) == [b"3", b"2", b"4", b"5", b"other channel"]
    assert drops == {DropReason.DATA_SUPERSEDED: 1}
    queue.put(1, b"6", True, "live", "ann", 0.0)
    assert drained(queue) == [b"6"], "what has left is replaced by nothing"


def test_an_old_live_message_is_not_sent() -> None:
    drops = Drops()
    queue = MessageQueue(drops)
    queue.put(1, b"old", True, "live", "", 0.0)
    queue.put(1, b"moved", True, "live", "ann", 0.0)
    queue.put(1, b"moved again", True, "live", "ann", LIVE_WAIT_S)
    assert drained(queue, LIVE_WAIT_S + 0.01) == [b"moved again"]
    assert drops[DropReason.DATA_AGE] == 1


def test_of_too_many_live_messages_the_oldest_go() -> None:
    queue = MessageQueue(Drops())
    for number in range(100):
        queue.put(1, number.to_bytes(1, "big") * 1024, True, "live", "", 0.0)
    left = drained(queue)
    assert len(left) == LIVE_BYTES // 1024
    assert left[-1][0] == 99


def test_a_reader_too_slow_for_the_bytes_loses_its_channel_and_no_other() -> None:
    drops = Drops()
    queue = MessageQueue(drops)
    queue.put(2, b"of another", True, "edits", "", 0.0)
    size = 60_000
    fit = MAX_CHANNEL_BYTES // size
    assert all(queue.put(1, bytes(size), True, "edits", "", 0.0) for _ in range(fit))
    assert not queue.put(1, bytes(size), True, "bulk", "", 0.0)
    assert drops == {DropReason.DATA_AGE: fit + 1}
    assert drained(queue) == [b"of another"]
    assert queue.put(1, bytes(size), True, "edits", "", 0.0)


def test_a_reader_too_slow_in_time_is_told_once() -> None:
    queue = MessageQueue(Drops())
    assert queue.next_timeout() is None
    queue.put(1, b"a", True, "edits", "", 0.0)
    queue.put(1, b"b", True, "control", "", 1.0)
    queue.put(2, b"c", True, "edits", "", 1.0)
    queue.put(3, b"snapshot", True, "bulk", "", 0.0)
    assert queue.next_timeout() == MAX_WAIT_S
    assert queue.late(MAX_WAIT_S - 0.01) == []
    assert queue.late(MAX_WAIT_S) == [1]
    assert queue.late(MAX_WAIT_S) == []
    assert queue.next_timeout() == 1.0 + MAX_WAIT_S
    assert drained(queue) == [b"c", b"snapshot"]
    queue.put(3, b"snapshot", True, "bulk", "", 0.0)
    assert queue.next_timeout() == BULK_WAIT_S


PUTS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(ORDER), st.sampled_from(["", "", "a", "b"]), st.integers(0, 900)
    ),
    max_size=60,
)


@given(PUTS, st.integers(0, 3))
def test_nothing_reliable_is_lost_or_doubled_or_out_of_order(
    puts: list[tuple[int, Priority, str, int]], gone: int
) -> None:
    queue = MessageQueue(Drops())
    for number, (channel, priority, key, size) in enumerate(puts):
        queue.put(channel, number.to_bytes(2, "big") + bytes(size), True, priority, key, 0.0)
    queue.discard(gone)
    order = []
    while (waiting := queue.pop(0.0)) is not None:
        order.append(int.from_bytes(waiting.payload[:2], "big"))
    assert len(set(order)) == len(order)
    reliable = [number for number in order if puts[number][1] != "live"]
    expected = [n for n, put in enumerate(puts) if put[1] != "live" and put[0] != gone]
    assert sorted(reliable) == expected
    for channel in range(4):
        for priority in ORDER:
            mine = [n for n in reliable if puts[n][:2] == (channel, priority)]
            assert mine == sorted(mine)
    assert all(puts[number][0] != gone for number in order)
    assert not queue
    assert queue.next_timeout() is None
