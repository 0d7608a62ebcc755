"""Readers of single JSON values: a table of them describes a request.

A reader takes a value and returns it checked, or raises `RequestRefused`. Text is counted in UTF-16 code
units, as browsers count it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from datachannels.refusals import RequestRefused

T = TypeVar("T")
Reader = Callable[[Any], T]


class _Required:
    """Marks a field without a default."""


REQUIRED = _Required()


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an object: how its value is read, and what stands for its absence."""

    name: str
    read: Reader[Any]
    default: Any = REQUIRED


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """An object of known keys that becomes a `make(**values)`; unknown keys are ignored."""

    make: Callable[..., T]
    fields: tuple[Field, ...]

    def __call__(self, value: Any) -> T:
        """Read an object. Raises `RequestRefused` naming the key."""
        if not isinstance(value, dict):
            raise _bad("must be an object")
        return self.make(**{field.name: _read_field(field, value) for field in self.fields})


def _read_field(field: Field, value: Mapping[str, Any]) -> Any:
    if field.name not in value:
        if isinstance(field.default, _Required):
            raise _bad(f"{field.name} is missing")
        return field.default
    try:
        return field.read(value[field.name])
    except RequestRefused as error:
        raise RequestRefused(error.code, f"{field.name}: {error.message}") from None


def text(max_units: int, min_units: int = 0) -> Reader[str]:
    """A string; above its size it is ``too_large``."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise _bad("must be a string")
        size = len(value) if value.isascii() else len(value.encode("utf-16-le")) // 2
        if size > max_units:
            raise RequestRefused("too_large", f"at most {max_units} characters")
        if size < min_units:
            raise _bad("must not be empty")
        return value

    return read


def integer(low: int, high: int) -> Reader[int]:
    """A whole number, ends included; ``true`` is none."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _bad(f"must be an integer from {low} to {high}")
        return value

    return read


def number(low: float, high: float) -> Reader[float]:
    """A number, ends included."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise _bad(f"must be a number from {low:g} to {high:g}")
        return float(value)

    return read


def flag(value: Any) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise _bad("must be true or false")
    return value


def one_of(*allowed: str) -> Reader[str]:
    """One of a few words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise _bad(f"must be one of {', '.join(allowed)}")
        return value

    return read


def list_of(read_item: Reader[T], max_items: int) -> Reader[tuple[T, ...]]:
    """An array of at most `max_items`."""

    def read(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _bad("must be an array")
        if len(value) > max_items:
            raise RequestRefused("too_large", f"at most {max_items} entries")
        return tuple(read_item(item) for item in value)

    return read


def nullable(read_value: Reader[T]) -> Reader[T | None]:
    """Null, or what `read_value` reads."""
    return lambda value: None if value is None else read_value(value)


def json_object(value: Any) -> dict[str, Any]:
    """Any object, unread."""
    if not isinstance(value, dict):
        raise _bad("must be an object")
    return value


def object_or_array(value: Any) -> dict[str, Any] | list[Any]:
    """Any object or array, unread."""
    if not isinstance(value, (dict, list)):
        raise _bad("must be an object or an array")
    return value


def _bad(message: str) -> RequestRefused:
    return RequestRefused("bad_message", message)
