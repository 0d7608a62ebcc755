"""A computer whose clock is wrong by a year: nothing of a meeting depends on it."""

import pytest

from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import PARTICIPANT, Meeting, address, decodes, enter, new_room
from tests.e2e.server import Server

pytestmark = pytest.mark.e2e

YEAR_MS = 365 * 86_400_000
SMALL = {"width": 320, "height": 180, "simulcast": 0, "mic": 0}


def clock_off_by(milliseconds: int) -> str:
    """A script that shifts the page's time of day."""
    return f"""window.Date = class extends Date {{
      constructor(...given) {{ given.length ? super(...given) : super(Date.now()); }}
      static now() {{ return super.now() + {milliseconds}; }}
    }};"""


@pytest.mark.parametrize("off_ms", [-YEAR_MS, YEAR_MS])
async def test_two_meet_though_the_clock_of_one_is_wrong_by_a_year(
    off_ms: int, server: Server, chromium: StartChromium
) -> None:
    room = new_room()
    browser = await chromium(person=81)
    wrong = Meeting(await browser.open(address(server.url, room, "wrong", **SMALL), clock_off_by(off_ms)))
    await wrong.connected()
    right = await enter(await chromium(person=82), address(server.url, room, "right", **SMALL))
    difference_ms = await wrong.evaluate("Date.now()") - await right.evaluate("Date.now()")
    assert abs(difference_ms - off_ms) < YEAR_MS / 365
    await wrong.wait_for(decodes(await right.evaluate(PARTICIPANT), 82, 320, 180))
    await right.wait_for(decodes(await wrong.evaluate(PARTICIPANT), 81, 320, 180))
    assert browser.errors == []
