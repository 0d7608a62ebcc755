"""Somebody who presses, types and draws at random in the meeting room."""

import random
from collections import deque
from typing import Any

from playwright.async_api import Error, Page

from tests.e2e.room_page import wait_for

SIZES = ((1280, 720), (1280, 720), (820, 900), (390, 844))
"""Of windows: a laptop's more often than a tablet's and a phone's."""

WORDS = (
    *("hello", "a b", "zwölf", "😀👩‍👩‍👧", "<b>no</b>", "line\nline"),
    *("x" * 300, "https://example.org", " ", "۱۲"),
)
KEYS = (
    *("Escape", "Tab", "Shift+Tab", "Enter", "Space", "Backspace", "Delete", "Home", "End", "PageDown"),
    *("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Shift+ArrowDown", "Alt+ArrowLeft", "?"),
    *("Control+a", "Control+b", "Control+c", "Control+v", "Control+x", "Control+z", "Control+y", "Control+d"),
    *("Control+g", "Control+k", "Control+Enter", "Control+Alt+m", "Control+Shift+l"),
    *"acdefghiklmnoprstv0123[]",
)
# Who is banned, and who is removed is, does not come back; what is printed leaves the browser.
SHUNNED = ("ban", "remove", "print")

# What can be pressed where it stands and is not covered: [[what it is, x, y, whether it is written into], …].
PRESSABLE = """(() => {
  const found = [];
  const kinds = "button, a[href], input, select, textarea, summary, canvas, [role^=menuitem], [role=tab], " +
    "[role=option], [role=slider], [contenteditable=true], .tile";
  const written = "input:not([type=checkbox], [type=radio], [type=file]), textarea, [contenteditable=true]";
  for (const one of document.querySelectorAll(kinds)) {
    if (one.disabled || one.ariaDisabled === "true") continue;
    const {left, top, width, height} = one.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const there = document.elementFromPoint(x, y);
    if (!there || !(one.contains(there) || there.contains(one))) continue;
    const name = one.ariaLabel || one.title || one.textContent.slice(0, 40);
    found.push([`${one.tagName.toLowerCase()} ${name}`, x, y, one.matches(written)]);
  }
  return found;
})()"""
LEAVE = "button Leave"

IN_ROOM = "Boolean(window.sfumato?.meeting.state === 'connected' && document.querySelector('.toolbar'))"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""JavaScript: by how many pixels the page is wider than the window."""

DOT = {
    "name": "dot.png",
    "mimeType": "image/png",
    "buffer": bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060"
        "000000050001a5f645400000000049454e44ae426082"
    ),
}
"""The picture that is chosen whenever one is asked for."""


class RandomPerson:
    """One page and who uses it; `done` holds the last steps, for the report of a test that fails."""

    def __init__(self, page: Page, name: str, seed: str) -> None:
        self.page = page
        self.name = name
        self.done: deque[str] = deque(maxlen=12)
        self._url = page.url
        self._random = random.Random(f"{seed} {name}")
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("filechooser", lambda chooser: chooser.set_files([DOT]))  # type: ignore[list-item]
        page.context.on("page", lambda other: other.close())

    async def step(self) -> None:
        """Do one thing."""
        acts = {
            self._press: 9,
            self._key: 6,
            self._type: 3,
            self._drag: 3,
            self._wheel: 3,
            self._press_twice: 2,
            self._resize: 1,
        }
        act = self._random.choices([*acts], [*acts.values()])[0]
        try:
            await act()
        except Error as error:
            # The page went elsewhere meanwhile, to which a press may lead.
            self.done.append(f"  {str(error).splitlines()[0]}")

    async def come_back(self) -> None:
        """Into the meeting, if that is where the person is not."""
        if await self.look(IN_ROOM):
            return
        self.done.append("comes back")
        await self.page.goto(self._url)
        await wait_for(self.page, IN_ROOM)

    async def look(self, expression: str) -> Any:
        """The value of a JavaScript expression; None while the page is loaded."""
        try:
            return await self.page.evaluate(expression)
        except Error:
            return None

    async def _press(self) -> None:
        found = [one for one in await self.page.evaluate(PRESSABLE) if not is_shunned(one[0])]
        if self._random.random() < 0.9:
            found = [one for one in found if one[0] != LEAVE]
        if not found:
            return
        what, x, y, is_written = self._random.choice(found)
        button = self._random.choices(("left", "right"), (19, 1))[0]
        self.done.append(f"presses {what!r}, {button}")
        await self.page.mouse.click(x, y, button=button)  # type: ignore[arg-type]
        if is_written:
            await self._type()

    async def _type(self) -> None:
        words = self._random.choice(WORDS)
        self.done.append(f"types {words[:40]!r}")
        await self.page.keyboard.insert_text(words)
        if self._random.random() < 0.5:
            await self.page.keyboard.press("Enter")

    async def _key(self) -> None:
        key = self._random.choice(KEYS)
        self.done.append(f"key {key}")
        await self.page.keyboard.press(key)

    async def _drag(self) -> None:
        first, *rest = (self._place() for _ in range(self._random.randint(2, 4)))
        self.done.append(f"drags from {first} to {rest}")
        await self.page.mouse.move(*first)
        await self.page.mouse.down()
        for place in rest:
            await self.page.mouse.move(*place, steps=5)
        if self._random.random() < 0.1:
            await self.page.keyboard.press("Escape")
        await self.page.mouse.up()

    async def _wheel(self) -> None:
        place, by = self._place(), (self._random.randint(-300, 300), self._random.randint(-900, 900))
        self.done.append(f"turns the wheel by {by} at {place}")
        await self.page.mouse.move(*place)
        await self.page.mouse.wheel(*by)

    async def _press_twice(self) -> None:
        place = self._place()
        self.done.append(f"presses twice at {place}")
        await self.page.mouse.dblclick(*place)

    async def _resize(self) -> None:
        width, height = self._random.choice(SIZES)
        self.done.append(f"has a window of {width} x {height}")
        await self.page.set_viewport_size({"width": width, "height": height})

    def _place(self) -> tuple[int, int]:
        size = self.page.viewport_size
        assert size is not None
        return self._random.randrange(size["width"]), self._random.randrange(size["height"])


def is_shunned(what: str) -> bool:
    """Whether nobody presses this."""
    return any(word in what.lower().split() for word in SHUNNED)
