"""Where settings come from: a TOML file, the environment, flags. Each gives a flat layer of named values."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.errors import SettingsError
from config.keys import SECRETS, KeyPath, known_keys, sections

ENVIRONMENT_PREFIX = "SFUMATO_"
FILE_VARIABLE = "SFUMATO_CONFIG"
"""Names the TOML file where `--config` does not."""

NO_SETTINGS = (FILE_VARIABLE, "SFUMATO_PURE")
"""The other one is read before there are settings (`config.native`)."""

DEFAULT_FILE = "sfumato.toml"
"""Read from the current folder if it is there."""

# Kubernetes gives every container the addresses of services by name: services called `sfumato`, or
# `sfumato-postgres`, set these. A port that is a number is somebody's who misspelt a setting.
_SERVICE_LINK = re.compile(
    r"SFUMATO(?:_[A-Z0-9]+)*_(?:"
    r"SERVICE_HOST=|SERVICE_PORT(?:_[A-Z0-9_]+)?=|PORT_\d+_(?:TCP|UDP|SCTP)(?:_[A-Z]+)?=|PORT=(?:tcp|udp|sctp)://)"
)

DEV_KEY = "devkey"
DEV_SECRET = "devsecret-devsecret-devsecret-dev"


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was given. `origin` says where, as the user would look for it."""

    value: object
    origin: str


Layer = Mapping[KeyPath, Given]
"""The values of one source, by setting. Later layers win key by key."""


def file_layer(path: Path) -> Layer:
    """The TOML file's values. Raises SettingsError if it cannot be read."""
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError([f"{path}: no such file"]) from None
    except OSError as error:
        raise SettingsError([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise SettingsError([f"{path}: not UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: not TOML: {error}"]) from None
    return {key: Given(value, str(path)) for key, value in _flatten(tables, ())}


def _flatten(table: Mapping[str, object], path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    for name, value in table.items():
        here = (*path, name)
        if isinstance(value, dict) and here in sections():
            yield from _flatten(value, here)
        else:
            yield here, value


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """Values of ``SFUMATO_…`` variables: ``__`` stands for the dot, lists are comma-separated.

    ``SFUMATO_MEDIA__PORT`` is ``media.port``; what follows ``SFUMATO_KEYS__`` is the key's name as written.
    """
    values: dict[KeyPath, Given] = {}
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in NO_SETTINGS:
            continue
        if _SERVICE_LINK.match(f"{variable}={text}"):
            continue
        path = _path_of(variable)
        key = known_keys().get(path)
        value: object = text
        if key is not None and key.is_list:
            value = [part.strip() for part in text.split(",") if part.strip()]
        values[path] = Given(value, variable)
    return values


def _path_of(variable: str) -> KeyPath:
    first, *rest = variable.removeprefix(ENVIRONMENT_PREFIX).split("__")
    if (first.lower(),) == SECRETS and rest:
        return (*SECRETS, "__".join(rest))
    return tuple(part.lower() for part in (first, *rest))


def dev_layer() -> Layer:
    """What `--dev` changes of the defaults: the known key, guests, and listening on loopback."""
    changed: dict[KeyPath, object] = {
        ("http", "host"): "127.0.0.1",
        ("media", "host"): "127.0.0.1",
        ("rooms", "guests"): True,
        (*SECRETS, DEV_KEY): DEV_SECRET,
    }
    return {path: Given(value, "--dev") for path, value in changed.items()}


def find_file(named: str | None, environment: Mapping[str, str], folder: Path) -> Path | None:
    """The file to read: the one named by flag or environment, else ``sfumato.toml`` in `folder` if there."""
    given = named or environment.get(FILE_VARIABLE)
    if given:
        return Path(given)
    default = folder / DEFAULT_FILE
    return default if default.is_file() else None
