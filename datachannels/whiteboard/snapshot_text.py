"""A board as text: what is stored, a line an element, and what clients get. Both without holding the loop."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import orjson

from datachannels.turn import Turn
from datachannels.whiteboard.board import Board, Element, Page

SLICE_BYTES = 256 * 1024
"""Handled at a time: less than a millisecond."""


def stored_lines(board: Board) -> tuple[bytes, list[Element]]:
    """What `stored_text` needs of a board as it is now."""
    pages = orjson.dumps({"pages": [page.described() for page in board.pages.values()]})
    return pages, [*board.elements.values(), *board.deleted.values()]


async def stored_text(pages: bytes, elements: Sequence[Element]) -> str:
    """The stored form: pages, then the elements, the deleted ones marked by a space and in their order."""
    parts = [pages.decode()]
    async for some in _slices(elements):
        parts.append("\n".join([" " * one.deleted + one.text.decode() for one in some]))
    return "\n".join(parts)


async def read_stored(text: str) -> Board:
    """The board that a stored form is of."""
    board = Board()
    start = text.find("\n") + 1
    pages = orjson.loads(text[:start] if start else text)["pages"]
    board.pages.clear()
    board.fill([], [_page(page) for page in pages])
    while start:
        end = text.find("\n", start + SLICE_BYTES) + 1
        lines = text[start : end - 1] if end else text[start:]
        board.fill([_element(line) for line in lines.split("\n")], [])
        start = end
        await Turn()
    return board


def _page(fields: dict[str, Any]) -> Page:
    return Page(fields["id"], fields["title"], fields["z"], fields.get("deleted", False))


def _element(line: str) -> Element:
    props = orjson.loads(line)
    element_id = props.pop("id")
    # The id is first in what is written, so the rest is cut out rather than written again.
    text = line.lstrip().encode()
    after_id = len(b'{"id":"') + len(element_id) + len(b'",')
    return Element(element_id, props["type"], props["page"], b"{" + text[after_id:], line.startswith(" "))


async def content_text(pages: Iterable[Page], elements: Sequence[Element]) -> bytes:
    """``{"pages": …, "elements": …}``, as a snapshot has them."""
    described = orjson.dumps([page.described() for page in pages])
    parts: list[bytes] = []
    async for some in _slices(elements):
        parts.append(b",".join([one.text for one in some]))
    return b'{"pages":' + described + b',"elements":[' + b",".join(parts) + b"]}"


def pages_and_elements(content: bytes) -> tuple[bytes, bytes]:
    """The two arrays of a `content_text`, each in JSON, without reading them."""
    # Inside of a text the quotes would stand behind backslashes.
    end = content.index(b'],"elements":[') + 1
    return content[len(b'{"pages":') : end], content[end + len(b',"elements":') : -1]


async def _slices(elements: Sequence[Element]) -> AsyncIterator[Sequence[Element]]:
    """Some at a time, with a pause after each."""
    start = size = 0
    for index, element in enumerate(elements):
        size += len(element.props) + 100
        if size >= SLICE_BYTES:
            yield elements[start : index + 1]
            start, size = index + 1, 0
            await Turn()
    if start < len(elements):
        yield elements[start:]
