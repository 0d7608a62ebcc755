"""The meeting page in a browser, seen through `window.sfumato`."""

import random
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import Page

from tests.e2e.chromium import Chromium
from tests.e2e.firefox import Firefox
from tests.e2e.polling import poll

PARTICIPANT = "window.sfumato?.participantId || null"
CONNECTED = "window.sfumato?.connection?.connectionState === 'connected' && window.sfumato.participantId"


def shown(participant: str) -> str:
    """The picture of `participant`, {person, width, height} as `readPattern` gives it; null if not shown."""
    return f"""(() => {{
      const slot = [...window.sfumato.slots.values()].find((one) =>
        one.kind === "video" && one.participant === "{participant}" && one.paused === null && one.element);
      return slot ? readPattern(slot.element) : null;
    }})()"""


def received(participant: str) -> str:
    """The statistics of the slots that carry `participant`, by kind, as `receivedMedia` gives them."""
    return f"""(async () => {{
      const media = await receivedMedia(window.sfumato.connection);
      const carried = [...window.sfumato.slots.values()].filter((one) => one.participant === "{participant}");
      return Object.fromEntries(carried.map((one) => [one.kind, media[one.mid]]).filter(([, one]) => one));
    }})()"""


def decodes(participant: str, person: int | None, width: int, height: int) -> str:
    """True once the picture of `participant` shows `person` (None: anybody) at least this large."""
    who = "true" if person is None else f"picture.person === {person}"
    return f"""(() => {{
      const picture = {shown(participant)};
      return Boolean(picture) && picture.width >= {width} && picture.height >= {height} && {who};
    }})()"""


def is_heard(participant: str) -> str:
    """True once audio of `participant` was played that is not silence."""
    return f"{received(participant)}.then((media) => (media.audio?.energy ?? 0) > 0)"


def address(server_url: str, room: str, name: str, **parameters: str | int) -> str:
    """The address of a room's page with the parameters that tests set.

    15 frames a second and `hint=detail`: so that few cores do not adapt the resolution down.
    """
    query = {"name": name, "hint": "detail", "fps": 15, **parameters}
    return f"{server_url}/r/{room}?{urlencode(query)}"


def new_room() -> str:
    """A name no other test uses."""
    return f"room-{random.getrandbits(48):x}"


class Meeting:
    """A page of either browser in a meeting."""

    def __init__(self, tab: Page | Firefox) -> None:
        self._tab = tab

    async def wait_for(self, expression: str, timeout_s: float = 30) -> Any:
        """The first truthy value of a JavaScript expression; the browser's error if there is none in time."""
        if isinstance(self._tab, Firefox):
            return await self._tab.wait_for(expression, timeout_s)
        return await self._tab.evaluate(poll(expression, timeout_s))

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return await self._tab.evaluate(expression)

    async def reload(self) -> None:
        """Load the page again, in Chromium."""
        if isinstance(self._tab, Firefox):
            raise TypeError("Firefox is told its addresses")
        await self._tab.reload()

    async def close(self) -> None:
        """Leave by closing the page."""
        if isinstance(self._tab, Firefox):
            await self._tab.open("about:blank")
        else:
            await self._tab.context.close()

    async def connected(self) -> str:
        """Wait until media can flow; the participant's id."""
        return str(await self.wait_for(CONNECTED))


async def enter(browser: Chromium | Firefox, url: str) -> Meeting:
    """Open a meeting's page and wait until it is connected."""
    if isinstance(browser, Firefox):
        await browser.open(url)
        meeting = Meeting(browser)
    else:
        meeting = Meeting(await browser.open(url))
    await meeting.connected()
    return meeting
