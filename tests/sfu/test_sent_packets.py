from hypothesis import given
from hypothesis import strategies as st

from sfu.sent_packets import CAPACITY, LOST, SentPackets, Verdicts

ORIGIN = 1000.0


def columns(verdicts: Verdicts | None) -> list[tuple[float, int, float, int]]:
    if verdicts is None:
        return []
    return list(zip(verdicts.sent_at, verdicts.size_bytes, verdicts.arrived_at, verdicts.probe, strict=True))


def test_feedback_is_matched_with_what_was_sent() -> None:
    sent = SentPackets()
    sent.record(0, [100, 200], 0, 1.0)
    sent.record(2, [300], 7, 1.5)
    assert columns(sent.judge(0, (0, None, 8), ORIGIN)) == [
        (1.0, 100, ORIGIN, 0),
        (1.0, 200, LOST, 0),
        (1.5, 300, ORIGIN + 0.002, 7),
    ]


def test_packet_is_judged_once() -> None:
    sent = SentPackets()
    sent.record(0, [100, 200, 300], 0, 1.0)
    assert columns(sent.judge(0, (0, None), ORIGIN))[1] == (1.0, 200, LOST, 0)
    assert columns(sent.judge(0, (0, 1, 2), ORIGIN)) == [(1.0, 300, ORIGIN + 0.0005, 0)]
    assert sent.judge(0, (0, 1, 2), ORIGIN) is None


def test_packets_never_sent_are_not_judged() -> None:
    sent = SentPackets()
    assert sent.judge(0, (0, 0), ORIGIN) is None
    sent.record(0, [100], 0, 1.0)
    assert sent.judge(1, (0,) * 8192, ORIGIN) is None
    assert sent.judge(40_000, (0,), ORIGIN) is None
    assert sent.judge(65_535, (0, 4), ORIGIN) is not None
    assert sent.judge(0, (0,) * 8192, ORIGIN) is None


def test_numbers_wrap_and_so_does_the_ring() -> None:
    sent = SentPackets()
    for first in range(0, 65_530, 10):
        sent.record(first, [1] * 10, 0, 1.0)
    sent.record(65_530, [1, 2, 3, 4, 5, 6, 7, 8, 9], 0, 2.0)
    verdicts = sent.judge(65_530, tuple(range(9)), ORIGIN)
    assert [size for _, size, _, _ in columns(verdicts)] == [1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_a_packet_too_long_ago_is_forgotten() -> None:
    sent = SentPackets()
    sent.record(0, [1], 0, 1.0)
    sent.record(1, [2] * CAPACITY, 0, 2.0)
    assert sent.judge(0, (0,), ORIGIN) is None
    assert columns(sent.judge(0, (0, 1), ORIGIN)) == [(2.0, 2, ORIGIN + 0.00025, 0)]


def test_more_packets_at_once_than_are_remembered_leave_the_last_ones() -> None:
    sent = SentPackets()
    sent.record(0, [*range(1, CAPACITY + 11)], 0, 1.0)
    verdicts = sent.judge(0, (0,) * (CAPACITY + 10), ORIGIN)
    assert [size for _, size, _, _ in columns(verdicts)] == [*range(11, CAPACITY + 11)]


@given(
    sizes=st.lists(st.lists(st.integers(1, 1500), min_size=1, max_size=40), max_size=8),
    feedbacks=st.lists(
        st.tuples(st.integers(0, 65_535), st.lists(st.none() | st.integers(-9, 9), max_size=60)), max_size=30
    ),
    start=st.integers(0, 1 << 20),
)
def test_whatever_the_feedback_says_a_packet_is_judged_at_most_once(
    sizes: list[list[int]], feedbacks: list[tuple[int, list[int | None]]], start: int
) -> None:
    sent = SentPackets()
    number = start
    for position, run in enumerate(sizes):
        sent.record(number, run, position, float(position))
        number += len(run)
    seen = []
    for base, ticks in feedbacks:
        # Near what was sent, or the numbers would hardly ever meet.
        seen += columns(sent.judge((start + base % 64) & 0xFFFF, ticks, ORIGIN))
    left = sum(map(len, sizes))
    assert len(seen) <= left
    assert all(size in sizes[probe] and sent_at == probe for sent_at, size, _, probe in seen)
    rest = columns(sent.judge(start & 0xFFFF, (0,) * 500, ORIGIN))
    assert len(seen) + len(rest) == left
