"""The statistics of a page's peer connection, and waiting for what they should come to say."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from tests.e2e.meeting_page import Meeting

Report = dict[str, Any]
"""One object of W3C webrtc-stats, with its names and units."""

Sample = TypeVar("Sample")

LOOK_AGAIN_S = 0.1
DEADLINE_S = 60.0

ALL = "window.sfumato.connection.getStats().then((stats) => [...stats.values()])"


async def reports(meeting: Meeting, kind_of_report: str, media: str = "video") -> list[Report]:
    """The page's reports of a type (`inbound-rtp`, `outbound-rtp` …) about audio or video."""
    everything: list[Report] = await meeting.evaluate(ALL)
    return [one for one in everything if one["type"] == kind_of_report and one.get("kind", media) == media]


async def report(meeting: Meeting, kind_of_report: str, media: str = "video") -> Report:
    """The only report of its type; an empty one while there is none."""
    found = await reports(meeting, kind_of_report, media)
    if len(found) > 1:
        raise ValueError(f"{len(found)} reports {kind_of_report} of {media}")
    return found[0] if found else {}


async def until(
    sample: Callable[[], Awaitable[Sample]], holds: Callable[[Sample], object], deadline_s: float = DEADLINE_S
) -> Sample:
    """The first sample for which `holds` is true. Raises AssertionError with the last one if none is."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline_s
    while not holds(value := await sample()):
        if loop.time() > end:
            raise AssertionError(f"not within {deadline_s} s, at last: {value}")
        await asyncio.sleep(LOOK_AGAIN_S)
    return value
