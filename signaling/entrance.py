"""How people come in: tokens judged, rooms opened, resumes recognised, the door kept, `joined` said.

PROTOCOL.md 2. Who may come in is the room's `Admission`; this is the way there.
"""

from dataclasses import asdict, replace
from typing import Any

from datachannels.refusals import RequestRefused
from signaling.agents import Agents
from signaling.audit import Concerned
from signaling.channel_member import RoomMember
from signaling.close_codes import CloseCode
from signaling.codec_choice import ask_for_track
from signaling.door import tell_knock_ended, tell_knocks
from signaling.identifiers import new_identifier
from signaling.lobby import Knock
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.permissions import Subject
from signaling.refusals import SocketRefused
from signaling.registry import Registry
from signaling.request_reader import RequestReader
from signaling.requests import Join
from signaling.room import Room
from signaling.seating import tell_slots
from signaling.share_links import ShareLinks
from signaling.tokens import ANY_ROOM, TokenClaims, TokenRefused, issue_token, read_token
from signaling.turn import ice_servers

TOKEN_TTL_S = 3_600.0
TOKEN_RENEW_S = 1_800.0
"""Tokens given in a meeting hold an hour; a fresh one comes half way, so no client has to hurry."""


class Entrance:
    """The door of a node. `joins` counts who came in, `draining` refuses everybody."""

    def __init__(self, node: SignalingNode, registry: Registry, version: str) -> None:
        self.node = node
        self.requests = RequestReader(node.settings.limits)
        self.joins = 0
        self.draining = False
        self._registry = registry
        self._server = {"name": "sfumato", "version": version}
        self._limits = asdict(node.settings.limits)
        self.links = ShareLinks(node, registry, self._server)
        self.agents = Agents(node, registry, self._server)
        node.topics.tell_too(self.links)

    def join(
        self, session: SessionId, request: Join, number: int | None, now: float
    ) -> tuple[Room, Participant]:
        """Let the bearer of a token in and say `joined`, or to the door and say `waiting`.

        Who waits has no session yet. Raises `SocketRefused`.
        """
        if self.draining:
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
        bearer, name = self._entry(request, now)
        claims = self._personal(bearer)
        room = self._room_for(name, now)
        self._check(room, claims, now)
        participant = room.newcomer(claims, now, came_by=bearer.identity if bearer.link else "")
        if room.admission.must_wait(claims):
            knock = Knock(participant, session, number)
            room.admission.lobby.add(knock)
            self.node.outputs.send(session, {"type": "waiting"})
            room.audience.tell_moderators(knock.describe())
        else:
            self._enter(room, participant, session, number, now)
        return room, participant

    def outsider(self, request: Join, now: float) -> TokenClaims | None:
        """The claims of who wants a document or board alone (`links`), or is an agent (`agents`); None: they
        want into a room. Raises `SocketRefused`.
        """
        if self.draining:
            raise SocketRefused(CloseCode.DRAINING, "this node is shutting down")
        claims = self._claims(request.token, now, expired_ok=request.resume is not None)
        return claims if claims.shared is not None or claims.agent else None

    def let_in(self, room: Room, knock: Knock, now: float) -> None:
        """Somebody at the door may come in. Raises `RequestRefused` where there is no place."""
        if room.admission.is_full(len(room.participants)):
            raise RequestRefused("unavailable", "the room is full")
        room.admission.lobby.remove(knock.participant.id)
        room.admission.let_in(knock.participant.subject.identity)
        tell_knock_ended(room, knock, "admitted")
        self._enter(room, knock.participant, knock.session, knock.number, now)

    def renew_token(self, room: Room, participant: Participant, now: float) -> None:
        """Give out a fresh token, and TURN credentials, before the old ones run out."""
        token = self._fresh_token(room, participant, now)
        message: dict[str, Any] = {
            "type": "token",
            "token": token,
            "expires_at": self.node.unix_ms(now + TOKEN_TTL_S),
        }
        servers = self._ice_servers(participant, now)
        room.audience.tell(participant, message | ({"ice_servers": servers} if servers else {}))

    def _resumed(self, request: Join, now: float) -> tuple[Room, Participant] | None:
        """Who comes back; the token may have run out since, but must be theirs.

        Raises `SocketRefused` for who was sent away and has not heard it.
        """
        member = self.node.directory.resumes.get(request.resume or "")
        room = self._registry.with_id(member.room) if member is not None else None
        if member is None or room is None:
            farewell = self.node.directory.departed.farewell(request.resume or "", now)
            if farewell is not None:
                raise SocketRefused(farewell.code, farewell.reason)
            return None
        participant = room.participants[member.participant]
        claims = self._claims(request.token, now, expired_ok=True)
        theirs = {participant.subject.identity, participant.came_by}
        if claims.identity not in theirs or not claims.admits_to(room.name):
            about = Concerned(participant.subject.identity, participant.id)
            room.audit_refusal("resume", Subject(claims.identity), "forbidden", now, about)
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

    def _personal(self, claims: TokenClaims) -> TokenClaims:
        """Everybody who comes by a link is somebody else."""
        if not claims.link:
            return claims
        return replace(claims, identity=new_identifier("guest", self.node.random), link=False)

    def _claims(self, token: str, now: float, *, expired_ok: bool = False) -> TokenClaims:
        settings = self.node.settings
        try:
            return read_token(
                token, settings.keys, self.node.clock.unix(now), limits=settings.limits, expired_ok=expired_ok
            )
        except TokenRefused as error:
            raise SocketRefused(CloseCode(error.code), error.message) from error

    def _room_for(self, name: str, now: float) -> Room:
        room = self._registry.named(name)
        if room is None:
            if not self.node.settings.rooms.auto_create:
                raise SocketRefused(CloseCode.NO_SUCH_ROOM, "no such room")
            room = self._registry.create(name, now)
        return room

    def _check(self, room: Room, claims: TokenClaims, now: float) -> None:
        try:
            room.admission.check(claims, room.participants.values())
        except SocketRefused as refusal:
            room.audit_refusal("join", Subject(claims.identity), refusal.code.name.lower(), now)
            raise

    def _enter(
        self, room: Room, participant: Participant, session: SessionId, number: int | None, now: float
    ) -> None:
        room.enter(participant, session, now)
        self.joins += 1
        self._say_joined(room, participant, number, resumed=False, now=now)

    def _say_joined(
        self, room: Room, participant: Participant, number: int | None, *, resumed: bool, now: float
    ) -> None:
        message: dict[str, Any] = {
            "type": "joined",
            "participant": participant.describe(),
            "room": room.describe(),
            "participants": room.members_for(participant),
            "tracks": room.tracks_for(participant),
            "ice_servers": self._ice_servers(participant, now),
            "resume": participant.resume,
            "resumed": resumed,
            "token": self._fresh_token(room, participant, now),
            "limits": self._limits,
            # The server's time: a client whose clock is wrong can still read what is told in times.
            "server": self._server | {"at": self.node.unix_ms(now)},
        }
        room.audience.tell(participant, message if number is None else message | {"id": number})
        if resumed:
            tell_slots(room, participant)
            room.audience.tell(participant, room.speakers.describe())
            for track in room.tracks_of(participant):
                if track.wanted is not None:
                    room.audience.tell(participant, track.describe_wanted())
                ask_for_track(room, track)
            room.audience.tell(participant, {"type": "room_updated", "room": room.describe()})
        if room.recording:
            recording = {"type": "recording", "active": True, "recording": room.recording}
            room.audience.tell(participant, recording)
        for known in (room.qualities_for(participant), room.looking_for(participant)):
            if known is not None:
                room.audience.tell(participant, known)
        tell_knocks(room, participant)
        if participant.session is not None:
            self.node.channels.socket_joined(participant.session, RoomMember(room, participant))

    def _ice_servers(self, participant: Participant, now: float) -> list[dict[str, Any]]:
        settings = self.node.settings.turn
        return ice_servers(settings, participant.subject.identity, self.node.clock.unix(now))

    def _fresh_token(self, room: Room, participant: Participant, now: float) -> str:
        """With the role of the token it came with: what the meeting decides ends with the meeting."""
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
