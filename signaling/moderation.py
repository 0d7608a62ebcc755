"""What moderators do to others (PROTOCOL.md 2, `moderate`), from a socket or over HTTP.

Each act, and each refusal, goes to the audit trail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datachannels.refusals import RequestRefused
from sfu.messages import MuteTrack
from signaling.audit import NOBODY, Concerned
from signaling.close_codes import CloseCode
from signaling.door import tell_knock_ended, tell_knocks
from signaling.entrance import Entrance
from signaling.lobby import Knock
from signaling.participant import Participant
from signaling.permissions import Action, Role, Subject, TrackOf, allowed
from signaling.requests import Moderate
from signaling.room import Room
from signaling.seating import tell_slots
from signaling.track import Track


@dataclass(frozen=True, slots=True)
class Case:
    """One request to moderate, by whom, when. Over HTTP `by` is no participant."""

    room: Room
    by: Subject
    request: Moderate
    entrance: Entrance
    now: float


def moderate(case: Case) -> None:
    """Do it. Raises `RequestRefused`."""
    action, target = case.request.action, _concerned(case)
    try:
        needed = Action.MUTE_ALL if action == "mute_all" else Action.MODERATE
        if not allowed(case.by, needed):
            raise RequestRefused("forbidden", f"{action} needs the grant")
        ACTIONS[action](case)
    except RequestRefused as refusal:
        case.room.audit_refusal(action, case.by, refusal.code, case.now, target)
        raise
    case.room.audit(action, case.by, case.now, target, **_detail(case.request))


def _remove(case: Case) -> None:
    target = _target(case)
    if not case.request.ban:
        remove(case.room, target, case.now)
        return
    for member in ban(case, target.subject.identity):
        remove(case.room, member, case.now)


def _mute_all(case: Case) -> None:
    for track in list(case.room.tracks.values()):
        if track.source == "microphone" and track.participant != case.by.participant:
            mute_track(case.room, track, muted=True)


def _set_role(case: Case) -> None:
    target = _target(case)
    if case.request.role is None:
        raise RequestRefused("bad_message", "role is missing")
    role = Role(case.request.role)
    _change(case.room, target, lambda subject: subject.with_role(role))


def _set_grants(case: Case) -> None:
    target = _target(case)
    if case.request.grants is None:
        raise RequestRefused("bad_message", "grants is missing")
    changed = target.subject.with_grants(case.request.grants)
    _change(case.room, target, lambda subject: subject.with_grants_of(changed))


def _lower_hand(case: Case) -> None:
    target = _target(case)
    target.hand = False
    case.room.audience.tell_updated(target)


def _lock(case: Case) -> None:
    if case.request.locked is None:
        raise RequestRefused("bad_message", "locked is missing")
    case.room.admission.locked = case.request.locked
    case.room.tell_room()


def _limit(case: Case) -> None:
    if case.request.max_participants is None:
        raise RequestRefused("bad_message", "max_participants is missing")
    case.room.admission.max_participants = case.request.max_participants
    case.room.tell_room()


def _lobby(case: Case) -> None:
    enabled, lobby = case.request.enabled, case.room.admission.lobby
    if enabled is None:
        raise RequestRefused("bad_message", "enabled is missing")
    lobby.enabled = enabled
    case.room.tell_room()
    if not enabled:
        # Nobody has to wait any more. Who finds no place any more goes on waiting.
        for knock in lobby.knocks():
            if not case.room.admission.is_full(len(case.room.participants)):
                case.entrance.let_in(case.room, knock, case.now)


def _admit(case: Case) -> None:
    case.entrance.let_in(case.room, _knock(case), case.now)


def _deny(case: Case) -> None:
    knock = _knock(case)
    if case.request.ban:
        for member in ban(case, knock.participant.subject.identity):
            remove(case.room, member, case.now)
    else:
        _turn_away(case.room, knock)


def _move(case: Case) -> None:
    raise RequestRefused("unavailable", "there are no other rooms to move to")


def _end(case: Case) -> None:
    case.room.end("ended", case.now)


ACTIONS: Mapping[str, Callable[[Case], None]] = {
    "admit": _admit,
    "deny": _deny,
    "remove": _remove,
    "mute_all": _mute_all,
    "set_role": _set_role,
    "set_grants": _set_grants,
    "lower_hand": _lower_hand,
    "lock": _lock,
    "limit": _limit,
    "lobby": _lobby,
    "move": _move,
    "end": _end,
}
"""One for each action a `moderate` request may name."""


def remove(room: Room, target: Participant, now: float) -> None:
    """Somebody has to leave (4403), and to knock again where there is a lobby."""
    session = target.session
    room.farewell(target, CloseCode.NOT_ALLOWED, "removed", now)
    room.admission.put_out(target.subject.identity)
    room.leave(target, "removed", now)
    if session is not None:
        room.node.outputs.close(session, CloseCode.NOT_ALLOWED, "removed")


def ban(case: Case, identity: str) -> list[Participant]:
    """Nobody of this identity comes in any more; those at the door go, those inside are returned."""
    case.room.ban(identity, case.now)
    for knock in case.room.admission.lobby.of_identity(identity):
        _turn_away(case.room, knock)
    return _of_identity(case.room, identity)


def mute_track(room: Room, track: Track, *, muted: bool) -> None:
    """Stop or go on forwarding; everybody sees it, those who have it in a slot there too."""
    if track.muted == muted:
        return
    track.muted = muted
    room.node.outputs.command(MuteTrack(track.id, muted))
    room.track_updated(track)
    for member in room.participants.values():
        if member.subscription.holds(track.id):
            tell_slots(room, member)


def _turn_away(room: Room, knock: Knock) -> None:
    room.admission.lobby.remove(knock.participant.id)
    room.node.outputs.close(knock.session, CloseCode.NOT_ALLOWED, "denied")
    tell_knock_ended(room, knock, "denied")


def _named(case: Case) -> str:
    if case.request.participant is None:
        raise RequestRefused("bad_message", "participant is missing")
    return case.request.participant


def _target(case: Case) -> Participant:
    target = case.room.participants.get(_named(case))
    if target is None or (target.hidden and target.id != case.by.participant and not case.by.admin):
        raise RequestRefused("not_found", "no such participant")
    return target


def _knock(case: Case) -> Knock:
    knock = case.room.admission.lobby.get(_named(case))
    if knock is None:
        raise RequestRefused("not_found", "nobody of this id waits")
    return knock


def _of_identity(room: Room, identity: str) -> list[Participant]:
    """What is decided about somebody holds on all their connections: grants beat the token by identity."""
    return [member for member in room.participants.values() if member.subject.identity == identity]


def _change(room: Room, target: Participant, change: Callable[[Subject], Subject]) -> None:
    """New role or grants for all participants of the target's identity."""
    room.admission.decide(change(target.subject))
    for member in _of_identity(room, target.subject.identity):
        before, member.subject = member.subject, change(member.subject)
        room.audience.tell_updated(member)
        for track in room.tracks_of(member):
            if not allowed(member.subject, Action.PUBLISH, TrackOf(member.id, track.source)):
                room.close_track(track)
        if not allowed(before, Action.MODERATE):
            tell_knocks(room, member)
    room.ranking_changed()


def _concerned(case: Case) -> Concerned:
    """Whom the request names, in the room or at its door."""
    name = case.request.participant or ""
    knock = case.room.admission.lobby.get(name)
    participant = knock.participant if knock is not None else case.room.participants.get(name)
    return NOBODY if participant is None else Concerned(participant.subject.identity, participant.id)


def _detail(request: Moderate) -> dict[str, Any]:
    """What else the request said."""
    said = {
        "ban": request.ban or None,
        "role": request.role,
        "grants": request.grants,
        "locked": request.locked,
        "enabled": request.enabled,
        "max_participants": request.max_participants,
    }
    return {name: value for name, value in said.items() if value is not None}
