from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfu.pacer import DEPTH_S, MIN_DEPTH_BYTES, Pacer


def test_what_is_not_paced_may_leave_whatever_its_size() -> None:
    pacer = Pacer()
    pacer.take(1 << 40)
    assert pacer.available(1.0) == inf
    pacer.pace(1e6, 1.0)
    pacer.pace(inf, 2.0)
    pacer.take(1 << 40)
    assert pacer.available(2.0) == inf


def test_bucket_fills_at_its_rate_up_to_its_depth() -> None:
    pacer = Pacer()
    pacer.pace(8e6, 1.0)
    depth = 1e6 * DEPTH_S
    assert pacer.available(1.0) == depth
    pacer.take(int(depth))
    assert pacer.available(1.01) == pytest.approx(1e6 * 0.01)
    assert pacer.available(9.0) == depth


def test_at_a_low_rate_a_frame_of_a_few_packets_need_not_wait() -> None:
    pacer = Pacer()
    pacer.pace(30_000.0, 1.0)
    assert pacer.available(1.0) == MIN_DEPTH_BYTES


def test_overdraft_is_bounded_and_says_when_it_is_over() -> None:
    pacer = Pacer()
    pacer.pace(1e6, 1.0)
    pacer.take(1_000_000)
    ready = pacer.ready_at()
    assert 1.0 < ready < 1.0 + 2 * DEPTH_S
    assert pacer.available(ready) > 0


def test_new_rate_does_not_fill_the_bucket() -> None:
    pacer = Pacer()
    pacer.pace(1e6, 1.0)
    pacer.take(6000)
    assert pacer.available(1.0) == 0
    pacer.pace(2e6, 1.0)
    assert pacer.available(1.0) == 0


@given(
    st.lists(st.tuples(st.floats(0, 0.1), st.integers(0, 3000)), min_size=1, max_size=60),
    st.floats(30_000, 1e8),
)
def test_no_more_leaves_than_the_rate_and_the_depth_allow(
    steps: list[tuple[float, int]], rate_bps: float
) -> None:
    """Who asks before each packet overdraws by one packet at most."""
    pacer = Pacer()
    pacer.pace(rate_bps, 0.0)
    rate = rate_bps / 8
    now, left = 0.0, 0
    for wait, size in steps:
        now += wait
        if pacer.available(now) > 0:
            pacer.take(size)
            left += size
        assert left <= rate * now + max(rate * DEPTH_S, MIN_DEPTH_BYTES) + 3000 + 1e-3
