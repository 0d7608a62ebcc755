"""A 720p key frame of half a second's bits enters a 1 Mbit/s link."""

import pytest

from tests.scenarios.cases import KEYFRAME_S, Case, key_frame_into_a_narrow_link
from tests.sim.decoder import longest_gap


@pytest.fixture(scope="module")
def case() -> Case:
    return key_frame_into_a_narrow_link()


def test_the_key_frame_arrives_soon(case: Case) -> None:
    asked = case.start + KEYFRAME_S
    keyframes = [
        picture for picture in case.viewer.shown[0].pictures if picture.keyframe and picture.at > asked
    ]
    assert len(keyframes) == 1
    assert keyframes[0].at - asked < 1
    assert longest_gap(case.viewer.shown[0].pictures, asked, case.end) <= 1


def test_what_of_it_is_lost_is_sent_again_once(case: Case) -> None:
    asked = case.start + KEYFRAME_S
    repaired = [at for at in case.viewer.shown[0].repaired if at > asked]
    assert len([at for at in case.viewer.repairs if at > asked]) == len(repaired)


def test_no_second_key_frame_is_asked_for(case: Case) -> None:
    asked = case.publisher.source.keyframes_asked[0]
    assert len([at for at in asked if at >= case.start + KEYFRAME_S]) == 1
    assert not [at for at in case.viewer.plis if at >= case.start + KEYFRAME_S]
