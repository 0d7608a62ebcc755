"""A document as lines, for writing it in other formats.

Quill keeps what a line is (a heading, an item of a list) as attributes of its line break. What it does not
know is passed over: attributes and embeds may be anything that clients agreed on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datachannels.documents.attributes import Attributes
from datachannels.documents.delta_json import LINKS, scheme_of
from datachannels.documents.document import Document
from datachannels.documents.ops import Embed, Insert
from datachannels.documents.units import from_units, inside_pair

LISTS = {"bullet", "ordered", "checked", "unchecked"}
MAX_INDENT = 8
"""As many as Quill has; a list is nested no deeper."""

CHUNK_UNITS = 8_192
"""Text is looked at in pieces of this size: so that none of them takes long."""

_NOTHING: Attributes = {}


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one look (as the world writes it, not in unit form), or an embed."""

    content: str | Embed
    attributes: Attributes

    def has(self, name: str) -> bool:
        """Whether a format is on."""
        return bool(self.attributes.get(name))

    @property
    def link(self) -> str:
        """Where it leads, "" nowhere."""
        return address(self.attributes.get("link"), "link")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its runs, and what it is."""

    runs: tuple[Run, ...]
    attributes: Attributes

    @property
    def heading(self) -> int:
        """1 to 6, 0 for none."""
        level = self.attributes.get("header")
        return level if isinstance(level, int) and not isinstance(level, bool) and 1 <= level <= 6 else 0

    @property
    def item(self) -> str:
        """Of which of `LISTS` it is an item, "" of none."""
        kind = self.attributes.get("list")
        return kind if isinstance(kind, str) and kind in LISTS else ""

    @property
    def indent(self) -> int:
        """How far it is moved in, from 0."""
        level = self.attributes.get("indent")
        if not isinstance(level, int) or isinstance(level, bool):
            return 0
        return max(0, min(level, MAX_INDENT))

    @property
    def kind(self) -> str:
        """``code``, ``heading``, ``item``, ``quote`` or ``paragraph``: one of them, whatever it says."""
        if self.attributes.get("code-block"):
            return "code"
        if self.heading:
            return "heading"
        if self.item:
            return "item"
        return "quote" if self.attributes.get("blockquote") else "paragraph"

    @property
    def text(self) -> str:
        """The words alone; of embeds what can be said in words."""
        return "".join([run.content if isinstance(run.content, str) else in_words(run) for run in self.runs])


def lines(document: Document) -> Iterator[Line]:
    """The lines of a document, from the top."""
    runs: list[Run] = []
    for op in document.ops:
        yield from _lines_of(op, runs)


def _lines_of(op: Insert, runs: list[Run]) -> Iterator[Line]:
    attributes = op.attributes or _NOTHING
    if not isinstance(op.content, str):
        runs.append(Run(op.content, attributes))
        return
    for chunk in _chunks(op.content):
        parts = chunk.split("\n")
        for number, part in enumerate(parts):
            if part:
                runs.append(Run(part, attributes))
            if number < len(parts) - 1:
                yield Line(tuple(runs), attributes)
                runs.clear()


def _chunks(text: str) -> Iterator[str]:
    """Text in unit form, as the world writes it."""
    start = 0
    while start < len(text):
        end = start + CHUNK_UNITS
        end -= inside_pair(text, end)
        yield from_units(text[start:end])
        start = end


def embedded(run: Run) -> tuple[str, Any]:
    """The name and value of an embed; of text ("", None)."""
    if isinstance(run.content, str):
        return "", None
    return next(iter(run.content.items()), ("", None))


def in_words(run: Run) -> str:
    """An embed where only text can stand: its address or text, else its name."""
    name, value = embedded(run)
    return value if isinstance(value, str) else f"[{name}]"


def address(value: object, kind: str) -> str:
    """An address as far as `kind` (``link``, ``image``, ``video``) may have it, else "".

    Changes are judged when they come; what is written for other programs is judged once more.
    """
    if not isinstance(value, str):
        return ""
    scheme = scheme_of(value)
    return value if scheme is None or scheme in LINKS[kind] else ""
