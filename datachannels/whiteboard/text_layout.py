"""Text in lines: broken at spaces, and inside a word only where it is longer than a line."""

import re
from collections.abc import Callable

Measure = Callable[[str], float]
"""The width of a piece of text, in board units."""

_WORDS = re.compile(r"[^ ]* |[^ ]+$")


def lay_out(text: str, width: float, measure: Measure) -> list[str]:
    """The lines; those that end the text's own are kept."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _broken(paragraph, max(1.0, width), measure)
    return lines


def _broken(paragraph: str, width: float, measure: Measure) -> list[str]:
    if measure(paragraph) <= width:
        return [paragraph]
    lines: list[str] = []
    line = ""
    for word in _WORDS.findall(paragraph):
        if line and measure((line + word).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word
        if measure(line.rstrip()) > width:
            *cut, line = _pieces(line, width, measure)
            lines += cut
    return [*lines, line.rstrip()]


def _pieces(line: str, width: float, measure: Measure) -> list[str]:
    """A line that is too long: pieces as long as fit, and the rest."""
    end, at = len(line.rstrip()), 0
    pieces: list[str] = []
    while at + (fits := _fitting(line, at, end, width, measure)) < end:
        pieces.append(line[at : at + fits])
        at += fits
    return [*pieces, line[at:]]


def _fitting(line: str, at: int, end: int, width: float, measure: Measure) -> int:
    """How many characters from `at` on fit, at most those up to `end`; at least one.

    Measures little more than what fits: a word may be of ten thousand characters, and a line of one.
    """
    step = 1
    while at + step < end and measure(line[at : at + step]) <= width:
        step *= 2
    low, high = max(1, step // 2), min(step, end - at)
    while low < high:
        tried = (low + high + 1) // 2
        if measure(line[at : at + tried]) <= width:
            low = tried
        else:
            high = tried - 1
    return low
