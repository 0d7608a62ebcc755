"""How people come in: tokens judged, rooms opened, resumes recognised, `joined` said (PROTOCOL.md 2)."""

from dataclasses import asdict
from typing import Any

from signaling.close_codes import CloseCode
from signaling.node import SignalingNode
from signaling.outputs import SessionId
from signaling.participant import Participant
from signaling.refusals import SocketRefused
from signaling.registry import Registry
from signaling.requests import Join, RequestReader
from signaling.room import Room
from signaling.seating import tell_slots
from signaling.tokens import ANY_ROOM, TokenClaims, TokenRefused, issue_token, read_token

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

    def join(
        self, session: SessionId, request: Join, number: int | None, now: float
    ) -> tuple[Room, Participant]:
        """Let the bearer of a token in and say `joined`. Raises `SocketRefused`."""
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
        claims, name = self._entry(request, now)
        room = self._room_for(name, now)
        room.admit(claims)
        participant = room.join(session, claims, now)
        self.joins += 1
        self._say_joined(room, participant, number, resumed=False, now=now)
        return room, participant

    def renew_token(self, room: Room, participant: Participant, now: float) -> None:
        """Give out a fresh token before the old one expires."""
        token = self._fresh_token(room, participant, now)
        expires_at = self.node.unix_ms(now + TOKEN_TTL_S)
        room.tell(participant, {"type": "token", "token": token, "expires_at": expires_at})

    def _resumed(self, request: Join, now: float) -> tuple[Room, Participant] | None:
        """Who comes back; the token may have run out since, but must be theirs."""
        member = self.node.directory.resumes.get(request.resume or "")
        room = self._registry.with_id(member.room) if member is not None else None
        if member is None or room is None:
            return None
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
        room = self._registry.named(name)
        if room is None:
            if not self.node.settings.rooms.auto_create:
                raise SocketRefused(CloseCode.NO_SUCH_ROOM, "no such room")
            room = self._registry.create(name, now)
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
