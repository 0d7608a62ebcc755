"""One meeting: who is in it, what they publish, what everybody is told.

A room owns its state and touches nothing else: requests and media events come in by calls with `now`,
messages and commands go out through `SignalingNode.outputs`. Requests are in `signaling.handlers`, offers in
`signaling.offers`, slots in `signaling.seating`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sfu.identifiers import TrackId
from sfu.messages import ClosePeer, CloseTrack
from signaling.close_codes import CloseCode
from signaling.directory import Member, RoomId
from signaling.identifiers import RESUME_LENGTH, new_identifier
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.permissions import Role, Subject
from signaling.ranking import Ranking
from signaling.refusals import SocketRefused, too_many
from signaling.roster import Roster
from signaling.speakers import Speakers
from signaling.tokens import TokenClaims
from signaling.track import Track

FULL_RETRY_MS = 5_000


class Room:
    """A room while it lasts: from the first join until it was empty for `rooms.empty_timeout_s`, or `end`."""

    def __init__(self, name: str, node: SignalingNode, now: float) -> None:
        self.id = RoomId(new_identifier("rm", node.random))
        self.name = name
        self.node = node
        self.created_at_ms = node.unix_ms(now)
        self.max_participants = min(
            node.settings.rooms.max_participants, node.settings.limits.max_participants
        )
        self.locked = False
        self.ended = False
        self.participants: dict[str, Participant] = {}
        self.tracks: dict[TrackId, Track] = {}
        self.speakers = Speakers()
        self.roster = Roster()
        self.banned: set[str] = set()
        self.changed_subjects: dict[str, Subject] = {}
        self.empty_since: float | None = now
        self.stale: dict[str, None] = {}
        self._ranking: Ranking | None = None

    # --- who is in it ------------------------------------------------------------------------------------

    def admit(self, claims: TokenClaims) -> None:
        """May the bearer come in? Raises `SocketRefused`."""
        limits = self.node.settings.limits
        if claims.identity in self.banned:
            raise SocketRefused(CloseCode.NOT_ALLOWED, "removed from this room")
        subject = self.subject_of(claims, "")
        if self.locked and subject.role is not Role.HOST:
            raise SocketRefused(CloseCode.LOCKED, "the room is locked")
        if len(self.participants) >= self.max_participants:
            raise too_many("the room is full", FULL_RETRY_MS)
        same = sum(member.subject.identity == claims.identity for member in self.participants.values())
        if same >= limits.per_identity:
            raise too_many("too many connections of this identity", limits.grace_ms)

    def join(self, session: SessionId, claims: TokenClaims, now: float) -> Participant:
        """A new participant, told to the others; the caller sends `joined` next."""
        participant_id = new_identifier("pa", self.node.random)
        participant = Participant(
            id=participant_id,
            subject=self.subject_of(claims, participant_id),
            name=claims.name or claims.identity,
            metadata=claims.metadata,
            claims=claims,
            resume=new_identifier("rs", self.node.random, RESUME_LENGTH),
            joined_at_ms=self.node.unix_ms(now),
        )
        self.participants[participant.id] = participant
        self.node.directory.resumes[participant.resume] = Member(self.id, participant.id)
        self.empty_since = None
        self._tell_arrival(participant)
        participant.session = session
        self.ranking_changed()
        return participant

    def leave(self, participant: Participant, reason: str, now: float) -> None:
        """The end of a participant: its tracks, its connection, its place. Its socket is the caller's."""
        self.close_connections(participant)
        for track in self.tracks_of(participant):
            self.drop_track(track)
        del self.participants[participant.id]
        self.node.directory.resumes.pop(participant.resume, None)
        self.stale.pop(participant.id, None)
        self.speakers.forget(participant.id)
        participant.session = None
        self._tell_departure(participant, reason)
        if not self.participants:
            self.empty_since = now
        self.ranking_changed()

    def close_connections(self, participant: Participant) -> None:
        """Close its peer connection, and the one an offer in flight is opening."""
        peers = {link.peer for link in (participant.connection, participant.offer) if link is not None}
        for peer in sorted(peers):
            self.node.directory.peers.pop(peer, None)
            self.node.outputs.command(ClosePeer(peer))
        participant.connection = participant.offer = participant.stats = None

    def detach(self, participant: Participant, now: float) -> None:
        """Its socket is gone: the grace time starts."""
        participant.session = None
        participant.away_until = now + self.node.settings.limits.grace_ms / 1000
        self.tell_all(participant, {"type": "participant_updated", "participant": participant.describe()})

    def attach(self, participant: Participant, session: SessionId) -> None:
        """It came back, or its new socket replaces the old one."""
        was_away = participant.session is None
        participant.session = session
        participant.away_until = None
        participant.subscription.tell_everything_again()
        if was_away:
            self.tell_others(
                participant, {"type": "participant_updated", "participant": participant.describe()}
            )

    def end(self, reason: str, now: float) -> None:
        """Everybody out (4410); the room is gone."""
        sessions = self.sessions()
        self.node.outputs.broadcast(sessions, {"type": "ended", "reason": reason})
        for session in sessions:
            self.node.outputs.close(session, CloseCode.ROOM_ENDED, reason)
        for participant in self.participants.values():
            self.close_connections(participant)
            self.node.directory.resumes.pop(participant.resume, None)
            participant.session = None
        for track in self.tracks:
            self.node.directory.tracks.pop(track, None)
        self.participants.clear()
        self.tracks.clear()
        self.stale.clear()
        self.ended = True

    def subject_of(self, claims: TokenClaims, participant: str) -> Subject:
        """What the meeting decided about this identity beats the token; `hidden` is the token's alone."""
        token = Subject(claims.identity, participant, claims.role, dict(claims.grants))
        changed = self.changed_subjects.get(claims.identity)
        if changed is None:
            return token
        grants = dict(changed.grants)
        grants.pop("hidden", None)
        if "hidden" in claims.grants:
            grants["hidden"] = claims.grants["hidden"]
        return replace(token, role=changed.role, grants=grants)

    # --- what they publish -------------------------------------------------------------------------------

    def tracks_of(self, participant: Participant) -> list[Track]:
        """Its tracks, in the order they were published."""
        return [track for track in self.tracks.values() if track.participant == participant.id]

    def add_track(self, track: Track) -> None:
        """A track was answered: everybody is told."""
        self.tracks[track.id] = track
        self.node.directory.tracks[track.id] = self.id
        owner = self.participants[track.participant]
        self.tell_all(owner, {"type": "track_published", "track": track.describe()})
        self.ranking_changed()

    def drop_track(self, track: Track) -> None:
        """A track is over: everybody is told."""
        del self.tracks[track.id]
        self.node.directory.tracks.pop(track.id, None)
        for member in self.participants.values():
            member.subscription.forget(track.id)
        owner = self.participants[track.participant]
        self.tell_all(owner, {"type": "track_unpublished", "track": track.id})
        if not any(other.source == "microphone" for other in self.tracks_of(owner)):
            self.speakers.forget(owner.id)
        self.ranking_changed()

    def close_track(self, track: Track) -> None:
        """End a track from here: the media side is told too."""
        self.node.outputs.command(CloseTrack(track.id))
        self.drop_track(track)

    def track_updated(self, track: Track) -> None:
        """Tell everybody how a track is now."""
        self.tell_all(
            self.participants[track.participant], {"type": "track_updated", "track": track.describe()}
        )

    def ranking(self) -> Ranking:
        """The tracks that may be placed in slots, by rank; made anew when something changed."""
        if self._ranking is None:
            visible = {
                member.id
                for member in self.participants.values()
                if not member.hidden and not self.roster.holds(member.id)
            }
            order = self.speakers.order(name for name in self.participants if name in visible)
            self._ranking = Ranking.of(self.tracks.values(), order)
        return self._ranking

    def ranking_changed(self) -> None:
        """Everybody's slots have to be looked at again."""
        self._ranking = None
        self.stale.update(dict.fromkeys(self.participants))

    # --- what everybody is told --------------------------------------------------------------------------

    def sessions(self) -> list[SessionId]:
        """The open sockets."""
        return [member.session for member in self.participants.values() if member.session is not None]

    def tell(self, participant: Participant, message: Mapping[str, Any]) -> None:
        """One message to one participant, if its socket is open."""
        if participant.session is not None:
            self.node.outputs.send(participant.session, message)

    def tell_others(self, about: Participant, message: dict[str, Any]) -> None:
        """To everybody but the one it is about."""
        if about.hidden:
            return
        if self.roster.holds(about.id):
            self.roster.hold(about.id, message)
            return
        others = [session for session in self.sessions() if session != about.session]
        self.node.outputs.broadcast(others, message)

    def tell_all(self, about: Participant, message: dict[str, Any]) -> None:
        """To everybody who knows the one it is about, and to that one."""
        self.tell(about, message)
        self.tell_others(about, message)

    def tell_room(self) -> None:
        """The room object has changed."""
        self.node.outputs.broadcast(self.sessions(), {"type": "room_updated", "room": self.describe()})

    def tell_speakers(self, now: float) -> None:
        """Tell who speaks now, if that is news and due."""
        due = self.speakers.due(now)
        if due is not None:
            self.node.outputs.broadcast(self.sessions(), self.describe_speakers())

    def describe_speakers(self) -> dict[str, Any]:
        """The `speakers` event as it was told last."""
        speakers = [{"participant": s.participant, "level": s.level} for s in self.speakers.told]
        return {"type": "speakers", "speakers": speakers}

    def flush_roster(self, now: float) -> None:
        """Tell the joins and leaves of a large room, if that is due."""
        messages = self.roster.flush(self.count(), now)
        for message in messages:
            self.node.outputs.broadcast(self.sessions(), message)
        if messages:
            self.ranking_changed()

    def _tell_arrival(self, participant: Participant) -> None:
        if participant.hidden:
            return
        if len(self.participants) > self.node.settings.limits.roster:
            self.roster.joined(participant.id, participant.describe() | {"state": "active"})
        else:
            described = participant.describe() | {"state": "active"}
            self.node.outputs.broadcast(
                self.sessions(), {"type": "participant_joined", "participant": described}
            )

    def _tell_departure(self, participant: Participant, reason: str) -> None:
        if participant.hidden:
            return
        if len(self.participants) >= self.node.settings.limits.roster or self.roster.holds(participant.id):
            self.roster.left(participant.id)
        else:
            self.node.outputs.broadcast(
                self.sessions(),
                {"type": "participant_left", "participant": participant.id, "reason": reason},
            )

    def members_for(self, viewer: Participant) -> list[dict[str, Any]]:
        """The participants as `viewer` may see them, itself included."""
        return [m.describe() for m in self.participants.values() if m is viewer or not m.hidden]

    def tracks_for(self, viewer: Participant) -> list[dict[str, Any]]:
        """The tracks as `viewer` may see them."""
        return [
            track.describe()
            for track in self.tracks.values()
            if track.participant == viewer.id or not self.participants[track.participant].hidden
        ]

    def count(self) -> int:
        """Members others can see."""
        return sum(not member.hidden for member in self.participants.values())

    def describe(self) -> dict[str, Any]:
        """The room object of PROTOCOL.md 2."""
        return {
            "id": self.id,
            "name": self.name,
            "created_at": self.created_at_ms,
            "locked": self.locked,
            "lobby": False,
            "max_participants": self.max_participants,
            "recording": False,
            "documents": [],
            "boards": [],
        }
