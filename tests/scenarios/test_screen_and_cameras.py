"""A screen and two cameras share 1.5 Mbit/s."""

import pytest

from tests.scenarios.cases import SCREEN, Case, screen_and_two_cameras
from tests.sim.decoder import longest_gap

SETTLED_S = 15
LINK_BPS = 1.5e6


@pytest.fixture(scope="module")
def case() -> Case:
    return screen_and_two_cameras()


def test_the_screen_is_shown_in_full_resolution(case: Case) -> None:
    screen = case.viewer.shown[0]
    assert screen.share_of(len(SCREEN) - 1, case.start + SETTLED_S, case.end) >= 0.95


def test_both_cameras_are_alive_at_the_low_layer(case: Case) -> None:
    for camera in case.viewer.shown[1:]:
        # What is left beside the screen is now and then enough for one of them to try the next layer.
        assert camera.share_of(0, case.start + SETTLED_S, case.end) >= 0.8
        assert longest_gap(camera.pictures, case.start + SETTLED_S, case.end) <= 1


def test_all_of_it_fits_the_link(case: Case) -> None:
    for second in range(SETTLED_S, int(case.end - case.start)):
        at = case.start + second
        assert case.viewer.mean(lambda sample: sample.sent_bps, at, at + 1) <= LINK_BPS, second
    assert max(sample.queue_s for sample in case.viewer.between(case.start + SETTLED_S, case.end)) < 0.2
