"""One function a request: what a joined participant may ask for, and what is answered.

A handler returns the reply without its `id`, None if the reply comes later, or raises `RequestRefused`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datachannels.refusals import RequestRefused
from sfu.identifiers import TrackId
from sfu.messages import AskStats, LayerStats, PeerStats, SlotStats
from signaling.audit import Concerned
from signaling.channel_member import RoomMember
from signaling.close_codes import CloseCode
from signaling.display_name import display_name
from signaling.entrance import Entrance
from signaling.moderation import Case, moderate, mute_track
from signaling.offers import make_offer
from signaling.participant import Participant, StatsInFlight
from signaling.permissions import Action, TrackOf, allowed
from signaling.requests import (
    AskForStats,
    ChannelMessage,
    Leave,
    Look,
    Moderate,
    Mute,
    Offer,
    Ping,
    Request,
    Unpublish,
    Update,
    View,
)
from signaling.room import Room
from signaling.track import Track

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, when; `id` is the number the reply carries."""

    room: Room
    participant: Participant
    id: int | None
    now: float
    entrance: Entrance


def handle(call: Call, request: Request) -> Reply | None:
    """Do what is asked. Raises `RequestRefused`."""
    return HANDLERS[type(request)](call, request)


def _ok() -> Reply:
    return {"type": "ok"}


def _offer(call: Call, request: Offer) -> None:
    make_offer(call.room, call.participant, request, call.id)


def _view(call: Call, request: View) -> Reply:
    room, participant = call.room, call.participant
    visible = {
        track.id: track
        for track in room.tracks.values()
        if track.participant == participant.id or not room.participants[track.participant].hidden
    }
    before = participant.subscription.pinned
    participant.subscription.set_view(request, visible, participant.id)
    if participant.subscription.pinned != before:
        room.tell_pins(participant)
    room.stale[participant.id] = None
    return _ok()


def _mute(call: Call, request: Mute) -> Reply:
    track = _track(call, request.track)
    action, subject = Action.MUTE if request.muted else Action.UNMUTE, call.participant.subject
    owner = call.room.participants[track.participant]
    target = Concerned(owner.subject.identity, owner.id)
    if not allowed(subject, action, TrackOf(track.participant, track.source)):
        call.room.audit_refusal(action, subject, "forbidden", call.now, target)
        raise RequestRefused("forbidden", "not your track")
    mute_track(call.room, track, muted=request.muted)
    if owner is not call.participant:
        call.room.audit(action, subject, call.now, target, source=track.source)
    return _ok()


def _unpublish(call: Call, request: Unpublish) -> Reply:
    track = _track(call, request.track)
    if not allowed(call.participant.subject, Action.UNPUBLISH, TrackOf(track.participant, track.source)):
        raise RequestRefused("forbidden", "not your track")
    call.room.close_track(track)
    return _ok()


def _update(call: Call, request: Update) -> Reply:
    participant = call.participant
    if request.name is not None:
        participant.name = display_name(request.name, display_name(participant.subject.identity))
    if request.metadata is not None:
        participant.metadata = request.metadata
    if request.hand is not None:
        participant.hand = request.hand
    call.room.audience.tell_updated(participant)
    return _ok()


def _look(call: Call, request: Look) -> Reply:
    at = request.at
    if at is not None and not at.startswith(("do_", "bo_")):
        _track(call, TrackId(at))
    call.room.looking.look(call.participant.id, at)
    return _ok()


def _moderate(call: Call, request: Moderate) -> Reply:
    moderate(Case(call.room, call.participant.subject, request, call.entrance, call.now))
    return _ok()


def _stats(call: Call, request: AskForStats) -> Reply | None:
    connection, session = call.participant.connection, call.participant.session
    if connection is None or connection.closed or session is None:
        return {"type": "stats", "estimate_bps": None, "rtt_ms": None, "slots": [], "tracks": []}
    number = call.room.node.new_request()
    call.participant.stats = StatsInFlight(number, session, call.id)
    call.room.node.outputs.command(AskStats(connection.peer, number))
    return None


def stats_answered(room: Room, participant: Participant, event: PeerStats) -> None:
    """The media side's answer to `AskStats`."""
    asked = participant.stats
    if asked is None or asked.request != event.request:
        return
    participant.stats = None
    if participant.session != asked.session:
        return
    reply: Reply = {
        "type": "stats",
        "estimate_bps": event.estimate_bps,
        "rtt_ms": event.rtt_ms,
        "slots": [_describe_slot(slot) for slot in event.slots],
        "tracks": [
            {"track": track, "layers": [_describe_layer(layer) for layer in layers]}
            for track, layers in event.tracks
        ],
    }
    room.audience.tell(participant, reply if asked.id is None else reply | {"id": asked.id})


def _describe_slot(slot: SlotStats) -> dict[str, Any]:
    return {
        "mid": slot.mid,
        "track": slot.track,
        "rid": slot.rid,
        "spatial": slot.spatial,
        "temporal": slot.temporal,
        "width": slot.width,
        "height": slot.height,
        "fps": slot.fps,
        "bitrate_bps": slot.bitrate_bps,
        "loss": slot.loss,
        "target_bps": slot.target_bps,
        "reason": slot.reason,
    }


def _describe_layer(layer: LayerStats) -> dict[str, Any]:
    return {
        "rid": layer.rid,
        "bitrate_bps": layer.bitrate_bps,
        "loss": layer.loss,
        "fps": layer.fps,
        "wanted": layer.wanted,
    }


def _channel(call: Call, request: ChannelMessage) -> None:
    session = call.participant.session
    if session is not None:
        member, channels = RoomMember(call.room, call.participant), call.room.node.channels
        if request.refusal is not None:
            channels.refuse(session, request.label, request.data, request.refusal)
        else:
            channels.from_socket(session, request.label, request.data, member, call.now)


def _ping(call: Call, request: Ping) -> Reply:
    return {"type": "pong"}


def _leave(call: Call, request: Leave) -> None:
    session = call.participant.session
    if session is not None:
        call.room.node.outputs.send(session, _ok() | ({} if call.id is None else {"id": call.id}))
        call.room.node.outputs.close(session, CloseCode.LEFT, "left")
    call.room.leave(call.participant, "left", call.now)


def _track(call: Call, track_id: TrackId) -> Track:
    track = call.room.tracks.get(track_id)
    owner = call.room.participants[track.participant] if track is not None else None
    if track is None or (owner is not None and owner.hidden and owner is not call.participant):
        raise RequestRefused("not_found", f"no track {track_id}")
    return track


HANDLERS: Mapping[type[Request], Callable[[Call, Any], Reply | None]] = {
    Offer: _offer,
    View: _view,
    Mute: _mute,
    Unpublish: _unpublish,
    Update: _update,
    Look: _look,
    Moderate: _moderate,
    AskForStats: _stats,
    ChannelMessage: _channel,
    Ping: _ping,
    Leave: _leave,
}
"""`Join` is the session's affair."""
