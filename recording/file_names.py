"""Names of files made of what people call themselves."""

import re
import unicodedata
from typing import Final

MAX_WORD: Final = 32


def file_word(text: str, otherwise: str) -> str:
    """A word of `a-z`, `0-9` and hyphens for any text: no separator, no dot, nothing a shell or URL would
    read; `otherwise` if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_WORD].strip("-") or otherwise
