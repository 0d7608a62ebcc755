"""From layers to `Settings`: defaults < `--dev` < TOML file < environment < flags, checked in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from config.checks import across
from config.errors import SettingsError
from config.keys import (
    SECRETS,
    SYNONYMS,
    KeyPath,
    dotted,
    is_api_key,
    is_secret,
    known_keys,
    sections,
    suggestion,
)
from config.secret import check_key
from config.settings import Settings
from config.sources import Given, Layer, dev_layer, environment_layer, file_layer, find_file

DEFAULT = "default"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and where each came from: ``default``, ``--dev``, a file, a variable or a flag."""

    settings: Settings
    origins: Mapping[KeyPath, str]


def load_settings(
    flags: Layer,
    environment: Mapping[str, str],
    file: str | None = None,
    folder: Path = Path(),
) -> Loaded:
    """Read and check every source.

    `file` is the TOML file's name if one was given, `folder` where ``sfumato.toml`` is looked for otherwise.
    Raises SettingsError with every problem found, each naming its source and setting.
    """
    found = find_file(file, environment, folder)
    layers = [
        file_layer(found) if found is not None else {},
        environment_layer(environment),
        flags,
    ]
    dev = _merge(layers).get(("dev",))
    if dev is not None and _checked(("dev",), dev, []):
        layers.insert(0, dev_layer())
    return _build(_merge(layers))


def _merge(layers: Sequence[Layer]) -> dict[KeyPath, Given]:
    merged: dict[KeyPath, Given] = {}
    for layer in layers:
        merged |= {SYNONYMS.get(path, path): given for path, given in layer.items()}
    return merged


def _build(given: Mapping[KeyPath, Given]) -> Loaded:
    problems: list[str] = []
    values: dict[KeyPath, object] = {path: key.default for path, key in known_keys().items()}
    for path, one in given.items():
        values[path] = _checked(path, one, problems)
    origins = {path: given[path].origin if path in given else DEFAULT for path in values}
    if problems:
        raise SettingsError(problems)
    settings = _construct(Settings, (), values)
    problems = [f"{origins.get(path, DEFAULT)}: {dotted(path)}: {text}" for path, text in across(settings)]
    if problems:
        raise SettingsError(problems)
    return Loaded(settings, origins)


def _checked(path: KeyPath, given: Given, problems: list[str]) -> object:
    """The value as its type wants it; what is wrong with it goes to `problems`."""
    where = f"{given.origin}: {dotted(path)}"
    if is_api_key(path) and len(path) == len(SECRETS) + 1:
        problems.extend(f"{where}: {text}" for text in check_key(path[-1], given.value))
        return given.value
    key = known_keys().get(path)
    if key is None:
        what = "should be a table" if path in sections() else f"unknown setting{suggestion(path)}"
        problems.append(f"{where}: {what}")
        return None
    if isinstance(given.value, bool) and key.type is not bool:  # Python counts with them
        problems.append(f"{where}: should not be true or false")
        return None
    try:
        return TypeAdapter(key.type).validate_python(given.value)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            got = "" if is_secret(path) else f" (got {one['input']!r})"
            problems.append(f"{where}: {_said(one['msg'])}{got}")
        return None


def _said(message: str) -> str:
    """pydantic's message without its framing, in the tone of ours."""
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _construct(cls: type[T], path: KeyPath, values: Mapping[KeyPath, object]) -> T:
    arguments: dict[str, Any] = {}
    for name, hint in get_type_hints(cls).items():
        here = (*path, name)
        if here == SECRETS:
            arguments[name] = {p[-1]: value for p, value in values.items() if is_api_key(p)}
        elif is_dataclass(hint) and isinstance(hint, type):
            arguments[name] = _construct(hint, here, values)
        else:
            arguments[name] = values[here]
    return cls(**arguments)
