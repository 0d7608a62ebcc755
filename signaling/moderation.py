"""What moderators do to others (PROTOCOL.md 2, `moderate`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sfu.messages import MuteTrack
from signaling.close_codes import CloseCode
from signaling.participant import Participant
from signaling.permissions import Action, Role, TrackOf, allowed
from signaling.refusals import RequestRefused
from signaling.requests import Moderate
from signaling.room import Room
from signaling.seating import tell_slots
from signaling.track import Track


@dataclass(frozen=True, slots=True)
class Case:
    """One request to moderate, by whom, when."""

    room: Room
    by: Participant
    request: Moderate
    now: float


def moderate(room: Room, participant: Participant, request: Moderate, now: float) -> None:
    """Do it. Raises `RequestRefused`."""
    action = Action.MUTE_ALL if request.action == "mute_all" else Action.MODERATE
    if not allowed(participant.subject, action):
        raise RequestRefused("forbidden", f"{request.action} needs the grant")
    act = ACTIONS.get(request.action)
    if act is None:
        raise RequestRefused("unavailable", f"{request.action} is not offered here")
    act(Case(room, participant, request, now))


def _remove(case: Case) -> None:
    target = _target(case)
    if case.request.ban:
        case.room.banned.add(target.subject.identity)
    remove(case.room, target, case.now)


def _mute_all(case: Case) -> None:
    for track in list(case.room.tracks.values()):
        if track.source == "microphone" and track.participant != case.by.id:
            mute_track(case.room, track, muted=True)


def _set_role(case: Case) -> None:
    target = _target(case)
    try:
        role = Role(case.request.role or "")
    except ValueError:
        raise RequestRefused("bad_message", "role: unknown") from None
    for member in _same_identity(case.room, target):
        member.subject = member.subject.with_role(role)
    _subject_changed(case.room, target)


def _set_grants(case: Case) -> None:
    target = _target(case)
    if case.request.grants is None:
        raise RequestRefused("bad_message", "grants is missing")
    try:
        changed = target.subject.with_grants(case.request.grants)
    except ValueError as error:
        raise RequestRefused("bad_message", str(error)) from None
    for member in _same_identity(case.room, target):
        member.subject = replace(member.subject, grants=changed.grants)
    _subject_changed(case.room, target)


def _lock(case: Case) -> None:
    if case.request.locked is None:
        raise RequestRefused("bad_message", "locked is missing")
    case.room.locked = case.request.locked
    case.room.tell_room()


def _end(case: Case) -> None:
    case.room.end("ended", case.now)


ACTIONS: Mapping[str, Callable[[Case], None]] = {
    "remove": _remove,
    "mute_all": _mute_all,
    "set_role": _set_role,
    "set_grants": _set_grants,
    "lock": _lock,
    "end": _end,
}
"""`admit`, `deny`, `lobby` and `move` are refused as ``unavailable``."""


def remove(room: Room, target: Participant, now: float) -> None:
    """Somebody has to leave (4403)."""
    session = target.session
    room.leave(target, "removed", now)
    if session is not None:
        room.node.outputs.close(session, CloseCode.NOT_ALLOWED, "removed")


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


def _target(case: Case) -> Participant:
    target = case.room.participants.get(case.request.participant or "")
    if target is None or (target.hidden and target is not case.by):
        raise RequestRefused("not_found", "no such participant")
    return target


def _same_identity(room: Room, target: Participant) -> list[Participant]:
    """What is decided about somebody holds on all their connections: grants beat the token by identity."""
    identity = target.subject.identity
    return [member for member in room.participants.values() if member.subject.identity == identity]


def _subject_changed(room: Room, target: Participant) -> None:
    room.changed_subjects[target.subject.identity] = target.subject
    for member in _same_identity(room, target):
        room.tell_all(member, {"type": "participant_updated", "participant": member.describe()})
        for track in room.tracks_of(member):
            if not allowed(member.subject, Action.PUBLISH, TrackOf(member.id, track.source)):
                room.close_track(track)
    room.ranking_changed()
