"""A document as a person writes in it: pages that are clicked and typed into."""

import json

from playwright.async_api import Page

from tests.e2e.room_page import wait_for

EDITOR = ".paper:not(.past) .ql-editor"
LINES = f"[...document.querySelectorAll('{EDITOR} > *, {EDITOR} li')].filter((one) => one.tagName !== 'OL')"
TEXT = f"{LINES}.map((one) => one.textContent).join('\\n')"
"""JavaScript: the text that the editor shows."""
MARKED = "['comment', 'comment-focus'].flatMap((name) => [...(CSS.highlights.get(name) ?? [])].map(String))"
"""JavaScript: the words that comments stand on."""
SAVED = "document.querySelector('.standing')?.textContent === 'Saved'"
DEADLINE_S = 90


async def create_document(page: Page, title: str) -> None:
    """Make an empty document and open it, from the list of the room's."""
    await page.keyboard.press("d")
    await page.get_by_role("button", name="New document").click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Create").click()
    await ready(page)


async def open_document(page: Page, title: str) -> None:
    """Open one of the room's."""
    await page.keyboard.press("d")
    await page.get_by_role("button", name=title, exact=True).click()
    await ready(page)


async def ready(page: Page) -> None:
    """Until the document is there, as the server has it."""
    await wait_for(page, SAVED, DEADLINE_S)


async def write(page: Page, text: str, after: str = "") -> None:
    """Type behind some words, or at the end."""
    if after:
        await select(page, after)
        await page.keyboard.press("ArrowRight")
    else:
        await page.locator(EDITOR).focus()
        await page.keyboard.press("Control+End")
    await page.keyboard.type(text)


async def select(page: Page, words: str) -> None:
    """Select these words in the text."""
    await page.evaluate(f"""(() => {{
      const root = document.querySelector("{EDITOR}");
      root.focus();
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {{
        const at = texts.currentNode.data.indexOf({json.dumps(words)});
        if (at < 0) continue;
        getSelection().setBaseAndExtent(texts.currentNode, at, texts.currentNode, at + {len(words)});
        return;
      }}
      throw new Error("these words are not there: " + {json.dumps(words)});
    }})()""")
    await wait_for(page, "document.querySelector('.comment-here') !== null")


async def shows(page: Page, text: str) -> None:
    """Wait until the editor shows exactly this."""
    await wait_for(page, f"{TEXT} === {json.dumps(text)}", DEADLINE_S)


async def comment(page: Page, words: str, text: str) -> None:
    """Comment on some words, by keyboard."""
    await select(page, words)
    await page.keyboard.press("Control+Alt+m")
    await page.get_by_role("textbox", name="Comment").fill(text)
    await page.keyboard.press("Control+Enter")
    await page.locator(".thread.draft").wait_for(state="detached")


def caret(name: str) -> str:
    """JavaScript: where the caret of somebody is drawn, from the left; undefined if it is not."""
    return (
        "[...document.querySelectorAll('.ql-cursor')]"
        f".find((one) => one.querySelector('.ql-cursor-name').textContent === '{name}')"
        "?.querySelector('.ql-cursor-caret-container').getBoundingClientRect().left"
    )
