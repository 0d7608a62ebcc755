"""Documents in other formats, compared with what they should be to the letter."""

import re
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datachannels.documents.delta_json import write_delta
from datachannels.documents.document import Document, document_of, read_document
from datachannels.documents.export import FORMATS, Format, exported, to_text
from datachannels.documents.export_html import to_html
from datachannels.documents.export_markdown import to_markdown
from datachannels.documents.ops import Insert


def document(*ops: Any) -> Document:
    """Ops as pairs of content and attributes, or as plain text."""
    pairs = [op if isinstance(op, tuple) else (op, None) for op in ops]
    return read_document(
        {"ops": [{"insert": c} if a is None else {"insert": c, "attributes": a} for c, a in pairs]}
    )


def unchecked(*ops: tuple[Any, dict[str, Any] | None]) -> Document:
    """One that no client could send: what is exported is judged all the same."""
    return document_of((*(Insert(content, attributes) for content, attributes in ops), Insert("\n")))


def item(kind: str, indent: int = 0) -> dict[str, Any]:
    return {"list": kind} | ({"indent": indent} if indent else {})


def whole(form: Format, content: Document, version: int = 1) -> bytes:
    """An export, without anybody else who wants a turn."""
    writing = exported(form, content, version, "t").__await__()
    try:
        while True:
            next(writing)
    except StopIteration as end:
        written: bytes = end.value
        return written


def body(html: str) -> str:
    return html.partition("<body>\n")[2].partition("\n</body>")[0]


LINES = document("A title", ("\n", {"header": 2}), "Words 😀 and\n\n", "more\n")
NESTED = document(
    "one",
    ("\n", item("bullet")),
    "two",
    ("\n", item("ordered", 1)),
    "three",
    ("\n", item("ordered", 1)),
    "deep",
    ("\n", item("bullet", 3)),
    "four",
    ("\n", item("bullet")),
    "done",
    ("\n", item("checked")),
    "to do",
    ("\n", item("unchecked")),
    "after\n",
)
BLOCKS = document(
    "said",
    ("\n", {"blockquote": True}),
    "1. again",
    ("\n", {"blockquote": True}),
    "def f():",
    ("\n", {"code-block": "python"}),
    "    return '```'",
    ("\n", {"code-block": "python"}),
)
LOOKS = document(
    "plain ",
    ("bold", {"bold": True}),
    (" both ", {"bold": True, "italic": True}),
    ("gone", {"strike": True}),
    " ",
    ("x < `y`", {"code": True}),
    " ",
    ("here", {"link": "https://example.org/a(b)?c=d&e"}),
    ({"image": "https://example.org/i.png"}, None),
    "\n",
)

HTML: list[tuple[Document, str]] = [
    (document("\n"), "<p><br></p>"),
    (LINES, "<h2>A title</h2>\n<p>Words 😀 and</p>\n<p><br></p>\n<p>more</p>"),
    (
        NESTED,
        "<ul><li>one<ol><li>two</li><li>three<ul><li>deep</li></ul></li></ol></li><li>four</li></ul>"
        '<ul class="checks"><li>☑ done</li><li>☐ to do</li></ul>\n<p>after</p>',
    ),
    (
        BLOCKS,
        "<blockquote>\n<p>said</p>\n<p>1. again</p>\n</blockquote>\n"
        "<pre><code>def f():\n    return &#x27;```&#x27;\n</code></pre>",
    ),
    (
        LOOKS,
        "<p>plain <strong>bold</strong><em><strong> both </strong></em><s>gone</s> "
        "<code>x &lt; `y`</code> "
        '<a href="https://example.org/a(b)?c=d&amp;e" rel="noopener noreferrer">here</a>'
        '<img src="https://example.org/i.png" alt=""></p>',
    ),
    (
        document(("x", {"color": "#ff0000", "size": "huge"}), ("\n", {"align": "right", "direction": "rtl"})),
        '<p dir="rtl" style="text-align:right"><span style="color:#ff0000;font-size:2.5em">x</span></p>',
    ),
]

MARKDOWN: list[tuple[Document, str]] = [
    (document("\n"), "\n"),
    (LINES, "## A title\n\nWords 😀 and\n\nmore\n"),
    (
        NESTED,
        "- one\n  1. two\n  2. three\n     - deep\n- four\n- [x] done\n- [ ] to do\n\nafter\n",
    ),
    (
        BLOCKS,
        "> said\n>\n> 1\\. again\n\n````python\ndef f():\n    return '```'\n````\n",
    ),
    (
        LOOKS,
        "plain **bold *both*** ~~gone~~ `` x < `y` `` "
        "[here](https://example.org/a%28b%29?c=d&e)![](https://example.org/i.png)\n",
    ),
    (
        document("# no title\n- no item\n12) no number\n<b>no tag</b> &amp; a_b*c\n"),
        "\\# no title\n\n\\- no item\n\n12\\) no number\n\n\\<b>no tag\\</b> \\&amp; a\\_b\\*c\n",
    ),
    (document("a", ("(b)", {"bold": True}), "c\n"), "a<strong>(b)</strong>c\n"),
    (document("    no code\n"), "no code\n"),
    (document("C #", ("\n", {"header": 1})), "# C \\#\n"),
]

TEXT: list[tuple[Document, str]] = [
    (document("\n"), "\n"),
    (LINES, "A title\nWords 😀 and\n\nmore\n"),
    (LOOKS, "plain bold both gone x < `y` herehttps://example.org/i.png\n"),
    (document(({"mention": {"id": 7}}, None), "\n"), "[mention]\n"),
]


@pytest.mark.parametrize(("content", "expected"), HTML)
def test_html_is_as_expected(content: Document, expected: str) -> None:
    assert body("".join(to_html(content, "t"))) == expected


@pytest.mark.parametrize(("content", "expected"), MARKDOWN)
def test_markdown_is_as_expected(content: Document, expected: str) -> None:
    assert "".join(to_markdown(content)) == expected


@pytest.mark.parametrize(("content", "expected"), TEXT)
def test_text_is_as_expected(content: Document, expected: str) -> None:
    assert "".join(to_text(content)) == expected


def test_a_delta_is_exported_with_its_version() -> None:
    written = orjson.loads(whole(FORMATS["delta"], LOOKS, 7))
    assert written == {"version": 7, "delta": write_delta(LOOKS.ops)}


HOSTILE = [
    ("<script>alert(1)</script>", None),
    ("a", {"link": "javascript:alert(1)"}),
    ("b", {"link": ' \tjava\nscript:alert(1)"'}),
    ("c", {"link": 'https://x/" onclick="alert(1)'}),
    ("d", {"color": "red;background:url(https://x/)", "background": "</span><script>"}),
    ("e", {"size": "9em;x:y", "script": "script", "font": '"><script>', "bold": {"x": 1}}),
    ({"image": "data:text/html,<script>"}, None),
    ({"image": 'https://x/"><script>'}, None),
    ({"video": "javascript:alert(1)"}, None),
    ({"<script>": "<script>"}, {"link": 7}),
    ("\n", {"header": "1><script>", "align": '"><script>', "indent": -3, "list": "script"}),
    ("f", None),
    ("\n", {"code-block": "</code><script>", "list": ["bullet"], "header": True}),
    ("g", None),
    ("\n", {"list": "bullet", "indent": 10**9}),
]


class _Reader(HTMLParser):
    """What a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name, value or "") for name, value in attrs}


KNOWN_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "p", "br", "strong", "em", "u", "s", "code", "span"),
    *("a", "img", "ul", "ol", "li", "blockquote", "pre", "sub", "sup", "h1", "h2", "h3", "h4", "h5", "h6"),
}
KNOWN_ATTRIBUTES = {"href", "src", "alt", "rel", "style", "class", "dir"}


def check_harmless(html: str) -> None:
    reader = _Reader()
    reader.feed(html)
    assert reader.tags <= KNOWN_TAGS
    for tag, name, value in reader.attributes:
        if tag not in ("html", "meta"):
            assert name in KNOWN_ATTRIBUTES
        if name in ("href", "src"):
            scheme, colon, _ = re.split("[/?#]", value)[0].partition(":")
            assert not colon or scheme in ("https", "http", "mailto")
        if name == "style":
            assert "url(" not in value


def test_hostile_content_becomes_text() -> None:
    html = "".join(to_html(unchecked(*HOSTILE), "</title><script>"))
    check_harmless(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "javascript" not in html.replace("javascript:alert(1)&lt;script&gt;</p>", "")
    markdown = "".join(to_markdown(unchecked(*HOSTILE)))
    assert "\\<script>alert(1)\\</script>" in markdown
    assert "](javascript" not in markdown


_values = st.one_of(
    st.booleans(),
    st.integers(-2, 9),
    st.text(max_size=8),
    st.sampled_from(["ordered", "bullet", "checked", "javascript:x", "https://x", "red", "sub", "right"]),
)
_attributes = st.dictionaries(
    st.sampled_from(
        ["bold", "italic", "strike", "code", "link", "header", "list", "indent", "blockquote", "code-block",
         "color", "size", "align", "script"]
    ),
    _values,
    min_size=1,
    max_size=4,
)  # fmt: skip
_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
_marks = st.text("*_~`[]()<>#-+.1 \\&;!|\t", min_size=1, max_size=6)
_content = st.one_of(
    _text, _marks, st.just("\n"), st.builds(lambda value: {"image": value}, st.text(max_size=8))
)
_ops = st.lists(st.tuples(_content, st.one_of(st.none(), _attributes)), max_size=12)


@given(_ops)
def test_whatever_a_document_holds_it_is_exported_and_harmless(ops: list[tuple[Any, Any]]) -> None:
    content = unchecked(*ops)
    for form in FORMATS.values():
        whole(form, content)
    check_harmless("".join(to_html(content, "t")))


@given(_ops)
def test_each_line_of_the_document_is_one_of_the_text(ops: list[tuple[Any, Any]]) -> None:
    content = unchecked(*ops)
    breaks = sum(op.content.count("\n") for op in content.ops if isinstance(op.content, str))
    embeds = [op.content for op in content.ops if not isinstance(op.content, str)]
    if not any("\n" in str(value) for embed in embeds for value in embed.values()):
        assert "".join(to_text(content)).count("\n") == breaks
