import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.identifiers import Ssrc
from sfu.receive_statistics import MAX_DROPOUT, SEEN_PACKETS, ReceiveStatistics
from sfu.rtcp.report_block import ReportBlock

SSRC = Ssrc(7)


def fed(indices: list[int], clock_rate: int = 90000) -> ReceiveStatistics:
    statistics = ReceiveStatistics(clock_rate)
    for position, index in enumerate(indices):
        statistics.received(index, index * 900 & 0xFFFFFFFF, 100, position * 0.01)
    return statistics


def block_of(statistics: ReceiveStatistics, now: float = 1.0) -> ReportBlock:
    block = statistics.report_block(SSRC, now)
    assert block is not None
    return block


def test_nothing_received_is_nothing_to_report() -> None:
    assert ReceiveStatistics(90000).report_block(SSRC, 1.0) is None


def test_a_source_silent_since_the_last_report_is_not_reported() -> None:
    statistics = fed([5, 6])
    assert statistics.report_block(SSRC, 1.0) is not None
    assert statistics.report_block(SSRC, 2.0) is None
    statistics.received(7, 0, 100, 2.5)
    assert statistics.report_block(SSRC, 3.0) is not None


@pytest.mark.parametrize(
    ("indices", "lost", "fraction", "highest"),
    [
        ([10, 11, 12, 13], 0, 0, 13),
        ([10, 11, 13], 1, 64, 13),
        ([10, 12, 11, 13], 0, 0, 13),
        ([10, 11, 11, 11, 13], 1, 64, 13),
        ([10, 13, 13, 13, 13], 2, 128, 13),
        ([10, 8, 11], 1, 64, 11),
        ([65534, 65535, 65536, 65538], 1, 51, 65538),
        ([0, -1, 1], 0, 0, 1),
    ],
)
def test_loss_counts_what_never_came(indices: list[int], lost: int, fraction: int, highest: int) -> None:
    statistics = fed(indices)
    block = block_of(statistics)
    assert (block.total_lost, block.fraction_lost, block.highest_sequence) == (lost, fraction, highest)
    assert statistics.loss == fraction / 256
    assert statistics.cumulative_lost == lost


def test_the_fraction_is_of_the_interval_and_the_total_of_the_stream() -> None:
    statistics = fed([1, 2, 5, 6])
    assert block_of(statistics).fraction_lost == 2 * 256 // 6
    for index in (7, 8, 9, 10):
        statistics.received(index, 0, 100, 1.5)
    block = block_of(statistics)
    assert (block.fraction_lost, block.total_lost) == (0, 2)


def test_a_packet_late_over_a_report_is_no_negative_loss() -> None:
    statistics = fed([1, 3])
    assert block_of(statistics).total_lost == 1
    statistics.received(2, 0, 100, 1.1)
    block = block_of(statistics)
    assert (block.fraction_lost, block.total_lost) == (0, 0)


def test_what_is_too_old_to_judge_repairs_nothing() -> None:
    statistics = fed([1, 3, *range(4, SEEN_PACKETS + 10)])
    statistics.received(2, 0, 100, 9.0)
    assert statistics.late == 1
    assert statistics.cumulative_lost == 1


def test_a_leap_begins_the_count_again() -> None:
    statistics = fed([1, 3, 4 + MAX_DROPOUT, 5 + MAX_DROPOUT])
    assert statistics.restarts == 1
    block = block_of(statistics)
    assert (block.total_lost, block.fraction_lost, block.highest_sequence) == (0, 0, 5 + MAX_DROPOUT)


def test_octets_packets_and_duplicates_are_counted() -> None:
    statistics = fed([1, 2, 2])
    assert (statistics.packets, statistics.octets, statistics.duplicates) == (3, 300, 1)
    assert statistics.highest == 2


def test_a_block_echoes_the_last_sender_report_and_its_age() -> None:
    statistics = fed([1])
    assert (block_of(statistics).last_sr, block_of_next(statistics, 2, 2.0).delay_since_last_sr) == (0, 0)
    statistics.sender_report(0xB44DB705_20000000, 3.0)
    block = block_of_next(statistics, 3, 8.25)
    # The example of RFC 3550 figure 2: DLSR of 5.25 s.
    assert (block.last_sr, block.delay_since_last_sr) == (0xB7052000, 0x00054000)


def block_of_next(statistics: ReceiveStatistics, index: int, now: float) -> ReportBlock:
    statistics.received(index, 0, 100, now)
    return block_of(statistics, now)


def test_a_punctual_stream_has_no_jitter() -> None:
    assert fed(list(range(500)), 90000).jitter_s < 1e-6


def test_jitter_of_alternating_delay_settles_at_the_difference() -> None:
    statistics = ReceiveStatistics(48000)
    for index in range(500):
        statistics.received(index, index * 960, 100, index * 0.02 + (0.005 if index % 2 else 0.0))
    assert statistics.jitter_s == pytest.approx(0.005, rel=0.01)
    assert block_of(statistics).jitter == pytest.approx(240, abs=3)


def test_the_packets_of_a_frame_are_no_jitter() -> None:
    statistics = ReceiveStatistics(90000)
    for index in range(300):
        frame, part = divmod(index, 10)
        statistics.received(index, frame * 3000, 1000, frame / 30 + part * 0.002)
    assert statistics.jitter_s < 1e-6


def test_a_restarted_timestamp_does_not_shake_the_jitter() -> None:
    statistics = fed(list(range(100)))
    statistics.received(100, 0x9000_0000, 100, 1.0)
    statistics.received(101, 0x9000_0000 + 900, 100, 1.01)
    assert statistics.jitter_s < 1e-6


@given(st.integers(0, 1 << 34), st.integers(0, 1 << 32), st.floats(0, 0.4))
def test_after_loss_reordering_and_duplicates_the_books_balance(
    start: int, seed: int, loss_rate: float
) -> None:
    draw = random.Random(seed)
    count = 300
    sent = [index for index in range(start, start + count) if draw.random() >= loss_rate]
    sent += draw.choices(sent, k=20) if sent else [start]
    sent.sort(key=lambda index: index + draw.uniform(0, 40))
    statistics = fed(sent)
    assert statistics.cumulative_lost == max(sent) - min(sent) + 1 - len(set(sent))
    assert statistics.duplicates == len(sent) - len(set(sent))
    assert 0 <= block_of(statistics).fraction_lost <= 255


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 0xFFFFFFFF)), min_size=1, max_size=80))
def test_any_packets_make_a_block_that_fits_its_fields(packets: list[tuple[int, int]]) -> None:
    statistics = ReceiveStatistics(90000)
    for position, (index, timestamp) in enumerate(packets):
        statistics.received(index, timestamp, 100, position * 0.01)
        block = block_of(statistics)
        assert 0 <= block.total_lost <= 0x7FFFFF
        assert 0 <= block.fraction_lost <= 255
        assert 0 <= block.jitter <= 0xFFFFFFFF
