"""The signaling core of a node: its sockets and rooms, without IO.

A driver makes a session for each WebSocket, passes messages, media events and time in, and carries out what
`node.outputs` has afterwards.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sfu.messages import (
    Answered,
    AudioLevels,
    ConnectionQuality,
    Event,
    LayersWanted,
    PeerClosed,
    PeerConnected,
    PeerStats,
    Refused,
    SlotState,
    TrackLayers,
)
from signaling import offers
from signaling.channel_member import RoomMember
from signaling.channels import ChannelEvent
from signaling.close_codes import CloseCode
from signaling.entrance import Entrance
from signaling.handlers import stats_answered
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.qualities import Quality
from signaling.registry import Registry
from signaling.room import Room
from signaling.seating import settle, tell_slots
from signaling.session import Session, SessionState

TICK_S = 0.1
"""How often `handle_timeout` wants to be called at least: the grain of grace times, speakers and rosters."""


class Rooms:
    """Every room and every socket of a node."""

    def __init__(self, node: SignalingNode, version: str, now: float) -> None:
        self.node = node
        self.registry = Registry(node)
        self.entrance = Entrance(node, self.registry, version)
        self._sessions: dict[SessionId, Session] = {}
        self._last_session = 0
        self._next_tick = now + TICK_S

    # --- sockets -----------------------------------------------------------------------------------------

    def open_session(self, now: float) -> Session:
        """A WebSocket has opened."""
        session = Session(self.new_session_id(), self.entrance, now)
        self._sessions[session.id] = session
        return session

    def new_session_id(self) -> SessionId:
        """A number that no other has, for what hears like a socket and is none."""
        self._last_session += 1
        return SessionId(self._last_session)

    def session_lost(self, session: Session, now: float) -> None:
        """A WebSocket is gone, whoever closed it."""
        self._sessions.pop(session.id, None)
        session.lost(now)
        self.node.channels.socket_gone(session.id)

    def close_heard(self, session: Session, code: int) -> None:
        """The client of a WebSocket has answered the close."""
        self.node.directory.departed.heard(session.id, code)

    # --- media events ------------------------------------------------------------------------------------

    def on_event(self, event: Event, now: float) -> None:
        """What the media side says; events for what is gone already are none."""
        if isinstance(event, AudioLevels):
            self._on_levels(event, now)
        elif isinstance(event, TrackLayers):
            self._on_layers(event)
        elif isinstance(event, LayersWanted):
            self._on_wanted(event)
        elif isinstance(event, ChannelEvent):
            self._on_channel(event, now)
        else:
            self._on_peer_event(event, now)

    def _on_peer_event(self, event: "PeerEvent", now: float) -> None:
        member = self.node.directory.peers.get(event.peer)
        room = self.registry.with_id(member.room) if member is not None else None
        participant = room.participants.get(member.participant) if room and member else None
        if room is None or participant is None:
            return
        ON_PEER_EVENT[type(event)](room, participant, event)
        session = self._sessions.get(participant.session) if participant.session is not None else None
        if session is not None and not participant.busy:
            session.proceed(now)

    def _on_channel(self, event: ChannelEvent, now: float) -> None:
        of = self.node.directory.peers.get(event.peer)
        room = self.registry.with_id(of.room) if of is not None else None
        participant = room.participants.get(of.participant) if room and of else None
        member = RoomMember(room, participant) if room and participant else None
        self.node.channels.from_peer(event, member, now)

    def _on_layers(self, event: TrackLayers) -> None:
        room = self.registry.with_id(self.node.directory.tracks.get(event.track))
        if room is not None:
            track = room.tracks[event.track]
            if track.layers != event.layers:
                track.layers = event.layers
                room.track_updated(track)

    def _on_wanted(self, event: LayersWanted) -> None:
        room = self.registry.with_id(self.node.directory.tracks.get(event.track))
        if room is not None:
            track = room.tracks[event.track]
            track.wanted = event.rids
            room.audience.tell(room.participants[track.participant], track.describe_wanted())

    def _on_levels(self, event: AudioLevels, now: float) -> None:
        by_room: dict[Room, list[tuple[str, float]]] = {}
        for track_id, level in event.levels:
            room = self.registry.with_id(self.node.directory.tracks.get(track_id))
            if room is not None:
                track = room.tracks[track_id]
                levels = by_room.setdefault(room, [])
                if track.source == "microphone" and not track.muted:
                    levels.append((track.participant, level))
        for room, levels in by_room.items():
            if room.speakers.observe(levels, now):
                room.ranking_changed()
            room.tell_speakers(now)

    # --- time --------------------------------------------------------------------------------------------

    def settle(self) -> bool:
        """Fill the slots of members whom a change concerns; True if more remains for the next turn."""
        remains = False
        for room in self.registry:
            if room.stale:
                settle(room)
                remains = remains or bool(room.stale)
        return remains

    def next_timeout(self) -> float:
        """When `handle_timeout` is due."""
        due = self.node.channels.next_timeout()
        return self._next_tick if due is None else min(due, self._next_tick)

    def handle_timeout(self, now: float) -> None:
        """What comes with time: grace times, empty rooms, rosters, speakers, tokens, slow joins."""
        self.node.channels.handle_timeout(now)
        if now < self._next_tick:
            return
        self._next_tick = now + TICK_S
        for session in list(self._sessions.values()):
            # Sessions are in the order they opened: behind the first that has time left all have.
            if session.state is SessionState.JOINING:
                if session.join_deadline > now:
                    break
                session.close(CloseCode.JOIN_TIMEOUT, "no join within 10 s", now)
        for room in self.registry:
            self._tick_room(room, now)
        self.entrance.links.handle_timeout(now)

    def _tick_room(self, room: Room, now: float) -> None:
        if not room.ended:  # then there is nobody to be told, nor to tell of
            self._tick_open(room, now)
        over = room.ended or room.is_over(now)
        room.keep_record(now, over=over)
        if over:
            self.registry.forget(room)

    def _tick_open(self, room: Room, now: float) -> None:
        for participant in list(room.participants.values()):
            if participant.away_until is not None and now >= participant.away_until:
                room.leave(participant, "away", now)
            elif participant.session is not None and now >= participant.renew_token_at:
                self.entrance.renew_token(room, participant, now)
        room.flush_roster(now)
        if room.speakers.expire(now):
            room.ranking_changed()
        room.tell_speakers(now)
        room.tell_qualities(now)
        room.tell_looking(now)

    def drain(self, deadline: float, now: float) -> None:
        """No new joins; everybody is told until when the node serves (monotonic seconds)."""
        self.entrance.draining = True
        url = self.node.settings.drain_url
        message = {"type": "draining", "deadline_at": self.node.unix_ms(deadline)}
        message |= {} if url is None else {"url": url}
        for room in self.registry:
            self.node.outputs.broadcast(room.sessions(), message)
        agents = [one.session for one in self.entrance.agents if one.session is not None]
        self.node.outputs.broadcast([*self.entrance.links.sessions(), *agents], message)

    def close_all(self, now: float) -> None:
        """The deadline has come: every socket is closed with 4503."""
        for session in list(self._sessions.values()):
            session.close(CloseCode.DRAINING, "this node is shutting down", now)

    def close_records(self, now: float) -> None:
        """The node stops: every meeting is over."""
        for room in self.registry:
            for participant in room.participants.values():
                room.record.left(participant, self.node.unix_ms(now))
            room.keep_record(now, over=True)

    @property
    def draining(self) -> bool:
        """True once the node was told to stop."""
        return self.entrance.draining

    @property
    def joins(self) -> int:
        """How many have come in since the start."""
        return self.entrance.joins

    @property
    def sockets(self) -> int:
        """Open sockets."""
        return len(self._sessions)

    @property
    def participants(self) -> int:
        """Participants of all rooms."""
        return sum(len(room.participants) for room in self.registry)


PeerEvent = Answered | Refused | PeerConnected | PeerClosed | SlotState | ConnectionQuality | PeerStats


def _connected(room: Room, participant: Participant, event: PeerConnected) -> None:
    """Nothing to do: slots are assigned with the answer, the media side waits for DTLS."""


def _slot_state(room: Room, participant: Participant, event: SlotState) -> None:
    if participant.connection is not None and participant.connection.peer == event.peer:
        participant.subscription.report(event)
        tell_slots(room, participant)


def _quality(room: Room, participant: Participant, event: ConnectionQuality) -> None:
    if participant.connection is not None and participant.connection.peer == event.peer:
        room.qualities.learn(participant.id, Quality(event.score, event.reason))


ON_PEER_EVENT: Mapping[type[PeerEvent], Callable[[Room, Participant, Any], None]] = {
    Answered: offers.answered,
    Refused: offers.refused,
    PeerClosed: offers.closed,
    PeerConnected: _connected,
    SlotState: _slot_state,
    ConnectionQuality: _quality,
    PeerStats: stats_answered,
}
