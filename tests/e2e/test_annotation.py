"""Marks on what is shared, and remote control of it, in Chromium."""

import shlex

import pytest
from playwright.async_api import Page

from tests.client.agent.display import BUTTON_AT, WORDS_AT, display, program
from tests.client.agent.test_run import agent
from tests.e2e.chromium import Chromium
from tests.e2e.conftest import StartChromium
from tests.e2e.meeting_page import new_room
from tests.e2e.room_page import enter_room, plays, wait_for
from tests.e2e.server import Server
from tests.e2e.test_accessibility import AXE, PHONE, grave_findings

pytestmark = pytest.mark.e2e

OVER = "window.sfumatoOver"
MEETING = "window.sfumato.meeting"
SCREEN = f"[...{MEETING}.tracks.values()].find((one) => one.source === 'screen')?.id"
MARKS = f"[...{OVER}.annotations.marks({SCREEN})]"
TOOLS = f"{MARKS}.map(({{tool}}) => tool).join(' ')"
POINTERS = f"[...{OVER}.annotations.pointers({SCREEN})]"
SCREEN_TILE = ".tile.screen"
PREVIEW = ".share-preview-picture"
OWN_TILE = ".tile.own"
BLUE = (31, 111, 235)
STILL_FRAMES = 6


def picture_rect(where: str) -> str:
    """Where the whole picture is in the page, by what the browser tells of the element that plays it."""
    return f"""(() => {{
      const video = document.querySelector(`{where} video`);
      const box = video.getBoundingClientRect();
      const scales = [box.width / video.videoWidth, box.height / video.videoHeight];
      const contain = getComputedStyle(video).objectFit === "contain";
      const scale = contain ? Math.min(...scales) : Math.max(...scales);
      return {{
        left: box.left + (box.width - video.videoWidth * scale) / 2,
        top: box.top + (box.height - video.videoHeight * scale) / 2,
        width: video.videoWidth * scale, height: video.videoHeight * scale,
        mirrored: getComputedStyle(video).transform.startsWith("matrix(-1"),
      }};
    }})()"""


def painted(where: str, color: tuple[int, int, int]) -> str:
    """The middle of what is painted in a colour, 0–1 of the picture; null if nothing is."""
    return f"""(() => {{
      const canvas = document.querySelector(`{where} canvas.marks`);
      if (!canvas?.width) return null;
      const {{width, height}} = canvas;
      const {{data}} = canvas.getContext("2d").getImageData(0, 0, width, height);
      let [left, top, right, bottom] = [width, height, -1, -1];
      for (let at = 0; at < data.length; at += 4) {{
        if (data[at + 3] < 200 || {
        " || ".join(f"Math.abs(data[at + {part}] - {value}) > 24" for part, value in enumerate(color))
    }) continue;
        const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
        [left, right] = [Math.min(left, x), Math.max(right, x)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      }}
      if (right < 0) return null;
      const picture = {picture_rect(where)}, box = canvas.getBoundingClientRect();
      const x = (box.left + (left + right + 1) / 2 * box.width / width - picture.left) / picture.width;
      const y = (box.top + (top + bottom + 1) / 2 * box.height / height - picture.top) / picture.height;
      return {{x: picture.mirrored ? 1 - x : x, y}};
    }})()"""


async def on_picture(page: Page, where: str, x: float, y: float) -> tuple[float, float]:
    """A place of the picture, 0–1, in the page, once the tiles stay where they are."""
    rect = await page.evaluate(
        f"""new Promise((found) => {{
          let [before, frames] = ["", 0];
          const look = () => {{
            const rect = {picture_rect(where)}, now = JSON.stringify(rect);
            frames = now === before ? frames + 1 : 0;
            before = now;
            if (frames === {STILL_FRAMES}) found(rect);
            else requestAnimationFrame(look);
          }};
          look();
        }})"""
    )
    across = 1 - x if rect["mirrored"] else x
    return rect["left"] + across * rect["width"], rect["top"] + y * rect["height"]


async def drag(page: Page, where: str, *places: tuple[float, float], release: bool = True) -> None:
    """Press at the first place of the picture, and move over the others."""
    await page.mouse.move(*await on_picture(page, where, *places[0]))
    await page.mouse.down()
    for place in places[1:]:
        await page.mouse.move(*await on_picture(page, where, *place), steps=5)
    if release:
        await page.mouse.up()


async def take(page: Page, tool: str) -> None:
    """Choose a tool by its name."""
    await (
        page.get_by_role("toolbar", name="Draw on the picture")
        .get_by_role("button", name=tool, exact=True)
        .click()
    )


async def press(page: Page, name: str) -> None:
    """Click a button by its name, also one that shows only while the pointer is over its picture."""
    button = page.get_by_role("button", name=name, exact=True)
    await button.evaluate("(button) => button.click()")


async def draw_on(page: Page, whose: str) -> None:
    """Begin to draw on a picture."""
    await press(page, f"Draw on {whose}")
    await page.locator("canvas.marks.active").wait_for()


async def told(page: Page, words: str) -> None:
    """Wait until a notice says so."""
    await page.locator(".notice", has_text=words).wait_for()


async def painted_at(page: Page, where: str, color: tuple[int, int, int], x: float, y: float) -> None:
    """Wait until what has that colour lies there, within a pixel: while tiles move it does not."""
    await wait_for(
        page,
        f"""(() => {{
          const found = {painted(where, color)}, picture = {picture_rect(where)};
          return found && Math.abs(found.x - {x}) * picture.width <= 1
            && Math.abs(found.y - {y}) * picture.height <= 1;
        }})()""",
    )


async def enter(browser: Chromium, server: Server, room: str, name: str, **parameters: str | int) -> Page:
    query = {"camera": 0, "mic": 0, **parameters}
    return await enter_room(browser, server, room, name, AXE.read_text(), **query)


async def share(page: Page, *others: Page) -> None:
    """Share the screen, until the others see it; in dark colours, where the others have light ones."""
    await page.emulate_media(color_scheme="dark")
    await page.keyboard.press("s")
    for other in others:
        await wait_for(other, plays("Bo’s screen"))
    for one in (page, *others):
        await wait_for(one, f"{OVER} && {SCREEN}")


async def test_marks_lie_on_the_same_place_of_the_picture_for_everybody(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    bo = await enter(browser, server, room, "Bo")
    ada = await enter(browser, server, room, "Ada", camera=1)
    await share(bo, ada)
    await draw_on(ada, "Bo’s screen")

    # What is drawn grows on the other's page; beside the picture nothing is drawn.
    rect = await ada.evaluate(picture_rect(SCREEN_TILE))
    assert rect["top"] > 50
    await ada.mouse.click(rect["left"] + 200, rect["top"] - 4)
    await drag(ada, SCREEN_TILE, (0.2, 0.2), (0.3, 0.25), release=False)
    await wait_for(bo, f"{MARKS}.length === 1 && !{MARKS}[0].done && {MARKS}[0].points.length > 6")
    grown = await bo.evaluate(f"{MARKS}[0].points.length")
    await ada.mouse.move(*await on_picture(ada, SCREEN_TILE, 0.4, 0.2), steps=5)
    await wait_for(bo, f"{MARKS}[0].points.length > {grown}")
    await ada.mouse.up()
    await wait_for(bo, f"{MARKS}[0].done")
    assert await grave_findings(ada) == []
    # Who shares sees it in a preview.
    await bo.locator(PREVIEW).wait_for()
    assert await grave_findings(bo) == []

    # Every tool.
    await take(ada, "Highlighter")
    await drag(ada, SCREEN_TILE, (0.1, 0.6), (0.3, 0.6))
    await take(ada, "Arrow")
    await drag(ada, SCREEN_TILE, (0.7, 0.3), (0.8, 0.4))
    await take(ada, "Text")
    await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, 0.6, 0.1))
    await wait_for(ada, "document.activeElement.ariaLabel === 'Text to put on the picture'")
    await ada.keyboard.type("Look here")
    await ada.keyboard.press("Enter")
    await ada.get_by_role("button", name="Stamp").click()
    assert await grave_findings(ada) == []
    await ada.get_by_role("menuitemradio", name="Star").click()
    await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, 0.3, 0.8))
    await ada.get_by_role("button", name="Colour").click()
    await ada.get_by_role("menuitemradio", name="Blue").click()
    await take(ada, "Box")
    await drag(ada, SCREEN_TILE, (0.25, 0.3), (0.75, 0.5))
    await wait_for(bo, f"{TOOLS} === 'pen highlighter arrow text stamp rect'")
    assert await bo.evaluate(f"{MARKS}.map(({{text}}) => text).join('')") == "Look here⭐"
    await take(ada, "Laser pointer")
    await ada.mouse.move(*await on_picture(ada, SCREEN_TILE, 0.5, 0.5), steps=5)
    await wait_for(bo, f"{POINTERS}.some(({{x, y, laser}}) => laser && Math.hypot(x - 0.5, y - 0.5) < 0.01)")

    # The same place of the picture: in a window, a small preview, and for who comes later, with a phone.
    cleo = await enter(browser, server, room, "Cleo")
    await cleo.set_viewport_size(PHONE)
    await wait_for(cleo, plays("Bo’s screen"))
    await wait_for(cleo, f"{TOOLS} === 'pen highlighter arrow text stamp rect'")
    for page, where in ((ada, SCREEN_TILE), (cleo, SCREEN_TILE), (bo, PREVIEW)):
        await painted_at(page, where, BLUE, 0.5, 0.4)
    await ada.set_viewport_size({"width": 900, "height": 900})
    await painted_at(ada, SCREEN_TILE, BLUE, 0.5, 0.4)

    await take(ada, "Box")
    # Everybody takes back only what is theirs.
    await draw_on(cleo, "Bo’s screen")
    assert await grave_findings(cleo) == []
    await drag(cleo, SCREEN_TILE, (0.4, 0.7), (0.6, 0.7))
    await wait_for(ada, f"{MARKS}.length === 7")
    await ada.keyboard.press("Control+z")
    await wait_for(bo, f"{TOOLS} === 'pen highlighter arrow text stamp pen'")
    # Without a pointer, too.
    await ada.get_by_role("application", name="Draw on Bo’s screen").focus()
    for key in ("Enter", "ArrowRight", "ArrowDown", "Enter"):
        await ada.keyboard.press(key)
    await wait_for(bo, f"{TOOLS} === 'pen highlighter arrow text stamp pen rect'")
    await ada.keyboard.press("Control+z")
    await wait_for(bo, f"{MARKS}.length === 6")
    # A mark that fades goes by itself, and who comes later never sees it.
    await press(ada, "Marks fade after five seconds")
    await take(ada, "Pen")
    await drag(ada, SCREEN_TILE, (0.5, 0.8), (0.6, 0.9))
    await wait_for(bo, f"{MARKS}.length === 7")
    await wait_for(bo, f"{MARKS}.length === 6")

    # Who shares says who may draw; who may not is told, by the page and by the server.
    await bo.get_by_role("button", name="Who may draw: everyone").click()
    assert await grave_findings(bo) == []
    await bo.get_by_role("menuitemcheckbox", name="Cleo").click()
    await bo.keyboard.press("Escape")
    await told(ada, "Bo does not let you draw here any more.")
    await ada.locator(".mark-tools").wait_for(state="detached")
    await press(ada, "Draw on Bo’s screen")
    await told(ada, "Bo does not let you draw here.")
    refused = f"""(() => {{
      const mark = {{...{MARKS}[0], id: "stolen"}};
      {OVER}.annotations.draw({SCREEN}, mark);
      return {MARKS}.some(({{id}}) => id === "stolen");
    }})()"""
    assert await ada.evaluate(refused)
    await wait_for(ada, f"!{MARKS}.some(({{id}}) => id === 'stolen')")
    await drag(cleo, SCREEN_TILE, (0.4, 0.8), (0.6, 0.8))
    await wait_for(bo, f"{MARKS}.length === 7")
    assert await bo.evaluate(f"{MARKS}.every(({{id}}) => id !== 'stolen')")
    await bo.get_by_role("button", name="Clear all marks").click()
    for page in (ada, bo, cleo):
        await wait_for(page, f"{MARKS}.length === 0")

    # A camera's picture, which is cut off in its tile, and seen as in a mirror by whoever it shows.
    await draw_on(bo, "Ada")
    await bo.get_by_role("button", name="Colour").click()
    await bo.get_by_role("menuitemradio", name="Blue").click()
    await take(bo, "Box")
    await drag(bo, '.tile[aria-label^="Ada"]', (0.35, 0.4), (0.45, 0.6))
    await painted_at(bo, '.tile[aria-label^="Ada"]', BLUE, 0.4, 0.5)
    await painted_at(ada, OWN_TILE, BLUE, 0.4, 0.5)
    assert browser.errors == []


HEARD = """(() => {
  window.heard = [];
  window.sfumatoOver.control.on("input", ({message}) => window.heard.push(message));
})()"""


def heard(kind: str) -> str:
    """What came of one kind, as who shares the screen hears it."""
    return f"window.heard.filter((one) => one.kind === '{kind}')"


async def ask(page: Page, scope: str = "Pointer and keyboard") -> None:
    """Ask for control of Bo's screen."""
    await press(page, "Ask to control Bo’s screen")
    await page.get_by_label(scope).check()
    await page.get_by_role("button", name="Ask", exact=True).click()
    await page.get_by_text("Asked Bo for control").wait_for()


async def let(page: Page, name: str) -> None:
    """Let somebody control the screen."""
    prompt = page.get_by_role("alertdialog", name=f"{name} asks to control your screen")
    await prompt.get_by_role("button", name="Allow").click()
    await page.get_by_text(f"{name} controls your screen").wait_for()


async def escape_three_times(page: Page) -> None:
    for _ in range(3):
        await page.keyboard.press("Escape")


async def test_a_screen_is_controlled_by_who_was_let_until_it_is_taken_back(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    bo, ada = [await enter(browser, server, room, name) for name in ("Bo", "Ada")]
    cleo = await enter(browser, server, room, "Cleo", role="host")
    await share(bo, ada, cleo)
    await bo.evaluate(HEARD)

    # Who shares the screen is asked, by name, and says no.
    await press(ada, "Ask to control Bo’s screen")
    assert await grave_findings(ada) == []
    await ada.keyboard.press("Escape")
    await ask(ada)
    prompt = bo.get_by_role("alertdialog", name="Ada asks to control your screen")
    await prompt.wait_for()
    for page in (ada, bo):
        assert await grave_findings(page) == []
    await prompt.get_by_role("button", name="Deny").click()
    await told(ada, "Bo did not give control.")

    # Then yes, for five minutes: all see who has it, and what lets it reach the computer is offered.
    await ask(ada)
    await prompt.get_by_label("For").select_option("5 minutes")
    await let(bo, "Ada")
    dialog = bo.get_by_role("dialog", name="Let this computer be controlled")
    command = await dialog.get_by_text("sfumato agent").inner_text()
    assert command.startswith(f"sfumato agent --url {server.url} --code ")
    assert await grave_findings(bo) == []
    await dialog.get_by_role("button", name="Done").click()
    await ada.get_by_text("You control Bo’s screen · 5 min").wait_for()
    await ada.locator(".control-plane").wait_for()
    await cleo.locator(SCREEN_TILE).get_by_text("Ada is in control").wait_for()
    assert await grave_findings(ada) == []

    # What Ada does on the picture arrives, at its place of the screen.
    await ada.mouse.move(*await on_picture(ada, SCREEN_TILE, 0.25, 0.75), steps=3)
    await wait_for(bo, f"{POINTERS}.some(({{x, y}}) => Math.hypot(x - 0.25, y - 0.75) < 0.005)")
    await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, 0.25, 0.75))
    await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, 0.5, 0.5), button="right")
    await wait_for(bo, f"{heard('up')}.length === 2")
    down, up = await bo.evaluate(f"[{heard('down')}, {heard('up')}]")
    assert [one["button"] for one in down] == [one["button"] for one in up] == [0, 2]
    assert abs(down[0]["x"] - 0.25) < 0.002
    assert abs(down[0]["y"] - 0.75) < 0.002
    await ada.mouse.wheel(0, 240)
    await wait_for(bo, f"{heard('wheel')}[0]?.dy === 240")
    # Beside the picture is no place of the screen.
    rect = await ada.evaluate(picture_rect(SCREEN_TILE))
    await ada.mouse.click(rect["left"] + 200, rect["top"] - 4)
    # Keys are the other screen's, also those that are shortcuts here; an input method's text comes as text.
    await ada.keyboard.press("c")
    await ada.keyboard.press("Control+a")
    typing = await ada.context.new_cdp_session(ada)
    composed = {"selectionStart": 2, "selectionEnd": 2, "text": "ni"}
    await typing.send("Input.imeSetComposition", composed)
    await typing.send("Input.insertText", {"text": "你好"})
    await wait_for(bo, f"{heard('text')}.length === 1")
    assert await bo.evaluate(f"{heard('text')}[0].text") == "你好"
    keys = await bo.evaluate(f"{heard('key')}.map(({{code, down}}) => (down ? '+' : '-') + code)")
    # What is held for long is said again.
    assert list(dict.fromkeys(keys)) == ["+KeyC", "-KeyC", "+ControlLeft", "+KeyA", "-KeyA", "-ControlLeft"]
    assert (
        await bo.evaluate(f"{heard('key')}.find(({{code}}) => code === 'KeyA').modifiers.join()") == "Control"
    )
    assert await bo.evaluate(f"{heard('down')}.length") == 2
    assert await ada.locator(".panel").count() == 0
    # Nobody else's input arrives.
    await cleo.evaluate(f"{OVER}.control.input({SCREEN}, {{kind: 'text', text: 'mine'}})")
    await told(cleo, "You are not allowed to do that here.")

    # Who shares the screen takes it back, and nothing more arrives.
    await ada.mouse.move(*await on_picture(ada, SCREEN_TILE, 0.5, 0.5))
    await ada.mouse.down()
    await wait_for(bo, f"{heard('down')}.length === 3")
    await bo.get_by_role("button", name="Take back").click()
    await told(ada, "Bo took control back.")
    await ada.locator(".control-plane").wait_for(state="detached")
    arrived = await bo.evaluate("window.heard.length")
    await ada.mouse.up()
    late = f"""new Promise((resolve) => {{
      {OVER}.control.on("refused", ({{code}}) => resolve(code));
      {OVER}.control.input({SCREEN}, {{kind: "text", text: "late"}});
    }})"""
    assert await ada.evaluate(late) == "forbidden"
    assert await bo.evaluate("window.heard.length") == arrived
    assert await ada.locator(".notice", has_text="not allowed").count() == 0

    # Three times Escape ends it, by who has it and by who gave it; with the pointer alone keys stay here.
    await ask(ada)
    await let(bo, "Ada")
    await dialog.get_by_role("button", name="Done").click()
    await wait_for(ada, "document.activeElement.matches('.control-keys')")
    await escape_three_times(ada)
    await told(ada, "You gave control back.")
    await told(bo, "Ada gave control of your screen back.")
    # A host ends it, too.
    await ask(ada)
    await let(bo, "Ada")
    await dialog.get_by_role("button", name="Done").click()
    await cleo.get_by_role("button", name="End control").click()
    await told(ada, "Cleo ended your control of the screen.")
    await told(bo, "Cleo ended Ada’s control of your screen.")
    await ask(cleo, "Pointer only")
    await let(bo, "Cleo")
    await dialog.get_by_role("button", name="Done").click()
    await cleo.locator(".control-plane").wait_for()
    assert await cleo.locator(".control-keys").count() == 0
    await cleo.set_viewport_size(PHONE)
    assert await grave_findings(cleo) == []
    await bo.locator(".control-banner").wait_for()
    await escape_three_times(bo)
    await told(cleo, "Bo took control back.")
    assert browser.errors == []


async def test_a_program_is_used_from_another_page_through_the_agent(
    server: Server, chromium: StartChromium
) -> None:
    browser, room = await chromium(), new_room()
    bo, ada = [await enter(browser, server, room, name) for name in ("Bo", "Ada")]
    await share(bo, ada)
    await ask(ada)
    await let(bo, "Ada")
    # The command as the page shows it, without its first two words.
    dialog = bo.get_by_role("dialog", name="Let this computer be controlled")
    command = shlex.split(await dialog.get_by_text("sfumato agent").inner_text())[2:]
    with display() as screen:
        async with program(screen) as window, agent(*command, DISPLAY=screen) as running:
            await told(bo, "This computer is paired.")
            await dialog.wait_for(state="hidden")
            await running.hear("Ada has control")
            await ada.locator(".control-plane").wait_for()
            await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, *BUTTON_AT))
            await window.hear("pressed", "once")
            await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, *WORDS_AT))
            await ada.keyboard.type("Sfumato")
            await window.hear("words", "Sfumato")
            await ada.keyboard.insert_text("你好")
            await window.hear("words", "Sfumato你好")
            await ada.keyboard.press("Enter")
            await window.hear("key", "Return")

            await bo.get_by_role("button", name="Take back").click()
            await running.hear("Control is over")
            await told(ada, "Bo took control back.")
            said = len(window.said)
            await ada.keyboard.type("late")
            # Another's control is another beginning: what came between would be heard first.
            await ask(ada)
            await let(bo, "Ada")
            await running.hear("Ada has control")
            await ada.locator(".control-plane").wait_for()
            await ada.mouse.click(*await on_picture(ada, SCREEN_TILE, *BUTTON_AT))
            await window.hear("pressed", "once")
            assert [kind for kind, _ in window.said[said:] if kind != "at"] == ["pressed"]
    await told(bo, "This computer is not paired any more.")
    assert browser.errors == []
