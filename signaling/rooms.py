"""The signaling core of a node: its sockets and rooms, without IO.

A driver makes a session for each WebSocket, passes messages, media events and time in, and carries out what
`node.outputs` has afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sfu.messages import (
    Answered,
    AudioLevels,
    Event,
    PeerClosed,
    PeerConnected,
    PeerStats,
    Refused,
    SlotState,
    TrackLayers,
)
from signaling import offers
from signaling.close_codes import CloseCode
from signaling.directory import RoomId
from signaling.handlers import stats_answered
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.refusals import SocketRefused
from signaling.requests import Join, RequestReader
from signaling.room import Room
from signaling.seating import settle, tell_slots
from signaling.session import Session, SessionState
from signaling.tokens import ANY_ROOM, TokenClaims, TokenRefused, issue_token, read_token

TICK_S = 0.1
"""How often `handle_timeout` wants to be called: the grain of grace times, speakers and rosters."""

TOKEN_TTL_S = 3_600.0
TOKEN_RENEW_S = 1_800.0
"""Tokens given in a meeting hold an hour; a fresh one comes half way, so no client has to hurry."""


class Rooms:
    """Every room and every socket of a node."""

    def __init__(self, node: SignalingNode, version: str, now: float) -> None:
        self.node = node
        self.requests = RequestReader(node.settings.limits)
        self.by_name: dict[str, Room] = {}
        self.joins = 0
        self._by_id: dict[RoomId, Room] = {}
        self._sessions: dict[SessionId, Session] = {}
        self._last_session = 0
        self._next_tick = now + TICK_S
        self._draining = False
        self._server = {"name": "sfumato", "version": version}
        self._limits = asdict(node.settings.limits)

    # --- sockets -----------------------------------------------------------------------------------------

    def open_session(self, now: float) -> Session:
        """A WebSocket has opened."""
        self._last_session += 1
        session = Session(SessionId(self._last_session), self, now)
        self._sessions[session.id] = session
        return session

    def session_lost(self, session: Session, now: float) -> None:
        """A WebSocket is gone, whoever closed it."""
        self._sessions.pop(session.id, None)
        session.lost(now)

    def join(
        self, session: SessionId, request: Join, number: int | None, now: float
    ) -> tuple[Room, Participant]:
        """Let the bearer of a token in and say `joined`. Raises `SocketRefused`."""
        if self._draining:
            raise SocketRefused(CloseCode.DRAINING, "this node is shutting down")
        returning = self._resumed(request, now)
        if returning is not None:
            room, participant = returning
            old = participant.session
            room.attach(participant, session)
            if old is not None:
                self.node.outputs.close(old, CloseCode.TAKEN_OVER, "a newer socket took over")
            self._say_joined(room, participant, number, resumed=True, now=now)
            return returning
        claims, name = self._entry(request, now)
        room = self._room_for(name, now)
        room.admit(claims)
        participant = room.join(session, claims, now)
        self.joins += 1
        self._say_joined(room, participant, number, resumed=False, now=now)
        return room, participant

    def _resumed(self, request: Join, now: float) -> tuple[Room, Participant] | None:
        """Who comes back; the token may have run out since, but must be theirs."""
        member = self.node.directory.resumes.get(request.resume or "")
        if member is None:
            return None
        room = self._by_id[member.room]
        participant = room.participants[member.participant]
        claims = self._claims(request.token, now, expired_ok=True)
        if claims.identity != participant.subject.identity or not claims.admits_to(room.name):
            return None
        return room, participant

    def _entry(self, request: Join, now: float) -> tuple[TokenClaims, str]:
        claims = self._claims(request.token, now)
        name = request.room if request.room is not None else claims.room
        if not name or name == ANY_ROOM:
            raise SocketRefused(CloseCode.BAD_MESSAGE, "join names no room")
        if not claims.admits_to(name):
            raise SocketRefused(CloseCode.NOT_ALLOWED, "the token is for another room")
        return claims, name

    def _claims(self, token: str, now: float, *, expired_ok: bool = False) -> TokenClaims:
        settings = self.node.settings
        try:
            return read_token(
                token, settings.keys, self.node.clock.unix(now), limits=settings.limits, expired_ok=expired_ok
            )
        except TokenRefused as error:
            raise SocketRefused(CloseCode(error.code), error.message) from error

    def _room_for(self, name: str, now: float) -> Room:
        room = self.by_name.get(name)
        if room is None or room.ended:
            if not self.node.settings.rooms.auto_create:
                raise SocketRefused(CloseCode.NO_SUCH_ROOM, "no such room")
            room = self.create(name, now)
        return room

    def create(self, name: str, now: float) -> Room:
        """Open a room that is not open."""
        room = Room(name, self.node, now)
        self.by_name[name] = room
        self._by_id[room.id] = room
        return room

    def _say_joined(
        self, room: Room, participant: Participant, number: int | None, *, resumed: bool, now: float
    ) -> None:
        message: dict[str, Any] = {
            "type": "joined",
            "participant": participant.describe(),
            "room": room.describe(),
            "participants": room.members_for(participant),
            "tracks": room.tracks_for(participant),
            "ice_servers": [],
            "resume": participant.resume,
            "resumed": resumed,
            "token": self._fresh_token(room, participant, now),
            "limits": self._limits,
            "server": self._server,
        }
        room.tell(participant, message if number is None else message | {"id": number})
        if resumed:
            tell_slots(room, participant)
            room.tell(participant, room.describe_speakers())
            room.tell(participant, {"type": "room_updated", "room": room.describe()})

    def _fresh_token(self, room: Room, participant: Participant, now: float) -> str:
        claims = participant.claims
        participant.renew_token_at = now + TOKEN_RENEW_S
        return issue_token(
            claims.key,
            self.node.settings.keys[claims.key],
            identity=claims.identity,
            now_wall=self.node.clock.unix(now),
            ttl_s=TOKEN_TTL_S,
            room=room.name,
            name=claims.name,
            metadata=claims.metadata,
            role=claims.role,
            grants=dict(claims.grants),
        )

    # --- media events ------------------------------------------------------------------------------------

    def on_event(self, event: Event, now: float) -> None:
        """What the media side says; events for what is gone already are none."""
        if isinstance(event, AudioLevels):
            self._on_levels(event, now)
        elif isinstance(event, TrackLayers):
            self._on_layers(event)
        else:
            self._on_peer_event(event, now)

    def _on_peer_event(self, event: "PeerEvent", now: float) -> None:
        member = self.node.directory.peers.get(event.peer)
        room = self._by_id.get(member.room) if member is not None else None
        participant = room.participants.get(member.participant) if room and member else None
        if room is None or participant is None:
            return
        ON_PEER_EVENT[type(event)](room, participant, event)
        session = self._sessions.get(participant.session) if participant.session is not None else None
        if session is not None and not participant.busy:
            session.proceed(now)

    def _on_layers(self, event: TrackLayers) -> None:
        room = self._by_id.get(self.node.directory.tracks.get(event.track, RoomId("")))
        if room is not None:
            track = room.tracks[event.track]
            if track.layers != event.layers:
                track.layers = event.layers
                room.track_updated(track)

    def _on_levels(self, event: AudioLevels, now: float) -> None:
        by_room: dict[RoomId, list[tuple[str, float]]] = {}
        for track_id, level in event.levels:
            room_id = self.node.directory.tracks.get(track_id)
            if room_id is not None:
                track = self._by_id[room_id].tracks[track_id]
                levels = by_room.setdefault(room_id, [])
                if track.source == "microphone" and not track.muted:
                    levels.append((track.participant, level))
        for room_id, levels in by_room.items():
            room = self._by_id[room_id]
            if room.speakers.observe(levels, now):
                room.ranking_changed()
            room.tell_speakers(now)

    # --- time --------------------------------------------------------------------------------------------

    def settle(self) -> bool:
        """Fill the slots of members whom a change concerns; True if more remains for the next turn."""
        remains = False
        for room in self._by_id.values():
            if room.stale:
                settle(room)
                remains = remains or bool(room.stale)
        return remains

    def next_timeout(self) -> float:
        """When `handle_timeout` is due."""
        return self._next_tick

    def handle_timeout(self, now: float) -> None:
        """What comes with time: grace times, empty rooms, rosters, speakers, tokens, slow joins."""
        self._next_tick = now + TICK_S
        for session in list(self._sessions.values()):
            # Sessions are in the order they opened: behind the first that has time left all have.
            if session.state is SessionState.JOINING:
                if session.join_deadline > now:
                    break
                session.close(CloseCode.JOIN_TIMEOUT, "no join within 10 s", now)
        for room in list(self._by_id.values()):
            self._tick_room(room, now)

    def _tick_room(self, room: Room, now: float) -> None:
        for participant in list(room.participants.values()):
            if participant.away_until is not None and now >= participant.away_until:
                room.leave(participant, "away", now)
            elif participant.session is not None and now >= participant.renew_token_at:
                self._renew_token(room, participant, now)
        room.flush_roster(now)
        room.speakers.expire(now)
        room.tell_speakers(now)
        empty_for = 0.0 if room.empty_since is None else now - room.empty_since
        if room.ended or (
            room.empty_since is not None and empty_for >= self.node.settings.rooms.empty_timeout_s
        ):
            self._forget(room)

    def _renew_token(self, room: Room, participant: Participant, now: float) -> None:
        token = self._fresh_token(room, participant, now)
        expires_at = self.node.unix_ms(now + TOKEN_TTL_S)
        room.tell(participant, {"type": "token", "token": token, "expires_at": expires_at})

    def _forget(self, room: Room) -> None:
        self._by_id.pop(room.id, None)
        if self.by_name.get(room.name) is room:
            del self.by_name[room.name]

    def drain(self, deadline: float, now: float) -> None:
        """No new joins; everybody is told until when the node serves (monotonic seconds)."""
        self._draining = True
        message = {"type": "draining", "deadline_at": self.node.unix_ms(deadline)}
        for room in self._by_id.values():
            self.node.outputs.broadcast(room.sessions(), message)

    def close_all(self, now: float) -> None:
        """The deadline has come: every socket is closed with 4503."""
        for session in list(self._sessions.values()):
            session.close(CloseCode.DRAINING, "this node is shutting down", now)

    @property
    def draining(self) -> bool:
        """True once the node was told to stop."""
        return self._draining

    @property
    def sockets(self) -> int:
        """Open sockets."""
        return len(self._sessions)

    @property
    def participants(self) -> int:
        """Participants of all rooms."""
        return sum(len(room.participants) for room in self._by_id.values())


PeerEvent = Answered | Refused | PeerConnected | PeerClosed | SlotState | PeerStats


def _connected(room: Room, participant: Participant, event: PeerConnected) -> None:
    """Nothing to do: slots are assigned with the answer, the media side waits for DTLS."""


def _slot_state(room: Room, participant: Participant, event: SlotState) -> None:
    if participant.connection is not None and participant.connection.peer == event.peer:
        participant.subscription.report(event)
        tell_slots(room, participant)


ON_PEER_EVENT: Mapping[type[PeerEvent], Callable[[Room, Participant, Any], None]] = {
    Answered: offers.answered,
    Refused: offers.refused,
    PeerClosed: offers.closed,
    PeerConnected: _connected,
    SlotState: _slot_state,
    PeerStats: stats_answered,
}
