from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.rate_control import LEAST_BPS, MOST_BPS
from sfu.drops import DropReason
from sfu.errors import RemoteError
from sfu.identifiers import Ssrc
from sfu.link_estimate import SILENT_S, LinkEstimate, Signal
from sfu.rtcp.report_block import ReportBlock
from sfu.rtcp.transport_feedback import TransportFeedback
from sfu.sent_packets import SentPackets


def feedback(base: int, *ticks: int | None, reference: int = 0) -> TransportFeedback:
    return TransportFeedback(Ssrc(1), Ssrc(2), base & 0xFFFF, 0, reference, ticks)


def block(ssrc: int, highest: int, lost: int) -> ReportBlock:
    return ReportBlock(Ssrc(ssrc), 0, lost, highest, 0, 0, 0)


def reporting(signal: Signal) -> LinkEstimate:
    estimate = LinkEstimate()
    estimate.use(signal)
    return estimate


def test_estimate_follows_what_arrives() -> None:
    """Packets at 800 kbit/s, each in time: more than that is possible, and known to be."""
    estimate, sent = reporting(Signal.TRANSPORT), SentPackets()
    assert estimate.waits(True, 0.04, 100.0)
    number = 0
    for step in range(50):
        now = 100 + step * 0.1
        for packet in range(10):
            sent.record(number + packet, [1000], 0, now + packet * 0.01)
        # 0.1 s are 400 ticks; a reference time is 64 ms or 256 ticks.
        reference, rest = divmod(step * 400, 256)
        ticks = [rest + packet * 40 for packet in range(10)]
        estimate.transport_feedback(feedback(number, *ticks, reference=reference), sent, now + 0.12)
        number += 10
    assert not estimate.waits(True, 0.04, 105.0)
    assert 900_000 < estimate.estimator.estimate_bps < 1_300_000


def test_reference_time_wraps_without_a_step() -> None:
    """As above, over the wrap of 24 bits, where the value read turns negative."""
    estimate, sent = reporting(Signal.TRANSPORT), SentPackets()
    for step in range(40):
        now = 100 + step * 0.064
        sent.record(step * 2, [1000, 1000], 0, now)
        reference = (0x7FFFFF - 20 + step + 0x800000 & 0xFFFFFF) - 0x800000
        estimate.transport_feedback(feedback(step * 2, 0, 0, reference=reference), sent, now + 0.1)
    assert not estimate.estimator.congested
    assert estimate.estimator.acknowledged_bps == pytest.approx(250_000, rel=0.02)


def test_feedback_on_packets_not_sent_is_of_no_use() -> None:
    estimate, sent = reporting(Signal.TRANSPORT), SentPackets()
    sent.record(0, [1000], 0, 1.0)
    for base in (1, 500, 40_000):
        with pytest.raises(RemoteError) as refused:
            estimate.transport_feedback(feedback(base, 0, 0), sent, 1.1)
        assert refused.value.reason is DropReason.FEEDBACK_UNUSABLE
    assert not estimate.heard


def test_who_reports_nothing_is_taken_for_one_who_never_will() -> None:
    for signal in (Signal.TRANSPORT, Signal.REMB):
        estimate = reporting(signal)
        assert estimate.waits(False, 0.04, 0.0)
        assert estimate.waits(False, 0.04, 10.0)
        assert estimate.waits(True, 0.04, 20.0)
        assert estimate.waits(True, 0.04, 20.0 + SILENT_S)
        assert not estimate.waits(True, 0.04, 20.1 + SILENT_S)
        assert estimate.blind
        assert estimate.estimator.estimate_bps == MOST_BPS


def test_what_audio_alone_shows_is_no_estimate() -> None:
    estimate, sent = reporting(Signal.TRANSPORT), SentPackets()
    for turn in range(20):
        sent.record(turn * 5, [120] * 5, 0, turn * 0.1)
        reference, rest = divmod(turn * 400, 256)
        estimate.transport_feedback(feedback(turn * 5, *[rest] * 5, reference=reference), sent, turn * 0.1)
    assert estimate.waits(False, 0.04, 2.0)
    assert estimate.waits(True, 0.04, 2.0)
    assert estimate.waits(True, 0.04, 2.2)
    assert not estimate.waits(True, 0.04, 2.4)


def test_who_reports_late_is_believed_from_then_on() -> None:
    estimate = reporting(Signal.REMB)
    estimate.waits(True, 0.04, 0.0)
    estimate.waits(True, 0.04, 10.0)
    assert estimate.blind
    estimate.remb(700_000, 11.0)
    assert not estimate.blind
    assert estimate.estimator.estimate_bps == 700_000


def test_remb_counts_only_where_it_is_all_there_is() -> None:
    for signal, believed in ((Signal.REMB, True), (Signal.TRANSPORT, False), (Signal.LOSS, False)):
        estimate = reporting(signal)
        before = estimate.estimator.estimate_bps
        estimate.remb(77_000, 1.0)
        assert (estimate.estimator.estimate_bps == 77_000) is believed
        assert believed or estimate.estimator.estimate_bps == before


@pytest.mark.parametrize("bitrate_bps", [0, 1, 10**18, (1 << 63) - 1])
def test_absurd_remb_leaves_the_estimate_within_its_bounds(bitrate_bps: int) -> None:
    estimate = reporting(Signal.REMB)
    estimate.remb(bitrate_bps, 1.0)
    assert LEAST_BPS <= estimate.estimator.estimate_bps <= MOST_BPS


def test_loss_limits_who_tells_nothing_else() -> None:
    estimate = reporting(Signal.LOSS)
    assert estimate.blind
    for second in range(10):
        estimate.loss((block(1, 1000 * second, 0), block(2, 500 * second, 0)), float(second))
    assert estimate.estimator.estimate_bps == MOST_BPS
    for second in range(10, 14):
        estimate.loss((block(1, 1000 * second, 300 * (second - 9)), block(2, 500 * second, 0)), float(second))
    assert estimate.estimator.estimate_bps < MOST_BPS


@given(
    st.lists(
        st.tuples(
            st.integers(0, 0xFFFF),
            st.integers(-0x800000, 0x7FFFFF),
            st.lists(st.none() | st.integers(-(1 << 27), 1 << 27), min_size=1, max_size=30),
        ),
        max_size=30,
    )
)
def test_feedback_that_lies_leaves_the_estimate_within_its_bounds(
    messages: list[tuple[int, int, list[int | None]]],
) -> None:
    estimate, sent = reporting(Signal.TRANSPORT), SentPackets()
    for turn, (base, reference, ticks) in enumerate(messages):
        sent.record(turn * 20, [1200] * 20, turn % 3, turn * 0.1)
        for first in (base, turn * 20 + base % 32 - 16):
            message = feedback(first, *ticks, reference=reference)
            with suppress(RemoteError):
                estimate.transport_feedback(message, sent, turn * 0.1 + 0.05)
        assert LEAST_BPS <= estimate.estimator.estimate_bps <= MOST_BPS
