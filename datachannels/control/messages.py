"""The requests of `control` (PROTOCOL.md 3), read and checked: every input one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datachannels.control.track_control import WHOLE_SCOPE, Scope
from datachannels.fields import Field, Reader, Shape, flag, integer, list_of, number, one_of, text
from datachannels.refusals import RequestRefused

MAX_ID = 64
DEFAULT_TTL_MS = 30 * 60_000
MAX_TTL_MS = 8 * 3_600_000
MAX_BUTTON = 4
"""Left, middle, right, back, forward (UI Events, `MouseEvent.button`)."""

MAX_WHEEL = 10_000.0
"""Pixels of one event."""

MAX_CODE = 32
"""UI Events: the longest `code` is BrowserFavorites, the longest `key` not much longer."""
MAX_KEY = 32
MAX_TEXT = 1_000
"""UTF-16 units an input method may give at once."""

MODIFIERS = ("Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock")

id_text = text(MAX_ID, 1)
_share = number(0, 1)


def _ascii(value: Any) -> str:
    code = text(MAX_CODE, 1)(value)
    if not (code.isascii() and code.isalnum()):
        raise RequestRefused("bad_message", "must be letters and digits")
    return code


def _printable(longest: int) -> Reader[str]:
    read_text = text(longest, 1)

    def read(value: Any) -> str:
        checked = read_text(value)
        if any(ord(one) < 0x20 or ord(one) == 0x7F for one in checked):
            raise RequestRefused("bad_message", "must not contain control characters")
        return checked

    return read


def _typed(value: Any) -> str:
    """Text may have lines and tabs, no other control characters."""
    _printable(MAX_TEXT)(value.replace("\n", " ").replace("\t", " ") if isinstance(value, str) else value)
    return str(value)


def _scope(value: Any) -> Scope:
    scope = frozenset(list_of(one_of(*WHOLE_SCOPE), len(WHOLE_SCOPE))(value))
    if not scope:
        raise RequestRefused("bad_message", "must not be empty")
    return scope


def _shape(*fields: Field) -> Shape[dict[str, Any]]:
    return Shape(dict, fields)


_AT = (Field("x", _share), Field("y", _share))
_HELD = Field("modifiers", list_of(text(MAX_KEY, 1), len(MODIFIERS)), None)
"""For who acts on it beside our agent, which knows the keys that are down."""

_PRESS = _shape(*_AT, Field("button", integer(0, MAX_BUTTON)), _HELD)

KINDS: Mapping[str, Shape[dict[str, Any]]] = {
    "down": _PRESS,
    "up": _PRESS,
    "wheel": _shape(
        *_AT,
        Field("dx", number(-MAX_WHEEL, MAX_WHEEL), 0.0),
        Field("dy", number(-MAX_WHEEL, MAX_WHEEL), 0.0),
        _HELD,
    ),
    "key": _shape(
        Field("code", _ascii),
        Field("key", _printable(MAX_KEY)),
        Field("down", flag),
        Field("modifiers", list_of(one_of(*MODIFIERS), len(MODIFIERS)), ()),
    ),
    "text": _shape(Field("text", _typed)),
}
"""What each kind of `input` says."""


@dataclass(frozen=True, slots=True)
class Input:
    """One checked input; `fields` are those of its kind."""

    kind: str
    fields: dict[str, Any]


_KIND = one_of(*KINDS)


def read_input(message: dict[str, Any]) -> Input:
    """An `input`. Raises `RequestRefused`."""
    kind = _shape(Field("kind", _KIND))(message)["kind"]
    fields = KINDS[kind](message)
    return Input(kind, {name: value for name, value in fields.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Grant:
    """What the sharer gives to whom."""

    participant: str
    scope: Scope
    ttl_ms: int


def _one(name: str, read: Reader[Any]) -> Shape[Any]:
    return Shape(lambda **values: values[name], (Field(name, read),))


TRACK: Shape[str] = _one("track", id_text)
SCOPE: Shape[Scope] = _one("scope", _scope)
PARTICIPANT: Shape[str] = _one("participant", id_text)
PAUSED: Shape[bool] = _one("paused", flag)
GRANT: Shape[Grant] = Shape(
    Grant,
    (
        Field("participant", id_text),
        Field("scope", _scope),
        Field("ttl_ms", integer(1, MAX_TTL_MS), DEFAULT_TTL_MS),
    ),
)
