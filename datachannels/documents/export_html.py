"""A document as one HTML page that needs nothing else: no scripts, nothing loaded but its pictures."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from itertools import groupby

from datachannels.documents.document import Document
from datachannels.documents.export_lines import Line, Run, address, embedded, in_words, lines

POLICY = "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; base-uri 'none'"
"""Whatever came through all the same, a browser does not run it."""

STYLE = (
    "body{max-width:44em;margin:2em auto;padding:0 1em;font:16px/1.5 system-ui,sans-serif}"
    "img{max-width:100%}pre{background:#f4f4f4;padding:.8em;overflow:auto}"
    "blockquote{margin:1em 0;padding-left:1em;border-left:3px solid #ccc}"
    "ul.checks{list-style:none;padding-left:1.2em}"
)

TAGS = {"bold": "strong", "italic": "em", "underline": "u", "strike": "s", "code": "code"}
SCRIPTS = {"sub": "sub", "super": "sup"}
SIZES = {"small": "0.75em", "large": "1.5em", "huge": "2.5em"}
ALIGNS = {"center", "right", "justify"}
_COLOUR = re.compile(r"#[0-9a-f]{3,8}|[a-z]{3,24}|rgba?\([0-9., %]{5,40}\)", re.IGNORECASE)


def to_html(document: Document, title: str) -> Iterator[str]:
    """The page, in pieces of about a line."""
    yield (
        '<!doctype html>\n<html lang="und">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    for kind, group in groupby(lines(document), key=lambda line: line.kind):
        yield from BLOCKS[kind](group)
    yield "</body>\n</html>\n"


def _paragraphs(group: Iterable[Line]) -> Iterator[str]:
    for line in group:
        yield f"<p{_layout(line)}>{_inline(line) or '<br>'}</p>\n"


def _headings(group: Iterable[Line]) -> Iterator[str]:
    for line in group:
        yield f"<h{line.heading}{_layout(line)}>{_inline(line)}</h{line.heading}>\n"


def _quote(group: Iterable[Line]) -> Iterator[str]:
    yield "<blockquote>\n"
    yield from _paragraphs(group)
    yield "</blockquote>\n"


def _code(group: Iterable[Line]) -> Iterator[str]:
    # A line break after the last line shows nothing.
    yield "<pre><code>"
    for line in group:
        yield f"{escape(line.text)}\n"
    yield "</code></pre>\n"


def _list(group: Iterable[Line]) -> Iterator[str]:
    """Items say how deep they are; HTML wants each list inside the item above it."""
    open_lists: list[tuple[int, str]] = []
    for line in group:
        opening = _opening(line.item)
        while open_lists and not _takes(open_lists[-1], line.indent, opening):
            yield _closing(open_lists.pop()[1])
        if open_lists and open_lists[-1][0] == line.indent:
            yield "</li>"
        else:
            open_lists.append((line.indent, opening))
            yield opening
        check = {"checked": "☑ ", "unchecked": "☐ "}.get(line.item, "")
        yield f"<li{_layout(line, indented=False)}>{check}{_inline(line)}"
    while open_lists:
        yield _closing(open_lists.pop()[1])
    yield "\n"


def _opening(item: str) -> str:
    return {"ordered": "<ol>", "bullet": "<ul>"}.get(item, '<ul class="checks">')


def _takes(top: tuple[int, str], indent: int, opening: str) -> bool:
    """Whether the item belongs to the innermost open list, or in a new one inside it."""
    return top[0] < indent or top == (indent, opening)


def _closing(opening: str) -> str:
    return f"</li></{opening[1:3]}>"


BLOCKS: Mapping[str, Callable[[Iterable[Line]], Iterator[str]]] = {
    "paragraph": _paragraphs,
    "heading": _headings,
    "quote": _quote,
    "code": _code,
    "item": _list,
}


def _layout(line: Line, *, indented: bool = True) -> str:
    styles = []
    align = line.attributes.get("align")
    if isinstance(align, str) and align in ALIGNS:
        styles.append(f"text-align:{align}")
    if indented and line.indent:
        styles.append(f"padding-left:{3 * line.indent}em")
    direction = ' dir="rtl"' if line.attributes.get("direction") == "rtl" else ""
    return direction + _style(styles)


def _inline(line: Line) -> str:
    return "".join([_run(run) for run in line.runs])


def _run(run: Run) -> str:
    text = escape(run.content) if isinstance(run.content, str) else _embed(run)
    for name, tag in TAGS.items():
        if run.has(name):
            text = f"<{tag}>{text}</{tag}>"
    script = run.attributes.get("script")
    if isinstance(script, str) and script in SCRIPTS:
        text = f"<{SCRIPTS[script]}>{text}</{SCRIPTS[script]}>"
    styles = _look(run)
    if styles:
        text = f"<span{_style(styles)}>{text}</span>"
    if run.link:
        text = f'<a href="{escape(run.link)}" rel="noopener noreferrer">{text}</a>'
    return text


def _look(run: Run) -> list[str]:
    styles = []
    for name, rule in (("color", "color"), ("background", "background-color")):
        colour = run.attributes.get(name)
        if isinstance(colour, str) and _COLOUR.fullmatch(colour):
            styles.append(f"{rule}:{colour}")
    size = run.attributes.get("size")
    if isinstance(size, str) and size in SIZES:
        styles.append(f"font-size:{SIZES[size]}")
    return styles


def _style(styles: list[str]) -> str:
    return f' style="{";".join(styles)}"' if styles else ""


def _embed(run: Run) -> str:
    name, value = embedded(run)
    if name == "image" and (source := address(value, "image")):
        return f'<img src="{escape(source)}" alt="">'
    if name == "video" and (source := address(value, "video")):
        return f'<a href="{escape(source)}" rel="noopener noreferrer">{escape(source)}</a>'
    if name == "formula":
        return f"<code>{escape(in_words(run))}</code>"
    return escape(in_words(run))
