"""A document for other programs: which formats there are, and what they are called."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from datachannels.documents.delta_json import write_delta
from datachannels.documents.document import Document
from datachannels.documents.export_html import to_html
from datachannels.documents.export_lines import lines
from datachannels.documents.export_markdown import to_markdown


@dataclass(frozen=True, slots=True)
class Exported:
    """A document, its version and its title, to be written."""

    document: Document
    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Format:
    """One of the formats; `write` may take a second for the largest document."""

    content_type: str
    extension: str
    write: Callable[[Exported], bytes]


def to_text(document: Document) -> str:
    """The words alone, line by line."""
    return "".join([f"{line.text}\n" for line in lines(document)])


def _delta(what: Exported) -> bytes:
    return orjson.dumps({"version": what.version, "delta": write_delta(what.document.ops)})


FORMATS: dict[str, Format] = {
    "delta": Format("application/json", "json", _delta),
    "text": Format("text/plain", "txt", lambda what: to_text(what.document).encode()),
    "html": Format("text/html", "html", lambda what: to_html(what.document, what.title).encode()),
    "markdown": Format("text/markdown", "md", lambda what: to_markdown(what.document).encode()),
}
