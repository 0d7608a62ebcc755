"""Nine cameras without simulcast, wanted at once by somebody who comes in: 11 Mbit/s together."""

import pytest

from tests.scenarios.cases import nine_cameras

SOON_S = 1.2
SETTLED_S = 5.0


@pytest.mark.parametrize("rate_bps", [15e6, 50e6])
def test_where_the_link_carries_them_all_are_there_soon(rate_bps: float) -> None:
    case = nine_cameras(rate_bps)
    assert max(shown.pictures[0].at - case.start for shown in case.viewer.shown) <= SOON_S
    late = case.viewer.between(case.start + SOON_S, case.end)
    assert {slot.reason for sample in late for slot in sample.slots} == {"full"}
    assert max(sample.queue_s for sample in case.viewer.samples) < 0.1


def test_where_it_does_not_what_fits_is_shown_and_no_queue_stays() -> None:
    case = nine_cameras(3e6)
    settled = case.viewer.between(case.start + SETTLED_S, case.end)
    assert max(sample.queue_s for sample in settled) < 0.1
    last = [shown.pictures[-1].at for shown in case.viewer.shown if shown.pictures]
    assert sum(at > case.end - 1 for at in last) >= 2
