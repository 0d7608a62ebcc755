"""Twenty subscribers of one camera, each behind a link of its own: everybody sees what their link allows."""

import pytest

from tests.scenarios.cases import LINKS_BPS, Case, mixed_links
from tests.scenarios.oracle import oracle
from tests.sim.simulcast import CAMERA

SETTLED_S = 15


@pytest.fixture(scope="module")
def case() -> Case:
    return mixed_links()


@pytest.mark.parametrize("number", range(len(LINKS_BPS)), ids=[f"{rate / 1e6:g} Mbit" for rate in LINKS_BPS])
def test_a_subscriber_sees_the_layer_of_the_oracle(case: Case, number: int) -> None:
    expected = oracle(CAMERA, LINKS_BPS[number])
    shown = case.viewers[number].shown[0]
    assert shown.share_of(expected, case.start + SETTLED_S, case.end) >= 0.9


def test_the_publisher_is_not_asked_for_a_key_frame_by_each(case: Case) -> None:
    for asked in case.publisher.source.keyframes_asked:
        assert len(asked) <= case.end - case.start
