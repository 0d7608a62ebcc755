"""A document for other programs: which formats there are, and what they are called."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from datachannels.documents.document import Document
from datachannels.documents.export_html import to_html
from datachannels.documents.export_lines import lines
from datachannels.documents.export_markdown import to_markdown
from datachannels.documents.stored_form import encode
from datachannels.turn import Turn

SLICE = 8_192
"""Characters between two turns: half a millisecond."""


@dataclass(frozen=True, slots=True)
class Format:
    """One of the formats; `write` gives the text of a document with this title in pieces, each of which takes
    little time. None: the delta, with its version.
    """

    content_type: str
    extension: str
    write: Callable[[Document, str], Iterator[str]] | None


def to_text(document: Document) -> Iterator[str]:
    """The words alone, line by line."""
    for line in lines(document):
        yield f"{line.text}\n"


FORMATS: dict[str, Format] = {
    "delta": Format("application/json", "json", None),
    "text": Format("text/plain", "txt", lambda document, _: to_text(document)),
    "html": Format("text/html", "html", to_html),
    "markdown": Format("text/markdown", "md", lambda document, _: to_markdown(document)),
}


async def exported(form: Format, document: Document, version: int, title: str) -> bytes:
    """The whole file, written a few lines at a time."""
    if form.write is None:
        return b'{"version":%d,"delta":%b}' % (version, await encode(document.ops))
    pieces: list[str] = []
    size = 0
    for piece in form.write(document, title):
        pieces.append(piece)
        size += len(piece)
        if size > SLICE:
            size = 0
            await Turn()
    return "".join(pieces).encode()
