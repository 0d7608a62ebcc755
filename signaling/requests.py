"""What a client asks for on the signaling socket, checked and typed (PROTOCOL.md 2).

`RequestReader` is a table: the name of a message, the shape of its content. Two steps, because they fail
differently: `read_frame` for what is no message at all (the socket closes), `RequestReader.read` for a
message with wrong content (`error`, the socket stays).
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

from config.settings import Limits
from sfu.identifiers import Mid, TrackId
from sfu.messages import KIND_OF_SOURCE, Source
from signaling.close_codes import CloseCode
from signaling.fields import Field, Shape, flag, integer, json_object, list_of, nullable, number, one_of, text
from signaling.json_text import MAX_INTEGER, NotJson, read_json
from signaling.permissions import GRANTS, Grant, Role
from signaling.refusals import RequestRefused, SocketRefused

Action = Literal[
    "admit",
    "deny",
    "remove",
    "mute_all",
    "set_role",
    "set_grants",
    "lower_hand",
    "lock",
    "limit",
    "lobby",
    "move",
    "end",
]

MAX_IDENTIFIER = 64
MAX_PIXELS = 16_384
MAX_GRANTS = 64
GRANTABLE = GRANTS - {Grant.HIDDEN.value}
"""Only a token makes somebody hidden."""


@dataclass(frozen=True, slots=True)
class Join:
    """Enter a room; the first message of a socket."""

    token: str
    room: str | None
    resume: str | None


@dataclass(frozen=True, slots=True)
class TrackOffer:
    """One entry of an offer's `tracks`; `name` is ``""`` where none was given."""

    mid: Mid
    source: Source
    name: str
    muted: bool
    surface: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An SDP offer with the full list of what it publishes."""

    sdp: str
    tracks: tuple[TrackOffer, ...]


@dataclass(frozen=True, slots=True)
class SlotWish:
    """How large a slot is shown; in a manual view also what it shows. Sizes in pixels, None: unknown."""

    mid: Mid
    track: TrackId | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    priority: int = 0

    @property
    def hidden(self) -> bool:
        """True where no pixel is shown."""
        return self.width == 0 or self.height == 0


@dataclass(frozen=True, slots=True)
class View:
    """What the client wants to see; replaces the last one."""

    mode: Literal["auto", "manual"]
    pin: tuple[TrackId, ...] = ()
    slots: tuple[SlotWish, ...] = ()


@dataclass(frozen=True, slots=True)
class Mute:
    """Stop or go on forwarding a track."""

    track: TrackId
    muted: bool


@dataclass(frozen=True, slots=True)
class Unpublish:
    """End a track; its m-line may stay."""

    track: TrackId


@dataclass(frozen=True, slots=True)
class Update:
    """Own attributes; None leaves one as it is."""

    name: str | None
    metadata: str | None
    hand: bool | None


@dataclass(frozen=True, slots=True)
class Moderate:
    """Something only a moderator may do; which fields count depends on `action`."""

    action: Action
    participant: str | None
    ban: bool
    role: str | None
    grants: dict[str, bool | None] | None
    locked: bool | None
    enabled: bool | None
    max_participants: int | None
    room: str | None


@dataclass(frozen=True, slots=True)
class AskForStats:
    """Why is the picture as it is."""


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """A data-channel message of a client without SCTP."""

    label: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ping:
    """Answered by `pong`."""


@dataclass(frozen=True, slots=True)
class Leave:
    """End the participant."""


Request = (
    Join | Offer | View | Mute | Unpublish | Update | Moderate | AskForStats | ChannelMessage | Ping | Leave
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A message as it came: its `type`, the number the reply carries (if any), and its fields unread."""

    type: str
    id: int | None
    fields: dict[str, Any]


def read_frame(data: str | bytes, limits: Limits) -> Frame:
    """One text message of the socket.

    Raises `SocketRefused` 4413 or 4400 for what is too large or no message, `RequestRefused` where only
    `type` or `id` is wrong.
    """
    # A UTF-16 unit is at most three bytes, so the length alone settles most messages.
    if len(data) > limits.message_bytes or _bytes_of(data) > limits.message_bytes:
        raise SocketRefused(CloseCode.TOO_LARGE, f"at most {limits.message_bytes} bytes a message")
    try:
        value = read_json(data)
    except NotJson as error:
        raise SocketRefused(CloseCode.BAD_MESSAGE, "not JSON") from error
    if not isinstance(value, dict):
        raise SocketRefused(CloseCode.BAD_MESSAGE, "not an object")
    number_of_request = value.get("id")
    if number_of_request is not None:
        number_of_request = integer(-MAX_INTEGER, MAX_INTEGER)(number_of_request)
    name = value.get("type")
    return Frame(name if isinstance(name, str) else "", number_of_request, value)


def _bytes_of(data: str | bytes) -> int:
    if isinstance(data, bytes) or data.isascii():
        return len(data)
    return len(data.encode("utf-8", "surrogatepass"))


class RequestReader:
    """Turns frames into requests within the limits in force."""

    def __init__(self, limits: Limits) -> None:
        identifier = text(MAX_IDENTIFIER, 1)
        pixels = Field("width", nullable(integer(0, MAX_PIXELS)), None)
        track_offer = Shape(
            TrackOffer,
            (
                Field("mid", identifier),
                Field("source", one_of(*KIND_OF_SOURCE)),
                Field("name", text(limits.name), ""),
                Field("muted", flag, False),
                Field("surface", nullable(one_of("monitor", "window", "browser")), None),
            ),
        )
        slot_wish = Shape(
            SlotWish,
            (
                Field("mid", identifier),
                Field("track", nullable(identifier), None),
                pixels,
                Field("height", pixels.read, None),
                Field("fps", nullable(number(0, 1_000)), None),
                Field("priority", integer(-1_000_000, 1_000_000), 0),
            ),
        )
        self._max_data_bytes = limits.data_message_bytes
        self._shapes: dict[str, Shape[Any]] = {
            "join": Shape(
                Join,
                (
                    Field("token", text(limits.message_bytes)),
                    Field("room", nullable(text(limits.name, 1)), None),
                    Field("resume", nullable(text(MAX_IDENTIFIER)), None),
                ),
            ),
            "offer": Shape(
                Offer,
                (
                    Field("sdp", text(limits.sdp_bytes)),
                    Field("tracks", list_of(track_offer, limits.max_tracks), ()),
                ),
            ),
            "view": Shape(
                View,
                (
                    Field("mode", one_of("auto", "manual")),
                    Field("pin", list_of(cast(Any, identifier), limits.max_slots_video), ()),
                    Field("slots", list_of(slot_wish, limits.max_mlines), ()),
                ),
            ),
            "mute": Shape(Mute, (Field("track", identifier), Field("muted", flag))),
            "unpublish": Shape(Unpublish, (Field("track", identifier),)),
            "update": Shape(
                Update,
                (
                    Field("name", nullable(text(limits.name)), None),
                    Field("metadata", nullable(text(limits.metadata)), None),
                    Field("hand", nullable(flag), None),
                ),
            ),
            "moderate": Shape(
                Moderate,
                (
                    Field("action", one_of(*Action.__args__)),  # type: ignore[attr-defined]
                    Field("participant", nullable(identifier), None),
                    Field("ban", flag, False),
                    Field("role", nullable(one_of(*(role.value for role in Role))), None),
                    Field("grants", nullable(_grants), None),
                    Field("locked", nullable(flag), None),
                    Field("enabled", nullable(flag), None),
                    Field("max_participants", nullable(integer(1, limits.max_participants)), None),
                    Field("room", nullable(text(limits.name)), None),
                ),
            ),
            "stats": Shape(AskForStats, ()),
            "channel": Shape(
                ChannelMessage, (Field("label", text(MAX_IDENTIFIER)), Field("data", json_object))
            ),
            "ping": Shape(Ping, ()),
            "leave": Shape(Leave, ()),
        }

    def read(self, frame: Frame) -> Request:
        """The request in a frame. Raises `RequestRefused`."""
        shape = self._shapes.get(frame.type)
        if shape is None:
            raise RequestRefused("bad_message", f"unknown type {frame.type[:MAX_IDENTIFIER]!r}")
        request = cast(Request, shape(frame.fields))
        if isinstance(request, Offer):
            _check_tracks(request)
        elif isinstance(request, View):
            _check_view(request)
        return request


def _check_tracks(offer: Offer) -> None:
    if len({track.mid for track in offer.tracks}) < len(offer.tracks):
        raise RequestRefused("bad_message", "tracks: a mid is listed twice")
    if len({(track.source, track.name) for track in offer.tracks}) < len(offer.tracks):
        raise RequestRefused("bad_message", "tracks: tracks of one source need different names")


def _check_view(view: View) -> None:
    if len({slot.mid for slot in view.slots}) < len(view.slots):
        raise RequestRefused("bad_message", "slots: a mid is listed twice")


def _grants(value: Any) -> dict[str, bool | None]:
    grants = json_object(value)
    if len(grants) > MAX_GRANTS:
        raise RequestRefused("too_large", f"at most {MAX_GRANTS} grants")
    for name, grant in grants.items():
        if name not in GRANTABLE:
            raise RequestRefused("bad_message", f"cannot be granted: {name[:MAX_IDENTIFIER]}")
        if grant is not None and not isinstance(grant, bool):
            raise RequestRefused("bad_message", f"{name[:MAX_IDENTIFIER]} must be true, false or null")
    return grants
