"""The entries of a submit: what one change does to elements and pages, read and judged by themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from datachannels.fields import flag, text
from datachannels.refusals import RequestRefused
from datachannels.turn import Turn
from datachannels.whiteboard.properties import BoardLimits, PropertyReader, element_id, fractional_index

MAX_ENTRIES = 2_000
AT_ONCE = 50
"""Entries read in one go: about a millisecond."""

MAX_PAGE_TITLE = 200


@dataclass(frozen=True, slots=True)
class Put:
    """Properties that an element, perhaps a new one, has from now on; None removes one."""

    id: str
    props: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delete:
    """An element goes, until it is restored."""

    id: str


@dataclass(frozen=True, slots=True)
class Restore:
    """A deleted element is back as it was; `props` are those it had, where a change is read back."""

    id: str
    props: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page, perhaps a new one: only what is not None is said."""

    id: str
    title: str | None = None
    z: str | None = None
    deleted: bool | None = None


Entry = Put | Delete | Restore | PageEntry

_page_title = text(MAX_PAGE_TITLE)


class EntryReader:
    """Reads the `changes` of a submit. Everything raises `RequestRefused`, naming the entry."""

    def __init__(self, limits: BoardLimits) -> None:
        self._props = PropertyReader(limits)
        self._by_op: Mapping[str, Callable[[str, dict[str, Any]], Entry]] = {
            "put": lambda element, entry: Put(element, self._props(entry.get("props"), element)),
            "delete": lambda element, entry: Delete(element),
            "restore": lambda element, entry: Restore(element),
            "page": _page,
        }

    def __call__(self, value: Any) -> tuple[Entry, ...]:
        """All of them; one that is wrong refuses all."""
        return tuple([self._one(index, entry) for index, entry in enumerate(_listed(value))])

    async def in_turns(self, value: Any) -> tuple[Entry, ...]:
        """The same, of many, with turns for others in between."""
        entries: list[Entry] = []
        for index, entry in enumerate(_listed(value)):
            if index % AT_ONCE == AT_ONCE - 1:
                await Turn()
            entries.append(self._one(index, entry))
        return tuple(entries)

    def _one(self, index: int, entry: Any) -> Entry:
        op = entry.get("op") if isinstance(entry, dict) else None
        read = self._by_op.get(op) if isinstance(op, str) else None
        if read is None:
            raise RequestRefused("bad_message", f"{index}: op must be one of {', '.join(self._by_op)}")
        try:
            return read(element_id(entry.get("id")), entry)
        except RequestRefused as error:
            raise RequestRefused(error.code, f"{index}: {error.message}") from None


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise RequestRefused("bad_message", "must be entries")
    if len(value) > MAX_ENTRIES:
        raise RequestRefused("too_large", f"at most {MAX_ENTRIES} entries")
    return value


def _page(page: str, entry: Mapping[str, Any]) -> PageEntry:
    title, z, deleted = (entry.get(name) for name in ("title", "z", "deleted"))
    return PageEntry(
        page,
        None if title is None else _page_title(title),
        None if z is None else fractional_index(z),
        None if deleted is None else flag(deleted),
    )


def read_back(entries: list[Any]) -> tuple[Entry, ...]:
    """Entries of a stored change: they were judged when they came."""
    return tuple([_stored(entry) for entry in entries])


def _stored(entry: dict[str, Any]) -> Entry:
    match entry["op"]:
        case "put":
            return Put(entry["id"], entry["props"])
        case "delete":
            return Delete(entry["id"])
        case "restore":
            return Restore(entry["id"], entry["props"])
        case _:
            return PageEntry(entry["id"], entry.get("title"), entry.get("z"), entry.get("deleted"))
