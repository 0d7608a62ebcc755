"""Text in unit form: one character a UTF-16 code unit, as browsers count.

Python counts an astral character (most emoji) as one, JavaScript as two. Inside, each of them stands as its
two surrogates, so that lengths and indexes are JavaScript's; on the way out they are joined again, because
UTF-8 and orjson know no surrogates.
"""

import re

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_units(text: str) -> str:
    """Text in unit form. Raises `UnicodeDecodeError` on a lone surrogate."""
    if text.isascii():
        return text
    if _SURROGATE.search(text) is not None:
        text = _joined(text)
    return _ASTRAL.sub(_surrogates, text)


def from_units(text: str) -> str:
    """Text as the world writes it; raises `UnicodeDecodeError` on a lone surrogate."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return _joined(text)


def inside_pair(text: str, index: int) -> bool:
    """Whether `index` lies between the two surrogates of one character. Index 0 and the end never do."""
    return 0 < index < len(text) and "\ud800" <= text[index - 1] <= "\udbff"


def _joined(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _surrogates(match: re.Match[str]) -> str:
    offset = ord(match[0]) - 0x10000
    return chr(0xD800 + (offset >> 10)) + chr(0xDC00 + (offset & 0x3FF))
