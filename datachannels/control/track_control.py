"""Who controls one track: a state machine without messages.

::

    ask ──▶ asked ──grant──▶ held ──revoke, expiry, forget──▶ free
              └──deny, 30 s, forget──▶ gone

Any number may ask, one holds. A grant to another hands over.
"""

from dataclasses import dataclass, field

from datachannels.refusals import RequestRefused

REQUEST_S = 30.0
MAX_ASKED = 16
"""Requests that wait for the same sharer."""

Scope = frozenset[str]
"""``pointer``, ``keyboard`` or both."""

WHOLE_SCOPE = ("pointer", "keyboard")
"""In the order in which a scope is told."""

SCOPE_OF_KIND = {
    "move": "pointer",
    "down": "pointer",
    "up": "pointer",
    "wheel": "pointer",
    "key": "keyboard",
    "text": "keyboard",
}
"""Kind of input → what one must have been given."""


def told_scope(scope: Scope) -> list[str]:
    """A scope as clients see it."""
    return [one for one in WHOLE_SCOPE if one in scope]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its answer. Times are monotonic seconds."""

    participant: str
    scope: Scope
    until: float


@dataclass(slots=True)
class Hold:
    """Control as it was given. `counts` are inputs by kind."""

    participant: str
    scope: Scope
    expires_at: float
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Over:
    """What has ended: requests, by participant, and the hold."""

    asked: tuple[str, ...] = ()
    hold: Hold | None = None


class TrackControl:
    """Of one track. Everything raises `RequestRefused` for what cannot be."""

    def __init__(self) -> None:
        self.hold: Hold | None = None
        self._asked: dict[str, Asked] = {}

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The requests that wait, the oldest first."""
        return tuple(self._asked.values())

    def ask(self, participant: str, scope: Scope, now: float) -> None:
        """Somebody wants control; asking again begins anew."""
        if self.held_by(participant, now) is not None:
            raise RequestRefused("conflict", "you have control")
        if participant not in self._asked and len(self._asked) >= MAX_ASKED:
            wait_ms = max(1, round((min(one.until for one in self.asked) - now) * 1000))
            raise RequestRefused("rate_limited", "too many ask for control", retry_ms=wait_ms)
        self._asked.pop(participant, None)
        self._asked[participant] = Asked(participant, scope, now + REQUEST_S)

    def grant(self, participant: str, scope: Scope, ttl_s: float, now: float) -> Hold | None:
        """Give it to somebody who asked, as much of it as was asked for at most; the hold it replaces."""
        asked = self._asked.get(participant)
        if asked is None or now >= asked.until:
            raise RequestRefused("conflict", "nobody of this id asks for control")
        if not scope or not scope <= asked.scope:
            raise RequestRefused("bad_message", "scope: more than was asked for")
        del self._asked[participant]
        old, self.hold = self.hold, Hold(participant, scope, now + ttl_s)
        return old

    def withdraw(self, participant: str) -> bool:
        """A request is answered with no, or taken back; False if there is none."""
        return self._asked.pop(participant, None) is not None

    def revoke(self) -> Hold | None:
        """Nobody has control from now on; who had it."""
        old, self.hold = self.hold, None
        return old

    def forget(self, participant: str) -> Over:
        """A participant is gone."""
        asked = (participant,) if self.withdraw(participant) else ()
        held = self.hold is not None and self.hold.participant == participant
        return Over(asked, self.revoke() if held else None)

    def expire(self, now: float) -> Over:
        """What time has ended."""
        late = tuple(one.participant for one in self.asked if now >= one.until)
        for participant in late:
            del self._asked[participant]
        over = self.hold is not None and now >= self.hold.expires_at
        return Over(late, self.revoke() if over else None)

    def next_timeout(self) -> float | None:
        """When `expire` is due."""
        due = [one.until for one in self.asked]
        if self.hold is not None:
            due.append(self.hold.expires_at)
        return min(due, default=None)

    def held_by(self, participant: str, now: float) -> Hold | None:
        """The hold, if it is this participant's and not over."""
        hold = self.hold
        mine = hold is not None and hold.participant == participant and now < hold.expires_at
        return hold if mine else None

    def use(self, participant: str, kind: str, now: float) -> None:
        """One input. Raises ``forbidden`` unless the participant holds control of that kind."""
        hold = self.held_by(participant, now)
        if hold is None or SCOPE_OF_KIND[kind] not in hold.scope:
            raise RequestRefused("forbidden", "you do not have control")
        hold.counts[kind] = hold.counts.get(kind, 0) + 1
