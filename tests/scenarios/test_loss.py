"""Loss on the way to a subscriber, and on the way from a publisher."""

import pytest

from tests.scenarios.cases import Case, burst_loss_upwards, random_loss
from tests.sim.decoder import frozen_share

SETTLED_S = 5
STORM_WINDOW_S = 5


@pytest.fixture(scope="module")
def down() -> Case:
    return random_loss()


@pytest.fixture(scope="module")
def up() -> Case:
    return burst_loss_upwards()


def test_what_is_lost_on_the_way_down_is_there_within_a_quarter_second(down: Case) -> None:
    assert down.viewer.downlink.lost > 0.04 * down.viewer.downlink.offered
    assert down.viewer.shown[0].in_time(0.25, down.start + SETTLED_S, down.end - 1) >= 0.995


def test_loss_on_the_way_down_hardly_freezes_the_picture(down: Case) -> None:
    assert frozen_share(down.viewer.shown[0].pictures, down.start + SETTLED_S, down.end) <= 0.005


def test_pictures_are_complete_for_subscribers_after_repair_upwards(up: Case) -> None:
    assert up.publisher.uplink.lost > 0.08 * up.publisher.uplink.offered
    made = (up.end - up.start - SETTLED_S) * up.publisher.source.fps
    for viewer in up.viewers:
        shown = [picture for picture in viewer.shown[0].pictures if picture.at >= up.start + SETTLED_S]
        assert len(shown) >= 0.98 * made
        assert frozen_share(shown, up.start + SETTLED_S, up.end) <= 0.01


def test_loss_upwards_makes_no_storm_of_key_frame_requests(up: Case) -> None:
    for asked in up.publisher.source.keyframes_asked:
        for at in asked:
            assert len([other for other in asked if at <= other < at + STORM_WINDOW_S]) <= STORM_WINDOW_S
