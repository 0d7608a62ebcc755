"""Who may come into a room, and as what: bans, the lock, the lobby, places, and what the meeting decided."""

from collections.abc import Iterable
from dataclasses import replace

from config.settings import Limits, RoomSettings
from signaling.bans import Bans
from signaling.close_codes import CloseCode
from signaling.lobby import Lobby
from signaling.participant import Participant
from signaling.permissions import Action, Grant, Role, Subject, allowed
from signaling.refusals import SocketRefused, too_many
from signaling.tokens import TokenClaims

FULL_RETRY_MS = 5_000


class Admission:
    """The rules at one room's door. What is decided about an identity holds until the meeting ends; a ban,
    which is by the room's name, longer."""

    def __init__(self, room: str, bans: Bans, rooms: RoomSettings, limits: Limits) -> None:
        self.max_participants = min(rooms.max_participants, limits.max_participants)
        self.locked = False
        self.lobby = Lobby(enabled=rooms.lobby)
        self._limits = limits
        self._room = room
        self._bans = bans
        self._admitted: set[str] = set()
        self._decided: dict[str, Subject] = {}

    def subject_of(self, claims: TokenClaims, participant: str) -> Subject:
        """What the meeting decided about this identity beats the token; `hidden` is the token's alone."""
        token = Subject(claims.identity, participant, claims.role, dict(claims.grants))
        decided = self._decided.get(claims.identity)
        if decided is None:
            return token
        grants = dict(decided.grants)
        grants.pop(Grant.HIDDEN, None)
        if Grant.HIDDEN in claims.grants:
            grants[Grant.HIDDEN] = claims.grants[Grant.HIDDEN]
        return replace(token, role=decided.role, grants=grants)

    def decide(self, subject: Subject) -> None:
        """Role and grants of this identity from now on."""
        self._decided[subject.identity] = subject

    def is_banned(self, identity: str) -> bool:
        """True for those who may not come back."""
        return self._bans.holds(self._room, identity)

    def let_in(self, identity: str) -> None:
        """Admitted once: who loses the connection need not knock again."""
        self._admitted.add(identity)

    def put_out(self, identity: str) -> None:
        """Removed: has to knock again."""
        self._admitted.discard(identity)

    def check(self, claims: TokenClaims, members: Iterable[Participant]) -> None:
        """May the bearer come in, or to the door? Raises `SocketRefused`."""
        if self.is_banned(claims.identity):
            raise SocketRefused(CloseCode.NOT_ALLOWED, "removed from this room")
        if self.locked and self.subject_of(claims, "").role is not Role.HOST:
            raise SocketRefused(CloseCode.LOCKED, "the room is locked")
        inside = [member.subject.identity for member in members]
        if self.is_full(len(inside)) or len(self.lobby) >= self.max_participants:
            raise too_many("the room is full", FULL_RETRY_MS)
        same = inside.count(claims.identity) + len(self.lobby.of_identity(claims.identity))
        if same >= self._limits.per_identity:
            raise too_many("too many connections of this identity", self._limits.grace_ms)

    def is_full(self, inside: int) -> bool:
        """True if nobody more has a place."""
        return inside >= self.max_participants

    def must_wait(self, claims: TokenClaims) -> bool:
        """Everybody but moderators, those admitted before, and the hidden, whom a knock would show."""
        if not self.lobby.enabled or claims.identity in self._admitted:
            return False
        subject = self.subject_of(claims, "")
        return not (allowed(subject, Action.MODERATE) or subject.has(Grant.HIDDEN))

    def may_look_in(self, claims: TokenClaims, members: Iterable[Participant]) -> bool:
        """May the bearer read over HTTP what goes on? Who is put out or still at the door may not."""
        if self.is_banned(claims.identity):
            return False
        inside = any(member.subject.identity == claims.identity for member in members)
        return inside or not self.must_wait(claims)
