"""The properties of an element, and what each may hold (PROTOCOL.md 3, whiteboard).

Known ones are judged one by one, whatever the element's type. Unknown ones are kept, within bounds, so that
a newer client's board survives an older server.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite
from typing import Any

import orjson

from datachannels.fields import Reader, flag, number, one_of, text
from datachannels.refusals import RequestRefused

TYPES = frozenset(
    ("stroke", "line", "arrow", "rect", "ellipse", "text", "sticky", "image", "connector", "frame")
)

MAX_UNITS = 1e9
"""Board units, either way: far beyond what anybody draws, and exact in tenths as a float."""

VALUES_A_POINT = 3
MAX_PRESSURE = 255
MAX_TEXT = 10_000
MAX_Z = 128
"""Characters of a fractional index; clients make new ones above 64."""

MAX_UNKNOWN = 16
MAX_UNKNOWN_BYTES = 4 * 1024
MAX_UNKNOWN_DEPTH = 8

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_RESERVED = re.compile(r"(?:rm|pa|tr|do|bo|re)_")
"""How the server's own identifiers begin: no element passes itself off as a participant or a board."""

_NAME = re.compile(r"(?!constructor$|prototype$)[A-Za-z][A-Za-z0-9_.-]{0,63}")
"""Of a property, none of which means anything to JavaScript's objects."""

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_Z = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True)
class BoardLimits:
    """`elements` that are not deleted; `points` of one stroke."""

    elements: int = 20_000
    points: int = 10_000


def matching(pattern: re.Pattern[str], what: str) -> Reader[str]:
    """A string of one form."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise _bad(f"must be {what}")
        return value

    return read


_plain_id = matching(_ID, "an id")


def element_id(value: Any) -> str:
    """An id that a client made up."""
    read = _plain_id(value)
    if _RESERVED.match(read):
        raise _bad("must not look like an id of the server's")
    return read


def fractional_index(value: Any) -> str:
    """`z`: compared by bytes, then by id; its making is the clients' matter."""
    if isinstance(value, str) and len(value) > MAX_Z:
        raise RequestRefused("too_large", f"at most {MAX_Z} characters")
    return matching(_Z, "ASCII without spaces")(value)


_coordinate = number(-MAX_UNITS, MAX_UNITS)
_extent = number(0, MAX_UNITS)
_fraction = number(0, 1)


def box(value: Any) -> list[Any]:
    """`[x, y, w, h, rotation]` in board units and degrees."""
    if not isinstance(value, list) or len(value) != 5:
        raise _bad("must be [x, y, w, h, rotation]")
    for read, item in zip((_coordinate, _coordinate, _extent, _extent, _coordinate), value, strict=True):
        read(item)
    return value


def points(most: int) -> Reader[list[int]]:
    """`[x0, y0, p0, dx1, dy1, p1, …]` in tenths of a unit, the first absolute, pressure 0–255."""

    def read(value: Any) -> list[int]:
        if not isinstance(value, list) or not value or len(value) % VALUES_A_POINT:
            raise _bad("must be [x0, y0, p0, dx1, dy1, p1, …]")
        if len(value) > most * VALUES_A_POINT:
            raise RequestRefused("too_large", f"at most {most} points")
        if set(map(type, value)) != {int}:
            raise _bad("must be integers")
        pressures = value[2::VALUES_A_POINT]
        if min(pressures) < 0 or max(pressures) > MAX_PRESSURE:
            raise _bad("pressure is from 0 to 255")
        for steps in (value[0::VALUES_A_POINT], value[1::VALUES_A_POINT]):
            reached = list(accumulate(steps))
            if max(reached) > MAX_UNITS * 10 or min(reached) < -MAX_UNITS * 10:
                raise _bad("too far out")
        return value

    return read


STYLE: Mapping[str, Reader[Any]] = {
    "color": matching(_COLOR, "#rrggbb"),
    "fill": matching(_COLOR, "#rrggbb"),
    "width": number(0, 1_000),
    "dash": one_of("solid", "dashed", "dotted"),
    "opacity": _fraction,
    "font": one_of("sans", "mono"),
    "size": number(1, 1_000),
}


def style(value: Any) -> dict[str, Any]:
    """What is said about some of its keys; null removes one."""
    if not isinstance(value, dict):
        raise _bad("must be an object")
    _each(value, STYLE)
    return value


def end(value: Any) -> dict[str, Any]:
    """Where a connector is attached: an element, and a place in its box."""
    if not isinstance(value, dict):
        raise _bad("must be an object")
    element_id(value.get("element"))
    anchor = value.get("anchor")
    if not isinstance(anchor, list) or len(anchor) != 2:
        raise _bad("anchor: must be [x, y]")
    for part in anchor:
        _fraction(part)
    unknown({key: kept for key, kept in value.items() if key not in ("element", "anchor")})
    return value


def unknown(value: Any) -> Any:
    """Anything, if it is small and flat enough."""
    if _depth(value) > MAX_UNKNOWN_DEPTH:
        raise _bad("too deep")
    if len(orjson.dumps(value)) > MAX_UNKNOWN_BYTES:
        raise RequestRefused("too_large", f"at most {MAX_UNKNOWN_BYTES} bytes")
    return value


def _depth(value: Any) -> int:
    """How deep arrays and objects are nested; JSON that comes in is at most 32 deep."""
    if isinstance(value, float) and not isfinite(value):
        raise _bad("must be finite")
    inner: list[Any] = []
    if isinstance(value, dict):
        for name in value:
            _property_name(name)
        inner = list(value.values())
    elif isinstance(value, list):
        inner = value
    else:
        return 0
    return 1 + max(map(_depth, inner), default=0)


def _property_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise _bad("no name of a property")


def _each(values: Mapping[str, Any], known: Mapping[str, Reader[Any]]) -> None:
    """Judge each of some properties; null, which removes one, is always right."""
    others = 0
    for name, value in values.items():
        read = known.get(name)
        if read is None:
            _property_name(name)
            others += 1
            read = unknown
        if others > MAX_UNKNOWN:
            raise RequestRefused("too_large", f"at most {MAX_UNKNOWN} properties of one's own")
        if value is None:
            continue
        try:
            read(value)
        except RequestRefused as error:
            raise RequestRefused(error.code, f"{name}: {error.message}") from None


class PropertyReader:
    """Reads the `props` of a put."""

    def __init__(self, limits: BoardLimits) -> None:
        self._known: Mapping[str, Reader[Any]] = {
            "type": one_of(*sorted(TYPES)),
            "page": element_id,
            "z": fractional_index,
            "box": box,
            "points": points(limits.points),
            "style": style,
            "text": text(MAX_TEXT),
            "file": matching(_SHA256, "the SHA-256 of a file"),
            "from": end,
            "to": end,
            "locked": flag,
            "group": element_id,
        }

    def __call__(self, value: Any, element: str) -> dict[str, Any]:
        """The properties, without `author`, which the server sets. Raises `RequestRefused`."""
        if not isinstance(value, dict):
            raise _bad("props: must be an object")
        if value.get("id", element) != element:
            raise _bad("id: is another")
        props = {name: item for name, item in value.items() if name not in ("author", "id")}
        for name in ("type", "page"):
            if name in props and props[name] is None:
                raise _bad(f"{name}: cannot be removed")
        _each(props, self._known)
        return props


def _bad(message: str) -> RequestRefused:
    return RequestRefused("bad_message", message)
