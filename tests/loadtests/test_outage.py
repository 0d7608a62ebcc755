import json

import pytest

from loadtests.outage import flows_after, summary


@pytest.mark.parametrize(
    ("shown_at", "flows"),
    [
        ([], None),
        ([900, 930, 960, 990], None),
        ([990, 1_100, 1_133, 1_166, 1_200], 100),
        ([1_100, 1_133, 1_166], None),
        # A stray frame, and nothing for a second: the picture stood still again.
        ([1_100, 2_100, 2_133, 2_166, 2_200], 1_100),
    ],
)
def test_pictures_flow_from_the_first_of_several(shown_at: list[float], flows: float | None) -> None:
    assert flows_after(shown_at, 1_000) == flows


def test_a_line_has_the_median_and_the_worst() -> None:
    line = json.loads(summary([100, 300, 200], [400, 400, 1_400], [50, 60, 70]))
    assert line["outages"] == 3
    assert (line["received_ms_p50"], line["received_ms_max"]) == (200, 300)
    assert (line["seen_ms_p50"], line["seen_ms_max"]) == (400, 1_400)
    assert line["signaling_ms_max"] == 70
