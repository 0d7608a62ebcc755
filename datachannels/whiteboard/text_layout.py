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
        while measure(line.rstrip()) > width:
            fits = _fitting(line, width, measure)
            if fits >= len(line):
                break
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()]


def _fitting(word: str, width: float, measure: Measure) -> int:
    """How many characters of a word fit; at least one."""
    low, high = 1, len(word)
    while low < high:
        tried = (low + high + 1) // 2
        if measure(word[:tried]) <= width:
            low = tried
        else:
            high = tried - 1
    return low
