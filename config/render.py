"""The settings in force as TOML, each with its source; secrets are masked."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from config.keys import SECRETS, KeyPath, dotted, is_secret
from config.load import Loaded

MASK = "********"


def render(loaded: Loaded) -> str:
    """TOML that reads back to the same settings, save the secrets and settings that are not set."""
    return "\n".join(_section(loaded, loaded.settings, ())).strip() + "\n"


def _section(loaded: Loaded, section: Any, path: KeyPath) -> Iterator[str]:
    tables: list[tuple[KeyPath, Any]] = []
    for f in fields(section):
        here = (*path, f.name)
        value = getattr(section, f.name)
        if is_dataclass(value) or here == SECRETS:
            tables.append((here, value))
        elif value is None:
            yield f"# {f.name} is not set"
        elif is_secret(here):
            yield f"{f.name} = {_quoted(MASK)}  # {loaded.origins[here]}"
        else:
            yield f"{f.name} = {_toml(value)}  # {loaded.origins[here]}"
    for here, table in tables:
        yield ""
        yield f"[{dotted(here)}]"
        if here == SECRETS:
            yield from (f"{_quoted(n)} = {_quoted(MASK)}  # {loaded.origins[(*here, n)]}" for n in table)
        else:
            yield from _section(loaded, table, here)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, Path)):
        return _quoted(str(value))
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]"
    return repr(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in escaped) + '"'
