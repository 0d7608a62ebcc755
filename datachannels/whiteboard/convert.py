"""Reads a drawing in a process of its own: ``python -m datachannels.whiteboard.convert``.

On standard input one line of JSON (`Task`), then the file: our own JSON, or Excalidraw's. On standard output
lines of JSON, each of a size that a node takes in one go: ``{"changes": […]}`` for a submit, or
``{"file": base64}``. A file that cannot be read gives one line, ``{"error": code, "message": …}``.
"""

import resource
import sys
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from datachannels.refusals import RequestRefused
from datachannels.whiteboard import pictures
from datachannels.whiteboard.board import FIRST_PAGE
from datachannels.whiteboard.entries import EntryReader
from datachannels.whiteboard.excalidraw import elements_of
from datachannels.whiteboard.properties import BoardLimits

OWN = "sfumato-board"
MEMORY_BYTES = 1024**3
LINE_BYTES = 32 * 1024
LINE_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Task:
    """`prefix` makes ids new, "" leaves them as they are; `page` is where a drawing of one page goes."""

    prefix: str
    page: str
    elements: int
    points: int


def convert(task: Task, drawing: Any) -> Iterator[dict[str, Any]]:
    """What to do, in order. Raises `RequestRefused`."""
    try:
        if isinstance(drawing, dict) and drawing.get("type") == "excalidraw":
            elements, files = elements_of(drawing)
            pages: list[Any] = []
        elif isinstance(drawing, dict) and drawing.get("type") == OWN:
            elements, pages = list(drawing["elements"]), list(drawing["pages"])
            used = {one.get("file") for one in elements}
            known = pictures.read(drawing.get("files") or {}).values()
            files = [data for name, data in known if name in used]
        else:
            raise RequestRefused("bad_message", "neither a board of ours nor of Excalidraw's")
        entries = [*_pages(task, pages), *(_put(task, one, len(pages) > 1) for one in elements)]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RequestRefused("bad_message", "the drawing is broken") from error
    if len(elements) > task.elements:
        raise RequestRefused("too_large", f"at most {task.elements} elements")
    read = EntryReader(BoardLimits(task.elements, task.points))
    for data in files:
        yield {"file": b64encode(data).decode()}
    for some in _lines(entries):
        read(some)
        yield {"changes": some}


def _pages(task: Task, pages: list[Any]) -> list[dict[str, Any]]:
    if len(pages) < 2:
        return []
    known = ("title", "z", "deleted")
    # A page is deleted only where another one is left.
    pages = sorted(pages, key=lambda page: bool(page.get("deleted")))
    return [
        {"op": "page", "id": _page(task, page["id"], True), **{k: page[k] for k in known if k in page}}
        for page in pages
    ]


def _page(task: Task, page: Any, several: bool) -> str:
    if not several:
        return task.page
    return str(page) if page == FIRST_PAGE and not task.prefix else task.prefix + str(page)


def _put(task: Task, element: dict[str, Any], several: bool) -> dict[str, Any]:
    props = {name: value for name, value in element.items() if name not in ("id", "author")}
    props["page"] = _page(task, props.get("page", FIRST_PAGE), several)
    for end in ("from", "to"):
        if isinstance(props.get(end), dict):
            props[end] = {**props[end], "element": task.prefix + str(props[end].get("element"))}
    if "group" in props:
        props["group"] = task.prefix + str(props["group"])
    return {"op": "put", "id": task.prefix + str(element["id"]), "props": props}


def _lines(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        length = len(orjson.dumps(entry))
        if some and (size + length > LINE_BYTES or len(some) >= LINE_ENTRIES):
            yield some
            some, size = [], 0
        some.append(entry)
        size += length
    if some:
        yield some


def main() -> None:
    """One task."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    head, _, body = sys.stdin.buffer.read().partition(b"\n")
    lines: list[Any] = []
    try:
        lines = list(convert(Task(**orjson.loads(head)), orjson.loads(body)))
    except RequestRefused as refusal:
        lines = [{"error": refusal.code, "message": refusal.message}]
    except orjson.JSONDecodeError:
        lines = [{"error": "bad_message", "message": "not JSON"}]
    sys.stdout.buffer.write(b"\n".join([orjson.dumps(line) for line in lines]))


if __name__ == "__main__":
    main()
