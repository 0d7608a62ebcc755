"""The keys there are: the dotted path of every setting, found by walking the dataclasses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_origin, get_type_hints

from config.settings import Settings

KeyPath = tuple[str, ...]
"""``("media", "port")`` is ``media.port``."""

SECRETS: KeyPath = ("keys",)
"""The one table whose names are the user's own; its values are never shown."""

HIDDEN: frozenset[KeyPath] = frozenset(
    {
        ("turn", "secret"),
        ("storage", "url"),
        ("recording", "bucket", "secret_key"),
        ("webhooks", "secret"),
    }
)
"""Other values that are never shown."""

SYNONYMS: Mapping[KeyPath, KeyPath] = {("rooms", "empty_timeout"): ("rooms", "empty_timeout_s")}
"""What PROTOCOL.md calls a setting, where ours says its unit too."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: where it stands, what type it has (with bounds), its default."""

    path: KeyPath
    type: Any
    default: object

    @property
    def is_list(self) -> bool:
        """True if the environment gives it as a comma-separated list."""
        return get_origin(self.type) is tuple


def dotted(path: KeyPath) -> str:
    """``media.port``."""
    return ".".join(path)


def is_secret(path: KeyPath) -> bool:
    """True for a value nobody may see printed."""
    return is_api_key(path) or path in HIDDEN


def is_api_key(path: KeyPath) -> bool:
    """True for the table of API keys and what is in it."""
    return path[: len(SECRETS)] == SECRETS


def _walk(cls: type, path: KeyPath) -> Iterator[Key]:
    hints = get_type_hints(cls, include_extras=True)
    defaults = cls()
    for f in fields(cls):
        here = (*path, f.name)
        if here == SECRETS:
            continue
        if is_dataclass(hints[f.name]):
            yield from _walk(hints[f.name], here)
        else:
            yield Key(here, hints[f.name], getattr(defaults, f.name))


@cache
def known_keys() -> dict[KeyPath, Key]:
    """Every setting but the API keys, in the order of the dataclasses."""
    return {key.path: key for key in _walk(Settings, ())}


@cache
def sections() -> frozenset[KeyPath]:
    """Every table: ``("media",)``, ``("http", "tls")`` and so on, ``keys`` too."""
    tables = {path[:depth] for path in known_keys() for depth in range(1, len(path))}
    return frozenset(tables | {SECRETS})


def suggestion(path: KeyPath) -> str:
    """`` (did you mean port?)`` for a misspelt key, else nothing."""
    *parent, name = path
    depth = len(parent)
    near = {p[depth] for p in (*known_keys(), *sections()) if len(p) > depth and list(p[:depth]) == parent}
    found = get_close_matches(name, sorted(near), n=1)
    return f" (did you mean {found[0]}?)" if found else ""
