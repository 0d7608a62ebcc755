"""The benchmark of data channels measures a real node."""

from random import Random

from loadtests.data_channels import PEOPLE, live


async def test_cursors_reach_everybody_and_their_cost_is_known() -> None:
    figures = await live(1.0, Random(1))
    assert figures.messages_per_s > PEOPLE
    assert figures.cpu_us > 0
    assert figures.loss < 0.5
    assert 0 < figures.delay_p50_ms <= figures.delay_p99_ms
