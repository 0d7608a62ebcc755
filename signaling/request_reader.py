"""From a frame to a typed request: a table of message names and shapes of content (PROTOCOL.md 2)."""

from dataclasses import replace
from typing import Any, cast

from config.settings import Limits
from datachannels.fields import (
    Field,
    Shape,
    flag,
    integer,
    json_object,
    list_of,
    nullable,
    number,
    object_or_array,
    one_of,
    text,
)
from datachannels.json_text import is_sayable
from datachannels.refusals import RequestRefused
from sfu.messages import KIND_OF_SOURCE
from signaling.permissions import GRANTS, Grant, Role
from signaling.requests import (
    MAX_IDENTIFIER,
    Action,
    AskForStats,
    ChannelMessage,
    Frame,
    Join,
    Leave,
    Look,
    Moderate,
    Mute,
    Offer,
    Ping,
    Request,
    SlotWish,
    TrackOffer,
    Unpublish,
    Update,
    View,
)

MAX_PIXELS = 16_384
MAX_GRANTS = 64
GRANTABLE = GRANTS - {Grant.HIDDEN.value}
"""Only a token makes somebody hidden."""


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
        self._shapes: dict[str, Shape[Any]] = {
            "join": Shape(
                Join,
                (
                    Field("token", text(limits.message_bytes)),
                    Field("room", nullable(text(limits.name, 1)), None),
                    Field("resume", nullable(text(MAX_IDENTIFIER)), None),
                    Field("name", nullable(text(limits.name)), None),
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
                    Field("want", list_of(cast(Any, identifier), limits.max_slots_video), ()),
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
            "look": Shape(Look, (Field("at", nullable(identifier)),)),
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
                ChannelMessage, (Field("label", text(MAX_IDENTIFIER)), Field("data", object_or_array))
            ),
            "ping": Shape(Ping, ()),
            "leave": Shape(Leave, ()),
        }

    def read(self, frame: Frame) -> Request:
        """The request in a frame. Raises `RequestRefused`."""
        if frame.refusal is not None and not is_for_channel(frame):
            raise frame.refusal
        shape = self._shapes.get(frame.type)
        if shape is None:
            raise RequestRefused("bad_message", f"unknown type {frame.type[:MAX_IDENTIFIER]!r}")
        request = cast(Request, shape(frame.fields))
        if isinstance(request, Offer):
            _check_tracks(request)
        elif isinstance(request, View):
            _check_view(request)
        elif isinstance(request, ChannelMessage) and frame.refusal is not None:
            return replace(request, refusal=frame.refusal)
        return request


def is_for_channel(frame: Frame) -> bool:
    """Whether it is answered as `channel`, also if nothing else in it is read."""
    label = frame.fields.get("label")
    named = isinstance(label, str) and len(label) <= MAX_IDENTIFIER and is_sayable(label)
    return frame.type == "channel" and named


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
