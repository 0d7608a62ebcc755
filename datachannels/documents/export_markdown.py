"""A document as Markdown: CommonMark 0.31 with the strikethrough and task lists of GitHub.

What Markdown has no sign for (colours, sizes, underlining) is left out.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from datachannels.documents.document import Document
from datachannels.documents.export_lines import Line, Run, address, embedded, in_words, lines

MARKS = {"bold": ("**", "strong"), "italic": ("*", "em"), "strike": ("~~", "del")}
"""Format → its sign, and the tag where the sign would not be read as one."""

NEW_BLOCK = "\n\n"
"""A piece that says that the next one begins a block; others are lines."""

_SIGNS = r"\`*_[]<~|"
_AT_START = re.compile(r"(#{1,6}(?=\s|$)|[-+>=])|(\d{1,9})([.)])(?=\s|$)")
_IN_ADDRESS = re.compile(r"[\x00-\x20<>()\\`\"\x7f]")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,32}")


def to_markdown(document: Document) -> Iterator[str]:
    """The text, in pieces of about a line."""
    between = ""
    for kind, group in groupby(lines(document), key=lambda line: line.kind):
        for piece in BLOCKS[kind](group):
            if piece == NEW_BLOCK:
                between = between and "\n\n"
            else:
                yield between + piece
                between = "\n"
    yield "\n"


def _paragraphs(group: Iterable[Line]) -> Iterator[str]:
    for line in group:
        text = _at_start(_inline(line.runs))
        if text:
            yield NEW_BLOCK
            yield text


def _headings(group: Iterable[Line]) -> Iterator[str]:
    for line in group:
        yield NEW_BLOCK
        # A row of # at the end would be read as the heading's closing (CommonMark §4.2).
        yield "#" * line.heading + " " + re.sub(r"#$", r"\\#", _inline(line.runs))


def _quote(group: Iterable[Line]) -> Iterator[str]:
    yield NEW_BLOCK
    between = ""
    for line in group:
        yield f"{between}> {_at_start(_inline(line.runs))}"
        between = ">\n"


def _code(group: Iterable[Line]) -> Iterator[str]:
    block = list(group)
    fence = "`" * max(3, *[_longest_run_of_ticks(line.text) + 1 for line in block])
    language = block[0].attributes.get("code-block")
    known = isinstance(language, str) and language != "plain" and _LANGUAGE.fullmatch(language)
    yield NEW_BLOCK
    yield f"{fence}{language if known else ''}"
    for line in block:
        yield line.text
    yield fence


def _list(group: Iterable[Line]) -> Iterator[str]:
    """An item stands where the text of the item above it begins (CommonMark §5.2)."""
    yield NEW_BLOCK
    above: list[_Item] = []
    for line in group:
        while above and above[-1].indent > line.indent:
            above.pop()
        before = above.pop() if above and above[-1].indent == line.indent else None
        ordered = line.item == "ordered"
        number = before.number + 1 if before is not None and before.ordered and ordered else 1
        column = above[-1].text_at if above else 0
        sign = f"{number}. " if ordered else "- "
        above.append(_Item(line.indent, ordered, number, column + len(sign)))
        check = {"checked": "[x] ", "unchecked": "[ ] "}.get(line.item, "")
        yield " " * column + sign + check + _at_start(_inline(line.runs))


class _Item:
    """An item under which others may stand; `text_at` is the column of its text."""

    __slots__ = ("indent", "number", "ordered", "text_at")

    def __init__(self, indent: int, ordered: bool, number: int, text_at: int) -> None:
        self.indent = indent
        self.ordered = ordered
        self.number = number
        self.text_at = text_at


BLOCKS: Mapping[str, Callable[[Iterable[Line]], Iterator[str]]] = {
    "paragraph": _paragraphs,
    "heading": _headings,
    "quote": _quote,
    "code": _code,
    "item": _list,
}


def _at_start(text: str) -> str:
    """A line that begins no block but a paragraph."""
    found = _AT_START.match(text)
    if found is None:
        return text
    sign = f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"
    return sign + text[found.end() :]


def _inline(runs: Iterable[Run]) -> str:
    return _linked(list(runs)).strip(" \t")


def _linked(runs: list[Run]) -> str:
    parts = []
    for link, group in groupby(runs, key=lambda run: run.link):
        inner = _marked(list(group), tuple(MARKS))
        parts.append(f"[{inner}]({_address(link)})" if link and inner else inner)
    return "".join(parts)


def _marked(runs: list[Run], names: tuple[str, ...]) -> str:
    """The runs with the first of `names` put around those that have it, and the others inside."""
    if not names:
        parts = []
        for code, group in groupby(runs, key=_is_code):
            alike = list(group)
            parts.append(_code_span(alike) if code else "".join(map(_leaf, alike)))
        return "".join(parts)
    sign, tag = MARKS[names[0]]
    groups = [
        (on, _marked(list(group), names[1:]))
        for on, group in groupby(runs, key=lambda run: run.has(names[0]))
    ]
    parts = []
    for place, (on, text) in enumerate(groups):
        if not on or not text.strip():
            parts.append(text)
            continue
        # Between a sign and its text stands no space (CommonMark §6.2, flanking).
        inner = text.strip()
        start = text.index(inner)
        ahead, behind = text[:start], text[start + len(inner) :]
        previous = ahead or (groups[place - 1][1] if place else "")
        following = behind or (groups[place + 1][1] if place + 1 < len(groups) else "")
        if _flanked(previous[-1:], inner[0]) and _flanked(following[:1], inner[-1]):
            parts.append(f"{ahead}{sign}{inner}{sign}{behind}")
        else:
            parts.append(f"{ahead}<{tag}>{inner}</{tag}>{behind}")
    return "".join(parts)


def _flanked(outside: str, inside: str) -> bool:
    """Whether a sign between these two characters is read as one."""
    return inside.isalnum() or not outside.isalnum()


def _leaf(run: Run) -> str:
    name, value = embedded(run)
    if name == "image" and (source := address(value, "image")):
        return f"![]({_address(source)})"
    if name == "video" and (source := address(value, "video")):
        return f"[{_escaped(source)}]({_address(source)})"
    return _escaped(run.content if isinstance(run.content, str) else in_words(run))


def _is_code(run: Run) -> bool:
    return run.has("code") if isinstance(run.content, str) else "formula" in run.content


def _code_span(runs: list[Run]) -> str:
    text = "".join([run.content if isinstance(run.content, str) else in_words(run) for run in runs])
    ticks = "`" * (_longest_run_of_ticks(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _escaped(text: str) -> str:
    # A search would take seconds for the worst text there can be.
    for sign in _SIGNS:
        text = text.replace(sign, f"\\{sign}")
    return text.replace("&", "\\&") if ";" in text else text


def _address(text: str) -> str:
    return _IN_ADDRESS.sub(lambda found: f"%{ord(found[0]):02X}", text)


def _longest_run_of_ticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
