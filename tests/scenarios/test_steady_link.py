"""Two minutes on a steady link of 2 Mbit/s, layers of 150, 500 and 1400 kbit/s."""

import pytest

from tests.scenarios.cases import Case, steady_link
from tests.sim.decoder import frozen_share
from tests.sim.simulcast import CAMERA

SETTLED_S = 15
LINK_BPS = 2e6


@pytest.fixture(scope="module")
def case() -> Case:
    return steady_link()


def test_the_estimate_reaches_most_of_the_link(case: Case) -> None:
    estimate = case.viewer.mean(lambda sample: sample.estimate_bps or 0, case.start + SETTLED_S, case.end)
    assert estimate >= 0.85 * LINK_BPS


def test_no_queue_builds_up(case: Case) -> None:
    # The camera takes three quarters of the link: the estimate may be above it unharmed, the queue not.
    assert max(sample.queue_s for sample in case.viewer.between(case.start + SETTLED_S, case.end)) < 0.1


def test_layers_are_switched_twice_at_most(case: Case) -> None:
    assert len(case.viewer.shown[0].switches(case.start + SETTLED_S, case.end)) <= 2


def test_the_top_layer_is_shown_without_a_freeze(case: Case) -> None:
    shown = case.viewer.shown[0]
    assert shown.share_of(len(CAMERA) - 1, case.start + SETTLED_S, case.end) >= 0.95
    assert frozen_share(shown.pictures, case.start + SETTLED_S, case.end) <= 0.005
