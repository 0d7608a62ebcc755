"""What waits on a socket that is read slowly."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.socket_queue import SocketQueue, Taken

TOTAL, CHANNELS, WAIT_S = 1_000, 300, 5.0


def queue() -> SocketQueue:
    return SocketQueue(TOTAL, CHANNELS, WAIT_S)


def test_messages_leave_in_the_order_they_came() -> None:
    waiting = queue()
    for number in range(4):
        assert waiting.put(b"%d" % number, 0.0, channel=number % 2 == 0) is Taken.WAITS
    assert [waiting.take() for _ in range(5)] == [b"0", b"1", b"2", b"3", None]


def test_too_many_bytes_of_channels_drop_them_all_and_nothing_else() -> None:
    waiting = queue()
    assert waiting.put(b"c" * 200, 0.0, channel=True) is Taken.WAITS
    assert waiting.put(b"meeting", 0.0, channel=False) is Taken.WAITS
    assert waiting.put(b"c" * 101, 0.0, channel=True) is Taken.SLOW
    # What comes then, a snapshot, has room again.
    assert waiting.put(b"snapshot", 0.0, channel=True) is Taken.WAITS
    assert [waiting.take() for _ in range(3)] == [b"meeting", b"snapshot", None]


def test_a_channel_message_that_waits_too_long_drops_those_behind_it() -> None:
    waiting = queue()
    waiting.put(b"old", 10.0, channel=True)
    assert waiting.put(b"in time", 10.0 + WAIT_S, channel=True) is Taken.WAITS
    assert waiting.put(b"late", 10.1 + WAIT_S, channel=True) is Taken.SLOW
    assert waiting.take() is None


def test_a_message_of_the_meeting_waits_as_long_as_it_must() -> None:
    waiting = queue()
    waiting.put(b"meeting", 0.0, channel=False)
    assert waiting.put(b"channel", 100.0, channel=True) is Taken.WAITS
    assert [waiting.take(), waiting.take()] == [b"meeting", b"channel"]


def test_too_much_in_all_is_full() -> None:
    waiting = queue()
    assert waiting.put(b"m" * TOTAL, 0.0, channel=False) is Taken.WAITS
    assert waiting.put(b"m", 0.0, channel=False) is Taken.FULL
    assert waiting.put(b"c", 0.0, channel=True) is Taken.FULL
    waiting.clear()
    assert len(waiting) == 0
    assert waiting.put(b"m" * TOTAL, 0.0, channel=False) is Taken.WAITS


ACT = st.tuples(st.integers(0, 400), st.booleans(), st.floats(0.0, 3.0), st.booleans())


@given(st.lists(ACT, max_size=30))
def test_bounds_hold_and_nothing_of_the_meeting_is_lost(acts: list[tuple[int, bool, float, bool]]) -> None:
    waiting, now = queue(), 0.0
    kept: list[tuple[bytes, bool]] = []
    for number, (size, channel, later, take) in enumerate(acts):
        now += later
        data = b"%d" % number + bytes(size)
        taken = waiting.put(data, now, channel=channel)
        if taken is Taken.WAITS:
            kept.append((data, channel))
        elif taken is Taken.SLOW:
            assert channel
            kept = [entry for entry in kept if not entry[1]]
        assert sum(len(one) for one, _ in kept) <= TOTAL
        assert sum(len(one) for one, of_channel in kept if of_channel) <= CHANNELS
        if take:
            assert waiting.take() == (kept.pop(0)[0] if kept else None)
    assert len(waiting) == len(kept)
