"""What a new board may begin with; a template's name is its file's."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import orjson

from datachannels.whiteboard.entries import Entry, EntryReader
from datachannels.whiteboard.properties import BoardLimits


@dataclass(frozen=True, slots=True)
class Template:
    """`elements` as a snapshot would have them."""

    id: str
    title: str
    elements: tuple[Mapping[str, Any], ...]

    def entries(self) -> tuple[Entry, ...]:
        """What makes the elements on a new board."""
        return entries_of(self.elements)


_read = EntryReader(BoardLimits())


def entries_of(elements: tuple[Mapping[str, Any], ...]) -> tuple[Entry, ...]:
    """Whole elements as entries. Raises `RequestRefused`."""
    puts = [{"op": "put", "id": one["id"], "props": one} for one in elements]
    return _read(puts) if puts else ()


def _load() -> Mapping[str, Template]:
    found: dict[str, Template] = {}
    for file in files(__package__).joinpath("template_files").iterdir():
        name, _, kind = file.name.rpartition(".")
        if kind == "json":
            read = orjson.loads(file.read_bytes())
            found[name] = Template(name, read["title"], tuple(read["elements"]))
    return dict(sorted(found.items()))


TEMPLATES = _load()
