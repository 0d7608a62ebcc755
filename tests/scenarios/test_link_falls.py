"""One subscriber's link falls from 5 to 1 Mbit/s and returns; another's does not."""

import pytest

from tests.scenarios.cases import FALL_S, RETURN_S, Case, link_falls
from tests.sim.decoder import longest_gap
from tests.sim.simulcast import CAMERA

TOP = len(CAMERA) - 1


@pytest.fixture(scope="module")
def case() -> Case:
    return link_falls()


def test_both_see_the_top_layer_before(case: Case) -> None:
    for viewer in case.viewers:
        assert viewer.shown[0].share_of(TOP, case.start + FALL_S - 5, case.start + FALL_S) == 1


def test_its_bitrate_is_under_the_links_rate_within_two_seconds(case: Case) -> None:
    fall, back = case.start + FALL_S, case.start + RETURN_S
    for tenth in range(20, int((back - fall - 1) * 10)):
        at = fall + tenth / 10
        assert case.viewer.mean(lambda sample: sample.sent_bps, at, at + 1) <= 1e6, at - fall


def test_the_queue_is_short_again_within_four_seconds(case: Case) -> None:
    fall, back = case.start + FALL_S, case.start + RETURN_S
    assert max(sample.queue_s for sample in case.viewer.between(fall, fall + 4)) > 0.1
    assert max(sample.queue_s for sample in case.viewer.between(fall + 4, back)) < 0.1


def test_pictures_go_on(case: Case) -> None:
    assert longest_gap(case.viewer.shown[0].pictures, case.start + 1, case.end) <= 1


def test_it_is_back_at_the_top_layer_ten_seconds_after_the_link(case: Case) -> None:
    back = case.start + RETURN_S
    assert case.viewer.shown[0].share_of(TOP, back + 10, case.end) == 1
    assert {sample.slots[0].reason for sample in case.viewer.between(back + 10, case.end)} == {"full"}


def test_the_other_notices_nothing(case: Case) -> None:
    other = case.viewers[1].shown[0]
    fall = case.start + FALL_S
    assert other.share_of(TOP, fall, case.end) == 1
    assert longest_gap(other.pictures, fall, case.end) < 0.15
