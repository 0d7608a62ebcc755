"""The requests of `annotations` (PROTOCOL.md 3), read and checked."""

import re
from dataclasses import dataclass
from typing import Any

from datachannels.annotations.marks import Annotators, Mark, new_mark
from datachannels.fields import Field, Reader, Shape, flag, integer, list_of, nullable, number, one_of, text
from datachannels.refusals import RequestRefused

MAX_ID = 64
MAX_VALUES = 10_000
"""Numbers of one mark, two a point: a minute of drawing at eighty points a second."""

MAX_TEXT = 500
MAX_NAMED = 1_000
"""Participants whom the sharer may name."""

MAX_FADE_MS = 60_000
PRECISION = 5
"""Decimals of a coordinate: a hundredth of a pixel of a screen."""

TOOLS = ("pen", "highlighter", "arrow", "rect", "text", "stamp")
"""Who draws an arrow or a rectangle takes the first and the last point, of text and stamps the first."""

COLOR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)

id_text = text(MAX_ID, 1)
_share = number(0, 1)


def _place(value: Any) -> float:
    return round(_share(value), PRECISION)


def _color(value: Any) -> str:
    if not isinstance(value, str) or COLOR.fullmatch(value) is None:
        raise RequestRefused("bad_message", "must be #rrggbb")
    return value


_DRAW: Shape[dict[str, Any]] = Shape(
    dict,
    (
        Field("tool", one_of(*TOOLS)),
        Field("color", _color),
        Field("width", _share),
        Field("points", list_of(_place, MAX_VALUES)),
        Field("text", nullable(text(MAX_TEXT)), None),
        Field("fade_ms", nullable(integer(1, MAX_FADE_MS)), None),
        Field("done", flag, True),
    ),
)


def read_mark(message: dict[str, Any], participant: str) -> Mark:
    """The mark of a `draw`. Raises `RequestRefused`."""
    mark_id = MARK(message)
    fields = {name: value for name, value in _DRAW(message).items() if value is not None}
    values = len(fields["points"])
    if values == 0 or values % 2:
        raise RequestRefused("bad_message", "points: must be x and y by turns")
    return new_mark(mark_id, participant, fields)


def _annotators(value: Any) -> Annotators:
    if value == "all":
        return "all"
    if value == "none":
        return "none"
    if not isinstance(value, list):
        raise RequestRefused("bad_message", "must be all, none or participants")
    return frozenset(list_of(id_text, MAX_NAMED)(value))


@dataclass(frozen=True, slots=True)
class Erase:
    """`participant` is whose mark it is, None: one's own, or another's if one has none of this id."""

    mark: str
    participant: str | None


def _of(name: str, read: Reader[Any]) -> Shape[Any]:
    return Shape(lambda **values: values[name], (Field(name, read),))


TRACK: Shape[str] = _of("track", id_text)
MARK: Shape[str] = _of("mark", id_text)
ALLOW: Shape[Annotators] = _of("who", _annotators)
CLEAR: Shape[str] = _of("scope", one_of("own", "all"))
ERASE: Shape[Erase] = Shape(Erase, (Field("mark", id_text), Field("participant", id_text, None)))
