"""Who was sent away and may not have heard it: they are told when they come back with their resume secret.

That a socket is dead is known only after a while. What is said into it until then nobody hears, and the
client takes the end for an outage.
"""

from dataclasses import dataclass
from typing import Final

from signaling.close_codes import CloseCode
from signaling.outputs import SessionId

KEPT_S: Final = 1_800.0
"""As long as our clients try to come back."""

MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Farewell:
    """Why somebody had to go, and the socket to which it was said, if they had one."""

    code: CloseCode
    reason: str
    session: SessionId | None
    until: float


class Departed:
    """Those of a node, by resume secret; the newest `MOST`."""

    def __init__(self) -> None:
        self._farewells: dict[str, Farewell] = {}
        self._told: dict[SessionId, str] = {}

    def add(self, resume: str, session: SessionId | None, code: CloseCode, reason: str, now: float) -> None:
        """Somebody has to go; `session` is being told."""
        while self._farewells and (len(self._farewells) >= MOST or self._oldest().until <= now):
            self._forget(next(iter(self._farewells)))
        self._farewells[resume] = Farewell(code, reason, session, now + KEPT_S)
        if session is not None:
            self._told[session] = resume

    def heard(self, session: SessionId, code: int) -> None:
        """The client has answered a close: if it was this one, and it comes back, it means to.

        A socket that was being closed already, since it did not read, was not told this.
        """
        resume = self._told.get(session)
        if resume is not None and self._farewells[resume].code == code:
            self._forget(resume)

    def farewell(self, resume: str, now: float) -> Farewell | None:
        """What the bearer of this secret has not heard."""
        farewell = self._farewells.get(resume)
        return None if farewell is None or farewell.until <= now else farewell

    def _oldest(self) -> Farewell:
        return next(iter(self._farewells.values()))

    def _forget(self, resume: str) -> None:
        farewell = self._farewells.pop(resume)
        if farewell.session is not None:
            del self._told[farewell.session]
