"""Somebody in a room: who they are, how they are connected, what they publish and receive."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sfu.identifiers import Mid, PeerId
from sfu.messages import OfferedTrack
from signaling.outputs import SessionId
from signaling.permissions import Grant, Subject
from signaling.requests import TrackOffer
from signaling.subscription import Subscription
from signaling.tokens import TokenClaims


@dataclass(slots=True)
class Connection:
    """The peer connection in force. Its fingerprints tell a renegotiation from a new connection."""

    peer: PeerId
    fingerprints: tuple[str, ...]
    closed: bool = False
    """Gone by itself: the next offer opens another one, whatever its fingerprint."""


@dataclass(frozen=True, slots=True)
class OfferInFlight:
    """An offer that the media side has not answered yet."""

    request: int
    session: SessionId
    id: int | None
    peer: PeerId
    fingerprints: tuple[str, ...]
    offered: dict[Mid, TrackOffer]
    proposed: dict[Mid, OfferedTrack]


@dataclass(frozen=True, slots=True)
class StatsInFlight:
    """A `stats` request that the media side has not answered yet."""

    request: int
    session: SessionId
    id: int | None


@dataclass(slots=True)
class Participant:
    """A member of a room, from `join` to the end of the grace time.

    `claims` are those of the token it joined with, `renew_token_at` (monotonic seconds) is when it needs a
    fresh one; `came_by` is the identity of the invite link it came by, if it did.
    """

    id: str
    subject: Subject
    name: str
    metadata: str
    claims: TokenClaims
    resume: str
    joined_at_ms: int
    came_by: str = ""
    renew_token_at: float = 0.0
    session: SessionId | None = None
    hand: bool = False
    away_until: float | None = None
    connection: Connection | None = None
    offer: OfferInFlight | None = None
    stats: StatsInFlight | None = None
    subscription: Subscription = field(default_factory=Subscription)

    @property
    def state(self) -> Literal["active", "away"]:
        """Away while its grace time runs."""
        return "active" if self.session is not None else "away"

    @property
    def hidden(self) -> bool:
        """Not shown to others."""
        return self.subject.has(Grant.HIDDEN)

    @property
    def busy(self) -> bool:
        """A request waits for the media side; later ones wait for it, since they are handled in order."""
        return self.offer is not None or self.stats is not None

    def brief(self) -> dict[str, str]:
        """Who it is, for those outside."""
        subject = self.subject
        return {"id": self.id, "identity": subject.identity, "name": self.name, "role": subject.role.value}

    def describe(self) -> dict[str, Any]:
        """The participant object of PROTOCOL.md 2."""
        return {
            "id": self.id,
            "identity": self.subject.identity,
            "name": self.name,
            "role": self.subject.role.value,
            "grants": self.subject.effective_grants(),
            "hand": self.hand,
            "metadata": self.metadata,
            "joined_at": self.joined_at_ms,
            "state": self.state,
        }
