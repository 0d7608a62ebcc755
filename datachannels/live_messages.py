"""What is said on `live`: never stored, the newest wins (PROTOCOL.md 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datachannels.chat_content import CHAT
from datachannels.fields import Field, Shape, flag, integer, list_of, number, text
from datachannels.json_text import MAX_INTEGER
from datachannels.refusals import RequestRefused

MAX_ID = 64
STROKE_POINTS = 64
VALUES_A_POINT = 3
MAX_UNITS = 1e9
"""Board units, either way: beyond what any board is wide."""

MAX_ZOOM = 1e4

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

MOVE = "move"
"""Of who controls a screen: for the sharer and the agent alone (`datachannels.control`)."""

_id = text(MAX_ID, 1)
_count = integer(0, MAX_INTEGER - 1)
_tenths = integer(-(2**31), 2**31)
_units = number(-MAX_UNITS, MAX_UNITS)
_share = number(0, 1)
_zoom = number(0, MAX_ZOOM)


def _color(value: Any) -> str:
    if not isinstance(value, str) or _COLOR.fullmatch(value) is None:
        raise RequestRefused("bad_message", "must be #rrggbb")
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the messages: its content; which fields say what it is about, so that a newer one replaces it;
    the action it needs; whether only those hear of it who have the topic `about[0]` names open."""

    shape: Shape[dict[str, Any]]
    about: tuple[str, ...]
    action: str
    for_watchers: bool


def _shape(*fields: Field) -> Shape[dict[str, Any]]:
    return Shape(dict, fields)


KINDS: Mapping[str, Kind] = {
    "cursor": Kind(
        _shape(Field("doc", _id), Field("version", _count), Field("index", _count), Field("length", _count)),
        ("doc",),
        "open_topic",
        True,
    ),
    "stroke": Kind(
        _shape(
            Field("board", _id),
            Field("element", _id),
            Field("from", _count),
            Field("points", list_of(_tenths, STROKE_POINTS * VALUES_A_POINT)),
            # How it will look: hearers draw it before the element is there.
            Field("page", _id, None),
            Field("color", _color, None),
            Field("width", number(0, 1_000), None),
            Field("opacity", number(0, 1), None),
        ),
        ("board", "element"),
        "edit_board",
        True,
    ),
    "typing": Kind(_shape(Field("topic", _id)), ("topic",), "open_topic", True),
    "pointer": Kind(
        _shape(
            Field("board", _id, None),
            Field("track", _id, None),
            Field("x", _units),
            Field("y", _units),
            Field("laser", flag, None),
            Field("page", _id, None),
        ),
        ("board", "track"),
        "open_topic",
        False,
    ),
    MOVE: Kind(_shape(Field("track", _id), Field("x", _share), Field("y", _share)), ("track",), "", True),
    "viewport": Kind(
        _shape(
            Field("board", _id),
            Field("x", _units),
            Field("y", _units),
            Field("zoom", _zoom),
            Field("page", _id, None),
            # Of the part that is seen: whose window is smaller sees all of it by another zoom.
            Field("width", number(0, MAX_UNITS), None),
            Field("height", number(0, MAX_UNITS), None),
        ),
        ("board",),
        "open_topic",
        False,
    ),
}


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """`key` is what a newer one must share to replace it; `topic` what it is about, "" none, which with
    `for_watchers` hearers must have open."""

    kind: str
    action: str
    key: tuple[str, ...]
    topic: str
    for_watchers: bool
    fields: dict[str, Any]


def read_live(message: dict[str, Any]) -> LiveMessage:
    """One message. Raises `RequestRefused`."""
    name = message.get("t")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        raise RequestRefused("bad_message", "unknown message")
    fields = {field: value for field, value in kind.shape(message).items() if value is not None}
    if name == "pointer" and ("board" in fields) == ("track" in fields):
        raise RequestRefused("bad_message", "either board or track")
    about = tuple(str(fields.get(field, "")) for field in kind.about)
    action = kind.action
    if name == "typing":
        action = "say" if about[0] == CHAT else "edit_document"
    return LiveMessage(name, action, (name, *about), about[0], kind.for_watchers, fields)
