from dataclasses import replace
from random import Random

import pytest

from loadtests.bench import measure
from loadtests.cases import CASES, SPACED, Case
from loadtests.light_client import Part

SMALL = Case("small", publishers=1, subscribers=2, bitrate_bps=300_000, width=320, height=180)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_case_has_parts_that_fill_its_streams(name: str) -> None:
    case = replace(CASES[name], width=160, height=96, bitrate_bps=100_000)
    parts = case.parts()
    publishers = [part for part in parts if part.video is not None]
    assert len(publishers) == case.publishers
    assert sum(part.audio_slots + part.video_slots for part in parts) == case.streams
    assert 2 <= sum(part.probe for part in parts) <= 3
    assert len({part.name for part in parts}) == len(parts)
    assert not any(part.probe for part in parts if not _receives(part))


def _receives(part: Part) -> bool:
    return part.audio_slots + part.video_slots > 0


@pytest.mark.parametrize(
    "case",
    [
        SMALL,
        replace(SMALL, name="spaced", pace=SPACED),
        replace(SMALL, name="meeting", publishers=3, subscribers=0),
        replace(SMALL, name="feedback", feedback=True),
        replace(SMALL, name="cm", profiles=CASES["1x50-cm"].profiles),
    ],
    ids=lambda case: case.name,
)
async def test_a_case_measures_a_real_node(case: Case) -> None:
    figures = await measure(case, 1.0, Random(1))
    assert figures.forwarded_packets_per_s > 0
    assert figures.loss == 0
    assert figures.cpu_us_per_packet > 0
    assert 0 < figures.latency_p50_ms <= figures.latency_p99_ms
    assert 0 < figures.join_ms_p50 <= figures.join_ms_p95
    assert figures.rss_mb > 10
