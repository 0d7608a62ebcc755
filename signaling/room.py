"""One meeting: who is in it, what they publish, what everybody is told.

A room owns its state and touches nothing else: requests and media events come in by calls with `now`,
messages and commands go out through `SignalingNode.outputs`. Who may come in is `signaling.admission`, who is
told what `signaling.audience`; requests are in `signaling.handlers`, offers in `signaling.offers`, slots in
`signaling.seating`.
"""

from typing import Any
from uuid import UUID

from sfu.identifiers import TrackId
from sfu.messages import ClosePeer, CloseTrack
from signaling.admission import Admission
from signaling.audience import Audience
from signaling.audit import NOBODY, Concerned
from signaling.close_codes import CloseCode
from signaling.directory import Member, RoomId
from signaling.display_name import display_name
from signaling.identifiers import RESUME_LENGTH, new_identifier
from signaling.looking import Looking
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.permissions import Subject
from signaling.qualities import Qualities
from signaling.ranking import Ranking
from signaling.records import MeetingRecord
from signaling.speakers import Speakers
from signaling.tokens import TokenClaims
from signaling.told import EventName
from signaling.track import Track
from storage.records import SessionRecord


class Room:
    """A room while it lasts: from the first join until it was empty for `rooms.empty_timeout_s`, or `end`."""

    def __init__(self, name: str, node: SignalingNode, now: float) -> None:
        self.id = RoomId(new_identifier("rm", node.random))
        self.name = name
        self.node = node
        self.created_at_ms = node.unix_ms(now)
        self.ended = False
        self.recording = ""
        """The one that runs, ``re_…``."""

        self.participants: dict[str, Participant] = {}
        self.tracks: dict[TrackId, Track] = {}
        self.speakers = Speakers()
        self.qualities = Qualities()
        self.looking = Looking()
        self.admission = Admission(name, node.bans, node.settings.rooms, node.settings.limits)
        self.audience = Audience(self.participants, node.outputs, node.settings.limits.roster)
        self.record = MeetingRecord(node.records, self._begun(), now)
        self._tell_outside("room_started")
        self.empty_since: float | None = now
        self.stale: dict[str, None] = {}
        self._ranking: Ranking | None = None

    # --- who is in it ------------------------------------------------------------------------------------

    def newcomer(self, claims: TokenClaims, now: float, came_by: str = "") -> Participant:
        """Who the bearer will be in here; not in it yet. `came_by` is the invite link, if there was one."""
        participant_id = new_identifier("pa", self.node.random)
        return Participant(
            id=participant_id,
            subject=self.admission.subject_of(claims, participant_id),
            name=display_name(claims.name, display_name(claims.identity)),
            metadata=claims.metadata,
            claims=claims,
            resume=new_identifier("rs", self.node.random, RESUME_LENGTH),
            joined_at_ms=self.node.unix_ms(now),
            came_by=came_by,
        )

    def enter(self, participant: Participant, session: SessionId, now: float) -> None:
        """A newcomer is in, told to the others; the caller sends `joined` next."""
        participant.subject = self.admission.subject_of(participant.claims, participant.id)
        participant.joined_at_ms = self.node.unix_ms(now)
        self.participants[participant.id] = participant
        self.node.directory.resumes[participant.resume] = Member(self.id, participant.id)
        self.empty_since = None
        self.audience.announce(participant)
        participant.session = session
        self.record.entered(participant, len(self.participants))
        self._tell_outside("participant_joined", participant=participant.brief())
        self.ranking_changed()

    def leave(self, participant: Participant, reason: str, now: float) -> None:
        """The end of a participant: its tracks, its connection, its place. Its socket is the caller's."""
        self.node.channels.left(participant.id)
        self.close_connections(participant)
        for track in self.tracks_of(participant):
            self.drop_track(track)
        del self.participants[participant.id]
        self.node.directory.resumes.pop(participant.resume, None)
        self.stale.pop(participant.id, None)
        self.speakers.forget(participant.id)
        self.qualities.forget(participant.id)
        self.looking.forget(participant.id)
        participant.session = None
        self.record.left(participant, self.node.unix_ms(now))
        self._tell_outside("participant_left", participant=participant.brief(), reason=reason)
        self.audience.dismiss(participant, reason)
        if not self.participants:
            self.empty_since = now
        self.ranking_changed()

    def farewell(self, participant: Participant, code: CloseCode, reason: str, now: float) -> None:
        """It has to go: its socket is told by the caller, and who did not hear it when they come back."""
        self.node.directory.departed.add(participant.resume, participant.session, code, reason, now)

    def ban(self, identity: str, now: float) -> None:
        """Nobody of this identity comes in any more, nor to the room's later meetings."""
        if self.node.bans.add(self.name, identity):
            self.node.records.ban(self.name, identity, self.node.unix_ms(now))

    def close_connections(self, participant: Participant) -> None:
        """Close its peer connection, and the one an offer in flight is opening."""
        peers = {link.peer for link in (participant.connection, participant.offer) if link is not None}
        for peer in sorted(peers):
            self.node.directory.peers.pop(peer, None)
            self.node.channels.peer_gone(peer)
            self.node.outputs.command(ClosePeer(peer))
        participant.connection = participant.offer = participant.stats = None

    def detach(self, participant: Participant, now: float) -> None:
        """Its socket is gone: the grace time starts."""
        participant.session = None
        participant.away_until = now + self.node.settings.limits.grace_ms / 1000
        self.node.tracks.away(participant.id)
        self.audience.tell_updated(participant)

    def attach(self, participant: Participant, session: SessionId) -> None:
        """It came back, or its new socket replaces the old one."""
        was_away = participant.session is None
        participant.session = session
        participant.away_until = None
        participant.subscription.tell_everything_again()
        if was_away:
            self.audience.tell_others(
                participant, {"type": "participant_updated", "participant": participant.describe()}
            )

    def is_over(self, now: float) -> bool:
        """Empty for long enough, and nobody at the door."""
        timeout_s = self.node.settings.rooms.empty_timeout_s
        if self.empty_since is None or len(self.admission.lobby) > 0:
            return False
        return now - self.empty_since >= timeout_s

    def sessions(self) -> list[SessionId]:
        """Every open socket, those at the door too."""
        return [*self.audience.sessions(), *(knock.session for knock in self.admission.lobby.knocks())]

    def end(self, reason: str, now: float) -> None:
        """Everybody out (4410), those at the door too; the room is gone."""
        sessions = self.sessions()
        self.node.outputs.broadcast(sessions, {"type": "ended", "reason": reason})
        for session in sessions:
            self.node.outputs.close(session, CloseCode.ROOM_ENDED, reason)
        for knock in self.admission.lobby.knocks():
            self.admission.lobby.remove(knock.participant.id)
        for participant in self.participants.values():
            self.record.left(participant, self.node.unix_ms(now))
            self._tell_outside("participant_left", participant=participant.brief(), reason=reason)
            self.node.channels.left(participant.id)
            self.close_connections(participant)
            self.farewell(participant, CloseCode.ROOM_ENDED, reason, now)
            self.node.directory.resumes.pop(participant.resume, None)
            participant.session = None
        for track in self.tracks.values():
            self.node.directory.tracks.pop(track.id, None)
            self.node.tracks.end(track.id)
            self._tell_outside("track_unpublished", track=track.brief())
        self.participants.clear()
        self.tracks.clear()
        self.stale.clear()
        self.ended = True

    def keep_record(self, now: float, *, over: bool) -> None:
        """Say from time to time who is here, and at last that it is over."""
        at, places = self.node.unix_ms(now), self.admission.max_participants
        if over:
            if self.record.ended(places, at):
                self._tell_outside("room_finished")
        else:
            self.record.seen(list(self.participants.values()), places, at, now)

    def _begun(self) -> SessionRecord:
        number = UUID(int=self.node.random.getrandbits(128), version=4)
        places = self.admission.max_participants
        return SessionRecord(number, self.name, self.id, self.node.name, self.created_at_ms, places)

    # --- what they publish -------------------------------------------------------------------------------

    def tracks_of(self, participant: Participant) -> list[Track]:
        """Its tracks, in the order they were published."""
        return [track for track in self.tracks.values() if track.participant == participant.id]

    def add_track(self, track: Track) -> None:
        """A track was answered: everybody is told."""
        self.tracks[track.id] = track
        self.node.directory.tracks[track.id] = self.id
        owner = self.participants[track.participant]
        self.audience.tell_all(owner, {"type": "track_published", "track": track.describe()})
        self.node.tracks.put(track.shared(self.id))
        self._tell_outside("track_published", track=track.brief())
        self.ranking_changed()

    def drop_track(self, track: Track) -> None:
        """A track is over: everybody is told."""
        del self.tracks[track.id]
        self.node.directory.tracks.pop(track.id, None)
        for member in self.participants.values():
            member.subscription.forget(track.id)
        self.looking.ended(track.id)
        owner = self.participants[track.participant]
        self.audience.tell_all(owner, {"type": "track_unpublished", "track": track.id})
        self.node.tracks.end(track.id)
        self._tell_outside("track_unpublished", track=track.brief())
        if not any(other.source == "microphone" for other in self.tracks_of(owner)):
            self.speakers.forget(owner.id)
        self.ranking_changed()

    def close_track(self, track: Track) -> None:
        """End a track from here: the media side is told too."""
        self.node.outputs.command(CloseTrack(track.id))
        self.drop_track(track)

    def track_updated(self, track: Track) -> None:
        """Tell everybody how a track is now."""
        self.audience.tell_all(
            self.participants[track.participant], {"type": "track_updated", "track": track.describe()}
        )
        self.node.tracks.put(track.shared(self.id))

    def ranking(self) -> Ranking:
        """The tracks that may be placed in slots, by rank; made anew when something changed."""
        if self._ranking is None:
            visible = {
                member.id
                for member in self.participants.values()
                if not member.hidden and not self.audience.roster.holds(member.id)
            }
            order = self.speakers.order(name for name in self.participants if name in visible)
            self._ranking = Ranking.of(self.tracks.values(), order)
        return self._ranking

    def ranking_changed(self) -> None:
        """Everybody's slots have to be looked at again."""
        self._ranking = None
        self.stale.update(dict.fromkeys(self.participants))

    # --- what everybody is told --------------------------------------------------------------------------

    def audit(self, action: str, by: Subject, now: float, target: Concerned = NOBODY, **detail: Any) -> None:
        """Somebody has moderated."""
        self.node.audit.done(self.node.unix_ms(now), self.name, action, by, target, detail)

    def audit_refusal(
        self, action: str, by: Subject, code: str, now: float, target: Concerned = NOBODY
    ) -> None:
        """Somebody was told that they may not."""
        self.node.audit.refused(self.node.unix_ms(now), self.name, action, by, code, now, target)

    def _tell_outside(self, name: EventName, **about: Any) -> None:
        self.node.told.event(name, self.name, self.id, about)

    def tell_room(self) -> None:
        """The room object has changed."""
        self.audience.tell_everybody({"type": "room_updated", "room": self.describe()})

    def tell_speakers(self, now: float) -> None:
        """Tell who speaks now, if that is news and due."""
        if self.speakers.due(now) is not None:
            self.audience.tell_everybody(self.speakers.describe())

    def tell_qualities(self, now: float) -> None:
        """Tell whose connection is better or worse now, if that is news and due.

        A large room would be told of all the time: there everybody hears of themselves alone, as those whom
        nobody sees always do.
        """
        news = self.qualities.due(now)
        large = self.audience.count() > self.node.settings.limits.roster
        alone = {name: None for name in news if large or self.participants[name].hidden}
        shared = self.qualities.describe(name for name in news if name not in alone)
        if shared is not None:
            self.audience.tell_everybody(shared)
        for name in alone:
            own = self.qualities.describe([name])
            if own is not None:
                self.audience.tell(self.participants[name], own)

    def qualities_for(self, viewer: Participant) -> dict[str, Any] | None:
        """The `quality` event of all whose scores `viewer` is told."""
        large = self.audience.count() > self.node.settings.limits.roster
        others = [] if large else [m.id for m in self.participants.values() if not m.hidden]
        return self.qualities.describe(dict.fromkeys([*others, viewer.id]))

    def tell_looking(self, now: float) -> None:
        """Tell who looks at something else now, if that is due; nobody asks it of a large room."""
        news = self.looking.due(now)
        if self.audience.count() <= self.node.settings.limits.roster:
            event = self.looking.describe(name for name in news if not self.participants[name].hidden)
            if event is not None:
                self.audience.tell_everybody(event)

    def looking_for(self, viewer: Participant | None) -> dict[str, Any] | None:
        """The `looking` event of all whom `viewer` is told of; None: who is nobody."""
        if self.audience.count() > self.node.settings.limits.roster:
            return None
        looking = self.looking.everybody()
        return self.looking.describe(
            name
            for name in looking
            if not self.participants[name].hidden or (viewer is not None and name == viewer.id)
        )

    def tell_pins(self, participant: Participant) -> None:
        """What somebody keeps before them has changed."""
        if not participant.hidden:
            self.audience.tell_listeners(_pins_of(participant))

    def pins(self) -> list[dict[str, Any]]:
        """The `pinned` events of all who keep something before them."""
        pinning = [member for member in self.participants.values() if member.subscription.pinned]
        return [_pins_of(member) for member in pinning if not member.hidden]

    def flush_roster(self, now: float) -> None:
        """Tell the joins and leaves of a large room, if that is due."""
        if self.audience.flush_roster(now):
            self.ranking_changed()

    def members_for(self, viewer: Participant | None) -> list[dict[str, Any]]:
        """The participants as `viewer` may see them, itself included; None: who is nobody."""
        return [m.describe() for m in self.participants.values() if m is viewer or not m.hidden]

    def tracks_for(self, viewer: Participant | None) -> list[dict[str, Any]]:
        """The tracks as `viewer` may see them."""
        own = None if viewer is None else viewer.id
        return [
            track.describe()
            for track in self.tracks.values()
            if track.participant == own or not self.participants[track.participant].hidden
        ]

    def describe(self) -> dict[str, Any]:
        """The room object of PROTOCOL.md 2."""
        return {
            "id": self.id,
            "name": self.name,
            "created_at": self.created_at_ms,
            "locked": self.admission.locked,
            "lobby": self.admission.lobby.enabled,
            "max_participants": self.admission.max_participants,
            "recording": bool(self.recording),
            "documents": self.node.topics.describe("documents", self.name),
            "boards": self.node.topics.describe("boards", self.name),
        }


def _pins_of(participant: Participant) -> dict[str, Any]:
    return {"type": "pinned", "participant": participant.id, "tracks": [*participant.subscription.pinned]}
