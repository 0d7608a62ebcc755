"""A board: elements by id, pages, and what was deleted. Pure, and the same on every machine that applies
the same changes in the same order.

Each property is what the last change made it, in the order in which changes were accepted. An element is
kept as the JSON text of its properties, which is a tenth of what the parsed values take; it is parsed when
something is put on it. Texts are never changed in place, so a board can be looked at as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from datachannels.refusals import RequestRefused
from datachannels.whiteboard.entries import Delete, Entry, PageEntry, Put, Restore
from datachannels.whiteboard.properties import MAX_UNKNOWN, STYLE, BoardLimits

FIRST_PAGE = "p1"
MAX_PAGES = 200
"""Deleted ones included: they can be restored with what is on them."""

MAX_ELEMENT_BYTES = 256 * 1024
"""A stroke of as many points as are allowed, and text, in JSON."""

MAX_BOARD_BYTES = 64 * 1024 * 1024
MAX_DELETED = 10_000
MAX_DELETED_BYTES = 16 * 1024 * 1024
"""Beyond these the elements that were deleted first cannot be restored any more."""

MAX_RESTORED_BYTES = 1024 * 1024
"""What one submit may bring back: it is repeated to everybody."""

_PROPERTIES = 13 + MAX_UNKNOWN


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `props` is the JSON object of its properties, without its id."""

    id: str
    type: str
    page: str
    props: bytes
    deleted: bool = False

    @property
    def text(self) -> bytes:
        """The JSON object that clients know it by."""
        return b'{"id":"' + self.id.encode() + b'",' + self.props[1:]


@dataclass(frozen=True, slots=True)
class Page:
    """A page; a deleted one keeps what is on it."""

    id: str
    title: str = ""
    z: str = ""
    deleted: bool = False

    def described(self) -> dict[str, Any]:
        """As clients know it."""
        fields: dict[str, Any] = {"id": self.id, "title": self.title, "z": self.z}
        return fields | {"deleted": True} if self.deleted else fields


@dataclass(frozen=True, slots=True)
class Patch:
    """What a change makes of single elements and pages; None: there is none."""

    elements: Mapping[str, Element | None]
    pages: Mapping[str, Page | None]


@dataclass(slots=True)
class Applied:
    """What came of some entries: those that did something, as others are told of them; ids of those that
    did not; what was restored."""

    patch: Patch
    entries: list[Any] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    ignored_at: list[int] = field(default_factory=list)
    """Which entries those were, from 0: an id may stand in several."""
    restored: list[Element] = field(default_factory=list)


class Board:
    """The content of a board at one version."""

    def __init__(self) -> None:
        self.elements: dict[str, Element] = {}
        self.deleted: dict[str, Element] = {}
        """Those that can be restored, the first deleted first."""
        self.pages: dict[str, Page] = {FIRST_PAGE: Page(FIRST_PAGE)}
        self.bytes = 0
        self.deleted_bytes = 0

    def take(self, patch: Patch) -> Patch:
        """Go on to the next version; returns what leads back."""
        back_elements: dict[str, Element | None] = {}
        for element_id, element in patch.elements.items():
            back_elements[element_id] = self._remove(element_id)
            if element is not None:
                self._add(element)
        back_pages: dict[str, Page | None] = {}
        for page_id, page in patch.pages.items():
            back_pages[page_id] = self.pages.pop(page_id, None)
            if page is not None:
                self.pages[page_id] = page
        self._forget_deleted()
        return Patch(back_elements, back_pages)

    def _remove(self, element_id: str) -> Element | None:
        element = self.elements.pop(element_id, None)
        if element is not None:
            self.bytes -= len(element.props)
            return element
        element = self.deleted.pop(element_id, None)
        if element is not None:
            self.deleted_bytes -= len(element.props)
        return element

    def _add(self, element: Element) -> None:
        if element.deleted:
            self.deleted[element.id] = element
            self.deleted_bytes += len(element.props)
        else:
            self.elements[element.id] = element
            self.bytes += len(element.props)

    def _forget_deleted(self) -> None:
        while len(self.deleted) > MAX_DELETED or self.deleted_bytes > MAX_DELETED_BYTES:
            self._remove(next(iter(self.deleted)))

    def fill(self, elements: Iterable[Element], pages: Iterable[Page]) -> None:
        """Add what a snapshot has, in its order."""
        for element in elements:
            self._add(element)
        for page in pages:
            self.pages[page.id] = page

    def copy(self) -> "Board":
        """Another board with the same elements."""
        other = Board()
        other.pages.clear()
        other.fill([*self.elements.values(), *self.deleted.values()], self.pages.values())
        return other

    def element(self, element_id: str) -> Element | None:
        """It, whether or not it is deleted."""
        return self.elements.get(element_id) or self.deleted.get(element_id)


def apply(board: Board, entries: Iterable[Entry], author: Mapping[str, str], limits: BoardLimits) -> Applied:
    """What entries do to a board, which stays as it is until it takes the patch.

    Raises `RequestRefused`: ``bad_message`` for an unknown page or a new element without a type;
    ``too_large`` if the board would be.
    """
    change = _Change(board, author)
    for index, entry in enumerate(entries):
        change.add(index, entry)
    change.check_size(limits)
    return change.applied


def replay(board: Board, entries: Iterable[Entry]) -> None:
    """Take entries of a stored change: they say themselves who made what, and were within the limits."""
    change = _Change(board, None)
    for index, entry in enumerate(entries):
        change.add(index, entry)
    board.take(change.applied.patch)


def came_of(said: Sequence[Any], stored: Sequence[Mapping[str, Any]]) -> Applied:
    """What came of entries; `stored` are those that did something, in the order in which they were said."""
    applied = Applied(Patch({}, {}), list(stored))
    done = 0
    for index, entry in enumerate(said):
        if not isinstance(entry, dict):
            continue
        if done < len(stored) and all(entry.get(name) == stored[done][name] for name in ("op", "id")):
            done += 1
        elif isinstance(entry.get("id"), str):
            applied.ignored.append(entry["id"])
            applied.ignored_at.append(index)
    for entry in stored:
        if entry["op"] == "restore":
            props = entry["props"]
            applied.restored.append(Element(entry["id"], props["type"], props["page"], orjson.dumps(props)))
    return applied


class _Change:
    """Entries applied one after the other on top of a board."""

    def __init__(self, board: Board, author: Mapping[str, str] | None) -> None:
        self._board = board
        self._author = author
        self._elements: dict[str, Element | None] = {}
        self._pages: dict[str, Page | None] = {}
        self.applied = Applied(Patch(self._elements, self._pages))

    def add(self, index: int, entry: Entry) -> None:
        """The next one."""
        match entry:
            case Put():
                told = self._put(entry)
            case Delete():
                told = self._delete(entry)
            case Restore():
                told = self._restore(entry)
            case _:
                told = self._page(entry)
        if told is None:
            self.applied.ignored.append(entry.id)
            self.applied.ignored_at.append(index)
        else:
            self.applied.entries.append(told)

    def _element(self, element_id: str) -> Element | None:
        if element_id in self._elements:
            return self._elements[element_id]
        return self._board.element(element_id)

    def _page_of(self, page_id: str) -> Page | None:
        if page_id in self._pages:
            return self._pages[page_id]
        return self._board.pages.get(page_id)

    def _keep(self, element: Element) -> None:
        """As the last one touched: what is deleted last is forgotten last."""
        self._elements.pop(element.id, None)
        self._elements[element.id] = element

    def _put(self, entry: Put) -> dict[str, Any] | None:
        before = self._element(entry.id)
        given = entry.props
        if before is None:
            given = self._first(entry)
            props = _merged({}, given)
        elif before.deleted or given.get("type", before.type) != before.type:
            return None
        else:
            props = _merged(orjson.loads(before.props), given)
        page = props["page"]
        if self._page_of(page) is None:
            raise RequestRefused("bad_message", f"{entry.id}: there is no such page")
        text = orjson.dumps(props)
        if len(text) > MAX_ELEMENT_BYTES:
            raise RequestRefused("too_large", f"{entry.id}: at most {MAX_ELEMENT_BYTES} bytes an element")
        self._keep(Element(entry.id, props["type"], page, text))
        return {"op": "put", "id": entry.id, "props": given}

    def _first(self, entry: Put) -> dict[str, Any]:
        """The first put of an element: what stands in it if nobody says otherwise is said to everybody."""
        if "type" not in entry.props:
            raise RequestRefused("bad_message", f"{entry.id}: a new element needs a type")
        if self._page_of(entry.id) is not None:
            raise RequestRefused("bad_message", f"{entry.id}: is a page")
        given = {"page": FIRST_PAGE} | dict(entry.props)
        return given if self._author is None else given | {"author": self._author}

    def _delete(self, entry: Delete) -> dict[str, Any] | None:
        before = self._element(entry.id)
        if before is None or before.deleted:
            return None
        self._keep(Element(before.id, before.type, before.page, before.props, True))
        return {"op": "delete", "id": entry.id}

    def _restore(self, entry: Restore) -> dict[str, Any] | None:
        before = self._element(entry.id)
        if before is None and entry.props:  # deleted before the snapshot that this board began with
            props = entry.props
            before = Element(entry.id, props["type"], props["page"], orjson.dumps(props), deleted=True)
        if before is None or not before.deleted:
            return None
        element = Element(before.id, before.type, before.page, before.props)
        self._keep(element)
        self.applied.restored.append(element)
        return {"op": "restore", "id": entry.id, "props": orjson.Fragment(element.props)}

    def _page(self, entry: PageEntry) -> dict[str, Any] | None:
        before = self._page_of(entry.id)
        if before is None:
            if self._element(entry.id) is not None:
                raise RequestRefused("bad_message", f"{entry.id}: is an element")
            before = Page(entry.id)
        if entry.deleted and not self._another_page(entry.id):
            return None
        self._pages[entry.id] = Page(
            entry.id,
            before.title if entry.title is None else entry.title,
            before.z if entry.z is None else entry.z,
            before.deleted if entry.deleted is None else entry.deleted,
        )
        said = {"title": entry.title, "z": entry.z, "deleted": entry.deleted}
        told = {name: value for name, value in said.items() if value is not None}
        return {"op": "page", "id": entry.id, **told}

    def _another_page(self, page_id: str) -> bool:
        """Whether anything is left to draw on without this page."""
        pages: dict[str, Page | None] = {**self._board.pages, **self._pages}
        return any(page is not None and page.id != page_id and not page.deleted for page in pages.values())

    def check_size(self, limits: BoardLimits) -> None:
        """A board that is too large already, by a limit that was lowered, may still be changed."""
        board = self._board
        count = size = 0
        for element_id, element in self._elements.items():
            before = board.elements.get(element_id)
            if element is not None and not element.deleted:
                count += 1
                size += len(element.props)
            if before is not None:
                count -= 1
                size -= len(before.props)
        if count > 0 and len(board.elements) + count > limits.elements:
            raise RequestRefused("too_large", f"a board has at most {limits.elements} elements")
        if size > 0 and board.bytes + size > MAX_BOARD_BYTES:
            raise RequestRefused("too_large", f"a board has at most {MAX_BOARD_BYTES} bytes")
        pages = len(board.pages.keys() | self._pages.keys())
        if pages > max(MAX_PAGES, len(board.pages)):
            raise RequestRefused("too_large", f"a board has at most {MAX_PAGES} pages")
        if sum([len(element.props) for element in self.applied.restored]) > MAX_RESTORED_BYTES:
            raise RequestRefused("too_large", "restore fewer elements at once")


def _merged(props: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Each property as the newer side says; `style` key by key."""
    for name, value in given.items():
        if name == "style" and value is not None:
            kept = {**props.get("style", {}), **value}
            props["style"] = {key: item for key, item in kept.items() if item is not None}
            if len(props["style"]) > len(STYLE) + MAX_UNKNOWN:
                raise RequestRefused("too_large", f"style: at most {MAX_UNKNOWN} keys of one's own")
        elif value is None:
            props.pop(name, None)
        else:
            props[name] = value
    if len(props) > _PROPERTIES:
        raise RequestRefused("too_large", f"at most {MAX_UNKNOWN} properties of one's own")
    return props
