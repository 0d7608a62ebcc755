"""Marks as SVG: paths, pictures inside, no scripts, no references to anything outside."""

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from datachannels.whiteboard.drawing import Rect
from datachannels.whiteboard.look import NO_IMAGE, PAPER
from datachannels.whiteboard.marks import Command, Mark, Outline, Picture, Turn
from datachannels.whiteboard.pictures import data_url

Images = Callable[[str], tuple[str, bytes] | None]
"""Media type and bytes of a file by its SHA-256, None if it is not there."""


def svg(
    marks: Sequence[Mark], region: Rect, images: Images, title: str = "", paper: str | None = PAPER
) -> str:
    """A picture of what is in `region`, as large as that in CSS pixels; without `paper` on nothing."""
    x, y, w, h = region
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(w)}" height="{_n(h)}" '
        f'viewBox="{_n(x)} {_n(y)} {_n(w)} {_n(h)}">'
    )
    parts = [head]
    if title:
        parts.append(f"<title>{escape(_clean(title))}</title>")
    if paper is not None:
        parts.append(f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" fill="{paper}"/>')
    parts += [_mark(mark, images) for mark in marks]
    return "\n".join([*parts, "</svg>", ""])


def _mark(mark: Mark, images: Images) -> str:
    if isinstance(mark, Outline):
        return _outline(mark)
    if isinstance(mark, Picture):
        return _picture(mark, images)
    paint = f"fill={quoteattr(mark.color)}{_opacity('fill', mark.opacity)}{_turn(mark.turn)}"
    return (
        f'<text x="{_n(mark.x)}" y="{_n(mark.y)}" font-size="{_n(mark.size)}" font-family="sans-serif" '
        f'xml:space="preserve" {paint}>'
        f"{escape(_clean(mark.text))}</text>"
    )


def _outline(mark: Outline) -> str:
    paint = "" if mark.fill is not None else ' fill="none"'
    if mark.fill is not None:
        paint = f" fill={quoteattr(mark.fill)}{_opacity('fill', mark.opacity)}"
    if mark.stroke is not None:
        paint += f' stroke={quoteattr(mark.stroke)} stroke-width="{_n(mark.width)}"'
        paint += _opacity("stroke", mark.opacity)
        if mark.round or mark.dash:
            paint += ' stroke-linecap="round"'
        if mark.round:
            paint += ' stroke-linejoin="round"'
        if mark.dash:
            paint += f' stroke-dasharray="{" ".join(map(_n, mark.dash))}"'
    label = f" aria-label={quoteattr(_clean(mark.words))}" if mark.words else ""
    return f'<path d="{path_data(mark.commands)}"{paint}{_turn(mark.turn)}{label}/>'


def _picture(mark: Picture, images: Images) -> str:
    place = f'x="{_n(mark.x)}" y="{_n(mark.y)}" width="{_n(mark.w)}" height="{_n(mark.h)}"'
    image = images(mark.file)
    if image is None:
        return f'<rect {place} fill="{NO_IMAGE}"{_opacity("fill", mark.opacity)}{_turn(mark.turn)}/>'
    kind, data = image
    source = data_url(kind, data)
    return (
        f'<image {place} preserveAspectRatio="none"{_opacity("", mark.opacity)}{_turn(mark.turn)} '
        f'href="{source}"/>'
    )


def path_data(commands: Sequence[Command]) -> str:
    """The `d` of a path."""
    return "".join([name + " ".join(map(_n, numbers)) for name, numbers in commands])


def _turn(turn: Turn | None) -> str:
    if turn is None:
        return ""
    return f' transform="rotate({_n(turn.degrees)} {_n(turn.x)} {_n(turn.y)})"'


def _opacity(what: str, opacity: float) -> str:
    if opacity >= 1:
        return ""
    return f' {what}-opacity="{_n(opacity)}"' if what else f' opacity="{_n(opacity)}"'


def _clean(text: str) -> str:
    """Without what XML does not hold (XML 1.0 §2.2)."""
    return "".join([one for one in text if one in "\t\n" or " " <= one < "\ufffe" or one > "\uffff"])


def _n(number: float) -> str:
    """A thousandth of a unit is finer than anything seen."""
    return f"{number:.3f}".rstrip("0").rstrip(".") if number % 1 else str(int(number))
